package imapbox

import (
	"context"
	"errors"
	"slices"
	"strings"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

// Select implements mailbox.Session.
//
// The name is tried as typed. Only where the server refuses it, its folders
// are listed and compared with the name, in which '.' and '/' are then taken
// as separators whatever the server's own, and the prefix of the user's own
// folders may stand or not: "INBOX.orders" also finds "INBOX/orders",
// "Orders" and "Mail/Orders", as long as just one folder fits.
func (s *session) Select(ctx context.Context, folder string, readOnly bool) (found mailbox.Folder, err error) {
	err = s.do(ctx, "select folder", func() error {
		s.folder = ""
		found, err = s.open(folder, readOnly)
		said, ok := errors.AsType[*imap.Error](err)
		if !ok || said.Type != imap.StatusResponseTypeNo {
			return err
		}
		name, candidates, err := s.resolve(folder)
		if err != nil {
			return err
		}
		if name == folder {
			return said // it is there, and may not be opened
		}
		if name == "" {
			return &mailbox.FolderError{Folder: folder, Candidates: candidates, Err: said}
		}
		found, err = s.open(name, readOnly)
		return err
	})
	return found, err
}

func (s *session) open(name string, readOnly bool) (mailbox.Folder, error) {
	data, err := s.client.Select(name, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
	if err != nil {
		return mailbox.Folder{}, err
	}
	// The library does not tell READ-ONLY, but nobody can remove mails where
	// the flag cannot be kept.
	permanent := slices.ContainsFunc(data.PermanentFlags, func(f imap.Flag) bool {
		return strings.EqualFold(string(f), string(imap.FlagDeleted)) || f == imap.FlagWildcard
	})
	s.folder, s.readOnly = name, readOnly || !permanent
	return mailbox.Folder{
		Name:      name,
		Validity:  data.UIDValidity,
		Messages:  int(data.NumMessages),
		CanRemove: !s.readOnly,
	}, nil
}
