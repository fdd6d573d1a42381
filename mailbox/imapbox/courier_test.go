package imapbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/courier"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"example.com/ticketmail/mailbox/mailboxtest"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Courier has folders inside of INBOX, tells of rights in the answer to
// SELECT, and of alerts before that to LOGIN.
func TestSessionOnCourier(t *testing.T) {
	for name, tt := range map[string]struct {
		capability  string
		sent, never string // commands
	}{
		"as installed": {"", " UID EXPUNGE ", " EXPUNGE\r\n"},
		"no UIDPLUS":   {"IMAP4rev1 CHILDREN NAMESPACE", " EXPUNGE\r\n", "UID EXPUNGE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := courier.Start(t, &courier.Options{Capability: tt.capability})
			t.Run("Suite", func(t *testing.T) {
				var log recorder
				mailboxtest.Run(t, func(t *testing.T) mailboxtest.Account {
					m := mailboxAt(t, s.Address)
					m.User = strings.ToLower(t.Name()[strings.LastIndexByte(t.Name(), '/')+1:])
					a := account(m, &imapbox.Options{Dial: log.dial})
					a.Add = func(raws ...string) error { return s.Put(m.User, raws...) }
					return a
				})
				log.check(t, tt.sent, tt.never)
			})
			t.Run("Drain", func(t *testing.T) { drainsCourier(t, s) })
		})
	}
}

// drainsCourier empties two folders, the second as each of three people types
// it.
func drainsCourier(t *testing.T, s *courier.Server) {
	const n = 300
	for i, typed := range []string{"INBOX.Orders", "Orders", "INBOX/Orders"} {
		m := mailboxAt(t, s.Address)
		m.User = fmt.Sprintf("drained-%d", i)
		m.Folders = []string{"INBOX", typed}
		var raws []string
		for j := range n {
			raws = append(raws, fmt.Sprintf("Subject: mail-%d\r\n\r\n%s", j, strings.Repeat("text\r\n", j)))
		}
		if err := s.Put(m.User, raws...); err != nil {
			t.Fatal(err)
		}
		// A third of them is in the other folder too.
		err := other(m, func(c *imapclient.Client, _ uint32) error {
			if err := c.Create("INBOX.Orders", nil).Wait(); err != nil {
				return err
			}
			_, err := c.Copy(imap.SeqSet{{Start: 1, Stop: n / 3}}, "INBOX.Orders").Wait()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		k := &taker{taken: map[string]bool{}}
		began := time.Now()
		session, err := imapbox.New(nil).Connect(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range m.Folders {
			r, err := mailbox.Drain(t.Context(), session, m, folder, &k.journal, k, nil)
			if want := map[bool]int{true: n, false: n / 3}[folder == "INBOX"]; err != nil || r.Removed != want {
				t.Errorf("Drain of %s: %+v, %v; want %d mails removed", folder, r, err, want)
			}
		}
		if err := session.Close(); err != nil {
			t.Error(err)
		}
		t.Logf("%d mails drained in %s", n+n/3, time.Since(began).Round(time.Millisecond))
		for _, folder := range []string{"", ".Orders"} {
			if left, err := s.Count(m.User, folder); err != nil || left != 0 {
				t.Errorf("%d mails left in INBOX%s, %v", left, folder, err)
			}
		}
		if got := len(k.taken); got != n {
			t.Errorf("%d mails taken in, want %d", got, n)
		}
	}
}

// Courier tells of new mail while it is waited for.
func TestWaitOnCourier(t *testing.T) {
	s := courier.Start(t, nil)
	m := mailboxAt(t, s.Address)
	session, _ := boxtest.Opened(t, imapbox.New(nil), m)
	waiter, ok := session.(mailbox.Waiter)
	if !ok {
		t.Fatal("the session cannot wait")
	}
	told := make(chan error, 1)
	go func() { told <- waiter.Wait(t.Context(), "INBOX", 5*time.Minute) }()
	began := time.Now()
	if err := s.Put(m.User, "Subject: new\r\n\r\nbody\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-told; err != nil || time.Since(began) > 4*time.Minute {
		t.Errorf("Wait = %v after %s", err, time.Since(began))
	}
	if items, err := session.List(t.Context()); err != nil || len(items) != 1 {
		t.Errorf("List = %v, %v; want the new mail", items, err)
	}
}
