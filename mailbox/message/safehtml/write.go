package safehtml

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// A writer collects the output. It keeps room for the ends of what is open;
// when something does not fit any more, it takes nothing but these.
type writer struct {
	text []byte
	owed int // bytes of the end tags of what is open
	full bool
}

func (w *writer) room() int { return maxBytes - len(w.text) - w.owed }

func endTagLen(name string) int { return len("</>") + len(name) }

// endTag writes the end of an element for which room was kept.
func (w *writer) endTag(name string) {
	w.text = append(append(append(w.text, "</"...), name...), '>')
	w.owed -= endTagLen(name)
}

// escape returns how a byte is written in text and in values, or "" if it
// stands for itself.
func escape(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&#34;"
	case '\'':
		return "&#39;"
	case '\r': // of a reference; a parser makes a line end of it when it reads what another wrote
		return "\n"
	}
	return ""
}

// escaped writes text, as much as there is room for.
func (w *writer) escaped(text []byte) {
	for len(text) > 0 && !w.full {
		n := bytes.IndexAny(text, "&<>\"'\r")
		if n < 0 {
			n = len(text)
		}
		if n > w.room() {
			n, w.full = len(cut(string(text[:n]), w.room())), true
		}
		w.text = append(w.text, text[:n]...)
		if text = text[n:]; len(text) == 0 || w.full {
			return
		}
		e := escape(text[0])
		if len(e) > w.room() {
			w.full = true
			return
		}
		w.text = append(w.text, e...)
		text = text[1:]
	}
}

// write writes the start tag of an element, and notes that it is open if it
// has content. more says that the current token has attributes for it.
func (s *sanitizer) write(tag, original atom.Atom, kind kind, more bool) {
	if s.out.full {
		return
	}
	before, name := len(s.out.text), tag.String()
	s.out.text = append(append(s.out.text, '<'), name...)
	if !s.attributes(tag, original, more) {
		s.out.text = s.out.text[:before]
		return
	}
	s.out.text = append(s.out.text, '>')
	owed := 0
	if kind != void {
		owed = endTagLen(name)
	}
	if s.out.room() < owed {
		s.out.text, s.out.full = s.out.text[:before], true
		return
	}
	s.out.owed += owed
	if kind != void {
		s.open = append(s.open, element{tag: tag, block: kind == block || kind == part})
	}
}

// attribute writes a name and its value.
func (s *sanitizer) attribute(name, value string) {
	s.out.text = append(append(append(s.out.text, ' '), name...), `="`...)
	for i := range len(value) {
		if e := escape(value[i]); e != "" {
			s.out.text = append(s.out.text, e...)
		} else {
			s.out.text = append(s.out.text, value[i])
		}
	}
	s.out.text = append(s.out.text, '"')
}

// isBlank reports whether text is white space only, in the sense of HTML.
func isBlank(text []byte) bool { return len(bytes.Trim(text, " \t\n\f\r")) == 0 }

// cut cuts s to at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
