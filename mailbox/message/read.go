package message

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Options say how to read. The zero value is the default.
type Options struct {
	Limits Limits
	Sink   Sink // takes raw bytes and attachments; nil: they are hashed only
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
	sink := opts.Sink
	if sink == nil {
		sink = hashSink{}
	}
	raw, err := sink.Create(ctx)
	if err != nil {
		return nil, fmt.Errorf("spool raw mail: %w", err)
	}
	defer raw.Discard()

	work := workspaces.Get().(*workspace)
	defer work.release()
	p := newParser(ctx, work, opts.Limits.withDefaults(), sink)
	p.src.r, p.src.tee = r, raw
	if err := p.parse(); err != nil {
		p.leaf.discard()
		return nil, fmt.Errorf("read mail: %w", err)
	}
	p.finish()
	if p.msg.Raw, err = raw.Finish(); err != nil {
		return nil, fmt.Errorf("spool raw mail: %w", err)
	}
	return p.msg, nil
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

// A parser makes a Message of a stream.
type parser struct {
	walker
	msg *Message
}

func newParser(ctx context.Context, work *workspace, limits Limits, sink Sink) *parser {
	p := &parser{msg: new(Message)}
	p.walker = walker{
		ctx:    ctx,
		src:    source{ctx: ctx, buf: work.in[:]},
		work:   work,
		limits: limits,
		sink:   sink,
		msg:    p.msg,
	}
	h := &work.head
	h.src, h.limits, h.defect = &p.src, limits, p.defect
	h.stop = func(line []byte) bool {
		_, _, ok := p.match(line)
		return ok
	}
	return p
}

// parse reads the stream to its end.
func (p *parser) parse() error {
	bodyOnly, err := p.skipEmptyLines()
	if err != nil {
		return err
	}
	var first chunk
	if !bodyOnly {
		if p.msg.Header, first, err = p.work.head.read(); err != nil {
			return err
		}
	}
	return p.walk(p.msg.Header, first)
}

// skipEmptyLines passes over empty lines before the header. What comes after
// them may be no header: bodyOnly.
func (p *parser) skipEmptyLines() (bodyOnly bool, err error) {
	for skipped := false; ; skipped = true {
		c, err := p.src.next()
		if err != nil {
			return false, ignoreEOF(err)
		}
		if len(c.data) == 0 {
			continue
		}
		p.src.unread()
		if !skipped {
			return false, nil
		}
		p.defect("header-after-empty-line", "mail begins with an empty line", nil)
		return fieldName(c.data) == 0 && !isMboxLine(c.data), nil
	}
}

// finish fills the fields of the message that come from what was read.
func (p *parser) finish() {
	m, h := p.msg, p.msg.Header
	m.Subject = p.subject(h)
	p.addresses()
	m.Date = parseDate(h.Get("Date"))
	if ids := parseIDs(h.Get("Message-ID")); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	m.InReplyTo = p.ids(h.Values("In-Reply-To"))
	m.References = p.ids(h.Values("References"))
	m.Text, m.HTML = p.body.views(p.limits.Text, p.partsCut)
	m.Automatic = automatic(h)
	m.Bounce = bounceFrom(p.reports, h, m.Text)
}

// subject decodes the first Subject field.
func (p *parser) subject(h Header) string {
	subjects := h.Values("Subject")
	if len(subjects) == 0 {
		return ""
	}
	if len(subjects) > 1 {
		p.defect("subject-repeated", "mail has several subjects, the first counts", nil)
	}
	s := strings.Join(strings.Fields(decodeHeader(subjects[0])), " ")
	if utf8.RuneCountInString(s) <= p.limits.Subject {
		return s
	}
	p.defect("subject-too-long", "subject is cut", nil)
	runes := []rune(s)
	keep := max(0, p.limits.Subject-utf8.RuneCountInString(cutMark))
	return string(runes[:keep]) + cutMark
}

// addresses reads the address fields; all of them share one limit.
func (p *parser) addresses() {
	m, left := p.msg, p.limits.Addresses
	for _, f := range []struct {
		name string
		to   *[]Address
	}{
		{"From", &m.From}, {"Sender", &m.Sender}, {"Reply-To", &m.ReplyTo}, {"To", &m.To}, {"Cc", &m.Cc},
	} {
		for _, field := range m.Header {
			if !strings.EqualFold(field.Name, f.name) {
				continue
			}
			found := parseAddresses(field.Value, left+1)
			if len(found) > left {
				p.defect("too-many-addresses", "addresses are left out of "+f.name, nil)
				found = found[:left]
			}
			left -= len(found)
			*f.to = append(*f.to, found...)
		}
	}
}

// ids reads the Message-IDs of fields. Of too many it keeps the first and the
// last ones: they begin the thread and are nearest to the mail.
func (p *parser) ids(values []string) []string {
	var ids []string
	for _, v := range values {
		ids = append(ids, parseIDs(v)...)
	}
	over := len(ids) - p.limits.References
	if over <= 0 {
		return ids
	}
	p.defect("too-many-references", "references are left out", nil)
	half := p.limits.References / 2
	return append(ids[:half:half], ids[half+over:]...)
}

// defect notes a defect, at most 100. quote is shown escaped after text.
func (w *walker) defect(code, text string, quote []byte) {
	const most, longest = 100, 100
	if len(w.msg.Defects) >= most {
		return
	}
	if quote != nil {
		q := strconv.QuoteToASCII(string(quote[:min(len(quote), longest)]))
		text += q[:min(len(q), longest)]
	}
	w.msg.Defects = append(w.msg.Defects, Defect{code, text})
}
