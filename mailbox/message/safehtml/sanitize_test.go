package safehtml_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message/safehtml"
	"github.com/google/go-cmp/cmp"
)

// showing is a host that shows the images a mail brings, and those of ok.example.
func showing() *safehtml.Options {
	return &safehtml.Options{
		ContentID: func(id string) string { return ownAddress + strconv.Quote(id) },
		Remote: func(address string) string {
			if strings.HasPrefix(address, "https://ok.example/") {
				return ownAddress + "proxy?" + address
			}
			return ""
		},
		NewWindow: true,
	}
}

// A vector is one piece of hostile HTML.
type vector struct{ kind, html string }

// vectors reads those of testdata.
func vectors(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "vectors.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []vector
	kind := ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "# "):
			kind = line[2:]
		case strings.HasPrefix(line, `"`):
			if line, err = strconv.Unquote(line); err != nil {
				t.Fatalf("%s: %v", lines.Text(), err)
			}
			fallthrough
		case line != "":
			all = append(all, vector{kind, line})
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// check holds the output for source against everything it promises.
func check(t *testing.T, source string) string {
	t.Helper()
	clean := safehtml.Sanitize(source, nil)
	if why := harm(clean); why != "" {
		t.Errorf("Sanitize(%q) = %q: %s", source, clean, why)
	}
	if imagesIn(clean) > 0 {
		t.Errorf("Sanitize(%q) = %q shows an image", source, clean)
	}
	if again := safehtml.Sanitize(clean, nil); again != clean {
		t.Errorf("Sanitize(%q) = %q, again: %q", source, clean, again)
	}
	shown := safehtml.Sanitize(source, showing())
	if why := harm(shown); why != "" {
		t.Errorf("Sanitize(%q) with images = %q: %s", source, shown, why)
	}
	if again := safehtml.Sanitize(shown, nil); again != clean {
		t.Errorf("Sanitize(%q) with images = %q, without: %q, want %q", source, shown, again, clean)
	}
	return clean
}

func TestVectors(t *testing.T) {
	all := vectors(t)
	if least := 150; len(all) < least {
		t.Fatalf("%d vectors, want at least %d", len(all), least)
	}
	for i, v := range all {
		t.Run(v.kind+"/"+strconv.Itoa(i), func(t *testing.T) {
			clean := check(t, v.html)
			if strings.Contains(v.html, "KEEP") && !strings.Contains(v.html, "KEEPNOT") && !strings.Contains(clean, "KEEP") {
				t.Errorf("Sanitize(%q) = %q lost text", v.html, clean)
			}
		})
	}
}

// Two vectors beside each other, or one in another, are a third one.
func TestVectorsTogether(t *testing.T) {
	all := vectors(t)
	for i, v := range all {
		for _, step := range []int{1, 17, 101} {
			other := all[(i+step)%len(all)].html
			check(t, v.html+other)
			check(t, "<div>"+strings.Replace(v.html, "KEEP", other, 1)+"</div>")
		}
	}
}

// The check itself finds what it is for.
func TestHarm(t *testing.T) {
	for name, html := range map[string]string{
		"element":          `<script>x</script>`,
		"handler":          `<p onclick="x">`,
		"link":             `<a href="javascript:x">`,
		"link in the page": `<a href="/x">`,
		"image":            `<img src="https://x.example/">`,
		"style":            `<p style="background:url(x)">`,
		"moved":            `<p style="margin-left:-1px">`,
		"foreign":          `<svg></svg>`,
		"comment":          `<!-- x -->`,
		"end of the host":  `</div>`,
		"hidden end":       `<li><div><li></li></div></li>`,
		"paragraph":        `<p><div></div></p>`,
		"out of the table": `<table><tr><td></td>x</tr></table>`,
		"not ended":        `<b>x`,
		"too deep":         strings.Repeat("<div>", 600),
	} {
		if harm(html) == "" {
			t.Errorf("%s: %q passes", name, html)
		}
	}
}

