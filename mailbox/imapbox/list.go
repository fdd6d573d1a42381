package imapbox

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// listWindow is how many mails are listed with one command: about 2 MB.
const listWindow = 20_000

// List implements mailbox.Session.
//
// Mails are listed by sequence number, as of the moment of Select: "UID n:*"
// would name the last mail even where its UID is less than n.
func (s *session) List(ctx context.Context) (items []mailbox.Item, err error) {
	err = s.do(ctx, "list", func() error {
		if s.folder == "" {
			return errSelected
		}
		if now := s.client.Mailbox(); now != nil {
			s.messages = now.NumMessages
		}
		for first := uint32(1); first <= s.messages; first += listWindow {
			more, err := s.window(first, min(first+listWindow-1, s.messages))
			if err != nil {
				return err
			}
			items = append(items, more...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(items, func(a, b mailbox.Item) int { return cmp.Compare(number(a), number(b)) })
	return slices.CompactFunc(items, func(a, b mailbox.Item) bool { return a.UID == b.UID }), nil
}

func (s *session) window(first, last uint32) (items []mailbox.Item, err error) {
	var set imap.SeqSet
	set.AddRange(first, last)
	s.await(wire.MaxLine, 0)
	cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, Flags: true, RFC822Size: true})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		if it := describe(m); it.UID != "" {
			items = append(items, it)
		}
	}
	return items, cmd.Close()
}

func describe(m *imapclient.FetchMessageData) mailbox.Item {
	it := mailbox.Item{Size: -1}
	for d := m.Next(); d != nil; d = m.Next() {
		switch d := d.(type) {
		case imapclient.FetchItemDataUID:
			it.UID = item(d.UID).UID
		case imapclient.FetchItemDataRFC822Size:
			it.Size = d.Size
		case imapclient.FetchItemDataFlags:
			it.Deleted = slices.Contains(d.Flags, imap.FlagDeleted)
		}
	}
	return it
}

// number returns the UID of an item; 0 if it is none.
func number(it mailbox.Item) imap.UID {
	n, err := strconv.ParseUint(it.UID, 10, 32)
	if err != nil {
		return 0
	}
	return imap.UID(n)
}

// item returns an item of which nothing but the UID is known.
func item(uid imap.UID) mailbox.Item {
	return mailbox.Item{UID: strconv.FormatUint(uint64(uid), 10), Size: -1}
}
