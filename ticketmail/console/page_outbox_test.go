package console_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// outgoing puts a mail into the outbox.
func (r *rig) outgoing(change func(*notify.Mail)) {
	r.t.Helper()
	m := &notify.Mail{
		ID: "m1", Event: notify.CommentAdded, Ticket: "1", Person: "carl", Audience: notify.Staff, Language: "de", Subject: "[Ticket#1-AB] hello", Text: "Guten Tag",
		HTML: "<p>Guten <b>Tag</b></p>", State: notify.Failed, Error: "550 no such user", Attempts: 3, Date: noon, Due: noon, MessageID: "x@erp.example",
		Reasons: []notify.Reason{{Code: "role", Text: "assignee carl"}},
	}
	m.From.Address, m.To.Address = "support@erp.example", "carl@erp.example"
	if change != nil {
		change(m)
	}
	r.must(r.store.Update(r.t.Context(), func(w storage.Writer) error { return w.Outbox().Put(r.t.Context(), m) }))
}

func TestOutbox(t *testing.T) {
	r := build(t, change{})
	r.get("/outbox").has("No mail fits this")
	r.outgoing(nil)
	r.outgoing(func(m *notify.Mail) {
		m.ID, m.State, m.Subject, m.Error, m.To.Address = "m2", notify.Sent, "sent one", "", "mia@kunde.example"
	})
	a := r.get("/outbox")
	inspect(t, a)
	a.has("hello", "given up", "550 no such user", "Carl Weber", "sent one")
	r.get("/outbox?state=failed").hasNot("sent one")
	r.get("/outbox?text=MIA").hasNot("hello")

	mail := r.get(a.link("hello"))
	inspect(t, mail)
	mail.has("Mail to carl@erp.example", "Guten Tag", "Assignee Carl Weber", "Send it after all", "550 no such user")
	r.post("/outbox/release?mail=m1&ticket=1").leads("/outbox/mail?done=released&mail=m1&ticket=1")
	r.get("/outbox?state=waiting").has("hello")
	if b := r.post("/outbox/release?mail=m1&ticket=1").want(http.StatusUnprocessableEntity); !strings.Contains(b.text(), "cannot be sent again") {
		t.Errorf("released twice:\n%s", b.text())
	}
	r.get("/outbox/mail?mail=m2&ticket=1").hasNot("Send it after all")
	r.send(http.MethodGet, "/outbox/mail?mail=nothing&ticket=1", nil).want(http.StatusNotFound)
	r.send(http.MethodGet, "/outbox?after=nothing", nil).want(http.StatusNotFound)
}

// TestBouncing: an address that mail came back from is shown and allowed again.
func TestBouncing(t *testing.T) {
	r := build(t, change{})
	r.outgoing(func(m *notify.Mail) { m.State = notify.Returned })
	r.get("/outbox/mail?mail=m1&ticket=1").hasNot("came back: nothing goes to it")
	r.must(r.store.Update(t.Context(), func(w storage.Writer) error {
		return w.Settings().Put(t.Context(), "bounced", "carl@erp.example", []byte("{}"))
	}))
	a := r.get("/outbox/mail?mail=m1&ticket=1").has("nothing goes to it any more")
	inspect(t, a)
	r.post("/outbox/clear?mail=m1&ticket=1").leads("/outbox/mail?done=cleared&mail=m1&ticket=1")
	if known, err := r.Bouncing(t.Context(), "Carl@ERP.example"); known || err != nil {
		t.Errorf("still bouncing: %t, %v", known, err)
	}
}

func TestNoSender(t *testing.T) {
	r := build(t, change{config: func(c *ticketmail.Config) { c.Sender = nil }})
	r.get("/outbox").has("has no mail exit")
}
