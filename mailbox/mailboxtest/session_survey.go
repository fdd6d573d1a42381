package mailboxtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
)

var _ mailbox.Surveyor = (*session)(nil)

// Survey implements mailbox.Surveyor. The folders Sent and Drafts lie beside
// the others, except where removals take effect at the end of the session, as
// over POP3, which tells no flags and times either.
func (s *session) Survey(ctx context.Context, items []mailbox.Item) (found mailbox.Survey, err error) {
	err = s.call(ctx, Call{Op: OpSurvey, Folder: s.name, UIDs: uids(items)}, func() error {
		found = s.server.survey(s.name, uids(items))
		return nil
	})
	return found, err
}

func (s *Server) survey(name string, uids []string) (found mailbox.Survey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folder(name)
	for _, uid := range uids {
		m := f.find(uid)
		if m == nil {
			continue
		}
		head, _, _ := strings.Cut(m.raw, "\r\n\r\n")
		g := mailbox.Glance{UID: uid, Header: []byte(head[:min(len(head), mailbox.MaxGlance)])}
		if f.after == 0 {
			g.Arrived, g.Seen, g.Answered = m.arrived, m.seen, m.answered
		}
		found.Glances = append(found.Glances, g)
	}
	for _, use := range []struct {
		is   mailbox.Use
		name string
	}{{mailbox.UseSent, "Sent"}, {mailbox.UseDrafts, "Drafts"}} {
		if beside := s.folders[use.name]; f.after == 0 && use.name != name && beside != nil && len(beside.mails) > 0 {
			found.Beside = append(found.Beside, mailbox.Beside{Use: use.is, Name: use.name, Mails: len(beside.mails)})
		}
	}
	return found
}

// Since implements mailbox.Surveyor.
func (s *session) Since(ctx context.Context, items []mailbox.Item, t time.Time) (since []mailbox.Item, err error) {
	if s.atClose() {
		return nil, fmt.Errorf("%s: %w", OpSince, errors.ErrUnsupported)
	}
	err = s.call(ctx, Call{Op: OpSince, Folder: s.name}, func() error {
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		f := s.server.folder(s.name)
		since = slices.DeleteFunc(slices.Clone(items), func(it mailbox.Item) bool {
			m := f.find(it.UID)
			return m == nil || m.arrived.IsZero() || m.arrived.Before(t)
		})
		return nil
	})
	return since, err
}
