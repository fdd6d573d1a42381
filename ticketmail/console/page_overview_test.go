package console_test

import (
	"testing"
	"time"

	"golang.org/x/net/html"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
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

// TestCharts counts each mail in its hour and day, and draws it in proportion.
func TestCharts(t *testing.T) {
	r := build(t, change{})
	r.must(r.store.Update(t.Context(), func(w storage.Writer) error {
		for i, ago := range []time.Duration{40 * 24 * time.Hour, 30 * time.Hour, 3 * time.Hour, 5 * time.Minute, 0} {
			e := &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: string(rune('a' + i))}, Outcome: mailbox.Ticket, ReceivedAt: noon.Add(-ago)}
			if err := w.Ledger().Put(t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	}))
	r.outgoing(func(m *notify.Mail) { m.State, m.SentAt = notify.Sent, noon })
	a := r.get("/")
	inspect(t, a)
	a.has("3 received, 1 sent", "4 received, 1 sent")
	heights := 0
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "rect" && attr(n, "class") == "out" {
			heights++
		}
	}
	if heights != 2 {
		t.Errorf("%d bars of mails sent, want one in each chart", heights)
	}
}
