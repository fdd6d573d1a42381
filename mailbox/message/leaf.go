package message

import (
	"bytes"
	"fmt"
	"strings"
)

type leafKind uint8

const (
	skippedLeaf  leafKind = iota // nobody needs it
	textLeaf                     // readable text
	htmlLeaf                     // text as HTML
	preambleLeaf                 // text of a multipart that may turn out to have no parts
	fileLeaf                     // an attachment
)

// A leaf takes the content of the part that is being read: text into memory,
// a file into a spool.
type leaf struct {
	w           *walker
	kind        leafKind
	head        partHeader
	alternative int
	transfer    transfer

	limit int    // of a text, in bytes
	buf   []byte // decoded: the text so far, or what the spool has yet to get
	eol   []byte // line end that belongs to the content if more comes
	cut   bool   // the text is over its limit
	eols  [2]byte
	spool Spool
	slot  int    // place of the file among the attachments, plus one; 0: none yet
	start []byte // the first bytes of a mail or report inside the mail

	inside inside   // what to look for in the file
	seen   int      // how much of buf a [contentReader] has handed out
	closed bool     // all of the content is in buf or spool
	uu     uudecode // looks for files in a text
}

// newLeaf begins a part.
func (w *walker) newLeaf(h partHeader, kind leafKind, alternative int) leaf {
	l := leaf{w: w, kind: kind, head: h, alternative: alternative, transfer: transfer{kind: h.encoding}}
	l.limit = w.body.room(kind, w.opts.Limits.Text)
	if kind == fileLeaf {
		l.buf = w.work.out[:0]
	} else {
		l.buf = w.work.text[:0]
	}
	return l
}

// write takes the next piece of the part. The line end before a boundary
// belongs to the boundary (RFC 2046 section 5.1.1), so that each one waits for
// what comes after it.
func (l *leaf) write(c chunk) error {
	if l.kind == skippedLeaf || l.cut {
		return nil
	}
	if l.kind == fileLeaf && cap(l.buf)-len(l.buf) < len(c.data)+maxHeld+4 {
		if err := l.flush(); err != nil {
			return err
		}
	}
	l.buf = append(l.buf, l.eol...)
	l.eol = nil
	var soft bool
	l.buf, soft = l.transfer.decode(l.buf, c.data, len(c.eol) > 0)
	if len(c.eol) > 0 && !soft {
		l.eol = l.lineEnd(c.eol)
	}
	if l.kind == textLeaf {
		if err := l.uu.scan(l, false); err != nil {
			return err
		}
	}
	if l.kind != fileLeaf && len(l.buf) > l.limit {
		l.buf, l.cut = l.buf[:l.limit], true
	}
	return nil
}

// writeLines takes whole lines at once, which for base64 is twice as fast as
// one by one. What they stand for is never longer, so that the buffer is
// written out before them and not between: a [contentReader] would miss it.
func (l *leaf) writeLines(block []byte) error {
	if l.kind == skippedLeaf || l.cut {
		return nil
	}
	if l.kind == fileLeaf {
		if cap(l.buf)-len(l.buf) < len(block)+maxHeld+8 {
			if err := l.flush(); err != nil {
				return err
			}
		}
		if l.transfer.whole() {
			var ok bool
			if l.buf, ok = l.transfer.base64Groups(l.buf, block); ok {
				return nil
			}
		}
	}
	for len(block) > 0 {
		n := bytes.IndexByte(block, '\n')
		c := chunk{data: block[:n], eol: block[n : n+1], start: true}
		if n > 0 && block[n-1] == '\r' {
			c.data, c.eol = block[:n-1], block[n-1:n+1]
		}
		if err := l.write(c); err != nil {
			return err
		}
		block = block[n+1:]
	}
	return nil
}

// lineEnd keeps a line end: as it came in a file, as LF in a text.
func (l *leaf) lineEnd(eol []byte) []byte {
	if l.kind != fileLeaf {
		return lf
	}
	return l.eols[:copy(l.eols[:], eol)]
}

