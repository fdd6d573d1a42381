package ticketmail_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// letters spells a number, so that mails differ in more than digits.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(n))
}

// TestCaps: machines that answer everything, or whoever forges senders, get
// what a cap allows; all that they write is kept, and what is over a cap is
// held, to be seen.
func TestCaps(t *testing.T) {
	const robot = "robot@kunde.example"
	type mails struct {
		from    func(i int) string
		text    func(i int) string
		newOnes bool          // each opens a ticket; else they answer one
		pause   time.Duration // after each
	}
	one := func(int) string { return robot }
	other := func(i int) string { return "got it " + letters(i) }
	for name, tt := range map[string]struct {
		caps ticketmail.Caps
		in   mails
		n    int
		want int
	}{
		"address, an hour":            {ticketmail.Caps{}, mails{from: one, text: other}, 30, 5},
		"address, a day":              {ticketmail.Caps{}, mails{from: one, text: other, pause: 30 * time.Minute}, 45, 20},
		"address, two days":           {ticketmail.Caps{}, mails{from: one, text: other, pause: time.Hour}, 48, 40},
		"set by the host":             {ticketmail.Caps{AddressHour: 2}, mails{from: one, text: other}, 10, 2},
		"the same words":              {ticketmail.Caps{}, mails{from: one, text: func(i int) string { return fmt.Sprintf("Got it at 12:%02d", i) }}, 30, 3},
		"the same words, new tickets": {ticketmail.Caps{}, mails{from: one, newOnes: true, text: func(i int) string { return fmt.Sprintf("No. %d", i) }}, 30, 3},
		"switched off":                {ticketmail.Caps{AddressHour: -1, AddressDay: -1, TicketHour: -1}, mails{from: one, text: other}, 25, 25},
		"a ticket":                    {ticketmail.Caps{AddressHour: -1, AddressDay: -1}, mails{from: one, text: other}, 25, 20},
		"a mailbox": {ticketmail.Caps{}, mails{newOnes: true, text: other, from: func(i int) string {
			return fmt.Sprintf("forged%d@kunde.example", i)
		}}, 50, 30},
		"all": {ticketmail.Caps{MailboxMinute: -1}, mails{newOnes: true, text: other, from: func(i int) string {
			return fmt.Sprintf("forged%d@kunde.example", i)
		}}, 70, 60},
	} {
		t.Run(name, func(t *testing.T) {
			now := noon
			h, server := withServer(t, func(c *ticketmail.Config) {
				added := notify.DefaultRules()[notify.CommentAdded]
				added.Roles, added.SkipActor = []notify.Role{notify.RoleCustomerContact}, false
				receipt := notify.ReceiptRule()
				receipt.Active = true
				c.Rules = map[notify.Kind]notify.Rule{notify.CommentAdded: added, notify.Receipt: receipt}
				c.Caps, c.Now = tt.caps, func() time.Time { return now }
			})
			subject := "new"
			if !tt.in.newOnes {
				subject = h.Referencer().Token(h.create(ticketmail.NewTicket{CustomerContact: "mia"}).ID)
			}
			for i := range tt.n {
				server.Add("INBOX", mail(tt.in.from(i), subject, fmt.Sprintf("r%d@x", i), tt.in.text(i)))
				h.poll()
				now = now.Add(tt.in.pause)
			}
			counts := map[notify.State]int{}
			for _, m := range slices.Concat(h.outgoing(notify.CommentAdded), h.outgoing(notify.Receipt)) {
				counts[m.State]++
				if m.State == notify.Held && !strings.HasPrefix(m.Error, "held: ") {
					t.Errorf("a held mail does not say why: %q", m.Error)
				}
			}
			if counts[notify.Waiting] != tt.want || counts[notify.Held] != tt.n-tt.want {
				t.Errorf("mails %v of %d, want %d not held", counts, tt.n, tt.want)
			}
			if got := len(h.journal()); got != tt.n {
				t.Errorf("%d mails kept, want all %d", got, tt.n)
			}
		})
	}
}

// TestCapsAreSwept: counters do not stay for ever.
func TestCapsAreSwept(t *testing.T) {
	now := noon
	h, server := withServer(t, func(c *ticketmail.Config) {
		receipt := notify.ReceiptRule()
		receipt.Active = true
		c.Rules = map[notify.Kind]notify.Rule{notify.Receipt: receipt}
		c.Now = func() time.Time { return now }
	})
	counters := func() (n int) {
		h.view(func(r storage.Reader) error {
			for _, err := range r.Settings().List(t.Context(), "cap") {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		return n
	}
	for i := range 3 {
		server.Add("INBOX", mail(fmt.Sprintf("a%d@x.example", i), "s", "", letters(i)))
	}
	h.poll()
	if n := counters(); n != 11 { // an address, a ticket and a content each, a mailbox, all
		t.Fatalf("%d counters", n)
	}
	h.deliver()
	now = now.Add(2 * time.Hour)
	h.deliver()
	if n := counters(); n != 9 {
		t.Errorf("%d counters after two hours, want those of a day", n)
	}
	now = now.Add(25 * time.Hour)
	h.deliver()
	if n := counters(); n != 0 {
		t.Errorf("%d counters after a day", n)
	}
}

// TestRelease: an administrator lets a mail go that was held.
func TestRelease(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) {
		receipt := notify.ReceiptRule()
		receipt.Active = true
		c.Rules = map[notify.Kind]notify.Rule{notify.Receipt: receipt}
		c.Caps.AddressHour = 1
	})
	server.Add("INBOX", mail("a@x.example", "s", "", "one"))
	server.Add("INBOX", mail("a@x.example", "s", "", "two"))
	h.poll()
	h.deliver()
	held, err := h.Outbox(t.Context(), notify.MailQuery{State: notify.Held})
	if err != nil || len(held) != 1 {
		t.Fatalf("%d held, %v", len(held), err)
	}
	if err := h.Release(t.Context(), held[0].Ticket, held[0].ID); err != nil {
		t.Fatal(err)
	}
	h.deliver()
	if n := len(h.sender.To("a@x.example")); n != 2 {
		t.Errorf("%d mails went out, want both", n)
	}
	if err := h.Release(t.Context(), held[0].Ticket, held[0].ID); !errors.Is(err, ticketmail.ErrInvalid) {
		t.Errorf("a sent mail is released: %v", err)
	}
	if err := h.Release(t.Context(), held[0].Ticket, "none"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a mail that is not there: %v", err)
	}
}
