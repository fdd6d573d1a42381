package message

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An inside is what a file is looked into for while it is spooled.
type inside uint8

const (
	nothingInside   inside = iota
	tnefInside             // the files of Outlook's winmail.dat
	encryptedInside        // a mail that a [Decrypter] can read
)

// insideOf decides what a part is looked into for. protocol is that of the
// multipart/encrypted it stands in.
func (w *walker) insideOf(h partHeader, protocol string) inside {
	switch {
	case w.leaf.kind != fileLeaf:
		return nothingInside
	case isTNEF(h):
		return tnefInside
	case w.opts.Decrypter != nil && isEncrypted(h, protocol):
		w.leaf.head.protocol = protocol
		return encryptedInside
	}
	return nothingInside
}

// lookInside looks into the part that has just begun. The part is spooled as
// any other while it is read; what is found stands below it.
func (w *walker) lookInside() error {
	what := w.leaf.inside
	if what == nothingInside {
		return nil
	}
	w.leaf.inside = nothingInside
	if w.depth+len(w.stack)+1 >= w.opts.Limits.Depth {
		w.defect("too-deep", "a part nested too deep is not looked into", nil)
		return nil
	}
	if err := w.leaf.flush(); err != nil { // its spool is made first
		return err
	}
	w.leaf.slot = w.reserve()
	content := &contentReader{w: w}
	var err error
	if what == tnefInside {
		err = w.readTNEF(content)
	} else {
		err = w.decrypt(content)
	}
	switch {
	case w.failed != nil:
		return w.failed
	case content.err != nil && !errors.Is(content.err, io.EOF):
		return content.err
	}
	return err
}

// A contentReader reads the decoded content of the part that has just begun.
// It moves the walker on, so that nothing is kept for it; what it does not
// read is read past afterwards.
type contentReader struct {
	w   *walker
	err error // io.EOF at the end of the part; otherwise what Read fails with
}

func (r *contentReader) Read(p []byte) (n int, err error) {
	l := &r.w.leaf
	for l.seen == len(l.buf) {
		if r.err != nil {
			return 0, r.err
		}
		r.err = r.more()
	}
	n = copy(p, l.buf[l.seen:])
	l.seen += n
	return n, nil
}

// more decodes the next piece.
func (r *contentReader) more() error {
	ended, err := r.w.advance()
	atEOF := errors.Is(err, io.EOF)
	if err != nil && !atEOF {
		return err
	}
	if !ended && !atEOF {
		return nil
	}
	if err := r.w.leaf.close(atEOF); err != nil {
		return err
	}
	return io.EOF
}

// errUnpacked reports that [Limits].Unpacked is exceeded, of which the defect
// is noted already.
var errUnpacked = errors.New("unpacked too much")

// take counts n bytes that come out of a container.
func (w *walker) take(n int) error {
	if n > w.opts.Limits.Unpacked-w.unpacked {
		w.unpacked = w.opts.Limits.Unpacked
		w.defectOnce("unpacked-too-long", "what is packed into parts is not shown whole")
		return errUnpacked
	}
	w.unpacked += n
	return nil
}

// A packedFile is a file found in a part.
type packedFile struct {
	w     *walker
	level int
	slot  int // place among the attachments plus one
	spool Spool
}

// newPackedFile begins a file, or returns nil if there may be no more parts.
func (w *walker) newPackedFile(level int) (*packedFile, error) {
	if !w.nextPart() {
		return nil, nil
	}
	spool, err := w.opts.Sink.Create(w.ctx)
	if err != nil {
		return nil, w.fail(err)
	}
	return &packedFile{w: w, level: level, slot: w.reserve(), spool: spool}, nil
}

// fail notes an error of the sink, so that it is not taken for one of what is
// being unpacked.
func (w *walker) fail(err error) error {
	w.failed = fmt.Errorf("spool attachment: %w", err)
	return w.failed
}

// Write fails with errUnpacked, or with f.w.failed.
func (f *packedFile) Write(p []byte) (int, error) {
	if err := f.w.take(len(p)); err != nil {
		return 0, err
	}
	n, err := f.spool.Write(p)
	if err != nil {
		return n, f.w.fail(err)
	}
	return n, nil
}

// finish lists the file.
func (f *packedFile) finish(h partHeader) error {
	blob, err := f.spool.Finish()
	if err != nil {
		return f.w.fail(err)
	}
	f.w.msg.Attachments[f.slot-1] = Attachment{
		Name:      h.name,
		Display:   f.w.display(h, nil),
		Type:      strings.Clone(h.mediaType),
		ContentID: h.contentID,
		Inline:    h.inline,
		Level:     f.level,
		Blob:      blob,
	}
	return nil
}

// discard takes the file out of the list again.
func (f *packedFile) discard() {
	f.spool.Discard()
	f.w.msg.Attachments = slices.Delete(f.w.msg.Attachments, f.slot-1, f.slot)
}
