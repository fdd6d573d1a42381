package safehtml

import "golang.org/x/net/html/atom"

// A kind says what becomes of an element.
type kind uint8

const (
	unknown kind = iota // its tags are left out, its content stays
	hidden              // it is left out with its content
	void                // it has no content
	inline              // it stands in the text
	block               // it ends a paragraph
	part                // it stands in a table
)

// known returns as which element one is written, and its kind. What only
// structures a page or asks for input is a plain block.
func known(tag atom.Atom) (atom.Atom, kind) {
	switch tag {
	case atom.A, atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Cite, atom.Code, atom.Del, atom.Dfn, atom.Em,
		atom.Font, atom.I, atom.Ins, atom.Kbd, atom.Mark, atom.Q, atom.S, atom.Samp, atom.Small, atom.Span,
		atom.Strike, atom.Strong, atom.Sub, atom.Sup, atom.Tt, atom.U, atom.Var:
		return tag, inline
	case atom.Blockquote, atom.Center, atom.Dd, atom.Div, atom.Dl, atom.Dt, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5,
		atom.H6, atom.Li, atom.Ol, atom.P, atom.Pre, atom.Table, atom.Ul:
		return tag, block
	case atom.Caption, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
		return tag, part
	case atom.Br, atom.Hr, atom.Img, atom.Wbr:
		return tag, void
	case atom.Address, atom.Article, atom.Aside, atom.Body, atom.Details, atom.Dialog, atom.Fieldset, atom.Figcaption,
		atom.Figure, atom.Footer, atom.Form, atom.Header, atom.Hgroup, atom.Legend, atom.Main, atom.Nav, atom.Search,
		atom.Section, atom.Summary:
		return atom.Div, block
	case atom.Dir, atom.Menu:
		return atom.Ul, block
	case atom.Listing, atom.Plaintext, atom.Textarea, atom.Xmp:
		return atom.Pre, block
	case atom.Applet, atom.Audio, atom.Canvas, atom.Datalist, atom.Frameset, atom.Iframe, atom.Math, atom.Noembed,
		atom.Noframes, atom.Noscript, atom.Object, atom.Script, atom.Select, atom.Style, atom.Svg, atom.Template,
		atom.Title, atom.Video:
		return tag, hidden
	}
	return tag, unknown
}

// isForeign reports whether an element may end in its start tag, which HTML's
// own cannot.
func isForeign(tag atom.Atom) bool { return tag == atom.Svg || tag == atom.Math }

func isHeading(tag atom.Atom) bool {
	switch tag {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// isCell reports whether content may stand in that part of a table.
func isCell(tag atom.Atom) bool {
	return tag == atom.Td || tag == atom.Th || tag == atom.Caption
}

// holdsRows reports whether rows stand directly in an element.
func holdsRows(tag atom.Atom) bool {
	switch tag {
	case atom.Table, atom.Tbody, atom.Tfoot, atom.Thead:
		return true
	}
	return false
}