func TestSanitize(t *testing.T) {
	const rel = ` rel="noopener noreferrer nofollow"`
	for name, tt := range map[string]struct{ html, want string }{
		"empty":                  {"", ""},
		"text":                   {`a < b & "c" 'd' &eacute;&nbsp;`, "a &lt; b &amp; &#34;c&#34; &#39;d&#39; é\u00a0"},
		"document":               {"<!doctype html><html><head><title>t</title><style>p{}</style></head><body><p>x</p></body></html>", "<div><p>x</p></div>"},
		"colours of the body":    {`<body style="color:red" bgcolor=BLACK text=#FFF>x`, `<div style="color:#fff;background-color:black;color:red">x</div>`},
		"link":                   {`<a HREF=" HTTPS://x.example/a?b=1&c=ü d" class=x target=_top>x</a>`, `<a href="https://x.example/a?b=1&amp;c=ü%20d"` + rel + `>x</a>`},
		"link to a mail":         {`<a href="mailto:a@x.example?subject=a%20b">x</a>`, `<a href="mailto:a@x.example?subject=a%20b"` + rel + `>x</a>`},
		"link to nothing":        {`<a href="javascript:x">x</a><a>y</a>`, `<a>x</a><a>y</a>`},
		"image that is remote":   {`a<img src="https://x.example/p.gif" alt="Logo" width=10 height="5%">`, `a<img width="10" height="5%" alt="Logo">`},
		"tracking pixel":         {`a<img src="https://x.example/p.gif" width=1 height=1>b`, "ab"},
		"style":                  {`<p style="Margin:0cm 0cm 1.0pt;mso-x:y;font-family:&quot;Times New Roman&quot;,serif;COLOR: #1F497D !important;background: rgb(1, 2, 3);line-height:107%">x`, `<p style="margin:0cm 0cm 1.0pt;font-family:Times New Roman,serif;color:#1f497d;background-color:rgb(1,2,3);line-height:107%">x</p>`},
		"border":                 {`<td style="border:none"><table><td style="border:solid windowtext 1.0pt;border-left:none;padding:0cm 5.4pt 0cm 5.4pt;position:fixed">x`, `<table><tr><td style="border:solid windowtext 1.0pt;border-left:none;padding:0cm 5.4pt 0cm 5.4pt">x</td></tr></table>`},
		"hidden":                 {`<div style="display:none;max-height:0px">preview</div>x`, `<div style="display:none;max-height:0px">preview</div>x`},
		"table":                  {`<table border=1><tr><th colspan=2>a<tr><td>b<td>c</table>`, `<table border="1"><tr><th colspan="2">a</th></tr><tr><td>b</td><td>c</td></tr></table>`},
		"table without a row":    {`<table> <td>a</table>`, `<table> <tr><td>a</td></tr></table>`},
		"text between cells":     {`<table><tr>a<td>b</table>`, `<table><tr><td>a</td><td>b</td></tr></table>`},
		"cell without a table":   {`<td>a</td><td>b</td>`, `ab`},
		"lists":                  {`<ol start=3 type=a><li>a<ul><li>b</ul><li>c</ol>`, `<ol start="3" type="a"><li>a<ul><li>b</li></ul></li><li>c</li></ol>`},
		"paragraphs":             {`<p>a<p>b<div>c`, `<p>a</p><p>b</p><div>c</div>`},
		"crossing":               {`<b>a<i>b</b>c</i>`, `<b>a<i>b</i></b>c`},
		"crossing a block":       {`<b><div>a</b>b</div>c`, `<b><div>ab</div></b>c`},
		"link in a link":         {`<a href=https://a.example>a<a href=https://b.example>b`, `<a href="https://a.example"` + rel + `>a</a><a href="https://b.example"` + rel + `>b</a>`},
		"sections":               {`a<section>b</section><form>c</form><foo>d</foo>`, `a<div>b</div><div>c</div>d`},
		"form":                   {`<form action=x><label>Name <input name=x></label><button>Send</button></form>`, `<div>Name Send</div>`},
		"Outlook":                {`<p class=MsoNormal><span style='mso-fareast-language:EN-US'>a<o:p>&nbsp;</o:p></span></p>`, "<p><span>a\u00a0</span></p>"},
		"conditional comments":   {`<!--[if mso]>a<![endif]-->b<!--[if !mso]><!-->c<!--<![endif]--><![if x]>d<![endif]>`, "bcd"},
		"attribute twice":        {`<p title=a title=b>x`, `<p title="a">x</p>`},
		"preformatted":           {"<pre>\na\n  b</pre>", "<pre>\na\n  b</pre>"},
		"script in a definition": {`<svg><script>x</script></svg>a<svg/>b`, "ab"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, check(t, tt.html)); diff != "" {
				t.Errorf("Sanitize(%q) (-want +got):\n%s", tt.html, diff)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for name, tt := range map[string]struct{ html, want string }{
		"image of the mail": {`<img alt=x src="CID:a%40b">`, `<img src="/files/&#34;a@b&#34;" referrerpolicy="no-referrer" alt="x">`},
		"without an id":     {`a<img src="cid:">`, `a`},
		"remote, allowed":   {`<img src="//ok.example/a b">`, `<img src="/files/proxy?https://ok.example/a%20b" referrerpolicy="no-referrer" alt="">`},
		"remote, refused":   {`<img src="//x.example/" alt=x>`, `<img alt="x">`},
		"of the host":       {`<img src="/files/1" alt=x>`, `<img alt="x">`},
		"new window":        {`<a href="tel:1">x</a><a>y</a>`, `<a href="tel:1" rel="noopener noreferrer nofollow" target="_blank">x</a><a>y</a>`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, safehtml.Sanitize(tt.html, showing())); diff != "" {
				t.Errorf("Sanitize(%q) (-want +got):\n%s", tt.html, diff)
			}
		})
	}
}

func FuzzSanitize(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.html)
	}
	f.Fuzz(func(t *testing.T, source string) { check(t, source) })
}

func BenchmarkSanitize(b *testing.B) {
	html := strings.Repeat(`<p class=MsoNormal><span style='font-size:11.0pt;font-family:"Calibri",sans-serif'>Sehr geehrte Damen und Herren,<o:p></o:p></span></p>`, 280)
	b.SetBytes(int64(len(html)))
	b.ReportAllocs()
	for b.Loop() {
		safehtml.Sanitize(html, nil)
	}
}
