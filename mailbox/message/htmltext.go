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

// indentation is what a line is indented with.
const indentation = "                                "

// A textWriter lays out flowing text. Line ends and blanks are owed until
// text follows, so that none stand at the ends and none are doubled.
type textWriter struct {
	text   []byte
	line   int  // number of the last line
	owed   int  // line ends before the next text; 2 make a blank line
	space  bool // a blank before the next text
	quote  int  // quotations open
	above  int  // quotations around the last line
	inLine bool // the last line has text

	item       string // mark of a list item before the next text
	itemIndent int    // blanks before that mark
	indent     int    // blanks before any other line

	tables    shallow[textTable]
	tabs      int  // tabs before the next text: it is in a new cell
	freshCell bool // a cell began and has no text yet
}

// full reports whether enough was written.
func (w *textWriter) full() bool { return len(w.text) >= maxPlain }

// String returns the text, which is valid UTF-8.
func (w *textWriter) String() string {
	return strings.ToValidUTF8(string(bytes.TrimRight(w.text, " \t\n")), "\uFFFD")
}

// lines owes at least n line ends. Between the beginning of an item or a cell
// and its text there are none.
func (w *textWriter) lines(n int) {
	if n == 0 || w.freshCell {
		return
	}
	if w.inLine && !(w.item != "" && w.owed > 0) {
		w.owed = max(w.owed, n)
	}
	w.space, w.tabs = false, 0
}

// breakLine owes one line end more: two breaks make a blank line.
func (w *textWriter) breakLine() {
	if w.inLine && !w.freshCell {
		w.owed = min(w.owed+1, 2)
		w.space = false
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
		for end < len(text) && (isGraphicASCII(text[end]) || blankLen(text[end:]) == 0) {
			end++
		}
		w.word(text[:end])
		text = text[end:]
	}
}

// word writes a word, or nothing if none of it can be seen.
func (w *textWriter) word(word []byte) {
	if word = visibleText(word); len(word) > 0 {
		w.begin()
		w.text = append(w.text, word...)
	}
}

// beside writes a word right behind the last one, before all that is owed.
func (w *textWriter) beside(word string) {
	w.text = append(append(w.text, ' '), word...)
}

// verbatim writes preformatted text, whose blanks and line ends count.
func (w *textWriter) verbatim(text []byte) {
	for len(text) > 0 && !w.full() {
		line, rest, more := bytes.Cut(text, lf)
		line = bytes.ReplaceAll(bytes.TrimSuffix(line, []byte{'\r'}), []byte("\u00a0"), []byte{' '})
		w.word(line)
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
		w.line += w.owed
		w.inLine = false
	}
	if !w.inLine {
		indent := w.indent
		if w.item != "" {
			indent = w.itemIndent
		}
		w.text = append(w.text, marks(w.quote)...)
		w.text = append(w.text, indentation[:min(indent, len(indentation))]...)
		w.above = w.quote
	}
	for range w.tabs {
		w.text = append(w.text, '\t')
	}
	if w.space && w.inLine && w.tabs == 0 {
		w.text = append(w.text, ' ')
	}
	w.text = append(w.text, w.item...)
	w.owed, w.space, w.tabs, w.item, w.inLine, w.freshCell = 0, false, 0, "", true, false
	w.rowsBegan()
}

func isGraphicASCII(c byte) bool { return c > ' ' && c < 0x7F }

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
