package imapbox

import (
	"slices"
	"strings"

	"example.com/ticketmail/internal/wire"
	"github.com/emersion/go-imap/v2"
)

const maxCandidates = 50

// A lookup is what the server has for a name as typed.
type lookup struct {
	hits []string // the folders that fit best; one: it is meant
	all  []string // that can be selected
}

// candidates returns what to offer where not just one folder fits.
func (l lookup) candidates() []string {
	names := l.all
	if len(l.hits) > 0 {
		names = l.hits
	}
	return names[:min(len(names), maxCandidates)]
}

// lookUp compares a name as typed with the folders of the server: literally,
// then by the parts of the names, and then without regard to case.
func (s *session) lookUp(typed string) (found lookup, err error) {
	prefixes, err := s.prefixes()
	if err != nil {
		return found, err
	}
	s.await(wire.MaxLine, 0)
	list, err := s.client.List("", "*", nil).Collect()
	if err != nil {
		return found, err
	}
	var exact, folded []string
	want := meant(strings.FieldsFunc(typed, func(r rune) bool { return r == '.' || r == '/' }), prefixes)
	for _, l := range list {
		if slices.Contains(l.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(l.Attrs, imap.MailboxAttrNonExistent) {
			continue
		}
		if l.Mailbox == typed {
			return lookup{hits: []string{typed}}, nil
		}
		found.all = append(found.all, l.Mailbox)
		have := meant(split(l.Mailbox, l.Delim), prefixes)
		switch {
		case len(want) == 0:
		case slices.Equal(have, want):
			exact = append(exact, l.Mailbox)
		case slices.EqualFunc(have, want, strings.EqualFold):
			folded = append(folded, l.Mailbox)
		}
	}
	if found.hits = exact; len(exact) == 0 {
		found.hits = folded
	}
	return found, nil
}

// prefixes returns what the names of the user's own folders may begin with:
// the personal namespaces (RFC 2342), the longest first, and INBOX, which is
// one on many servers that do not say so. Shared folders and those of other
// users must be typed in full.
func (s *session) prefixes() ([][]string, error) {
	all := [][]string{{"INBOX"}}
	if !s.caps.Has(imap.CapNamespace) {
		return all, nil
	}
	s.await(wire.MaxLine, 0)
	spaces, err := s.client.Namespace().Wait()
	if err != nil {
		if refused(err) {
			err = nil
		}
		return all, err
	}
	for _, n := range spaces.Personal {
		parts := split(n.Prefix, n.Delim)
		if parts[len(parts)-1] == "" { // behind the last separator
			parts = parts[:len(parts)-1]
		}
		if len(parts) > 0 {
			all = append(all, parts)
		}
	}
	slices.SortStableFunc(all, func(a, b []string) int { return len(b) - len(a) })
	return all, nil
}

func split(name string, delim rune) []string {
	if delim == 0 {
		return []string{name}
	}
	return strings.Split(name, string(delim))
}

// meant returns the parts of a name without a leading prefix.
func meant(parts []string, prefixes [][]string) []string {
	for _, p := range prefixes {
		if len(parts) > len(p) && slices.EqualFunc(parts[:len(p)], p, strings.EqualFold) {
			return parts[len(p):]
		}
	}
	return parts
}
