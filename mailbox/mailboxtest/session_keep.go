package mailboxtest

import (
	"context"
	"errors"
	"slices"

	"example.com/ticketmail/mailbox"
)

var _ mailbox.Keeper = (*session)(nil)

var errSameFolder = errors.New("mailboxtest: mails cannot be moved to where they are")

// Move implements mailbox.Keeper. The folder is named as on the server.
func (s *session) Move(ctx context.Context, items []mailbox.Item, to string) error {
	return s.call(ctx, Call{Op: OpMove, Folder: s.name, To: to, UIDs: uids(items)}, func() error {
		switch {
		case s.readOnly:
			return mailbox.ErrReadOnly
		case to == s.name:
			return errSameFolder
		}
		s.server.move(s.name, to, uids(items))
		return s.confirm(ctx, OpMove)
	})
}

func (s *Server) move(from, to string, uids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	source, target := s.folder(from), s.folder(to)
	source.mails = slices.DeleteFunc(source.mails, func(m *mail) bool {
		if !slices.Contains(uids, m.name()) {
			return false
		}
		m.uid = target.nextUID
		target.nextUID++
		target.mails = append(target.mails, m)
		return true
	})
}

// Flag implements mailbox.Keeper.
func (s *session) Flag(ctx context.Context, items []mailbox.Item) error {
	return s.call(ctx, Call{Op: OpFlag, Folder: s.name, UIDs: uids(items)}, func() error {
		s.server.flag(s.name, uids(items))
		return s.confirm(ctx, OpFlag)
	})
}

func (s *Server) flag(name string, uids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folder(name)
	for _, m := range f.mails {
		if slices.Contains(uids, m.name()) && !f.wordless && !f.readOnly {
			m.kept = true
		}
	}
}
