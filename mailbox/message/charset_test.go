package message_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
)

func TestToUTF8(t *testing.T) {
	for name, tt := range map[string]struct{ charset, data, want string }{
		"ascii":                   {"us-ascii", "plain", "plain"},
		"ascii that is UTF-8":     {"us-ascii", "Gr\xc3\xbc\xc3\x9fe", "Grüße"},
		"ascii that is not":       {"us-ascii", "Gr\xfc\xdfe", "Grüße"},
		"latin-1 that is UTF-8":   {"iso-8859-1", "Grüße", "Grüße"},
		"latin-1":                 {"ISO-8859-1", "Gr\xfc\xdfe", "Grüße"},
		"latin-9":                 {"iso-8859-15", "5 \xa4", "5 €"},
		"quoted, with blanks":     {` "iso-8859-2" `, "\xb3\xf3d\xbc", "łódź"},
		"single quotes":           {"'utf-8'", "ü", "ü"},
		"parameter left in":       {"iso-8859-15;format=flowed", "\xa4", "€"},
		"underscores":             {"ISO_8859_15", "\xa4", "€"},
		"iso8859":                 {"iso8859-2", "\xb3", "ł"},
		"cp1252":                  {"cp1252", "\x80", "€"},
		"win-1250":                {"win-1250", "\xb3", "ł"},
		"cp850":                   {"cp850", "Gr\x81\xe1e", "Grüße"},
		"cp858":                   {"CP858", "5 \xd5", "5 €"},
		"iso-latin-2":             {"ISO-Latin-2", "\xb3", "ł"},
		"the whole parameter":     {"charset=iso-8859-15", "\xa4", "€"},
		"ibm437":                  {"IBM437", "Gr\x81\xe1e", "Grüße"},
		"ebcdic":                  {"ibm037", "\xc8\x85\x93\x93\x96", "Hello"},
		"mac":                     {"x-mac-roman", "Gr\x9f\xa7e", "Grüße"},
		"mac cyrillic":            {"x-mac-cyrillic", "\x8f\xf0\xe8", "При"},
		"mac central europe":      {"x-mac-ce", "\x8e\xbb\xe4", "éĽš"},
		"mac greek":               {"x-mac-greek", "\xa1\xea", "Γξ"},
		"mac turkish":             {"x-mac-turkish", "\xdc\xde", "İŞ"},
		"mac icelandic":           {"x-mac-icelandic", "\xdf\xde", "þÞ"},
		"mac romanian":            {"x-mac-romanian", "\xbe\xbf", "ăș"},
		"mac croatian":            {"x-mac-croatian", "\xa9\xb9", "Šš"},
		"mac japanese":            {"x-mac-japanese", "\x93\xfa\x96{", "日本"},
		"dos turkish":             {"cp857", "\x98\x9f", "İş"},
		"dos greek":               {"cp737", "\x80\x98", "Αα"},
		"dos greek, newer":        {"ibm869", "\xa4\xd6", "Αα"},
		"dos baltic":              {"cp775", "\xb5\xd8", "Ąž"},
		"dos icelandic":           {"IBM861", "\x8d\x8c", "Þð"},
		"dos cyrillic":            {"cp866", "\x8f\xe0\xa8", "При"},
		"dos, no such character":  {"cp857", "\xd5", "\uFFFD"},
		"code page of KOI8-R":     {"cp20866", "\xf0", "П"},
		"code page of Big5":       {"cp950", "\xa4\xa4", "中"},
		"code page of latin-2":    {"cp28592", "\xb3", "ł"},
		"code page of UTF-16":     {"cp1200", "\xfc\x00", "ü"},
		"koi8-r":                  {"KOI8-R", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"},
		"big5":                    {"big5", "\xa4\xa4\xa4\xe5", "中文"},
		"gb2312":                  {"gb2312", "\xd6\xd0\xce\xc4", "中文"},
		"gb18030":                 {"GB18030", "\xd6\xd0\x81\x30\x81\x30", "中\u0080"},
		"gbk that passes as UTF8": {"gbk", "\xc1\xaa\xcd\xa8", "联通"},
		"gbk that is UTF-8":       {"gbk", "中文!", "中文!"},
		"hz":                      {"hz-gb-2312", "~{VPND~}!", "中文!"},
		"shift-jis":               {"x-sjis", "\x93\xfa\x96{", "日本"},
		"cp932":                   {"cp932", "\x93\xfa\x96{", "日本"},
		"euc-kr":                  {"ks_c_5601-1987", "\xc7\xd1\xb1\xdb", "한글"},
		"iso-2022-kr":             {"iso-2022-kr", "\x1b$)C\x0eGQ1[\x0f ok", "한글 ok"},
		"iso-2022-jp":             {"ISO-2022-JP", "\x1b$BF|K\\\x1b(B ok", "日本 ok"},
		"utf-7":                   {"utf-7", "Gr+APwA3w-e 1+-1 +2D3eAA-", "Grüße 1+1 😀"},
		"utf-7 plus alone":        {"utf-7", "a + b", "a + b"},
		"utf-7 half a pair":       {"utf-7", "+2D0-x", "\uFFFDx"},
		"utf-16 is big endian":    {"utf-16", "\x00G\x00r\x00\xfc", "Grü"},
		"utf-16 with BOM":         {"utf-16", "\xff\xfeG\x00r\x00\xfc\x00", "Grü"},
		"utf-16 shows its order":  {"utf-16", "G\x00r\x00\xfc\x00\xdf\x00", "Grüß"},
		"utf-16le":                {"utf-16le", "G\x00r\x00\xfc\x00", "Grü"},
		"utf-16 that is not":      {"utf-16", "It is only ASCII text.", "It is only ASCII text."},
		"utf-32":                  {"utf-32be", "\x00\x00\x00G\x00\x01\xf6\x00", "G😀"},
		"BOM against the label":   {"utf-8", "\xff\xfeG\x00", "G"},
		"BOM of UTF-8":            {"iso-8859-1", "\xef\xbb\xbfG", "G"},
		"utf-8 that is latin-1":   {"utf-8", "Gr\xfc\xdfe", "Grüße"},
		"utf-8 damaged":           {"utf-8", "Gr\xc3\xbc\xc3e", "Grü\uFFFDe"},
		"missing, UTF-8":          {"", "Grüße", "Grüße"},
		"missing, windows-1252":   {"", "Gr\xfc\xdfe", "Grüße"},
		"missing, Japanese":       {"", "\x1b$BF|K\\\x1b(B", "日本"},
		"unknown":                 {"x-unknown", "Gr\xfc\xdfe", "Grüße"},
		"name of 10 KiB":          {strings.Repeat("a", 10<<10), "Gr\xfc\xdfe", "Grüße"},
		"NUL":                     {"utf-8", "a\x00b\x00", "ab"},
		"NUL in latin-1":          {"iso-8859-1", "\x00a\xfc\x00", "aü"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(message.ToUTF8([]byte("> "), tt.charset, []byte(tt.data))); got != "> "+tt.want {
				t.Errorf("toUTF8(%.40q, %q) = %q, want %q", tt.charset, tt.data, got, "> "+tt.want)
			}
		})
	}
}

