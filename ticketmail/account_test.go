package ticketmail_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// without is a mail that nothing but its bytes tells from others.
func without(n int) string {
	return mail("x@y.example", fmt.Sprintf("matter %d", n), "", fmt.Sprint("text ", n))
}

// at makes the mailbox that of a user of a host, on a server in memory.
func at(server *mailboxtest.Server, host, user string, more func(*ticketmail.Config)) func(*ticketmail.Config) {
	return serving(server, func(c *ticketmail.Config) {
		if more != nil {
			more(c)
		}
		c.Routes.Mailboxes[0].Host, c.Routes.Mailboxes[0].User = host, user
	})
}

// moveTo is the house whose mailbox is on another server or account from now on,
// with consent.
func (h house) moveTo(change func(*ticketmail.Config)) house {
	h.t.Helper()
	h = h.restarted(change)
	h.consent(all)
	return h
}

// A mailbox that gets another account finds there what has nothing to do with
// what it knows: many servers begin with the same UIDVALIDITY (Gmail: 1), and
// all with UID 1. Back on the first account it knows what it took there.
func TestAnotherAccount(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*ticketmail.Config)
		ends   func(*mailboxtest.Server) // how the polls of the first account end
		taken  int                       // mails of the first account that become tickets
	}{
		"kept there":        {flagging, func(*mailboxtest.Server) {}, 3},
		"removed":           {nil, func(*mailboxtest.Server) {}, 3},
		"removal not known": {nil, func(s *mailboxtest.Server) { s.FailCall(mailboxtest.OpRemove, 1, errors.New("cut")) }, 3},
		"over POP3": {overPOP3, func(s *mailboxtest.Server) {
			s.SetCloseAfter("INBOX", 50)
			s.FailCall(mailboxtest.OpRemove, 1, errors.New("cut"))
		}, 3},
		"left there": {
			func(c *ticketmail.Config) { c.Routes.Mailboxes[0].MaxMessageBytes = 500 },
			func(s *mailboxtest.Server) {
				for _, uid := range s.UIDs("INBOX") {
					s.Announce("INBOX", uid, 600)
				}
			}, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := mailboxtest.NewServer(), mailboxtest.NewServer()
			for n := range 3 {
				first.Add("INBOX", without(n))
				second.Add("INBOX", without(n+5))
			}
			second.Add("INBOX", without(9))
			tt.ends(first)
			h := build(t, at(first, "mail.example", "a", tt.change))
			h.consent(all)
			_, _ = h.Poll(t.Context(), "support")

			h = h.moveTo(at(second, "mail.example", "b", tt.change))
			if r := h.poll(); r.Tickets != 4 {
				t.Errorf("poll of the other account = %+v, want 4 tickets", r)
			}
			if r := h.poll(); r.Received != 0 {
				t.Errorf("a further poll did %+v", r)
			}

			h = h.moveTo(at(first, "mail.example", "a", tt.change))
			first.Add("INBOX", without(20)) // has the UID of one of the other account
			if r := h.poll(); r.Tickets != 1 {
				t.Errorf("poll of the first account = %+v, want the new mail only", r)
			}
			if r := h.poll(); r.Received != 0 {
				t.Errorf("a further poll did %+v", r)
			}
			if got, want := len(h.tickets()), tt.taken+5; got != want {
				t.Errorf("%d tickets, want %d", got, want)
			}
		})
	}
}

// The account may also be the same under another name, or have moved to another
// server with all its mails: these are known by their bytes.
func TestSameAccountElsewhere(t *testing.T) {
	for name, change := range map[string]func(*ticketmail.Config){"kept there": flagging, "removal not known": nil} {
		for _, validity := range []uint32{1, 7} {
			t.Run(fmt.Sprint(name, validity), func(t *testing.T) {
				server := mailboxtest.NewServer()
				for n := range 3 {
					server.Add("INBOX", without(n))
				}
				server.FailAfter(mailboxtest.OpFlag, 1, errors.New("cut"))
				server.FailCall(mailboxtest.OpRemove, 1, errors.New("cut"))
				h := build(t, at(server, "mail.example", "a", change))
				h.consent(all)
				_, _ = h.Poll(t.Context(), "support")

				server.SetValidity("INBOX", validity)
				server.Add("INBOX", without(3))
				h = h.moveTo(at(server, "imap.example", "a", change))
				cut := true // it takes two polls
				server.OnCall(func(c mailboxtest.Call) error {
					if c.Op == mailboxtest.OpBody && slices.Contains(c.UIDs, "3") && cut {
						cut = false
						return errors.New("cut")
					}
					return nil
				})
				if _, err := h.Poll(t.Context(), "support"); err == nil {
					t.Error("the poll did not notice that the connection broke")
				}
				h.poll()
				if got := len(h.tickets()); got != 4 {
					t.Errorf("%d tickets, want 4: %q", got, h.journal())
				}
				if r := h.poll(); r.Received != 0 {
					t.Errorf("a further poll did %+v", r)
				}
			})
		}
	}
}

