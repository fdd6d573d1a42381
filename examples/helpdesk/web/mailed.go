package web

import (
	"context"
	"fmt"
	"net/url"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A mailing is a mail in which a comment went out as it stands: to the
// customer, or forwarded.
type mailing struct {
	To    string
	Waits bool   // it is not sent yet
	Lost  bool   // it did not arrive, as far as is known
	URL   string // of the console's page about it
}

// maxMailed bounds the mails of a ticket that are looked through, the newest
// first.
const maxMailed = 100

// mailed tells employees which comments went out as mails, so that nobody
// waits for an answer to what was never sent.
func (s *site) mailed(ctx context.Context, id storage.TicketID, conversation []contribution) error {
	mails, err := s.Engine.Outbox(ctx, notify.MailQuery{Ticket: id, Newest: true, Limit: maxMailed})
	if err != nil {
		return err
	}
	at := map[string]*contribution{}
	for i := range conversation {
		at[conversation[i].ID] = &conversation[i]
	}
	for _, m := range mails {
		c := at[m.Comment]
		if c == nil || m.Event != notify.Reply && m.Event != notify.Forward {
			continue
		}
		c.Mailed = append(c.Mailed, mailing{
			To:    m.To.Address,
			Waits: m.State == notify.Waiting || m.State == notify.Sending || m.State == notify.Held,
			Lost:  m.State == notify.Failed || m.State == notify.Returned,
			URL:   fmt.Sprintf("%s/outbox/mail?mail=%s&ticket=%s", AdminPrefix, url.QueryEscape(m.ID), url.QueryEscape(string(id))),
		})
	}
	return nil
}
