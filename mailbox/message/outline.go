package message

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

const (
	maxOutline  = 4 << 20 // bytes of HTML that are read for its outline
	maxSections = 100     // of an outline
	sectionHead = 32      // bytes of letters that a section is found by
	sectionTail = 24
)

// An outlineSection is a piece of an HTML part that is of one kind. What it
// says is kept as letters and digits alone, which are the same in plain text
// however that is wrapped, marked and blanked.
type outlineSection struct {
	kind       SpanKind
	indented   bool // Fresh, and surely so, though it may look like a quotation
	pending    bool // Quoted if a blockquote follows in the same wrapper, else Fresh
	size       int  // bytes of text, about
	head, tail []byte
}

// outlineHTML returns the sections of an HTML part as the containers show
// them that mail programs put quotations and signatures in. Sections without
// letters are left out. cut says that what follows the last one is not known.
//
// It works on the tokens alone and keeps counters instead of a stack, so depth
// of nesting costs nothing.
func outlineHTML(source string) (sections []outlineSection, cut bool) {
	if source == "" {
		return nil, false
	}
	cut = len(source) > maxOutline
	o := outliner{z: html.NewTokenizer(strings.NewReader(source[:min(len(source), maxOutline)]))}
	for !o.done {
		switch o.z.Next() {
		case html.ErrorToken:
			o.settle(Fresh)
			return o.sections, cut
		case html.TextToken:
			o.text()
		case html.StartTagToken, html.SelfClosingTagToken:
			o.start()
		case html.EndTagToken:
			o.end()
		}
	}
	o.settle(Fresh)
	return o.sections, true
}

// An openElement is one that the outliner waits to be closed.
type openElement struct {
	name  string // empty: none is open
	depth int    // elements of that name open, itself included
}

func (e *openElement) started(name string) {
	if e.name == name {
		e.depth++
	}
}

// ended counts an end tag and reports whether it closed the element.
func (e *openElement) ended(name string) bool {
	if e.name != name {
		return false
	}
	e.depth--
	if e.depth == 0 {
		e.name = ""
	}
	return e.depth == 0
}

type outliner struct {
	z        *html.Tokenizer
	sections []outlineSection
	done     bool

	raw      bool        // in an element whose text is not shown
	part     openElement // the container that decides the kind of what stands in it
	kind     SpanKind
	indented bool
	wrapper  openElement // a quotation whose text is in blockquotes, but for the line above them
	answered bool        // such a blockquote has ended
	rest     bool        // everything from here on is Quoted
	label    bool        // the next text tells whether it begins the header of a mail
}

// text adds a text to the section it belongs to.
func (o *outliner) text() {
	if o.raw {
		return
	}
	text := o.z.Text()
	if o.label {
		o.readLabel(text)
	}
	var s outlineSection
	switch {
	case o.rest:
		s.kind = Quoted
	case o.part.name != "":
		s.kind, s.indented = o.kind, o.indented
	case o.wrapper.name != "" && !o.answered:
		s.kind, s.pending = Quoted, true
	}
	o.add(text, s)
}

// settle says what the section is that stands in a wrapper above the place
// where a blockquote may come. What is longer than any line that says who
// wrote when was typed there, and is Fresh.
func (o *outliner) settle(kind SpanKind) {
	for i := len(o.sections) - 1; i >= 0 && o.sections[i].pending; i-- {
		s := &o.sections[i]
		s.pending = false
		if s.kind = kind; s.size > attributionBytes {
			s.kind = Fresh
		}
	}
}

// readLabel decides by the first text below the line of Outlook whether it is
// the header of a mail.
func (o *outliner) readLabel(text []byte) {
	const longest = 60
	s := strings.TrimLeft(string(text[:min(len(text), longest)]), blanks)
	if s == "" {
		return
	}
	o.label = false
	o.rest = o.rest || isLabel(s)
}

// add adds text to the last section, or to a new one like s.
func (o *outliner) add(text []byte, s outlineSection) {
	last := len(o.sections) - 1
	if last < 0 || o.sections[last].kind != s.kind || o.sections[last].indented != s.indented || o.sections[last].pending != s.pending {
		if !hasLetters(text) {
			return
		}
		if len(o.sections) == maxSections {
			o.done = true
			return
		}
		o.sections = append(o.sections, s)
		last++
	}
	o.sections[last].extend(text)
}

// extend adds the letters of text to what is kept of a section.
func (s *outlineSection) extend(text []byte) {
	s.size += len(bytes.TrimSpace(text))
	if room := sectionHead - len(s.head); room > 0 {
		s.head = appendLetters(s.head, text, room)
	}
	const enough = 20 * sectionTail // bytes of text, hardly ever without letters
	tail := appendLetters(nil, text[max(0, len(text)-enough):], enough)
	s.tail = append(s.tail, tail...)
	s.tail = s.tail[max(0, len(s.tail)-sectionTail):]
}

// appendLetters appends the letters and digits of text, whole characters, to
// dst until at least limit bytes were added.
func appendLetters(dst, text []byte, limit int) []byte {
	limit += len(dst)
	for len(text) > 0 && len(dst) < limit {
		r, n := utf8.DecodeRune(text)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			dst = append(dst, text[:n]...)
		}
		text = text[n:]
	}
	return dst
}

func hasLetters(text []byte) bool {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return true
		}
		text = text[n:]
	}
	return false
}

// start handles a start tag.
func (o *outliner) start() {
	raw, more := o.z.TagName()
	name := string(raw)
	switch name {
	case "style", "script", "title":
		o.raw = true
		return
	case "br", "hr", "img", "meta", "link", "input", "base", "wbr", "col", "area":
		return
	}
	if o.part.name == "p" && name == "p" {
		o.part.ended(name) // a paragraph cannot hold another
	}
	o.part.started(name)
	o.wrapper.started(name)
	if !more || o.rest || o.part.name != "" {
		if o.wrapper.name != "" && o.part.name == "" && name == "blockquote" {
			o.open(name, Quoted)
		}
		return
	}
	o.mark(name, readAttributes(o.z, name))
}

// mark opens what the attributes of an element show.
func (o *outliner) mark(name string, a containerMark) {
	switch {
	case a == forwardMark:
		o.done = o.done || !o.rest
	case a == restMark:
		o.rest = true
	case a == labelMark:
		o.label = true
	case a == wrapperMark && o.wrapper.name == "":
		o.wrapper, o.answered = openElement{name, 1}, false
	case a == quoteMark, a == wrapperMark, o.wrapper.name != "" && name == "blockquote":
		o.open(name, Quoted)
	case a == signatureMark:
		o.open(name, Signature)
	case a == indentMark:
		o.open(name, Fresh)
		o.indented = true
	}
}

func (o *outliner) open(name string, kind SpanKind) {
	if o.wrapper.name != "" && kind == Quoted {
		o.settle(Quoted)
	}
	o.part, o.kind, o.indented = openElement{name, 1}, kind, false
}

// end handles an end tag.
func (o *outliner) end() {
	raw, _ := o.z.TagName()
	name := string(raw)
	o.raw = false
	if o.part.ended(name) && o.kind == Quoted && name == "blockquote" {
		o.answered = true
	}
	if o.wrapper.ended(name) {
		o.settle(Fresh)
	}
}
