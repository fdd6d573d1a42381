package message

import (
	"bytes"
	"cmp"
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
	*progress
	ctx   context.Context
	src   source
	work  *workspace
	opts  Options
	depth int // of nesting around what this walker reads
	level int // of the attachments it finds

	stack    []multipart // outermost first
	leaf     leaf        // the part that the lines go to
	partsCut bool        // the limit of parts is reached: the rest is read past
}

// A progress is what the walkers of one mail share: the one of the mail itself
// and those of the mails that were encrypted in it.
type progress struct {
	msg          *Message
	parts        int   // seen so far
	alternatives int   // numbered so far
	missing      bool  // parts are not shown
	unpacked     int   // bytes taken out of containers so far
	decryptions  int   // under way, one in the other
	failed       error // of the sink, for a file found in a part
	body         body
	reports      []reportPart
}

// A multipart is an open multipart entity.
type multipart struct {
	boundary    []byte // without the two dashes; empty: not stated, the first likely line is it
	protocol    string // multipart/encrypted: what its parts are encrypted with
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
		if err := w.lookInside(); err != nil {
			return err
		}
		ended, err := w.advance()
		if err == nil && ended {
			err = w.boundary()
		}
		if errors.Is(err, io.EOF) {
			return w.end()
		}
		if err != nil {
			return err
		}
	}
	return w.src.drain()
}

// advance reads the next piece of the current part. ended tells that a
// boundary comes next; the end of the mail is io.EOF.
func (w *walker) advance() (ended bool, err error) {
	if block := w.src.lines(); len(block) > 0 {
		return false, w.leaf.writeLines(block)
	}
	c, err := w.src.next()
	if err != nil {
		return false, err
	}
	if c.start {
		if _, _, ok := w.match(c.data); ok {
			w.src.unread()
			return true, nil
		}
	}
	return false, w.leaf.write(c)
}

// end is called at the end of the mail. Its last line end belongs to the
// content, because no boundary comes after it.
func (w *walker) end() error {
	if err := w.leaf.close(true); err != nil {
		return err
	}
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

// boundary ends the current part at the boundary that comes next and begins
// the part after it.
func (w *walker) boundary() error {
	c, err := w.src.next()
	if err != nil {
		return err
	}
	index, last, _ := w.match(c.data)
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
	if !w.nextPart() {
		w.partsCut, w.missing = true, true
		w.leaf = leaf{}
		return nil
	}
	h, first, err := w.work.head.read()
	if err != nil {
		return err
	}
	return w.begin(h, first)
}

// nextPart counts a part, and reports whether it is within the limit.
func (w *walker) nextPart() bool {
	if w.parts >= w.opts.Limits.Parts {
		w.defectOnce("too-many-parts", "further parts are not shown")
		return false
	}
	w.parts++
	return true
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
	case isMulti && w.depth+len(w.stack) >= w.opts.Limits.Depth:
		w.defect("too-deep", "parts nested too deep are kept as one attachment", nil)
		head.encoding = identity
		w.leaf = w.newLeaf(head, fileLeaf, in.alternative)
	case isMulti:
		m := multipart{boundary: []byte(head.boundary), digest: sub == "digest", alternative: in.alternative}
		if sub == "encrypted" {
			m.protocol = cmp.Or(head.protocol, pgpEncrypted)
		}
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
		w.leaf.inside = w.insideOf(head, in.protocol)
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
	case w.level == 0 && len(w.stack) == 0 && strings.HasPrefix(h.mediaType, "text/") && !isFileType(h.mediaType):
		return textLeaf // the whole mail is of some unusual kind of text
	}
	return fileLeaf
}

// isFileType reports whether text of this type is for programs, such as an
// invitation or a vCard: it has a file extension of its own.
func isFileType(mediaType string) bool {
	_, known := extensions[mediaType]
	return known
}
