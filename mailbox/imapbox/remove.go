package imapbox

import (
	"context"
	"slices"

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
// not, see expungeAll.
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
		if s.caps.Has(imap.CapUIDPlus) {
			return s.expungeEach(all)
		}
		trash, err := s.trashFolder()
		if err != nil {
			return err
		}
		if trash != "" && trash != s.folder {
			return s.moveEach(all, trash)
		}
		return s.expungeAll(ctx, all)
	})
}

func (s *session) expungeEach(all []chunk) error {
	for _, c := range all {
		s.await(searchLine, 0)
		// One after the other: a server may tell of the expunged mails before
		// it confirms the marks, and the library then waits for ever.
		if err := s.mark(c.uids, imap.StoreFlagsAdd); err != nil {
			return err
		}
		s.await(searchLine, 0)
		if err := s.client.UIDExpunge(c.uids).Close(); err != nil {
			return err
		}
	}
	return nil
}

// mark sets or clears \Deleted.
func (s *session) mark(uids imap.UIDSet, op imap.StoreFlagsOp) error {
	return s.client.Store(uids, &imap.StoreFlags{Op: op, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close()
}

// trashFolder returns the folder \Trash (RFC 6154) if the server has it and
// can move mails there; else it is empty.
func (s *session) trashFolder() (string, error) {
	if s.trash != nil {
		return *s.trash, nil
	}
	name := ""
	// The library copies, marks and expunges everything if it takes the
	// server for one without MOVE, so it is asked too.
	if s.caps.Has(imap.CapMove) && s.client.Caps().Has(imap.CapMove) {
		var opts *imap.ListOptions
		if s.caps.Has(imap.CapSpecialUse) && s.caps.Has(imap.CapListExtended) {
			opts = &imap.ListOptions{ReturnSpecialUse: true}
		}
		list, err := s.client.List("", "*", opts).Collect()
		if err != nil {
			return "", err
		}
		for _, l := range list {
			if slices.Contains(l.Attrs, imap.MailboxAttrTrash) {
				name = l.Mailbox
			}
		}
	}
	s.trash = &name
	return name, nil
}

func (s *session) moveEach(all []chunk, trash string) error {
	for _, c := range all {
		err := s.move(c.uids, trash)
		if !refused(err) {
			if err != nil {
				return err
			}
			continue
		}
		// Some servers refuse all where one is gone (EXPUNGEISSUED, RFC 5530).
		s.await(searchLine, 0)
		left, searchErr := s.client.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{c.uids}}, nil).Wait()
		if searchErr != nil {
			return searchErr
		}
		uids := left.AllUIDs()
		if len(uids) == 0 {
			continue
		}
		if err := s.move(imap.UIDSetNum(uids...), trash); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) move(uids imap.UIDSet, trash string) error {
	s.await(searchLine, 0)
	_, err := s.client.Move(uids, trash).Wait()
	return err
}
