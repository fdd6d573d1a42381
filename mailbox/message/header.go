package message

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// A Field is one header field.
type Field struct {
	Name  string // as written, without the colon and trailing blanks
	Value string // unfolded, otherwise as written; may hold 8-bit bytes
}

// A Header is the list of a mail's header fields, in order.
type Header []Field

// Get returns the first value of the field called name, without regard to
// case, or "".
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Values returns all values of the field called name, without regard to case,
// in order; nil if there is none.
func (h Header) Values(name string) []string {
	var values []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// A headerReader reads one header block. Its fields may be used again for the
// next block.
type headerReader struct {
	src    *source
	limits Limits
	defect func(code, text string, quote []byte)
	stop   func(line []byte) bool // a line that ends the header besides an empty one

	block  []byte // names and unfolded values, one after the other
	spans  []span // where in block the fields stand
	over   bool   // a limit of the block is exceeded; the rest is passed over
	cut    bool   // the current field is over its limit
	broken []byte // copy of a line that may be a broken field or the first of the body
	last   chunk  // in broken: the line that is the first of the body
}

// A span says where a field stands in the block.
type span struct{ name, value, end int }

// read reads fields up to the empty line that ends them. A header that simply
// stops is one as well: body is then the line that is no field and not part of
// the header (RFC 5322 has no such mail, mail programs do). Otherwise body has
// no start.
func (h *headerReader) read() (fields Header, body chunk, err error) {
	h.block, h.spans, h.over, h.last = h.block[:0], h.spans[:0], false, chunk{}
	for {
		c, err := h.src.next()
		if err != nil {
			return h.fields(), chunk{}, ignoreEOF(err)
		}
		if !c.start {
			h.add(c.data)
			continue
		}
		if len(c.data) == 0 {
			return h.fields(), chunk{}, nil
		}
		done, err := h.line(c)
		if err != nil || done {
			return h.fields(), h.last, err
		}
	}
}

// line takes the beginning of a line that is not empty. done reports that the
// header is over.
func (h *headerReader) line(c chunk) (done bool, err error) {
	first := len(h.spans) == 0
	blank := isBlank(c.data[0])
	content := bytes.TrimLeft(c.data, " \t")
	switch {
	case h.stop != nil && h.stop(c.data):
		h.src.unread()
		return true, nil
	case blank && len(content) == 0 && len(c.eol) > 0:
		return h.blankLine()
	case blank && !first:
		h.add(c.data)
	case blank && fieldName(content) > 0:
		h.defect("header-first-line-indented", "first header line is indented: ", c.data)
		h.begin(content)
	case fieldName(c.data) > 0:
		h.begin(c.data)
	case first && isMboxLine(c.data):
		h.defect("mbox-from-line", "mail begins with an mbox line: ", c.data)
		return false, h.skipLine(c)
	default:
		return h.brokenLine(c)
	}
	return false, nil
}

// blankLine decides about a line of blanks: a fold without content if the
// header goes on, else somebody's idea of an empty line.
func (h *headerReader) blankLine() (done bool, err error) {
	more, err := h.goesOn(true)
	if !more {
		h.defect("header-end-not-empty", "a line of blanks ends the header", nil)
	}
	return !more, err
}

// brokenLine decides about a line that is no field: inside the header if
// fields come after it, else the first of the body.
func (h *headerReader) brokenLine(c chunk) (done bool, err error) {
	if len(c.eol) == 0 && !h.src.eof { // longer than the buffer: text
		h.src.unread()
		h.defect("header-end-missing", "no empty line ends the header", nil)
		return true, nil
	}
	h.broken = append(append(h.broken[:0], c.data...), c.eol...)
	more, err := h.goesOn(false)
	if more {
		h.defect("header-line-without-colon", "header line is no field: ", h.broken)
		return false, nil
	}
	h.defect("header-end-missing", "no empty line ends the header", nil)
	h.last = chunk{data: h.broken[:len(c.data)], eol: h.broken[len(c.data):], start: true}
	return true, err
}

// goesOn looks ahead whether the header goes on after a doubtful line: with a
// field, or after a line of blanks with a folded line. Inside a header, a few
// more doubtful lines may come before a field that is surely none of the body:
// some gateways take the indentation off all folded lines.
func (h *headerReader) goesOn(afterBlank bool) (bool, error) {
	const bytesAhead, linesAhead = 8 << 10, 20
	ahead, err := h.src.peek(bytesAhead)
	for n := range linesAhead {
		end := h.src.lineEnd(ahead)
		if end < 0 {
			end = len(ahead)
		}
		line := bytes.TrimRight(ahead[:end], "\r")
		if len(line) == 0 {
			return false, err
		}
		name := fieldName(line)
		if n == 0 && (name > 0 || afterBlank && isBlank(line[0])) || isKnownField(line[:name]) {
			return true, err
		}
		if len(h.spans) == 0 {
			return false, err
		}
		ahead = ahead[min(end+1, len(ahead)):]
	}
	return false, err
}

// isKnownField reports whether name is one that mails have in their header
// and texts rarely at the beginning of a line.
func isKnownField(name []byte) bool {
	switch strings.ToLower(string(name)) {
	case "received", "return-path", "message-id", "in-reply-to", "references", "mime-version",
		"content-type", "content-transfer-encoding", "content-disposition", "dkim-signature",
		"x-received", "x-mailer", "delivered-to", "list-unsubscribe":
		return true
	}
	return false
}

// skipLine passes over the rest of a long line.
func (h *headerReader) skipLine(c chunk) (err error) {
	for len(c.eol) == 0 {
		if c, err = h.src.next(); err != nil {
			return ignoreEOF(err)
		}
	}
	return nil
}

// begin begins a field with its first line.
func (h *headerReader) begin(line []byte) {
	h.cut = false
	if len(h.spans) >= h.limits.Fields {
		h.exceeded("header has too many fields")
		return
	}
	n := fieldName(line)
	name := bytes.TrimRight(line[:n], " \t")
	if len(name) < n {
		h.defect("header-blank-before-colon", "blank before the colon: ", line)
	}
	start := len(h.block)
	if !h.room(len(name)) {
		return
	}
	h.block = append(h.block, name...)
	h.spans = append(h.spans, span{start, len(h.block), len(h.block)})
	h.add(bytes.TrimLeft(line[n+1:], " \t"))
}

// add adds data to the value of the current field.
func (h *headerReader) add(data []byte) {
	if h.over || h.cut || len(h.spans) == 0 {
		return
	}
	f := &h.spans[len(h.spans)-1]
	if room := h.limits.FieldBytes - (len(h.block) - f.name); len(data) > room {
		h.cut = true
		h.defect("field-too-long", "header field is cut: ", h.block[f.name:f.value])
		data = data[:max(room, 0)]
	}
	if h.room(len(data)) {
		h.block = append(h.block, data...)
		f.end = len(h.block)
	}
}

// room reports whether n more bytes fit into the block.
func (h *headerReader) room(n int) bool {
	if !h.over && len(h.block)+n > h.limits.HeaderBytes {
		h.exceeded("header is too long")
	}
	return !h.over
}

// exceeded notes once that the rest of the block is not read.
func (h *headerReader) exceeded(text string) {
	if !h.over {
		h.over = true
		h.defect("header-too-long", text, nil)
	}
}

// fields makes the list. All strings share one copy of the block.
func (h *headerReader) fields() Header {
	if len(h.spans) == 0 {
		return nil
	}
	block := string(h.block)
	fields := make(Header, len(h.spans))
	for i, s := range h.spans {
		fields[i] = Field{block[s.name:s.value], strings.Trim(block[s.value:s.end], " \t\r")}
	}
	return fields
}

// fieldName returns the index of the colon if line begins like a field: with
// a name of RFC 5322 section 3.6.8, a colon, and perhaps blanks between. Else
// it returns 0.
func fieldName(line []byte) int {
	const longest = 200 // no real name is near this
	for i, b := range line[:min(len(line), longest)] {
		switch {
		case b == ':':
			if bytes.HasPrefix(line[i:], []byte("://")) {
				return 0 // a link in a text
			}
			return i
		case b > ' ' && b < 0x7f:
		case isBlank(b) && i > 0:
			rest := bytes.TrimLeft(line[i:], " \t")
			if len(rest) > 0 && rest[0] == ':' {
				return len(line) - len(rest)
			}
			return 0
		default:
			return 0
		}
	}
	return 0
}

// isMboxLine reports whether line is the one that mbox files put before each
// mail, perhaps quoted.
func isMboxLine(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimPrefix(line, []byte(">")), []byte("From "))
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// ignoreEOF turns io.EOF into nil.
func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
