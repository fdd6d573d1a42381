package safehtml

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Options say where images come from and how links open. The zero value shows
// no image and leaves links to the page.
type Options struct {
	// ContentID returns the address under which the host shows the file of the
	// mail with that Content-ID (without angle brackets), or "" for none. The
	// host should hand out only what [ImageType] knows, as that type. nil: no
	// such image is shown.
	ContentID func(id string) (address string)

	// Remote returns from where an image on the web may be loaded: a proxy of
	// the host, or address itself, which tells its owner that, when and where
	// the mail is read. "" leaves it out. A host that wants to offer "show
	// images" can count the calls. nil: no remote image is loaded.
	Remote func(address string) (allowed string)

	// NewWindow lets links open in a new window or tab.
	NewWindow bool
}

// maxBytes bounds what is read and what is written, each.
const maxBytes = 4 << 20

// Sanitize returns the HTML of a mail as it may stand in a page: see the
// package documentation for what that means. opts may be nil.
//
// source is UTF-8; what is invalid in it is replaced, NUL dropped. Of source and of the
// output at most 4 MiB count, the rest is cut off. The time is linear in the
// length of source, and no nesting is too deep: from the 200th level on,
// elements are left out and their text is kept.
//
// Sanitize(Sanitize(x, nil), nil) is Sanitize(x, nil), byte for byte. Addresses
// that functions of opts put in do not survive a second pass, which cannot know
// that they are the host's.
func Sanitize(source string, opts *Options) string {
	if opts == nil {
		opts = new(Options)
	}
	source = strings.ReplaceAll(strings.ToValidUTF8(cut(source, maxBytes), "\uFFFD"), "\x00", "")
	s := sanitizer{
		z:    html.NewTokenizer(strings.NewReader(source)),
		opts: opts,
		out:  writer{text: make([]byte, 0, len(source)+len(source)/8)},
	}
	for more := true; more && !s.out.full; {
		more = s.next()
	}
	s.closeTo(0)
	return string(s.out.text)
}

// A sanitizer goes through the tokens of its source once, without building a
// tree: what is open is all it knows.
type sanitizer struct {
	z    *html.Tokenizer
	opts *Options
	out  writer

	open  []element // what is open in the output
	over  int       // elements left out because they were nested too deep, not ended yet
	style []byte    // the style of the current element

	hidden      string // element that is left out with its content; empty: none
	hiddenDepth int    // elements of that name open, itself included
}

// next takes one token and reports whether there was one.
func (s *sanitizer) next() bool {
	switch token := s.z.Next(); token {
	case html.ErrorToken: // the end: a tokenizer knows no other error in a string
		return false
	case html.TextToken:
		s.text()
	case html.StartTagToken, html.SelfClosingTagToken:
		s.start(token == html.SelfClosingTagToken)
	case html.EndTagToken:
		s.end()
	}
	return true // comments and doctypes are left out
}

func (s *sanitizer) text() {
	if s.hidden != "" {
		return
	}
	text := s.z.Text()
	if s.betweenCells() && !isBlank(text) {
		s.openCell()
	}
	s.out.escaped(text)
}

func (s *sanitizer) start(selfClosing bool) {
	raw, more := s.z.TagName()
	original := atom.Lookup(raw)
	if s.hidden != "" {
		if s.hidden == string(raw) && !selfClosing {
			s.hiddenDepth++
		}
		s.z.NextIsNotRawText() // in SVG and MathML not even a script is; elsewhere no element begins in a hidden one
		return
	}
	tag, kind := known(original)
	switch kind {
	case hidden:
		if !selfClosing || !isForeign(original) {
			s.hidden, s.hiddenDepth = string(raw), 1
		}
	case part:
		s.openPart(tag, more)
	case void, inline, block:
		if original == atom.Body && len(s.open) > 0 {
			return // only the first one is an element, and it is around everything
		}
		s.openElement(tag, original, kind, more)
	}
}

func (s *sanitizer) end() {
	raw, _ := s.z.TagName()
	if s.hidden != "" {
		if s.hidden == string(raw) {
			if s.hiddenDepth--; s.hiddenDepth == 0 {
				s.hidden = ""
			}
		}
		return
	}
	original := atom.Lookup(raw)
	tag, kind := known(original)
	switch kind {
	case part, inline, block:
		if original != atom.Body { // text after it belongs to it all the same
			s.closeElement(tag, kind)
		}
	case void:
		if tag == atom.Br { // as browsers read </br>
			s.openElement(tag, tag, kind, false)
		}
	}
}