var lf = []byte{'\n'}

// flush writes the decoded content to the spool.
func (l *leaf) flush() error {
	if l.spool == nil {
		var err error
		if l.spool, err = l.w.opts.Sink.Create(l.w.ctx); err != nil {
			return fmt.Errorf("spool attachment: %w", err)
		}
	}
	if room := maxReport - len(l.start); room > 0 && l.wanted() {
		l.start = append(l.start, l.buf[:min(room, len(l.buf))]...)
	}
	_, err := l.spool.Write(l.buf)
	l.buf, l.seen = l.buf[:0], 0
	if err != nil {
		return fmt.Errorf("spool attachment: %w", err)
	}
	return nil
}

// wanted reports whether the beginning of the file is looked into: it may be
// a report, or the mail that a report is about.
func (l *leaf) wanted() bool {
	return strings.HasPrefix(l.head.mediaType, "message/") || l.head.mediaType == "text/rfc822-headers"
}

// close puts what is left of the content into buf. atEOF tells that no
// boundary comes after it.
func (l *leaf) close(atEOF bool) error {
	if l.kind == skippedLeaf || l.closed || l.cut {
		return nil
	}
	l.closed = true
	if l.kind == fileLeaf && cap(l.buf)-len(l.buf) < maxHeld+4 {
		if err := l.flush(); err != nil {
			return err
		}
	}
	if atEOF {
		l.buf = append(l.buf, l.eol...)
	}
	l.buf = l.transfer.close(l.buf)
	if l.kind == textLeaf {
		return l.uu.scan(l, true)
	}
	return nil
}

// discard throws away what was spooled.
func (l *leaf) discard() {
	l.uu.discard()
	if l.spool != nil {
		l.spool.Discard()
		l.spool = nil
	}
}

// endLeaf ends the current part.
func (w *walker) endLeaf() error {
	l := &w.leaf
	if l.kind == skippedLeaf {
		return nil
	}
	if err := l.close(false); err != nil {
		return err
	}
	if err := l.uu.end(l); err != nil {
		return err
	}
	if l.transfer.broken != "" {
		w.defect(l.transfer.broken, "content of a part is not encoded as stated", nil)
	}
	if l.kind == fileLeaf {
		return w.endFile(l)
	}
	w.endText(l)
	w.leaf = leaf{}
	return nil
}

// endText keeps the text of a part.
func (w *walker) endText(l *leaf) {
	w.work.text = l.buf // it may have grown
	if l.kind == preambleLeaf {
		if isBlankText(l.buf) {
			return
		}
		w.defect("boundary-absent", "multipart without any part", nil)
	}
	if l.cut {
		w.defect("text-too-long", "text is cut", nil)
	}
	w.body.add(l)
}

// endFile keeps an attachment.
func (w *walker) endFile(l *leaf) error {
	if err := l.flush(); err != nil {
		return err
	}
	blob, err := l.spool.Finish()
	if err != nil {
		return fmt.Errorf("spool attachment: %w", err)
	}
	h := l.head
	if l.wanted() && len(w.reports) < maxReports {
		w.reports = append(w.reports, reportPart{mediaType: h.mediaType, body: l.start})
	}
	if l.slot == 0 {
		l.slot = w.reserve()
	}
	w.msg.Attachments[l.slot-1] = Attachment{
		Name:      h.name,
		Display:   w.display(h, l.start),
		Type:      strings.Clone(h.mediaType),
		ContentID: h.contentID,
		Inline:    h.inline,
		Level:     w.level,
		Blob:      blob,
	}
	w.leaf = leaf{}
	return nil
}

// reserve makes a place for an attachment, so that what is in it stands below
// it, and returns its index plus one.
func (w *walker) reserve() int {
	w.msg.Attachments = append(w.msg.Attachments, Attachment{})
	return len(w.msg.Attachments)
}