// The same mailbox over another protocol: what it left in INBOX is known.
func TestAnotherProtocol(t *testing.T) {
	server := mailboxtest.NewServer()
	for n := range 3 {
		server.Add("INBOX", without(n))
	}
	h := build(t, at(server, "mail.example", "a", flagging))
	h.consent(all)
	h.poll()
	server.Add("INBOX", without(3))
	h = h.moveTo(at(server, "mail.example", "a", overPOP3))
	if r := h.poll(); r.Tickets != 1 || r.Records != 3 || r.Deleted != 4 {
		t.Errorf("poll over POP3 = %+v, want one ticket and three mails known", r)
	}
}

// The port is only a way to the account, whose mails keep their keys.
func TestAnotherPort(t *testing.T) {
	server := mailboxtest.NewServer()
	server.Add("INBOX", without(1))
	h := build(t, at(server, "mail.example", "a", flagging))
	h.consent(all)
	h.poll()
	h = h.moveTo(at(server, "Mail.Example", "a", func(c *ticketmail.Config) {
		flagging(c)
		c.Routes.Mailboxes[0].Port = 1993
	}))
	if r := h.poll(); r != (ticketmail.Report{Kept: 1}) {
		t.Errorf("poll over another port did %+v", r)
	}
}

// Terms that leave mails do not make the first poll forget what it took, should
// the server number its mails anew before a poll came to its end.
func TestValidityChangesUnderTerms(t *testing.T) {
	h, server := full(t, 0, nil)
	server.Add("INBOX", without(1))
	h.consent(leave)
	server.FailCall(mailboxtest.OpRemove, 1, errors.New("cut"))
	h.poll()
	server.Add("INBOX", without(2))
	if _, err := h.Poll(t.Context(), "support"); err == nil {
		t.Fatal("the poll did not notice the failed removal")
	}
	server.SetValidity("INBOX", 7)
	_ = h.asked(server)
	h.consent(all)
	h.poll()
	var subjects []string
	for _, k := range h.tickets() {
		subjects = append(subjects, k.Subject)
	}
	if diff := cmp.Diff("matter 2, matter 1", strings.Join(subjects, ", ")); diff != "" {
		t.Errorf("tickets (-want +got):\n%s", diff)
	}
}

// A store of the release before knows of no account: what its ledger knows is of
// the account that was drained, not of one that comes with the upgrade.
func TestAnotherAccountWithTheUpgrade(t *testing.T) {
	first, second := mailboxtest.NewServer(), mailboxtest.NewServer()
	for n := range 3 {
		first.Add("INBOX", without(n))
		second.Add("INBOX", without(n+5))
	}
	h := build(t, at(first, "mail.example", "a", flagging))
	h.consent(all)
	h.poll()
	h.forgetAccount()
	if r := h.poll(); r.Tickets != 0 || r.Records != 0 {
		t.Errorf("poll of the same account = %+v, want nothing new", r)
	}
	h.forgetAccount()
	h = h.moveTo(at(second, "mail.example", "b", flagging))
	if r := h.poll(); r.Tickets != 3 {
		t.Errorf("poll of the other account = %+v, want 3 tickets", r)
	}
}

func (h house) forgetAccount() {
	h.t.Helper()
	err := h.store.Update(h.t.Context(), func(w storage.Writer) error {
		return w.Settings().Delete(h.t.Context(), "drain-account", "support")
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Letter case and the root's dot make no other account: what was taken there is
// known by its keys, though the server shows it in other bytes.
func TestSameAccountInOtherLetters(t *testing.T) {
	one, two := mailboxtest.NewServer(), mailboxtest.NewServer()
	for n := range 3 {
		m := mail("x@y.example", fmt.Sprintf("matter %d", n), fmt.Sprintf("a%d@x", n), fmt.Sprint("text ", n))
		one.Add("INBOX", m)
		two.Add("INBOX", "X-Written: again\r\n"+m)
	}
	now := noon
	keep := func(c *ticketmail.Config) {
		c.Drain.Keep, c.Retention.Journal = true, day
		c.Now = func() time.Time { return now }
	}
	h := build(t, at(one, "mail.example", "Support@x.example", keep))
	h.consent(all)
	h.poll()
	now = now.Add(2 * day)
	if p, err := h.Prune(t.Context()); err != nil || p.Entries == 0 {
		t.Fatal(p, err)
	}
	h = h.moveTo(at(two, "Mail.example.", "support@x.example", keep))
	if r := h.poll(); r.Tickets != 0 || len(h.tickets()) != 3 {
		t.Errorf("%d tickets after %+v, want the 3 of before", len(h.tickets()), r)
	}
	if got := fmt.Sprint(h.settings("drain-account")); strings.Contains(strings.ToLower(got), "support@x.example") {
		t.Errorf("what outlives the mailbox names its user: %s", got)
	}
}
