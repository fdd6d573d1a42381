package imapbox

import (
	"context"
	"errors"
	"fmt"
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
		found, err = s.choose(folder, readOnly)
		return err
	})
	return found, err
}

func (s *session) choose(typed string, readOnly bool) (mailbox.Folder, error) {
	s.typed = typed
	found, err := s.open(typed, readOnly)
	said, ok := errors.AsType[*imap.Error](err)
	switch {
	case ok && notConnected(said):
		return found, &mailbox.AuthError{User: s.user, Err: fmt.Errorf("%w: %w", said, errNotConnected)}
	case !ok || said.Type != imap.StatusResponseTypeNo:
		return found, err
	}
	there, err := s.lookUp(typed)
	switch {
	case err != nil:
		return found, err
	case len(there.hits) != 1:
		return found, &mailbox.FolderError{Folder: typed, Candidates: there.candidates(), Err: said}
	case there.hits[0] == typed:
		return found, said // it is there, and may not be opened
	}
	return s.open(there.hits[0], readOnly)
}

func (s *session) open(name string, readOnly bool) (mailbox.Folder, error) {
	s.folder = ""
	s.forget()
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
	s.deletable, s.uidNext = permanent, data.UIDNext
	s.keywords = !readOnly && keepsKeywords(data.PermanentFlags)
	return mailbox.Folder{
		Name:      name,
		Validity:  data.UIDValidity,
		Messages:  int(data.NumMessages),
		CanRemove: !s.readOnly,
	}, nil
}
