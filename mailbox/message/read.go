package message

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
)

// Options say how to read. The zero value is the default.
type Options struct {
	Limits Limits
	Sink   Sink // takes raw bytes and attachments; nil: they are hashed only

	// Decrypter opens encrypted parts; nil: they are kept as they are.
	Decrypter Decrypter
}

// Read reads one mail to its end in one pass and bounded memory. It never
// fails because of what the mail holds: defects are listed and the raw bytes
// kept. An error is that of r or of the Sink, or of ctx (its cause); then the
// raw mail and the attachment under way are discarded, and attachments that
// were finished before are referred to by nothing. r may stop anywhere: that
// is the end of the mail. A nil opts is the zero value.
func Read(ctx context.Context, r io.Reader, opts *Options) (*Message, error) {
	if opts == nil {
		opts = &Options{}
	}
	o := *opts
	o.Limits = o.Limits.withDefaults()
	if o.Sink == nil {
		o.Sink = hashSink{}
	}
	raw, err := o.Sink.Create(ctx)
	if err != nil {
		return nil, fmt.Errorf("spool raw mail: %w", err)
	}
	defer raw.Discard()

	work := workspaces.Get().(*workspace)
	defer work.release()
	w := newWalker(ctx, work, o)
	w.src.r, w.src.tee = r, raw
	if err := w.parse(); err != nil {
		w.leaf.discard()
		return nil, fmt.Errorf("read mail: %w", err)
	}
	w.finish()
	if w.msg.Raw, err = raw.Finish(); err != nil {
		return nil, fmt.Errorf("spool raw mail: %w", err)
	}
	return w.msg, nil
}

// A workspace is the memory that a mail is read through. It is used again for
// the next mail, because for a small one it is most of the cost.
type workspace struct {
	in   [bufferSize]byte
	out  [bufferSize + 2*maxHeld]byte // decoded content on its way to a spool
	text []byte                       // decoded text of a part
	head headerReader
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// release gives w back, without what a large mail has left in it.
func (w *workspace) release() {
	const keep = 256 << 10
	if cap(w.text) > keep {
		w.text = nil
	}
	block, spans, broken := w.head.block, w.head.spans, w.head.broken
	w.head = headerReader{}
	if cap(block) <= keep {
		w.head.block, w.head.spans, w.head.broken = block[:0], spans[:0], broken[:0]
	}
	workspaces.Put(w)
}

// newWalker returns a walker without a stream.
func newWalker(ctx context.Context, work *workspace, opts Options) *walker {
	w := &walker{
		progress: &progress{msg: new(Message)},
		ctx:      ctx,
		src:      source{ctx: ctx, buf: work.in[:]},
		work:     work,
		opts:     opts,
	}
	h := &work.head
	h.src, h.limits, h.defect = &w.src, opts.Limits, w.defect
	h.stop = func(line []byte) bool {
		_, _, ok := w.match(line)
		return ok
	}
	return w
}

// parse reads the stream to its end.
func (w *walker) parse() error {
	bodyOnly, err := w.skipEmptyLines()
	if err != nil {
		return err
	}
	var first chunk
	if !bodyOnly {
		if w.msg.Header, first, err = w.work.head.read(); err != nil {
			return err
		}
	}
	return w.walk(w.msg.Header, first)
}

// skipEmptyLines passes over empty lines before the header. What comes after
// them may be no header: bodyOnly.
func (w *walker) skipEmptyLines() (bodyOnly bool, err error) {
	for skipped := false; ; skipped = true {
		c, err := w.src.next()
		if err != nil {
			return false, ignoreEOF(err)
		}
		if len(c.data) == 0 {
			continue
		}
		w.src.unread()
		if !skipped {
			return false, nil
		}
		w.defect("header-after-empty-line", "mail begins with an empty line", nil)
		return fieldName(c.data) == 0 && !isMboxLine(c.data), nil
	}
}

// defect notes a defect, at most 100. quote is shown escaped after text.
func (w *walker) defect(code, text string, quote []byte) {
	const most, longest = 100, 100
	if len(w.msg.Defects) >= most && !w.makeRoom(code) {
		return
	}
	d := Defect{Code: code, Text: text}
	if quote != nil {
		q := strconv.QuoteToASCII(string(quote[:min(len(quote), longest)]))
		d.Quote = q[:min(len(q), longest)]
		d.Text += d.Quote
	}
	w.msg.Defects = append(w.msg.Defects, d)
}

// makeRoom drops the last defect that cuts nothing for the first of its kind
// that does: that something is missing must not go unsaid because a mail is
// wrong a hundred times before.
func (w *walker) makeRoom(code string) bool {
	all := w.msg.Defects
	if !(Defect{Code: code}).Cut() || slices.ContainsFunc(all, func(d Defect) bool { return d.Code == code }) {
		return false
	}
	for i, d := range slices.Backward(all) {
		if !d.Cut() {
			w.msg.Defects = slices.Delete(all, i, i+1)
			return true
		}
	}
	return false
}

// defectOnce notes a defect unless one of the same code was noted before.
func (w *walker) defectOnce(code, text string) {
	if !slices.ContainsFunc(w.msg.Defects, func(d Defect) bool { return d.Code == code }) {
		w.defect(code, text, nil)
	}
}
