package message_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
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
		"NUL":               {"a&#0;b\x00c", "a\uFFFDbc"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := message.HTMLToText(tt.html); got != tt.want {
				t.Errorf("HTMLToText(%q) = %q, want %q", tt.html, got, tt.want)
			}
		})
	}
}

func TestHTMLToTextLists(t *testing.T) {
	for name, tt := range map[string]struct{ html, want string }{
		"numbers":              {"<ol><li>a<li>b</ol>c", "1. a\n2. b\n\nc"},
		"from a number":        {`<ol start=9><li>a<li>b<li value=3>c<li value=x>d</ol>`, "9. a\n10. b\n3. c\n4. d"},
		"nested":               {"<ul><li>a<ol><li>b<li>c<ul><li>d</ul></ol><li>e</ul>", "- a\n  1. b\n  2. c\n     - d\n- e"},
		"further lines":        {"<ul><li>a<br>b<p>c</p></li></ul><p>d", "- a\n  b\n\n  c\n\nd"},
		"in a quotation":       {"<blockquote><ul><li>a<br>b</ul></blockquote>", "> - a\n>   b"},
		"item without a list":  {"<li>a<li>b", "- a\n- b"},
		"list without an item": {"<ul>a</ul>b", "a\n\nb"},
		"only a list in it":    {"<ol><li><ul><li>a</ul><li>b</ol>", "   - a\n2. b"},
		"empty":                {"a<ul></ul><ul><li></ul>b", "a\n\n- b"},
		"ends too often":       {"<ul><li>a</ul></ul></ol>b", "- a\n\nb"},
		"definitions":          {"<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\nc\nd"},
		"deeper than shown":    {strings.Repeat("<ul><li>", 300) + "a" + strings.Repeat("</ul>", 300) + "b", strings.Repeat(" ", 20) + "- a\n\nb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := message.HTMLToText(tt.html); got != tt.want {
				t.Errorf("HTMLToText(%q) = %q, want %q", tt.html, got, tt.want)
			}
		})
	}
}

func TestHTMLToTextTables(t *testing.T) {
	for name, tt := range map[string]struct{ html, want string }{
		"paragraphs in cells":   {"<table><tr><td><p>A</p></td><td><p>B</p></td></tr><tr><td><div>1</div><td><p>2</table>x", "A\tB\n1\t2\n\nx"},
		"several lines":         {"<table><tr><td>A<br>B</td><td>C</td></tr></table>", "A\nB\nC"},
		"empty cells":           {"<table><tr><td>A<td>&nbsp;<td>C<tr><td> <td>D</table>", "A\tC\nD"},
		"empty cells of a grid": {"<table border=1><tr><td>A<td>&nbsp;<td>C<tr><td> <td>D<td></table>", "A\t\tC\n\tD"},
		"headings":              {"<table><thead><tr><th>A<th><th>C<tbody><tr><td>1<td><td>3</table>", "A\t\tC\n1\t\t3"},
		"empty rows":            {"a<table><tr><td></td></tr><tr><td> </td></tr></table>b", "a\n\nb"},
		"layout, as it says":    {`<table role="presentation"><tr><td>A</td><td>B</td></tr></table>`, "A\nB"},
		"layout":                {"<table><tr><td><table><tr><td>A</td></tr></table></td><td><table><tr><td>B</td><td>C</td></tr></table></td></tr></table>d", "A\nB\tC\n\nd"},
		"in a cell of a grid":   {"<table border=1><tr><td>A<td><table><tr><td>B</table><td>C</table>", "A\tB\tC"},
		"caption":               {"<table><caption>T</caption><tr><td>A</table>", "T\nA"},
		"rows without a table":  {"<tr><td>A<td>B<tr><td>C", "A\tB\nC"},
		"cells without a row":   {"<table><td>A<td>B</table>", "A\tB"},
		"ends too often":        {"<table><tr><td>A</table></table></td></tr>b", "A\n\nb"},
		"in a quotation":        {"<blockquote><table><tr><td>A<td>B<tr><td>C</table></blockquote>", "> A\tB\n> C"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := message.HTMLToText(tt.html); got != tt.want {
				t.Errorf("HTMLToText(%q) = %q, want %q", tt.html, got, tt.want)
			}
		})
	}
}

