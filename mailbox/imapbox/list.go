package imapbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const (
	listStep = 20_000    // mails after which the server may say as much again
	listMost = 5_000_000 // mails of a folder
)

var errEndless = fmt.Errorf("%w: over %d mails in a folder", wire.ErrLimit, listMost)

// List implements mailbox.Session.
//
// One command lists them all: "UID FETCH 1:*" is empty where the folder is.
// (A later poll must not ask for "n:*": it names the last mail even where its
// UID is less than n.) How many mails there are is not asked of the library,
// which may not know it yet when Select returns.
func (s *session) List(ctx context.Context) (items []mailbox.Item, err error) {
	err = s.do(ctx, "list", func() error {
		if s.folder == "" {
			return errSelected
		}
		items, err = s.list()
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(items, func(a, b mailbox.Item) int { return cmp.Compare(number(a), number(b)) })
	return items, nil
}

func (s *session) list() (items []mailbox.Item, err error) {
	s.forget()
	s.listed[s.folder] = s.uidNext
	cmd := s.client.Fetch(imap.UIDSet{{Start: 1}}, &imap.FetchOptions{UID: true, Flags: true, RFC822Size: true})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		if it := describe(m); it.UID != "" {
			items = append(items, it)
		}
		if len(items)%listStep == 0 {
			s.await(wire.MaxLine, 0)
		}
		if len(items) > listMost {
			_ = s.conn.Close()
			return nil, errors.Join(errEndless, cmd.Close())
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
			it.Kept = slices.ContainsFunc(d.Flags, isKept)
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
