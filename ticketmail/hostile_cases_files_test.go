package ticketmail_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"example.com/ticketmail/mailbox/message/safehtml"
)

// fileCases are the inputs of group C.
func fileCases() []hostileCase {
	cases := []hostileCase{
		named("H44", "path", `filename="../../etc/x"`, "x"),
		named("H44", "drive", `filename="C:\\x"`, "x"),
		named("H44", "percent", "filename*=utf-8''..%2f..%2fx", "x"),
		named("H44", "continuations", "filename*0*=utf-8''..%2f;\r\n filename*1*=..%2f;\r\n filename*2=x", "x"),
		named("H44", "encoded-word", `filename="=?utf-8?q?=2E=2E=2Fx?="`, "x"),
		named("H44", "nothing is left", `filename="../.."`, ""),
		named("H45", "", "filename*=utf-8''%E2%80%8B.htaccess", ".htaccess"),
		named("H45", "within the path", "filename*=utf-8''.%E2%80%8B./x", "x"),
		named("H46", "", `filename*=utf-8''a%00%0d%0ab%22%3bc.txt`, `a b";c.txt`),
		shownAs("H47", "text/html", "text/html", "<script>alert(1)</script>"),
		shownAs("H47", "SVG", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
		shownAs("H47", "XHTML", "application/xhtml+xml", "<html xmlns='http://www.w3.org/1999/xhtml'/>"),
		shownAs("H47", "PDF", "application/pdf", "%PDF-1.7"),
		shownAs("H47", "HTML as PNG", "image/png", "<html><script>alert(1)</script>"),
		shownAs("H47", "SVG as PNG", "image/png", "<?xml version='1.0'?><svg onload='alert(1)'/>"),
		shownAs("H47", "PDF as PNG", "image/png", "%PDF-1.7"),
		{
			id: "H50", form: "uuencode", want: opens, told: toldSender(),
			mail: headed("\r\nSee the file.\r\nbegin 644 ../f.txt\r\n%:&5L;&\\`\r\n`\r\nend\r\nBye.\r\n"),
			check: func(s *siege) {
				s.wantFiles("f.txt=hello")
				if text := s.opening().Text; strings.Contains(text, "begin 644") || !strings.Contains(text, "Bye.") {
					s.t.Errorf("text %q", text)
				}
			},
		},
		{id: "H50", form: "uuencode bomb", large: true, want: opensCut, told: toldSender(), mail: lazily(func() string { return "\r\n" + strings.Repeat("begin 644 f\r\n#0V%T\r\n`\r\nend\r\n", 200_000) })},
		{id: "H50", form: "winmail.dat, cut", want: opens, told: toldSender(), check: (*siege).keepsFile, mail: headed("Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+IgEAAQ==\r\n")},
		{id: "H50", form: "S/MIME", want: opens, told: toldSender(), check: (*siege).keepsFile, mail: headed("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA6CAMIACAQA=\r\n")},
		{
			id: "H50", form: "nested zip bomb", want: opens, told: toldSender(), mail: zipBomb,
			check: func(s *siege) {
				s.keepsFile()
				if a := s.opening().Attachments[0]; a.Type != "application/zip" || a.Blob.Size > 1<<20 {
					s.t.Errorf("attachment %+v, want the archive as it came", a)
				}
			},
		},
	}
	return slices.Concat(cases, scripts(), trackers())
}

// named is a mail with a file of that name. It is kept under an id, and what
// shows it is no path.
func named(id, form, param, want string) hostileCase {
	return hostileCase{
		id: id, form: form, want: opens, told: toldSender(),
		mail: headed("Content-Type: application/octet-stream\r\nContent-Disposition: attachment; " + param + "\r\n\r\ncontent"),
		check: func(s *siege) {
			a := s.opening().Attachments
			if len(a) != 1 || a[0].Name != want || a[0].Display == "" || s.content(a[0].Blob) != "content" {
				s.t.Errorf("attachments %+v, want one called %q", a, want)
			}
		},
	}
}

func (s *siege) wantFiles(want ...string) {
	s.t.Helper()
	var got []string
	for _, a := range s.opening().Attachments {
		got = append(got, a.Name+"="+s.content(a.Blob))
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("files %q, want %q", got, want)
	}
}

// keepsFile checks that a container is one file, with nothing unpacked below.
func (s *siege) keepsFile() {
	s.t.Helper()
	if a := s.opening().Attachments; len(a) != 1 || a[0].Blob.Size == 0 {
		s.t.Errorf("attachments %+v, want one", a)
	}
}

// shownAs is a mail with a file of that type that wants to stand in the page.
// What may is decided by its bytes, and these may not.
func shownAs(id, form, mediaType, content string) hostileCase {
	return hostileCase{
		id: id, form: form, want: opens, told: toldSender(),
		mail: headed("Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<img src='cid:i@x'>text\r\n--b\r\nContent-Type: " + mediaType +
			"\r\nContent-ID: <i@x>\r\nContent-Disposition: inline\r\n\r\n" + content + "\r\n--b--\r\n"),
		check: func(s *siege) {
			a := s.opening().Attachments
			if len(a) != 1 || a[0].Type != mediaType {
				s.t.Fatalf("attachments %+v", a)
			}
			if t := safehtml.ImageType([]byte(s.content(a[0].Blob))); t != "" {
				s.t.Errorf("it would be shown as %s", t)
			}
		},
	}
}

// zipBomb is an archive of archives of zeros, 64 GiB if unpacked.
func zipBomb(s *siege) string {
	content := bytes.Repeat([]byte{0}, 1<<20)
	for range 4 {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for i := range 16 {
			f, err := w.Create(letters(i))
			if err == nil {
				_, err = f.Write(content)
			}
			if err != nil {
				s.t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			s.t.Fatal(err)
		}
		content = out.Bytes()
	}
	return headed("Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(content) + "\r\n")(s)
}

// active is what nothing that is shown or sent may hold.
var active = []string{
	"<script", "javascript:", "vbscript:", "onerror", "onload", "onclick", "<svg", "<math", "<style", "<meta", "<base", "<form", "<input",
	"<template", "<noscript", "<iframe", "<object", "<embed", "<link", "expression(", "@import", "url(", "srcset", "srcdoc",
}

// scripts is H48, at the level of what is shown and sent; package safehtml has
// the 150 vectors.
func scripts() (cases []hostileCase) {
	for form, html := range map[string]string{
		"script":           "<script>alert(1)</script><p>text</p>",
		"event":            "<p onclick=alert(1)>text<img src=x onerror=alert(1)>",
		"tab in scheme":    "<a href='java\tscript:alert(1)'>text</a>",
		"entities":         "<a href='&#106;avascript&colon;alert(1)'>text</a>",
		"SVG":              "<svg><style><img src=x onerror=alert(1)></style></svg>text",
		"math and mtext":   "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'></math>text",
		"noscript":         "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>text",
		"style expression": "<p style='width:expression(alert(1))'>text",
		"meta refresh":     "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>text",
		"base":             "<base href='javascript:alert(1)//'>text",
		"form":             "<form action=https://evil.example><input name=password></form>text",
		"template":         "<template><script>alert(1)</script></template>text",
		"comment":          "<!--><img src=x onerror=alert(1)>-->text",
		"unclosed":         "text<img src=x onerror=alert(1) ",
		"CDATA":            "<![CDATA[<img src=x onerror=alert(1)>]]>text",
	} {
		cases = append(cases, shown("H48", form, html))
	}
	return cases
}

// trackers is H49: nothing is loaded.
func trackers() (cases []hostileCase) {
	for form, html := range map[string]string{
		"pixel":      "text<img src='https://track.example/p.gif' width=1 height=1>",
		"@import":    "<style>@import 'https://track.example/x.css';</style>text",
		"srcset":     "text<img srcset='https://track.example/p.gif 1x'>",
		"font":       "<style>@font-face{src:url(https://track.example/f)}</style>text",
		"background": "<table background='https://track.example/b.gif'><tr><td style='background:url(https://track.example/c.gif)'>text</table>",
		"video":      "text<video poster='https://track.example/p.gif' src='https://track.example/v'></video>",
		"link":       "<link rel=stylesheet href='https://track.example/x.css'>text",
		"scheme":     "text<img src='//track.example/p.gif'>",
	} {
		cases = append(cases, withNo(shown("H49", form, html), "track.example"))
	}
	return cases
}

// shown is a mail with HTML, whose text is read and whose HTML is harmless,
// where the host shows it and in the mails about it.
func shown(id, form, html string) hostileCase {
	return hostileCase{
		id: id, form: form, want: opens, told: toldSender(), mail: headed("Content-Type: text/html\r\n\r\n" + html + "\r\n"),
		check: func(s *siege) {
			if text := s.opening().Text; !strings.Contains(text, "text") {
				s.t.Errorf("text %q", text)
			}
			safe := safehtml.Sanitize(s.reads().HTML, nil)
			if again := safehtml.Sanitize(safe, nil); again != safe {
				s.t.Errorf("sanitised %q, and again %q", safe, again)
			}
			wantHarmless(s, safe)
			for _, m := range s.exit.sent {
				if m.Ticket == s.entry.Ticket {
					wantHarmless(s, strings.ReplaceAll(m.HTML, "<style>", ""))
				}
			}
		},
	}
}

// wantHarmless checks HTML for what stands in tags: as text it may say anything.
func wantHarmless(s *siege, html string) {
	s.t.Helper()
	for tag := range strings.SplitSeq(html, "<") {
		tag, _, _ = strings.Cut("<"+tag, ">")
		for _, a := range active {
			if strings.Contains(strings.ToLower(tag), a) {
				s.t.Errorf("%q in %q", a, tag)
			}
		}
	}
}

// withNo is a case whose shown HTML must not name something either.
func withNo(c hostileCase, name string) hostileCase {
	check := c.check
	c.check = func(s *siege) {
		check(s)
		if safe := safehtml.Sanitize(s.reads().HTML, nil); strings.Contains(safe, name) {
			s.t.Errorf("%q is left in %q", name, safe)
		}
	}
	return c
}
