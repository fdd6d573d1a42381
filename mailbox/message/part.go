package message

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode"
)

// A walker goes through the parts of a mail. It keeps a stack of the
// multiparts that are open instead of calling itself, so that neither depth
// nor number of parts costs more than the bytes they take.
type walker struct {
	ctx    context.Context
	src    source
	work   *workspace
	limits Limits
	sink   Sink
	msg    *Message

	stack        []multipart // outermost first
	leaf         leaf        // the part that the lines go to
	parts        int         // seen so far
	alternatives int         // numbered so far
	partsCut     bool        // the limit of parts is reached: the rest is read past
	body         body
	reports      []reportPart
}

// A multipart is an open multipart entity.
type multipart struct {
	boundary    []byte // without the two dashes; empty: not stated, the first likely line is it
	digest      bool   // its parts are mails unless they say otherwise (RFC 2046 section 5.1.5)
	alternative int    // number of the multipart/alternative it is or is in; 0: none
	parts       int
	closed      bool // its last boundary was seen; lines are epilogue
}

// walk reads the body of an entity with this header and all that is inside.
// first, if it has a start, is the first line of the body.
func (w *walker) walk(h Header, first chunk) error {
	if err := w.begin(h, first); err != nil {
		return err
	}
	for !w.partsCut {
		if w.leaf.kind == fileLeaf && w.leaf.transfer.whole() {
			if err := w.leaf.writeLines(w.src.lines()); err != nil {
				return err
			}
		}
		c, err := w.src.next()
		if errors.Is(err, io.EOF) {
			return w.end()
		}
		if err != nil {
			return err
		}
		if i, last, ok := w.match(c.data); ok && c.start {
			err = w.boundary(i, last)
		} else {
			err = w.leaf.write(c)
		}
		if err != nil {
			return err
		}
	}
	return w.src.drain()
}

// end is called at the end of the mail. Its last line end belongs to the
// content, because no boundary comes after it.
func (w *walker) end() error {
	w.leaf.buf = append(w.leaf.buf, w.leaf.eol...)
	if err := w.endLeaf(); err != nil {
		return err
	}
	w.unwind(0)
	return nil
}

// match finds the multipart whose boundary the line is: the innermost open
// one, else the innermost closed one (its parts go on behind its end). last
// tells that the line ends the multipart.
func (w *walker) match(line []byte) (index int, last, ok bool) {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' || len(w.stack) == 0 {
		return 0, false, false
	}
	line = bytes.TrimRight(line[2:], " \t\r")
	w.adopt(line)
	index = -1
	for i := len(w.stack) - 1; i >= 0; i-- {
		m := &w.stack[i]
		rest, found := bytes.CutPrefix(line, m.boundary)
		if !found || len(m.boundary) == 0 {
			continue
		}
		end := string(rest) == "--"
		if len(rest) > 0 && !end {
			continue
		}
		if !m.closed {
			return i, end, true
		}
		if index < 0 {
			index, last = i, end
		}
	}
	return index, last, index >= 0
}

// adopt takes line for the boundary of a multipart that does not name one.
func (w *walker) adopt(line []byte) {
	m := &w.stack[len(w.stack)-1]
	const longest = 200
	if len(m.boundary) > 0 || len(line) > longest || bytes.ContainsAny(line, " \t") || !bytes.ContainsFunc(line, unicode.IsLetter) {
		return
	}
	m.boundary = bytes.Clone(line)
}

// boundary ends the current part at a boundary of the multipart at index and
// begins the next one.
func (w *walker) boundary(index int, last bool) error {
	if w.leaf.kind == preambleLeaf && index == len(w.stack)-1 {
		w.leaf = leaf{} // its multipart has parts
	}
	if err := w.endLeaf(); err != nil {
		return err
	}
	w.unwind(index + 1)
	m := &w.stack[index]
	if last {
		m.closed = true
		w.leaf = leaf{} // what follows is epilogue
		return nil
	}
	if m.closed {
		m.closed = false
		w.defect("part-after-end", "part after the last boundary: ", m.boundary)
	}
	m.parts++
	if w.parts++; w.parts > w.limits.Parts {
		w.partsCut = true
		w.leaf = leaf{}
		w.defect("too-many-parts", "further parts are not shown", nil)
		return nil
	}
	h, first, err := w.work.head.read()
	if err != nil {
		return err
	}
	return w.begin(h, first)
}

// unwind drops the multiparts from index on.
func (w *walker) unwind(index int) {
	for _, m := range w.stack[index:] {
		if !m.closed && m.parts > 0 {
			w.defect("boundary-not-closed", "multipart without its last boundary: ", m.boundary)
		}
	}
	w.stack = w.stack[:index]
}

// begin begins the entity with this header.
func (w *walker) begin(h Header, first chunk) error {
	in := multipart{}
	if len(w.stack) > 0 {
		in = w.stack[len(w.stack)-1]
	}
	head := w.readPartHeader(h, in.digest)
	sub, isMulti := strings.CutPrefix(head.mediaType, "multipart/")
	switch {
	case isMulti && len(w.stack) >= w.limits.Depth:
		w.defect("too-deep", "parts nested too deep are kept as one attachment", nil)
		head.encoding = identity
		w.leaf = w.newLeaf(head, fileLeaf, in.alternative)
	case isMulti:
		m := multipart{boundary: []byte(head.boundary), digest: sub == "digest", alternative: in.alternative}
		if sub == "alternative" {
			w.alternatives++
			m.alternative = w.alternatives
		}
		if head.boundary == "" {
			w.defect("boundary-not-stated", "multipart names no boundary", nil)
		}
		if head.encoding != identity {
			w.defect("multipart-encoded", "multipart with an encoding of its own", nil)
		}
		w.stack = append(w.stack, m)
		w.leaf = w.newLeaf(partHeader{mediaType: "text/plain", charset: head.charset}, preambleLeaf, m.alternative)
	default:
		w.leaf = w.newLeaf(head, w.kindOf(head), in.alternative)
	}
	if first.start {
		return w.leaf.write(first)
	}
	return nil
}

// kindOf decides what becomes of a part. Text without a name is the text of
// the mail; anything else is a file.
func (w *walker) kindOf(h partHeader) leafKind {
	switch {
	case h.name != "" || h.disposition == "attachment":
		return fileLeaf
	case h.mediaType == "text/html" && !w.body.hasHTML:
		return htmlLeaf
	case h.mediaType == "text/plain":
		return textLeaf
	case len(w.stack) == 0 && h.mediaType != "text/html" && strings.HasPrefix(h.mediaType, "text/"):
		return textLeaf // the whole mail is of some unusual kind of text
	}
	return fileLeaf
}