// What mail programs and newsletters do to their HTML.
func TestHTMLToTextOfMails(t *testing.T) {
	for name, tt := range map[string]struct{ html, want string }{
		"preview line":           {`<div style="display:none;font-size:1px;max-height:0px;overflow:hidden">preview</div>Hello`, "Hello"},
		"preview by height":      {`<div style="max-height:0; Overflow: hidden">preview</div>Hello`, "Hello"},
		"preview by opacity":     {`<span style="OPACITY: 0.0 !important">preview</span>Hello`, "Hello"},
		"preview by visibility":  {`<span style="visibility:hidden">preview</span>Hello`, "Hello"},
		"filling":                {"Hello" + strings.Repeat("&#847;&zwnj;&nbsp;&#8199;&#65279;&shy;", 50) + "<p>world", "Hello\n\nworld"},
		"filling at the front":   {strings.Repeat("&zwnj;&nbsp;", 50) + "Hello", "Hello"},
		"soft hyphen":            {"Donau&shy;dampf&#8203;schiff", "Donaudampfschiff"},
		"joiners":                {"نمی\u200cخواهم \U0001F468\u200d\U0001F469", "نمی\u200cخواهم \U0001F468\u200d\U0001F469"},
		"not for Outlook":        {`<!--[if mso]><v:rect>Button</v:rect><![endif]--><a href="https://x.example/b" style="mso-hide:all">Button</a>`, "Button <https://x.example/b>"},
		"all but Outlook":        {"<!--[if !mso]><!-->a<!--<![endif]--><![if !mso]>b<![endif]>", "ab"},
		"opaque":                 {`<p style="opacity:0.9;max-height:100px;overflow:hidden">a`, "a"},
		"small print":            {`<table style="font-size:0"><tr><td style="font-size:12px">a</table>`, "a"},
		"Outlook":                {`<p class=MsoNormal>a<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>b</p>`, "a\n\nb"},
		"Gmail":                  {"<div>a</div><div><br></div><div>b<br></div><div>c</div>", "a\n\nb\nc"},
		"kept line ends":         {"<div style='white-space:pre-wrap'>a\n  b\n\nc</div>d  e", "a\n  b\n\nc\nd e"},
		"kept in a paragraph":    {"<p style='white-space: pre-line'>a\nb<p>c\nd", "a\nb\n\nc d"},
		"indented":               {`<blockquote style="margin:0 0 0 40px;border:none;padding:0">a</blockquote>b`, "a\n\nb"},
		"quoted by Outlook":      {`<blockquote style="border:none;border-left:solid #CCCCCC 1.0pt">a</blockquote>b`, "> a\n\nb"},
		"quoted in indented":     {`<blockquote style="border:none">a<blockquote>b</blockquote>c</blockquote>d`, "a\n\n> b\n\nc\n\nd"},
		"link around a block":    {`<a href="https://x.example/"><p>Shop</p></a><p>b`, "Shop <https://x.example/>\n\nb"},
		"link to a mail":         {`<a href="mailto:a@x.example?subject=b">a@x.example</a>`, "a@x.example"},
		"link with an image":     {`<a href="https://x.example/"><img alt="Shop"></a>`, "Shop <https://x.example/>"},
		"link with control":      {"<a href=\"https://x.example/\na\u202eb<c>\">d</a>", "d <https://x.example/abc>"},
		"link as code":           {"<a href=' java\tscript:x'>a</a><a href='data:text/html,x'>b</a><a href='vbscript:x'>c</a>", "abc"},
		"description cut inside": {"<img alt='" + strings.Repeat("ü", 600) + "'>", strings.Repeat("ü", 500)},
		"headings":               {"<h1>a</h1><h2>b</h2>c", "a\n\nb\n\nc"},
		"controls":               {"a\x01\x7f\u0085b<pre>c\x02\td</pre>", "a b\n\nc\td"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := message.HTMLToText(tt.html); got != tt.want {
				t.Errorf("HTMLToText(%q) = %q, want %q", tt.html, got, tt.want)
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
		"100,000 nested lists":       strings.Repeat("<ol><li>", 100_000) + strings.Repeat("<li>x", 100_000),
		"100,000 nested tables":      strings.Repeat("<table border=1><tr><td>", 100_000) + strings.Repeat("<td>x", 100_000),
		"cells of one row":           "<table><tr>" + strings.Repeat("<td>x", 500_000),
		"empty cells of one row":     "<table border=1><tr>" + strings.Repeat("<td>", 1_000_000) + "x",
		"blocks in a row":            "<table><tr>" + strings.Repeat("<td><p>x</p>", 200_000),
		"joiners":                    strings.Repeat("\u200d", 1_000_000),
		"1,000,000 declarations":     `<p style="` + strings.Repeat("a:b;", 1_000_000) + `">y`,
		"line breaks in a quotation": strings.Repeat("<blockquote>", 10) + "<pre>" + strings.Repeat("x\n\n", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			var text string
			if took := quickest(5*time.Second, func() { text = message.HTMLToText(html) }); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if most := 5 << 20; len(text) > most {
				t.Errorf("%d bytes of text, want at most %d", len(text), most)
			}
		})
	}
}

func FuzzHTMLToText(f *testing.F) {
	f.Add(`<ol start=3><li>a<ul><li>b<br>c</ul></ol><table border=1><th>d<th><th style="white-space:pre-wrap"> e<table><td>f`)
	f.Add("<blockquote style='border:none'>\u200b<p hidden>a</blockquote>\u200c<span style='opacity:0'>b")
	f.Add(`<p>a<a href="https://x.example">b</a><blockquote><pre> c</pre><table><tr><td hidden>d<td>e`)
	f.Fuzz(func(t *testing.T, html string) {
		text := message.HTMLToText(html)
		if !utf8.ValidString(text) {
			t.Errorf("HTMLToText(%q) = %q is not valid UTF-8", html, text)
		}
		if strings.TrimRight(text, " \n\t") != text || strings.HasPrefix(text, "\n") {
			t.Errorf("HTMLToText(%q) = %q has blanks at its ends", html, text)
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Errorf("HTMLToText(%q) = %q has a control character at %d", html, text, i)
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
