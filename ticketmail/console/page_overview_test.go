package console_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

func TestOverview(t *testing.T) {
	r := build(t, change{})
	r.get("/").has("Make a mailbox first")
	r.seed()
	r.receive(loop)
	r.outgoing(nil)
	a := r.get("/")
	inspect(t, a)
	a.has("Mailbox shop: serves no task", "Mails in quarantine: 1", "Mails given up: 1", "What will end sign-ins", "everything is lost when the process ends", "1 received")
	if got := a.link("Mails in quarantine: 1"); got != "/quarantine" {
		t.Errorf("leads to %s", got)
	}
}

// A plainStore counts nothing: what is counted is read.
type plainStore struct{ *memstore.Store }

func (s plainStore) View(ctx context.Context, fn func(storage.Reader) error) error {
	return s.Store.View(ctx, func(r storage.Reader) error { return fn(plainReader{r}) })
}

type plainReader struct{ storage.Reader }

func (r plainReader) Tickets() storage.TicketReader {
	return struct{ storage.TicketReader }{r.Reader.Tickets()}
}
func (r plainReader) Ledger() mailbox.LedgerReader {
	return struct{ mailbox.LedgerReader }{r.Reader.Ledger()}
}
func (r plainReader) Outbox() notify.OutboxReader {
	return struct{ notify.OutboxReader }{r.Reader.Outbox()}
}

// TestCharts counts each mail in its hour and day, and draws it in proportion,
// whether the store counts or not.
func TestCharts(t *testing.T) {
	for name, config := range map[string]func(*ticketmail.Config){
		"counting": nil,
		"plain":    func(c *ticketmail.Config) { c.Store = plainStore{c.Store.(*memstore.Store)} },
	} {
		t.Run(name, func(t *testing.T) {
			r := build(t, change{config: config})
			r.must(r.store.Update(t.Context(), func(w storage.Writer) error {
				for i, ago := range []time.Duration{40 * 24 * time.Hour, 30 * time.Hour, 3 * time.Hour, 5 * time.Minute, 0, -time.Minute} {
					e := &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: string(rune('a' + i))}, Outcome: mailbox.Ticket, ReceivedAt: noon.Add(-ago)}
					if err := w.Ledger().Put(t.Context(), e); err != nil {
						return err
					}
				}
				left := &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: "left"}, Outcome: mailbox.LeftThere, ReceivedAt: noon}
				return w.Ledger().Put(t.Context(), left)
			}))
			r.outgoing(func(m *notify.Mail) { m.State, m.SentAt = notify.Sent, noon })
			r.outgoing(func(m *notify.Mail) { m.ID, m.State, m.SentAt = "m2", notify.Returned, noon })
			a := r.get("/")
			inspect(t, a)
			a.has("4 received, 2 sent", "5 received, 2 sent")
			a.hasNot("mails are counted")
			heights := 0
			for n := range a.doc.Descendants() {
				if n.Type == html.ElementNode && n.Data == "rect" && attr(n, "class") == "out" {
					heights++
				}
			}
			if heights != 2 {
				t.Errorf("%d bars of mails sent, want one in each chart", heights)
			}
		})
	}
}

// TestChartsAgree: what a store counts and what is read are the same, mail by
// mail, whatever became of them and whenever it did.
func TestChartsAgree(t *testing.T) {
	var got []string
	random := rand.New(rand.NewPCG(7, 7))
	var entries []mailbox.Entry
	var mails []notify.Mail
	within := func(days int) time.Time { return noon.Add(-time.Duration(random.IntN(days*24*60)) * time.Minute) }
	outcomes := []mailbox.Outcome{mailbox.Ticket, mailbox.Comment, mailbox.Record, mailbox.Quarantine, mailbox.LeftThere, mailbox.Pending}
	states := []notify.State{notify.Waiting, notify.Sending, notify.Sent, notify.Failed, notify.Held, notify.Returned}
	for i := range 300 {
		e := mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: fmt.Sprint(i)}, Outcome: outcomes[i%len(outcomes)]}
		if i%7 != 0 {
			e.ReceivedAt = within(30)
		}
		m := notify.Mail{ID: fmt.Sprint(i), State: states[i%len(states)], Date: within(30)}
		if i%5 != 0 {
			m.SentAt = within(16)
		}
		entries, mails = append(entries, e), append(mails, m)
	}
	for _, config := range []func(*ticketmail.Config){nil, func(c *ticketmail.Config) { c.Store = plainStore{c.Store.(*memstore.Store)} }} {
		r := build(t, change{config: config})
		r.must(r.store.Update(t.Context(), func(w storage.Writer) error {
			for i := range entries {
				e, m := entries[i], mails[i]
				if err := errors.Join(w.Ledger().Put(t.Context(), &e), w.Outbox().Put(t.Context(), &m)); err != nil {
					return err
				}
			}
			return nil
		}))
		var rows []string
		for n := range r.get("/").doc.Descendants() {
			if n.Type == html.ElementNode && n.Data == "tr" && below(n, "details") {
				rows = append(rows, textOf(n))
			}
		}
		if len(rows) < 24+14 {
			t.Fatalf("%d rows", len(rows))
		}
		got = append(got, strings.Join(rows, "\n"))
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Errorf("counted and read (-counted +read):\n%s", diff)
	}
}

// TestOverviewOfPlainStore reads where the store does not count, and says how
// far it has read.
func TestOverviewOfPlainStore(t *testing.T) {
	r := build(t, change{config: func(c *ticketmail.Config) { c.Store = plainStore{c.Store.(*memstore.Store)} }})
	r.seed()
	r.outgoing(nil)
	r.must(r.store.Update(t.Context(), func(w storage.Writer) error {
		e := &mailbox.Entry{Key: mailbox.Key{Mailbox: "support", UID: "loop"}, Outcome: mailbox.Quarantine, ReceivedAt: noon}
		return w.Ledger().Put(t.Context(), e)
	}))
	r.get("/").has("Mails in quarantine: 1", "Mails given up: 1").hasNot("mails are counted")
	r.get("/categories").has("bug Bug 1 1 active")
	r.fill(10_001)
	r.get("/").has("The last 10,000 mails are counted")
}

// below reports whether a node stands in an element.
func below(n *html.Node, element string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && p.Data == element {
			return true
		}
	}
	return false
}
