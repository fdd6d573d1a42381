package message

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxHTML  = 4 << 20 // bytes of HTML that are read for the text view
	maxPlain = 4 << 20 // bytes of text made of it, but for its last word
)

// HTMLToText turns the HTML of a mail into plain text as people read it.
//
// source is UTF-8; what is invalid in it is replaced. The text has LF line ends
// and neither blanks nor line ends at its end. Paragraphs, headings, lists and
// tables are set off by blank lines. List items begin with "- " or their
// number and are indented by the lists around them. The cells of a row stand
// on one line with tabs between them, if each is a single line, else below
// each other, so that tables that only place things make no noise. A link is
// followed by its address in angle brackets if its text does not show it and it
// leads to the web, a mailbox or a telephone. Quotations get the "> " of RFC
// 3676, images are their descriptions. White space that does not break is a
// blank; characters that cannot be seen, with which newsletters fill up their
// preview lines, are left out.
//
// What a mail program hides is left out too; if nothing else is left, it is
// shown after all.
//
// It works on the tokens alone and never builds a tree, so neither the time
// for a byte nor the stack depends on how deep the elements nest (html.Parse
// refuses more than 512 levels). Of source 4 MiB are read, and at most about
// as much text is made of it.
func HTMLToText(source string) string {
	source = source[:min(len(source), maxHTML)]
	text := convertHTML(source, true)
	if text == "" {
		text = convertHTML(source, false)
	}
	return text
}

func convertHTML(source string, hide bool) string {
	c := htmlConverter{z: html.NewTokenizer(strings.NewReader(source)), hide: hide}
	for !c.out.full() {
		switch c.z.Next() {
		case html.ErrorToken: // the end: a tokenizer knows no other error in a string
			return c.out.String()
		case html.TextToken:
			c.text()
		case html.StartTagToken, html.SelfClosingTagToken:
			c.start()
		case html.EndTagToken:
			c.end()
		}
	}
	return c.out.String()
}

// An htmlConverter goes through the tokens and writes what is to be read.
type htmlConverter struct {
	z    *html.Tokenizer
	out  textWriter
	hide bool

	hidden region // an element that is left out
	spaced region // an element whose style keeps blanks and line ends
	pre    int    // pre elements open
	lists  shallow[list]
	quotes shallow[bool] // blockquotes open; true: only indented
	href   string        // of the link that is open
	linkAt int           // where its text begins in the output
}

func (c *htmlConverter) text() {
	switch {
	case c.hidden.open():
	case c.pre > 0 || c.spaced.open():
		c.out.verbatim(c.z.Text())
	default:
		c.out.flow(c.z.Text())
	}
}

func (c *htmlConverter) start() {
	name, more := c.z.TagName()
	if c.hidden.open() && !c.hidden.endsAt(name) {
		return
	}
	c.spaced.endsAt(name)
	tag := atom.Lookup(name)
	attrs := c.attributes(tag, more)
	switch {
	case neverShown(tag) || c.hide && attrs.hidden && !isVoid(tag):
		c.hidden.begin(name)
		return
	case attrs.spaced && !c.spaced.open() && !isVoid(tag):
		c.spaced.begin(name)
	}
	switch tag {
	case atom.Br:
		c.out.breakLine()
	case atom.Hr:
		c.out.lines(1)
		c.out.flow([]byte(outlookRule))
		c.out.lines(1)
	case atom.Img:
		c.out.flow([]byte(attrs.alt))
	case atom.A:
		c.endLink()
		c.href, c.linkAt = attrs.href, len(c.out.text)
	case atom.Pre, atom.Listing, atom.Xmp:
		c.out.lines(2)
		c.pre++
	case atom.Blockquote:
		c.startQuote(attrs)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		c.startList(tag == atom.Ol, attrs)
	case atom.Li:
		c.startItem(attrs)
	case atom.Table:
		c.out.startTable(attrs.bordered, attrs.layout)
	case atom.Tr:
		c.out.startRow()
	case atom.Td, atom.Th:
		c.out.cell(tag == atom.Th)
	default:
		c.out.lines(linesAround(tag))
	}
}

func (c *htmlConverter) end() {
	name, _ := c.z.TagName()
	if c.hidden.open() {
		c.hidden.end(name)
		return
	}
	c.spaced.end(name)
	switch tag := atom.Lookup(name); tag {
	case atom.A:
		c.endLink()
	case atom.Pre, atom.Listing, atom.Xmp:
		c.out.lines(2)
		c.pre = max(c.pre-1, 0)
	case atom.Blockquote:
		c.endQuote()
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		c.endList()
	case atom.Table:
		c.out.endTable()
	case atom.Tr:
		c.out.endRow()
	case atom.Td, atom.Th:
		c.out.space = true
	default:
		c.out.lines(linesAround(tag))
	}
}

// startQuote begins a quotation. Some editors use the element to indent: they
// say that it has no border, where a quotation would have one.
func (c *htmlConverter) startQuote(attrs htmlAttributes) {
	c.out.lines(2)
	c.quotes.push(attrs.borderless)
	if !attrs.borderless {
		c.out.quote++
	}
}

func (c *htmlConverter) endQuote() {
	c.out.lines(2)
	if indented, ok := c.quotes.pop(); ok && !indented {
		c.out.quote--
	}
}

// endLink writes the address of the link that ends, if its text does not
// say it already.
func (c *htmlConverter) endLink() {
	href := c.href
	c.href = ""
	if href == "" || c.linkAt > len(c.out.text) {
		return
	}
	shown := strings.TrimSpace(string(c.out.text[c.linkAt:]))
	if shown == "" || sameLink(shown, href) {
		return
	}
	c.out.beside("<" + href + ">")
}
