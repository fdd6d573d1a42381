package imapbox

import (
	"context"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

const (
	removeMails = 2000
	searchLine  = 4 << 20 // the answer to a search is one line
)

// Remove implements mailbox.Session.
//
// With UIDPLUS exactly the mails are expunged. Without it they are moved to
// the folder \Trash, where the server has MOVE and such a folder. Where it has
// not, see expungeAll; for Gmail see trashOfLabels.
func (s *session) Remove(ctx context.Context, items []mailbox.Item) error {
	return s.do(ctx, "remove", func() error {
		if s.folder == "" {
			return errSelected
		}
		if s.readOnly {
			return mailbox.ErrReadOnly
		}
		all := chunks(items, removeMails, 1<<62)
		if len(all) == 0 {
			return nil
		}
		trash, err := s.removedTo()
		switch {
		case err != nil:
			return err
		case trash != "" && trash != s.folder:
			return each(all, func(uids imap.UIDSet) error { return s.moveAll(uids, trash) })
		case s.caps.Has(imap.CapUIDPlus):
			return each(all, s.expungeThese)
		}
		return s.expungeAll(ctx, all)
	})
}

func each(all []chunk, do func(imap.UIDSet) error) error {
	for _, c := range all {
		if err := do(c.uids); err != nil {
			return err
		}
	}
	return nil
}

// removedTo returns the folder that removed mails are moved to; empty: they
// are expunged where they are.
func (s *session) removedTo() (string, error) {
	switch {
	case s.labels():
		return s.trashOfLabels()
	case s.caps.Has(imap.CapUIDPlus) || !s.canMove():
		return "", nil
	}
	return s.trashFolder()
}

// expungeThese removes exactly these mails, on a server with UIDPLUS. One step
// after the other: a server may tell of the expunged mails before it confirms
// the marks, and the library then waits for ever.
func (s *session) expungeThese(uids imap.UIDSet) error {
	s.await(searchLine, 0)
	if err := s.store(uids, imap.StoreFlagsAdd, imap.FlagDeleted); err != nil {
		return err
	}
	s.await(searchLine, 0)
	return s.client.UIDExpunge(uids).Close()
}

// store sets or clears a flag.
func (s *session) store(uids imap.UIDSet, op imap.StoreFlagsOp, flag imap.Flag) error {
	return s.client.Store(uids, &imap.StoreFlags{Op: op, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
}
