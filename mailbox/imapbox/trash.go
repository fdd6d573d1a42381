package imapbox

import (
	"errors"
	"slices"
	"strings"

	"example.com/ticketmail/internal/wire"
	"github.com/emersion/go-imap/v2"
)

// capLabels is what Gmail announces: its folders are labels.
const capLabels imap.Cap = "X-GM-EXT-1"

var errNoTrash = errors.New(`folders are labels on this server (Gmail), where expunging only takes the label off: mails are deleted by moving ` +
	`them to the folder with the special use \Trash, and the server shows none. Switch on "Show in IMAP" for it in the settings of the account`)

// labels reports whether the folders are labels.
func (s *session) labels() bool { return s.caps.Has(capLabels) }

// trashOfLabels returns the folder \Trash of a server with labels. Nothing
// else removes a mail there: one that is expunged from INBOX stays in "All
// Mail". What the folder is called depends on the user's language.
func (s *session) trashOfLabels() (string, error) {
	trash, err := s.trashFolder()
	if err == nil && trash == "" {
		err = errNoTrash
	}
	return trash, err
}

// trashFolder returns the folder \Trash (RFC 6154), empty if there is none.
func (s *session) trashFolder() (string, error) {
	if s.trash != nil {
		return *s.trash, nil
	}
	list, err := s.specialUse()
	if err != nil {
		return "", err
	}
	name := ""
	if i := slices.IndexFunc(list, func(l *imap.ListData) bool { return isTrash(l) }); i >= 0 {
		name = list[i].Mailbox
	}
	s.trash = &name
	return name, nil
}

// specialUse lists the folders with what they are for. Servers without the
// extension may tell it all the same.
func (s *session) specialUse() ([]*imap.ListData, error) {
	var opts *imap.ListOptions
	if s.caps.Has(imap.CapSpecialUse) && s.caps.Has(imap.CapListExtended) {
		opts = &imap.ListOptions{ReturnSpecialUse: true}
	}
	s.await(wire.MaxLine, 0)
	return s.client.List("", "*", opts).Collect()
}

func isTrash(l *imap.ListData) bool {
	return slices.ContainsFunc(l.Attrs, func(a imap.MailboxAttr) bool { return strings.EqualFold(string(a), string(imap.MailboxAttrTrash)) })
}
