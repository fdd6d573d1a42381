package imapbox

import (
	"context"
	"fmt"
	"io"
	"slices"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// A fetch is one call of Fetch.
type fetch struct {
	*session
	ctx  context.Context // of the call
	each func(mailbox.Item, io.Reader) error
	body int64                     // the longest body that is allowed
	want map[imap.UID]mailbox.Item // not handed over yet
}

// Fetch implements mailbox.Session.
//
// The mails come in chunks, one command each. Only one is pending at a time:
// servers answer two FETCH commands mixed, and the library then waits for a
// body of the one to be read while we wait for the end of the other. The order
// is that of items within the limits of the server: it may reorder a chunk,
// and mails that it did not deliver at first are asked for again, one by one,
// after all others.
func (s *session) Fetch(ctx context.Context, items []mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	return s.do(ctx, "fetch", func() error {
		if s.folder == "" {
			return errSelected
		}
		f := &fetch{session: s, ctx: ctx, each: each, want: make(map[imap.UID]mailbox.Item, len(items))}
		for _, it := range items {
			f.want[number(it)] = it
			f.body = max(f.body, s.longest(it))
		}
		if !s.bySeq {
			for _, c := range chunks(items, chunkMails, chunkBytes) {
				if err := f.read(f.send(c.uids), 0); err != nil {
					return err
				}
			}
		}
		missing := len(f.want)
		err := f.again(items)
		// Not one came the usual way: do not download them in vain again.
		s.bySeq = s.bySeq || missing == len(items) && len(f.want) < missing
		return err
	})
}

// longest returns how long the body of a mail may be: what was announced,
// with a margin for servers that count line ends otherwise, or the limit.
func (s *session) longest(it mailbox.Item) int64 {
	return max(s.max, it.Size+it.Size/10+64<<10)
}

func (f *fetch) send(set imap.NumSet) *imapclient.FetchCommand {
	f.await(wire.MaxLine, f.body)
	return f.client.Fetch(set, &imap.FetchOptions{
		UID:         true,
		BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	})
}

// read hands over the mails of one command. With fixed, they have that UID,
// and a server that then says otherwise is not believed.
func (f *fetch) read(cmd *imapclient.FetchCommand, fixed imap.UID) error {
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		if err := f.mail(m, fixed); err != nil {
			_ = f.conn.Close()
			_ = cmd.Close()
			return err
		}
	}
	return cmd.Close()
}

func (f *fetch) mail(m *imapclient.FetchMessageData, uid imap.UID) error {
	for d := m.Next(); d != nil; d = m.Next() {
		switch d := d.(type) {
		case imapclient.FetchItemDataUID:
			if uid != 0 && d.UID != uid {
				return fmt.Errorf("the server answers with mail %d when asked for %d", d.UID, uid)
			}
			uid = d.UID
		case imapclient.FetchItemDataBodySection:
			it, wanted := f.want[uid]
			if d.Literal == nil || !wanted { // gone, or not asked for
				continue
			}
			delete(f.want, uid)
			if err := f.hand(it, d.Literal); err != nil {
				return err
			}
		}
	}
	return nil
}

// hand calls each with a body.
func (f *fetch) hand(it mailbox.Item, literal imap.LiteralReader) error {
	if literal.Size() > f.longest(it) {
		return fmt.Errorf("mail %s: %w: %d bytes, %d were announced", it.UID, mailbox.ErrTooBig, literal.Size(), it.Size)
	}
	b := &body{fetch: f, literal: literal, left: literal.Size()}
	f.conn.Relax() // we may take our time, the server has done its part
	var err error
	if mail, gone := present(it, b); !gone {
		err = f.each(it, mail)
	}
	f.conn.Expect()
	if err == nil {
		_, err = io.Copy(io.Discard, b)
	}
	if b.broken != nil {
		// The library's reader now ends beside us. Only then may it be told to
		// discard the literal: both would read from one buffer.
		_ = f.conn.Close()
		<-f.client.Closed()
	}
	return err
}

// again asks one by one for the mails that are still wanted, by sequence
// number: servers that send the UID after the body, where the library does
// not find it in time, are understood that way. Mails that vanished are not
// found.
func (f *fetch) again(items []mailbox.Item) error {
	items = slices.DeleteFunc(slices.Clone(items), func(it mailbox.Item) bool {
		_, wanted := f.want[number(it)]
		return !wanted
	})
	for _, c := range chunks(items, chunkMails, chunkBytes) {
		seqs, err := f.find(c.uids)
		if err != nil {
			return err
		}
		for _, it := range c.items {
			seq, ok := seqs[number(it)]
			if !ok {
				continue
			}
			if err := f.read(f.send(imap.SeqSetNum(seq)), number(it)); err != nil {
				return err
			}
		}
	}
	return nil
}

// find returns the sequence numbers of mails. They hold until a command other
// than FETCH, STORE or SEARCH (RFC 9051 section 7.5.1).
func (f *fetch) find(uids imap.UIDSet) (map[imap.UID]uint32, error) {
	f.await(wire.MaxLine, 0)
	found, err := f.client.Search(&imap.SearchCriteria{UID: []imap.UIDSet{uids}}, nil).Wait()
	if err != nil || len(found.AllSeqNums()) == 0 {
		return nil, err
	}
	seqs := make(map[imap.UID]uint32)
	cmd := f.client.Fetch(imap.SeqSetNum(found.AllSeqNums()...), &imap.FetchOptions{UID: true})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		seq := m.SeqNum
		seqs[number(describe(m))] = seq
	}
	return seqs, cmd.Close()
}

// A body is what each reads. The library ends a literal silently where the
// connection breaks.
type body struct {
	*fetch
	literal io.Reader
	left    int64
	broken  error // of the literal, which must not be read after it
}

func (b *body) Read(p []byte) (int, error) {
	switch {
	case b.broken != nil:
		return 0, b.broken
	case b.ctx.Err() != nil:
		return 0, context.Cause(b.ctx)
	case b.left == 0:
		return 0, io.EOF
	}
	b.conn.Expect()
	n, err := b.literal.Read(p)
	b.conn.Relax()
	b.left -= int64(n)
	if err == nil || err == io.EOF && b.left == 0 {
		return n, nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	b.broken = b.explain(b.ctx, err)
	return n, b.broken
}
