package pop3box_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/courier"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/pop3box"
)

// Courier wants ten seconds between sessions (LOGIN-DELAY), or says so, and
// confirms QUIT before it has removed what it shall.
func TestSessionOnCourier(t *testing.T) {
	s := courier.Start(t, nil)
	at := func(address, user string) mailbox.Mailbox {
		m := mailboxAt(t, address)
		m.User, m.Password = user, mailbox.NewSecret(courier.Password)
		return m
	}
	mailboxtest.Run(t, func(t *testing.T) mailboxtest.Account {
		m := at(s.POP3, strings.ToLower(t.Name()[strings.LastIndexByte(t.Name(), '/')+1:]))
		return mailboxtest.Account{
			Connector: afterOthers{pop3box.New(nil), s},
			Mailbox:   m,
			Add:       func(raws ...string) error { return s.Put(m.User, raws...) },
			Contents: func() ([]string, error) {
				s.AwaitPOP3(time.Second) // some checks look while they are signed in
				over := at(s.Address, m.User)
				over.Protocol = mailbox.IMAP
				session, items := boxtest.Opened(t, imapbox.New(nil), over)
				got, err := bodies(t.Context(), session, items)
				raws := make([]string, len(items))
				for i, it := range items {
					raws[i] = got[it.UID]
				}
				return raws, err
			},
		}
	})
}

// afterOthers connects when the server is done with the session before. Some
// checks have two at once: so it does not wait for ever.
type afterOthers struct {
	mailbox.Connector
	server *courier.Server
}

func (c afterOthers) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	c.server.AwaitPOP3(3 * time.Second)
	return c.Connector.Connect(ctx, m)
}
