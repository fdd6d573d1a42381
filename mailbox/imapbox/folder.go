package imapbox

import (
	"context"
	"errors"
	"slices"
	"strings"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

const maxCandidates = 50

// Select implements mailbox.Session.
//
// The name is tried as typed. Only where the server refuses it, its folders
// are listed and compared with the name, in which '.' and '/' are then taken
// as separators whatever the server's own: "INBOX.orders" also finds
// "INBOX/orders", "Orders" and "orders", as long as just one folder fits.
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

// resolve returns the one folder of the server that is meant by typed, or
// else what there is.
func (s *session) resolve(typed string) (name string, candidates []string, err error) {
	s.await(wire.MaxLine, 0)
	list, err := s.client.List("", "*", nil).Collect()
	if err != nil {
		return "", nil, err
	}
	var exact, folded []string
	want := meant(strings.FieldsFunc(typed, func(r rune) bool { return r == '.' || r == '/' }))
	for _, l := range list {
		if slices.Contains(l.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(l.Attrs, imap.MailboxAttrNonExistent) {
			continue
		}
		if l.Mailbox == typed {
			return typed, nil, nil
		}
		candidates = append(candidates, l.Mailbox)
		have := meant(split(l.Mailbox, l.Delim))
		switch {
		case len(want) == 0:
		case slices.Equal(have, want):
			exact = append(exact, l.Mailbox)
		case slices.EqualFunc(have, want, strings.EqualFold):
			folded = append(folded, l.Mailbox)
		}
	}
	for _, hits := range [][]string{exact, folded} {
		if len(hits) == 1 {
			return hits[0], nil, nil
		}
		if len(hits) > 1 {
			return "", hits[:min(len(hits), maxCandidates)], nil
		}
	}
	return "", candidates[:min(len(candidates), maxCandidates)], nil
}

func split(name string, delim rune) []string {
	if delim == 0 {
		return []string{name}
	}
	return strings.Split(name, string(delim))
}

// meant returns the parts of a name without a leading INBOX, which is the
// prefix of the personal namespace on many servers.
func meant(parts []string) []string {
	if len(parts) > 1 && strings.EqualFold(parts[0], "INBOX") {
		return parts[1:]
	}
	return parts
}
