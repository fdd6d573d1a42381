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

// htmlToText turns an HTML part into plain text with LF line ends: paragraphs
// are set off by blank lines, list items begin with "- ", table cells are
// separated by tabs, links are followed by their address if the text does not
// show it, and quotations get the "> " of RFC 3676.
//
// It works on the tokens alone and never builds a tree, so neither the time
// for a byte nor the stack depends on how deep the elements nest (html.Parse
// refuses more than 512 levels). What a mail program hides is left out; if
// nothing else is left, it is shown after all.
func htmlToText(source string) string {
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

// An htmlConverter keeps what is open as counters, not as a stack.
type htmlConverter struct {
	z    *html.Tokenizer
	out  textWriter
	hide bool

	skip      string // element whose content is left out; empty: none
	skipDepth int    // elements of that name open, itself included
	pre       int    // pre elements open
	href      string // of the link that is open
	linkAt    int    // where its text begins in the output
}

func (c *htmlConverter) text() {
	switch {
	case c.skip != "":
	case c.pre > 0:
		c.out.verbatim(string(c.z.Text()))
	default:
		c.out.flow(c.z.Text())
	}
}

func (c *htmlConverter) start() {
	raw, more := c.z.TagName()
	if c.skip != "" && !c.endsSkip(raw) {
		return
	}
	tag := atom.Lookup(raw)
	attrs := c.attributes(tag, more)
	if neverShown(tag) || c.hide && attrs.hidden && !isVoid(tag) {
		c.skip, c.skipDepth = string(raw), 1
		return
	}
	switch tag {
	case atom.Br:
		c.out.breakLine()
	case atom.Hr:
		c.out.lines(1)
		c.out.flow([]byte(outlookRule))
		c.out.lines(1)
	case atom.Li:
		c.out.lines(1)
		c.out.bullet()
	case atom.Td, atom.Th:
		c.out.cell()
	case atom.Img:
		c.out.flow([]byte(attrs.alt))
	case atom.A:
		c.endLink()
		c.href, c.linkAt = attrs.href, len(c.out.text)
	case atom.Blockquote:
		c.out.lines(2)
		c.out.quote++
	case atom.Pre:
		c.out.lines(2)
		c.pre++
	default:
		c.out.lines(linesAround(tag))
	}
}

func (c *htmlConverter) end() {
	raw, _ := c.z.TagName()
	if c.skip != "" {
		if c.skip == string(raw) {
			if c.skipDepth--; c.skipDepth == 0 {
				c.skip = ""
			}
		}
		return
	}
	switch tag := atom.Lookup(raw); tag {
	case atom.A:
		c.endLink()
	case atom.Blockquote:
		c.out.lines(2)
		c.out.quote = max(c.out.quote-1, 0)
	case atom.Pre:
		c.out.lines(2)
		c.pre = max(c.pre-1, 0)
	case atom.Td, atom.Th:
		c.out.space = true
	default:
		c.out.lines(linesAround(tag))
	}
}

// endsSkip counts an element that begins in a skipped one of the same name. A
// paragraph cannot hold another: its start ends the one that is skipped.
func (c *htmlConverter) endsSkip(name []byte) bool {
	if string(name) != c.skip {
		return false
	}
	if c.skip == "p" {
		c.skip = ""
		return true
	}
	c.skipDepth++
	return false
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
	blank := c.out.space
	c.out.space = true
	c.out.flow([]byte("<" + href + ">"))
	c.out.space = blank
}

// sameLink compares a link with its text, without what readers leave out.
func sameLink(shown, href string) bool {
	bare := func(s string) string {
		s = strings.ToLower(strings.Trim(s, "<>"))
		for _, scheme := range [...]string{"mailto:", "tel:", "http://", "https://"} {
			s = strings.TrimPrefix(s, scheme)
		}
		return strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
	}
	return bare(shown) == bare(href)
}

// htmlAttributes are the attributes of an element that matter to its text.
type htmlAttributes struct {
	href, alt string
	hidden    bool
}

// attributes reads the attributes of the current tag.
func (c *htmlConverter) attributes(tag atom.Atom, more bool) htmlAttributes {
	var a htmlAttributes
	for more {
		var key, val []byte
		key, val, more = c.z.TagAttr()
		switch string(key) {
		case "hidden":
			a.hidden = true
		case "style":
			a.hidden = a.hidden || hiddenStyle(val)
		case "href":
			if tag == atom.A {
				a.href = linkAddress(val)
			}
		case "alt":
			if tag == atom.Img {
				a.alt = string(val[:min(len(val), maxAlt)])
			}
		}
	}
	return a
}

const (
	maxStyle = 4096 // bytes of a style attribute that are looked at
	maxAlt   = 1000 // bytes of an image's description that are shown
	maxHref  = 2000 // bytes; a longer address is left out
)

// hiddenStyle reports whether a style attribute hides its element, as the
// preview lines of newsletters are hidden.
func hiddenStyle(style []byte) bool {
	style = style[:min(len(style), maxStyle)]
	if !containsFold(style, "none") && !containsFold(style, "hid") {
		return false // nearly always, and without copying
	}
	s := strings.Join(strings.Fields(strings.ToLower(string(style))), "")
	return strings.Contains(s, "display:none") || strings.Contains(s, "mso-hide:all") || strings.Contains(s, "visibility:hidden")
}

// containsFold reports whether b holds the ASCII word in any case.
func containsFold(b []byte, word string) bool {
	for i := 0; i+len(word) <= len(b); i++ {
		if b[i]|0x20 == word[0] && strings.EqualFold(string(b[i:i+len(word)]), word) {
			return true
		}
	}
	return false
}

// linkAddress returns a link worth showing, or "": only those a reader could
// type, nothing that is code or stays inside the mail.
func linkAddress(href []byte) string {
	if len(href) > maxHref {
		return ""
	}
	s := strings.Join(strings.Fields(string(href)), "")
	for _, scheme := range [...]string{"http://", "https://", "mailto:", "tel:", "ftp://"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			return decodeHeader(s)
		}
	}
	return ""
}

// outlookRule is the line that Outlook makes of a horizontal rule when it
// sends plain text. [SplitQuoted] knows it.
const outlookRule = "________________________________"

func neverShown(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Svg, atom.Math:
		return true
	}
	return false
}

// isVoid reports whether an element has no content and therefore no end tag
// (HTML Living Standard section 13.1.2).
func isVoid(tag atom.Atom) bool {
	switch tag {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input,
		atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// linesAround returns how many line ends stand at least before and after an
// element: two make a blank line, none means that it flows.
func linesAround(tag atom.Atom) int {
	switch tag {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Table:
		return 2
	case atom.Div, atom.Tr, atom.Li, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer,
		atom.Main, atom.Nav, atom.Aside, atom.Address, atom.Center, atom.Form, atom.Fieldset, atom.Option,
		atom.Caption, atom.Thead, atom.Tbody, atom.Tfoot, atom.Figure, atom.Figcaption, atom.Body, atom.Html:
		return 1
	}
	return 0
}
