package imapbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

// target returns the server's name of a folder that mails are moved to, and
// makes it if there is none.
func (s *session) target(typed string) (string, error) {
	found, err := s.lookUp(typed)
	if err != nil {
		return "", err
	}
	switch len(found.hits) {
	case 1:
		return found.hits[0], nil
	case 0:
		return s.create(typed)
	}
	return "", &mailbox.FolderError{Folder: typed, Candidates: found.candidates(), Err: errors.New("the name fits several folders")}
}

// create makes a folder among the user's own. The server's separator in the
// name parts it, and after "INBOX." or "INBOX/" also the other one, as
// administrators write it; any other '.' or '/' belongs to the name.
func (s *session) create(typed string) (string, error) {
	prefix, delim, err := s.ownSpace()
	if err != nil {
		return "", err
	}
	parts := split(typed, delim)
	if i := strings.IndexAny(typed, "./"); i >= 0 && strings.EqualFold(typed[:i], "INBOX") {
		parts = strings.FieldsFunc(typed, func(r rune) bool { return r == '.' || r == '/' })
	}
	prefixes := [][]string{{"INBOX"}}
	if own := strings.TrimSuffix(prefix, string(delim)); own != "" {
		prefixes = [][]string{split(own, delim), {"INBOX"}}
	}
	separator := string(delim)
	if delim == 0 { // a flat server
		separator = "."
	}
	name := prefix + strings.Join(meant(parts, prefixes), separator)
	err = s.client.Create(name, nil).Wait()
	if said, ok := errors.AsType[*imap.Error](err); ok && said.Code == imap.ResponseCodeAlreadyExists {
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("make folder %q: %w", name, err)
	}
	if err := s.client.Subscribe(name).Wait(); err != nil && !refused(err) { // mail programs then show it
		return "", err
	}
	return name, nil
}

// ownSpace returns the prefix of the user's own folders and the separator.
func (s *session) ownSpace() (prefix string, delim rune, err error) {
	if s.caps.Has(imap.CapNamespace) {
		spaces, err := s.client.Namespace().Wait()
		if err == nil && len(spaces.Personal) > 0 {
			own := spaces.Personal[0]
			return own.Prefix, own.Delim, nil
		}
		if err != nil && !refused(err) {
			return "", 0, err
		}
	}
	list, err := s.client.List("", "INBOX", nil).Collect()
	if i := slices.IndexFunc(list, func(l *imap.ListData) bool { return strings.EqualFold(l.Mailbox, "INBOX") }); i >= 0 {
		delim = list[i].Delim
	}
	return "", delim, err
}
