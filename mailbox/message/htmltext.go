package message

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoteMarks begin the lines of the deepest quotation that is shown as such.
// Without a bound a mail of nested quotations would make text of quadratic
// size.
const quoteMarks = "> > > > > > > > > > "

// marks returns what begins a line in depth quotations.
func marks(depth int) string { return quoteMarks[:min(2*depth, len(quoteMarks))] }

// A textWriter lays out flowing text. Line ends and blanks are owed until
// text follows, so that none stand at the ends and none are doubled.
type textWriter struct {
	text   []byte
	owed   int  // line ends before the next text; 2 make a blank line
	space  bool // a blank before the next text
	tab    bool // a tab before the next text: it is in a new cell
	item   bool // "- " before the next text
	quote  int  // quotations open
	above  int  // quotations around the last line
	inLine bool // the last line has text
}

// full reports whether enough was written.
func (w *textWriter) full() bool { return len(w.text) >= maxPlain }

// String returns the text, which is valid UTF-8.
func (w *textWriter) String() string {
	return strings.ToValidUTF8(string(bytes.TrimRight(w.text, " \t\n")), "\uFFFD")
}

// lines owes at least n line ends. Between a bullet and its text there are
// none.
func (w *textWriter) lines(n int) {
	if n == 0 {
		return
	}
	if w.inLine && !(w.item && w.owed > 0) {
		w.owed = max(w.owed, n)
	}
	w.space, w.tab = false, false
}

// breakLine owes one line end more: two breaks make a blank line.
func (w *textWriter) breakLine() {
	if w.inLine {
		w.owed = min(w.owed+1, 2)
		w.space = false
	}
}

// bullet marks the next text as a list item.
func (w *textWriter) bullet() { w.item = true }

// cell begins a table cell: after another one in the same row, a tab away.
func (w *textWriter) cell() {
	if w.inLine && w.owed == 0 {
		w.tab = true
	}
}

// flow writes text in which white space, also the kind that does not break,
// only separates words.
func (w *textWriter) flow(text []byte) {
	for len(text) > 0 && !w.full() {
		if n := blankLen(text); n > 0 {
			w.space = w.space || w.inLine && w.owed == 0
			text = text[n:]
			continue
		}
		end := 1
		for end < len(text) && blankLen(text[end:]) == 0 {
			end++
		}
		w.begin()
		w.text = append(w.text, text[:end]...)
		text = text[end:]
	}
}

// blankLen returns the length of the white space character text begins with,
// or 0.
func blankLen(text []byte) int {
	c := text[0]
	switch {
	case c == ' ' || c >= '\t' && c <= '\r':
		return 1
	case c < 0xC2 || c > 0xE3: // no other space begins with it
		return 0
	}
	if r, n := utf8.DecodeRune(text); unicode.IsSpace(r) {
		return n
	}
	return 0
}

// verbatim writes preformatted text, whose blanks and line ends count.
func (w *textWriter) verbatim(text string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\u00a0", " ")
	for text != "" && !w.full() {
		line, rest, more := strings.Cut(text, "\n")
		if line != "" {
			w.begin()
			w.text = append(w.text, line...)
		}
		if more {
			w.breakLine()
		}
		text = rest
	}
}

// begin pays what is owed before text.
func (w *textWriter) begin() {
	if w.inLine && w.owed > 0 {
		for range w.owed - 1 {
			w.text = append(w.text, '\n')
			w.text = append(w.text, strings.TrimRight(marks(min(w.above, w.quote)), " ")...)
		}
		w.text = append(w.text, '\n')
		w.inLine = false
	}
	switch {
	case !w.inLine:
		w.text = append(w.text, marks(w.quote)...)
		w.above = w.quote
	case w.tab:
		w.text = append(w.text, '\t')
	case w.space:
		w.text = append(w.text, ' ')
	}
	if w.item {
		w.text = append(w.text, "- "...)
	}
	w.owed, w.space, w.tab, w.item, w.inLine = 0, false, false, false, true
}