func FuzzToUTF8(f *testing.F) {
	for _, charset := range []string{"", "utf-8", "utf-7", "utf-16", "iso-2022-jp", "iso-2022-kr", "gb18030", "hz-gb-2312", "big5", "ibm037"} {
		f.Add(charset, []byte("Gr\xfc\xdfe +APw- \x1b$B~{"))
	}
	f.Fuzz(func(t *testing.T, charset string, data []byte) {
		before := bytes.Clone(data)
		got := message.ToUTF8([]byte("kept"), charset, data)
		text, ok := bytes.CutPrefix(got, []byte("kept"))
		if !ok {
			t.Fatalf("what was in the buffer is gone: %q", got)
		}
		if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
			t.Errorf("toUTF8(%q, %q) = %q, want valid UTF-8 without NUL", charset, data, text)
		}
		if len(text) > 4*len(data)+16 {
			t.Errorf("%d bytes became %d", len(data), len(text))
		}
		if !bytes.Equal(before, data) {
			t.Error("the input was changed")
		}
	})
}

func BenchmarkToUTF8(b *testing.B) {
	ascii := bytes.Repeat([]byte("Sehr geehrte Damen und Herren,\n"), 300)
	latin := bytes.ReplaceAll(ascii, []byte("ehrte"), []byte("\xfchrte"))
	for name, in := range map[string]struct {
		charset string
		data    []byte
	}{
		"ASCII":  {"utf-8", ascii},
		"UTF8":   {"utf-8", bytes.ReplaceAll(ascii, []byte("ehrte"), []byte("ührte"))},
		"Latin1": {"iso-8859-1", latin},
	} {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 0, 3*len(in.data))
			b.SetBytes(int64(len(in.data)))
			b.ReportAllocs()
			for b.Loop() {
				buf = message.ToUTF8(buf[:0], in.charset, in.data)
			}
		})
	}
}

// What states no charset is read in the one that something else states.
func TestReadUnstatedCharset(t *testing.T) {
	for name, tt := range map[string]struct{ mail, subject, text string }{
		"HTML states it": {"Content-Type: text/html\n\n<meta charset=koi8-r><p>\xf0\xd2\xc9", "", "При"},
		"HTML states it in the old way": {
			"Content-Type: text/html; charset=x-none\n\n<META http-equiv=Content-Type content='text/html; charset=windows-1251'>\xcf\xf0\xe8", "", "При",
		},
		"HTML states what the header contradicts": {"Content-Type: text/html; charset=koi8-r\n\n<meta charset=windows-1251>\xf0\xd2\xc9", "", "При"},
		"HTML states what it is not":              {"Content-Type: text/html\n\n<meta charset=koi8-r>При", "", "При"},
		"HTML states nothing":                     {"Content-Type: text/html\n\n<p>Gr\xfc\xdfe", "", "Grüße"},
		"subject as the text":                     {"Subject: \xf0\xd2\xc9 =?utf-8?q?=C3=A4?=\nContent-Type: text/plain; charset=koi8-r\n\n\xf0", "При ä", "П"},
		"subject of several bytes":                {"Subject: \xd6\xd0\xce\xc4\nContent-Type: text/plain; charset=gb2312\n\nx", "中文", "x"},
		"subject in UTF-8":                        {"Subject: При\nContent-Type: text/plain; charset=koi8-r\n\n\xf0", "При", "П"},
		"subject beside UTF-8":                    {"Subject: Gr\xfc\xdfe\nContent-Type: text/plain; charset=utf-8\n\nü", "Grüße", "ü"},
	} {
		t.Run(name, func(t *testing.T) {
			if m := read(t, tt.mail, nil); m.Subject != tt.subject || m.Text != tt.text {
				t.Errorf("Subject, Text = %q, %q, want %q, %q", m.Subject, m.Text, tt.subject, tt.text)
			}
		})
	}
	m := read(t, "From: \xf0\xd2\xc9 <a@b.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=koi8-r\n\nx\n--b\nContent-Disposition: attachment; filename=\"\xf0.txt\"\n\nx\n--b--", nil)
	if m.From[0].Name != "При" || m.Attachments[0].Name != "П.txt" {
		t.Errorf("From, Name = %q, %q", m.From[0].Name, m.Attachments[0].Name)
	}
}
