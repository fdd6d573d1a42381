package ticketmail_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"testing"
	"time"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/ticketmail"
)

// On Dovecot a mail becomes a ticket at once, although the mailbox is polled once
// an hour: within two seconds, where the machine has time for it.
func TestMailBecomesATicketAtOnce(t *testing.T) {
	s := dovecot.Start(t, nil)
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	h := build(t, func(c *ticketmail.Config) {
		hourly(c)
		m := &c.Routes.Mailboxes[0]
		m.Host, m.Security, m.Password = host, mailbox.None, mailbox.NewSecret(dovecot.Password)
		if m.Port, err = strconv.Atoi(port); err != nil {
			t.Fatal(err)
		}
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: imapbox.New(nil)}
	})
	if err := h.Consent(t.Context(), ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("support", mail("x@y.example", "first", "0@x", "text")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	fastest := time.Hour
	const patience = 3 * time.Minute
	for n := range 4 { // the first is taken by the first poll
		began := time.Now()
		if n > 0 {
			if err := s.Put("support", mail("x@y.example", "another", "", "text")); err != nil {
				t.Fatal(err)
			}
		}
		if !h.waitFor(n+1, patience) {
			t.Fatalf("%d tickets of %d mails after %s", len(h.tickets()), n+1, patience)
		}
		if n > 0 {
			fastest = min(fastest, time.Since(began))
		}
	}
	t.Logf("the fastest took %s", fastest.Round(time.Millisecond))
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
}

// waitFor waits until there are n tickets.
func (h house) waitFor(n int, most time.Duration) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(most); len(h.tickets()) < n; <-tick.C {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}
