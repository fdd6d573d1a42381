package imapbox

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

var _ mailbox.Surveyor = (*session)(nil)

// Survey implements mailbox.Surveyor.
func (s *session) Survey(ctx context.Context, items []mailbox.Item) (found mailbox.Survey, err error) {
	err = s.do(ctx, "survey", func() error {
		if s.folder == "" {
			return errSelected
		}
		for _, c := range chunks(items, chunkMails, chunkBytes) {
			some, err := s.glance(c)
			if err != nil {
				return err
			}
			found.Glances = append(found.Glances, some...)
		}
		found.Beside, err = s.beside()
		return err
	})
	return found, err
}

// glance asks for a part of the headers, and for what is known of the mails
// anyway.
func (s *session) glance(c chunk) ([]mailbox.Glance, error) {
	s.await(wire.MaxLine, mailbox.MaxGlance+4<<10)
	cmd := s.client.Fetch(c.uids, &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true,
		BodySection: []*imap.FetchItemBodySection{{
			Specifier: imap.PartSpecifierHeader, HeaderFields: mailbox.SurveyFields(), Peek: true,
			Partial: &imap.SectionPartial{Size: mailbox.MaxGlance},
		}},
	})
	byUID := map[string]mailbox.Glance{}
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		g, err := readGlance(m)
		if err != nil {
			_ = s.conn.Close()
			_ = cmd.Close()
			return nil, err
		}
		if g.Header != nil { // else it is gone, and the server only remembers it
			byUID[g.UID] = g
		}
	}
	if err := cmd.Close(); err != nil {
		return nil, err
	}
	var list []mailbox.Glance
	for _, it := range c.items { // the server answers in an order of its own
		if g, ok := byUID[it.UID]; ok {
			list = append(list, g)
		}
	}
	return list, nil
}

func readGlance(m *imapclient.FetchMessageData) (g mailbox.Glance, err error) {
	for d := m.Next(); d != nil; d = m.Next() {
		switch d := d.(type) {
		case imapclient.FetchItemDataUID:
			g.UID = item(d.UID).UID
		case imapclient.FetchItemDataFlags:
			g.Seen = slices.Contains(d.Flags, imap.FlagSeen)
			g.Answered = slices.Contains(d.Flags, imap.FlagAnswered)
		case imapclient.FetchItemDataInternalDate:
			g.Arrived = d.Time.UTC()
		case imapclient.FetchItemDataBodySection:
			if d.Literal == nil {
				continue
			}
			if g.Header, err = io.ReadAll(d.Literal); err != nil {
				return g, err
			}
			g.Header = g.Header[:min(len(g.Header), mailbox.MaxGlance)]
		}
	}
	return g, nil
}

// maxBeside is how many folders beside the selected one are counted.
const maxBeside = 10

// beside counts the mails in the folders for sent mail and drafts. A server
// that does not like to be asked has none.
func (s *session) beside() (found []mailbox.Beside, err error) {
	list, err := s.specialUse()
	if refused(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	asked := 0
	for _, l := range list {
		use := useOf(l)
		if use == "" || l.Mailbox == s.folder || asked == maxBeside {
			continue
		}
		asked++
		s.await(wire.MaxLine, 0)
		data, err := s.client.Status(l.Mailbox, &imap.StatusOptions{NumMessages: true}).Wait()
		switch {
		case refused(err):
		case err != nil:
			return nil, err
		case data.NumMessages != nil && *data.NumMessages > 0:
			found = append(found, mailbox.Beside{Use: use, Name: l.Mailbox, Mails: int(*data.NumMessages)})
		}
	}
	return found, nil
}

// useOf tells what a folder is for, by its special use (RFC 6154) or by the
// names that mail programs give such folders.
func useOf(l *imap.ListData) mailbox.Use {
	for _, a := range l.Attrs {
		switch {
		case strings.EqualFold(string(a), string(imap.MailboxAttrSent)):
			return mailbox.UseSent
		case strings.EqualFold(string(a), string(imap.MailboxAttrDrafts)):
			return mailbox.UseDrafts
		case strings.EqualFold(string(a), string(imap.MailboxAttrNoSelect)), strings.EqualFold(string(a), string(imap.MailboxAttrNonExistent)):
			return ""
		}
	}
	parts := split(l.Mailbox, l.Delim)
	switch strings.ToLower(parts[len(parts)-1]) {
	case "sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete elemente", "gesendete objekte", "envoyés", "éléments envoyés", "messages envoyés":
		return mailbox.UseSent
	case "drafts", "draft", "entwürfe", "brouillons":
		return mailbox.UseDrafts
	}
	return ""
}

// Since implements mailbox.Surveyor by INTERNALDATE. Only mails that the
// server thinks new enough by the day are asked for the time.
func (s *session) Since(ctx context.Context, items []mailbox.Item, t time.Time) (since []mailbox.Item, err error) {
	err = s.do(ctx, "find mails by date", func() error {
		if s.folder == "" {
			return errSelected
		}
		since, err = s.since(items, t)
		return err
	})
	return since, err
}

// dayMargin is two days: SEARCH compares days "disregarding time and timezone"
// (RFC 9051 section 6.4.4), and zones are up to 14 hours apart.
const dayMargin = 48 * time.Hour

func (s *session) since(items []mailbox.Item, t time.Time) ([]mailbox.Item, error) {
	s.await(searchLine, 0)
	found, err := s.client.UIDSearch(&imap.SearchCriteria{Since: t.Add(-dayMargin)}, nil).Wait()
	if err != nil {
		return nil, err
	}
	near := map[imap.UID]bool{}
	for _, uid := range found.AllUIDs() {
		near[uid] = true
	}
	var perhaps []mailbox.Item
	for _, it := range items {
		if near[number(it)] {
			perhaps = append(perhaps, it)
		}
	}
	var list []mailbox.Item
	for _, c := range chunks(perhaps, dateMails, chunkBytes*dateMails) {
		some, err := s.newer(c, t)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

// dateMails is how many mails one command asks for their dates.
const dateMails = 5000

func (s *session) newer(c chunk, t time.Time) ([]mailbox.Item, error) {
	s.await(wire.MaxLine, 0)
	cmd := s.client.Fetch(c.uids, &imap.FetchOptions{UID: true, InternalDate: true})
	young := map[string]bool{}
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		g, err := readGlance(m)
		if err == nil && !g.Arrived.IsZero() && !g.Arrived.Before(t) {
			young[g.UID] = true
		}
	}
	if err := cmd.Close(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(c.items), func(it mailbox.Item) bool { return !young[it.UID] }), nil
}
