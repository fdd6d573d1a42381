package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
)

var spring = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A shelf is a folder to take stock of.
type shelf struct {
	address  string
	mails    int
	every    time.Duration // between two of them
	header   func(n int) string
	read     int // so many of them
	answered int
	sent     int // mails in the folder beside it
	drafts   int
}

func (c shelf) fill(s *mailboxtest.Server) {
	for i := range c.mails {
		header := ""
		if c.header != nil {
			header = c.header(i)
		}
		uid := s.Add("INBOX", fmt.Sprintf("Subject: mail %d\r\n%s\r\nbody\r\n", i, header))
		s.SetArrived("INBOX", uid, spring.Add(time.Duration(i)*c.every))
		if i < c.read {
			s.SetRead("INBOX", uid, i < c.answered)
		}
	}
	for range c.sent {
		s.Add("Sent", "Subject: sent\r\n\r\nbody\r\n")
	}
	for range c.drafts {
		s.Add("Drafts", "Subject: draft\r\n\r\nbody\r\n")
	}
}

// take makes the inventory of INBOX, as the guard does.
func take(t *testing.T, s *mailboxtest.Server, m mailbox.Mailbox, taker mailbox.StockTaker) (mailbox.Inventory, error) {
	t.Helper()
	session, err := s.Connect(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	f, err := session.Select(t.Context(), "INBOX", true)
	if err != nil {
		t.Fatal(err)
	}
	items, err := session.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return taker.Take(t.Context(), session, m, f, items)
}

func TestInventoryTellsAPersonsMailbox(t *testing.T) {
	letters := func(n int) string {
		if n%3 == 0 {
			return "List-Unsubscribe: <mailto:no@shop.example>\r\n"
		}
		return ""
	}
	for name, tt := range map[string]struct {
		shelf
		personal bool
		want     string // codes
	}{
		"a person's":                 {shelf{"anna@erp.example", 40, 30 * 24 * time.Hour, letters, 35, 10, 12, 1}, true, "person sent drafts read answered years lists name"},
		"a person's, new":            {shelf{"anna@erp.example", 1, 0, nil, 0, 0, 0, 0}, true, "person name"},
		"unknown, lived in":          {shelf{"a.smith@erp.example", 40, time.Hour, nil, 35, 10, 12, 0}, true, "sent read answered name"},
		"support, not polled so far": {shelf{"support@erp.example", 40, 24 * time.Hour, nil, 40, 20, 30, 2}, false, "sent drafts read answered role"},
		"support, new":               {shelf{"support@erp.example", 3, time.Hour, nil, 0, 0, 0, 0}, false, "role"},
		"order number box":           {shelf{"orders2@erp.example", 0, 0, nil, 0, 0, 0, 0}, false, "role"},
		"a role that is a person's":  {shelf{"info@anna.example", 20, time.Hour, nil, 20, 0, 1, 0}, true, "person sent read"},
		"no address":                 {shelf{"", 40, time.Hour, nil, 40, 0, 0, 0}, false, "read"},
		"two mails read mean little": {shelf{"box@erp.example", 2, time.Hour, nil, 2, 2, 1, 0}, false, "sent name"},
	} {
		t.Run(name, func(t *testing.T) {
			s := mailboxtest.NewServer()
			tt.fill(s)
			before := s.Raws("INBOX")
			inv, err := take(t, s, mailbox.Mailbox{ID: "x", Address: tt.address}, mailbox.StockTaker{
				Now:    func() time.Time { return spring },
				Person: func(_ context.Context, a string) bool { return strings.Contains(a, "anna") },
			})
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, r := range inv.Reasons {
				codes = append(codes, r.Code)
			}
			if got := strings.Join(codes, " "); inv.Personal != tt.personal || got != tt.want {
				t.Errorf("personal = %t because of %q, want %t because of %q", inv.Personal, got, tt.personal, tt.want)
			}
			if inv.Mails != tt.mails || inv.Sampled != tt.mails || inv.At != spring {
				t.Errorf("inventory = %+v", inv)
			}
			if said := inv.String(); strings.Contains(said, "from 2026-03-01 to ") != (tt.mails > 0) {
				t.Errorf("it says %q", said)
			}
			if diff := cmp.Diff(before, s.Raws("INBOX")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A folder of 50,000 mails costs no more than 200 to look at, and the first
// and the last are among them.
func TestInventoryIsBounded(t *testing.T) {
	const n = 50_000
	s := mailboxtest.NewServer()
	shelf{mails: n, every: time.Minute}.fill(s)
	inv, err := take(t, s, mailbox.Mailbox{ID: "x"}, mailbox.StockTaker{})
	if err != nil {
		t.Fatal(err)
	}
	if inv.Mails != n || inv.Sampled != 200 || inv.Oldest != spring || inv.Newest != spring.Add((n-1)*time.Minute) || inv.Bytes == 0 {
		t.Errorf("inventory = %+v", inv)
	}
	looked := 0
	for _, c := range s.Calls() {
		if c.Op == mailboxtest.OpSurvey {
			looked += len(c.UIDs)
		}
	}
	if looked != 200 || s.Count(mailboxtest.OpFetch)+s.Count(mailboxtest.OpBody) > 0 {
		t.Errorf("%d mails were looked at, calls %v", looked, s.Count(mailboxtest.OpFetch))
	}
}

// Over POP3 only what mails say of themselves is known of their age.
func TestInventoryWithoutArrivals(t *testing.T) {
	s := mailboxtest.NewServer()
	shelf{mails: 100, header: func(n int) string {
		return fmt.Sprintf("Date: Mon, %d Mar 2026 10:00:00 +0000\r\n", n%28+1)
	}}.fill(s)
	s.SetCloseAfter("INBOX", 10)
	inv, err := take(t, s, mailbox.Mailbox{ID: "x", Protocol: mailbox.POP3}, mailbox.StockTaker{})
	if err != nil || inv.Sampled != 16 || inv.Oldest.Month() != time.March || inv.Oldest.Year() != 2026 {
		t.Errorf("inventory = %+v, %v", inv, err)
	}
}

// plainSession hides what a session can do beyond the least.
type plainSession struct{ mailbox.Session }

func TestInventoryCountsWhereNothingElseCanBe(t *testing.T) {
	broken := errors.New("broken")
	s := mailboxtest.NewServer()
	shelf{mails: 7}.fill(s)
	plain, err := s.Connect(t.Context(), mailbox.Mailbox{})
	if err != nil {
		t.Fatal(err)
	}
	items := []mailbox.Item{{UID: "1", Size: 100}, {UID: "2", Size: -1}}
	inv, err := mailbox.StockTaker{}.Take(t.Context(), plainSession{plain}, mailbox.Mailbox{}, mailbox.Folder{Name: "INBOX"}, items)
	if err != nil || inv.Mails != 2 || inv.Bytes != 100 || inv.Sampled != 0 {
		t.Errorf("a plain session: %+v, %v", inv, err)
	}
	s.FailCall(mailboxtest.OpSurvey, 1, broken)
	if inv, err := take(t, s, mailbox.Mailbox{}, mailbox.StockTaker{}); !errors.Is(err, broken) || inv.Mails != 7 {
		t.Errorf("a broken one: %+v, %v", inv, err)
	}
}
