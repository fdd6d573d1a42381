package message_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
)

func TestHTMLToText(t *testing.T) {
	for name, tt := range map[string]struct{ html, want string }{
		"empty":             {"", ""},
		"plain":             {"Hello  \n world", "Hello world"},
		"inline":            {"<b>Hel</b>lo <i>world</i>", "Hello world"},
		"paragraphs":        {"<p>One<p>Two</p>\n\n<p>Three</p>", "One\n\nTwo\n\nThree"},
		"divs":              {"<div>One</div><div>Two<div>Three</div></div>", "One\nTwo\nThree"},
		"breaks":            {"One<br>Two<br/><br>Three<br><br><br><br>Four", "One\nTwo\n\nThree\n\nFour"},
		"days do not glue":  {"<p>Guten Tag,</p><p>die Rechnung", "Guten Tag,\n\ndie Rechnung"},
		"empty paragraphs":  {"<p>One</p><p>&nbsp;</p><p>&nbsp;</p><p>Two</p>", "One\n\nTwo"},
		"NBSP":              {"a&nbsp;&nbsp;b\u00a0c", "a b c"},
		"entities":          {"&lt;b&gt; &amp;amp; &uuml;&#8364;", "<b> &amp; ü€"},
		"list":              {"List:<ul><li>One<li><p>Two</p><li>Three</ul>End", "List:\n\n- One\n- Two\n\n- Three\n\nEnd"},
		"table":             {"<table><tr><th>A</th><th>B</th></tr><tr><td>1<td>2</tr></table>", "A\tB\n1\t2"},
		"link":              {`See <a href="https://x.example/a?b=1&amp;c=2">here</a>.`, "See here <https://x.example/a?b=1&c=2>."},
		"link same":         {`<a href="https://x.example/">x.example</a> <a href="mailto:A@x.example">a@x.example</a>`, "x.example a@x.example"},
		"link without text": {`a <a href="https://x.example/"><img src="y"></a> b`, "a b"},
		"link in the mail":  {`<a href="#top">up</a> <a href="javascript:x()">run</a> <a href="cid:1">it</a>`, "up run it"},
		"link not closed":   {`<a href="https://x.example/">one <a href="https://y.example/">two`, "one <https://x.example/> two"},
		"quotation":         {"Yes.<blockquote>Is it<p>so?<blockquote>Why</blockquote></blockquote>OK", "Yes.\n\n> Is it\n>\n> so?\n>\n> > Why\n\nOK"},
		"preformatted":      {"<pre>a  b\n  c\n\nd</pre>e", "a  b\n  c\n\nd\n\ne"},
		"code and style":    {"<html><head><title>T</title><style>p{}</style><script>x()</script></head><body>Hi<script>if(a<b){}</script>!</body>", "Hi!"},
		"head never closed": {"<head><meta charset=utf-8><p>Hello", "Hello"},
		"comment":           {"a<!-- <b>no</b> --><!--[if mso]>no<![endif]-->b", "ab"},
		"hidden":            {`<div style="display: none">preview<div>x</div></div><span hidden>no</span><p>Hello</p>`, "Hello"},
		"hidden paragraph":  {`<p style="display:none">no<p>yes`, "yes"},
		"hidden void":       {`<img hidden alt=x>yes`, "xyes"},
		"all is hidden":     {`<div style="display:none">but the only text</div>`, "but the only text"},
		"image":             {`Logo: <img src=x alt="The  Company">!`, "Logo: The Company!"},
		"rule":              {"a<hr>b", "a\n________________________________\nb"},
		"uppercase tags":    {"<P>One</P><DIV>Two</DIV>", "One\n\nTwo"},
		"broken":            {"a < b <c <p>d</x></p></p><", "a < b d\n\n<"},
		"NUL":               {"a&#0;b", "a\uFFFDb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := message.HTMLToText(tt.html); got != tt.want {
				t.Errorf("htmlToText(%q) = %q, want %q", tt.html, got, tt.want)
			}
		})
	}
}

// The hostile HTML of H16 and what else could be more than linear.
func TestHTMLToTextIsLinear(t *testing.T) {
	for name, html := range map[string]string{
		"100,000 nested divs":        strings.Repeat("<div>", 100_000) + "x",
		"100,000 nested quotations":  strings.Repeat("<blockquote>", 100_000) + strings.Repeat("x<br>", 100_000),
		"20,000 links":               strings.Repeat(`<a href="https://x.example/">y</a>`, 20_000),
		"links never closed":         strings.Repeat(`<a href="https://x.example/">`, 100_000),
		"1 MiB attribute":            `<p title="` + strings.Repeat("x", 1<<20) + `">y`,
		"1 MiB style":                `<p style="` + strings.Repeat("x ", 1<<19) + `">y`,
		"1,000,000 attributes":       "<p " + strings.Repeat("a ", 1_000_000) + ">y",
		"hidden in hidden":           strings.Repeat("<p hidden>", 300_000) + "y",
		"open angle brackets":        strings.Repeat("<", 3<<20),
		"comments never closed":      strings.Repeat("<!--", 1<<20),
		"script never closed":        "<script>" + strings.Repeat("</scrip", 500_000),
		"line breaks in a quotation": strings.Repeat("<blockquote>", 10) + "<pre>" + strings.Repeat("x\n\n", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			text := message.HTMLToText(html)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if most := 5 << 20; len(text) > most {
				t.Errorf("%d bytes of text, want at most %d", len(text), most)
			}
		})
	}
}

func FuzzHTMLToText(f *testing.F) {
	f.Add(`<p>a<a href="https://x.example">b</a><blockquote><pre> c</pre><table><tr><td hidden>d<td>e`)
	f.Fuzz(func(t *testing.T, html string) {
		html = strings.ToValidUTF8(html, "")
		text := message.HTMLToText(html)
		if !utf8.ValidString(text) {
			t.Errorf("htmlToText(%q) = %q is not valid UTF-8", html, text)
		}
		if strings.TrimRight(text, " \n\t") != text || strings.HasPrefix(text, "\n") {
			t.Errorf("htmlToText(%q) = %q has blanks at its ends", html, text)
		}
		if most := 25*len(html) + 64; len(text) > most {
			t.Errorf("%d bytes of HTML became %d of text", len(html), len(text))
		}
	})
}

func BenchmarkHTMLToText(b *testing.B) {
	html := strings.Repeat(`<p class=MsoNormal><span style='font-size:11.0pt;font-family:"Calibri",sans-serif'>Sehr geehrte Damen und Herren,<o:p></o:p></span></p>`, 280)
	b.SetBytes(int64(len(html)))
	b.ReportAllocs()
	for b.Loop() {
		message.HTMLToText(html)
	}
}
