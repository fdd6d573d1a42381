package message

import "golang.org/x/net/html/atom"

// outlookRule is the line that Outlook makes of a horizontal rule when it
// sends plain text. [Trim] knows it.
const outlookRule = "________________________________"

func neverShown(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noscript, atom.Noembed, atom.Noframes, atom.Iframe,
		atom.Object, atom.Svg, atom.Math:
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
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dl:
		return 2
	case atom.Div, atom.Li, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer,
		atom.Main, atom.Nav, atom.Aside, atom.Address, atom.Center, atom.Form, atom.Fieldset, atom.Legend, atom.Option,
		atom.Caption, atom.Thead, atom.Tbody, atom.Tfoot, atom.Figure, atom.Figcaption, atom.Details, atom.Summary,
		atom.Dialog, atom.Hgroup, atom.Search, atom.Body, atom.Html:
		return 1
	}
	return 0
}
