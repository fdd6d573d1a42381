package console_test

import (
	"context"
	"testing"
	"time"

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
			a := r.get("/")
			inspect(t, a)
			a.has("4 received, 1 sent", "5 received, 1 sent")
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
