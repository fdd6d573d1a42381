package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail/console"
)

// loop is a mail that goes in circles, which is quarantine.
var loop = strings.Repeat("Received: from a.example by b.example; Thu, 01 Oct 2026 10:00:00 +0000\r\n", 60) + mailFrom("in circles", "<loop@b.example>", "round and round")

func mailFrom(subject, id, text string) string {
	return "From: Mia Kunde <mia@kunde.example>\r\nTo: support@erp.example\r\nSubject: " + subject + "\r\nMessage-ID: " + id + "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n"
}

// receive lets mails arrive in the mailbox of a rig with seed.
func (r *rig) receive(mails ...string) {
	r.t.Helper()
	if _, err := r.Poll(r.t.Context(), "support"); err != nil { // empty at first sight: what comes later needs no consent
		r.t.Fatal(err)
	}
	for _, m := range mails {
		r.server.Add("INBOX", m)
	}
	if _, err := r.Poll(r.t.Context(), "support"); err != nil {
		r.t.Fatal(err)
	}
}

// link returns where the first link leads whose text contains words.
func (a answer) link(words string) string {
	a.t.Helper()
	for n := range byID(a.doc, "main").Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" && strings.Contains(textOf(n), words) {
			return strings.TrimPrefix(attr(n, "href"), prefix)
		}
	}
	a.t.Fatalf("no link says %q:\n%s", words, a.text())
	return ""
}

func TestJournal(t *testing.T) {
	r := build(t, change{options: func(o *console.Options) {
		o.Ticket = func(id storage.TicketID) string { return "/tickets/" + string(id) }
	}})
	r.seed()
	r.receive(mailFrom("coffee is cold", "<one@b.example>", "It is."), loop)
	a := r.get("/journal")
	inspect(t, a)
	a.has("coffee is cold", "new ticket", "quarantine", "goes in circles", "Ticket 2")
	if got := a.link("Ticket 2"); got != "/tickets/2" {
		t.Errorf("the ticket leads to %s", got)
	}
	r.get("/journal?outcome=quarantine").has("in circles", "Mia Kunde <mia@kunde.example>").hasNot("coffee")
	r.get("/journal?outcome=ticket").has("coffee")
	r.get("/journal?text=ONE%40b").has("coffee")
	r.get("/journal?text=nothing").has("No mail fits this")
	r.get("/journal?mailbox=gone").has("No mail fits this", "gone")

	letter := r.get(a.link("coffee is cold"))
	inspect(t, letter)
	letter.has("Mail “coffee is cold”", "Mia Kunde <mia@kunde.example>", "It is.", "one@b.example", "INBOX")
	raw := r.get(letter.link("Download the original"))
	if !strings.HasPrefix(raw.body, "From: Mia Kunde") || raw.Header.Get("Content-Type") != "message/rfc822" ||
		!strings.HasPrefix(raw.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(raw.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("raw mail: %v\n%s", raw.Header, raw.body)
	}
	for _, bad := range []string{"/mail", "/mail?mail=x", "/mail?mail=" + url.QueryEscape("WyJhIiwiYiIsMSwiYyJd"), "/journal?after=x", "/mail/raw?mail=WyJhIiwiYiIsMSwiYyJd"} {
		r.send(http.MethodGet, bad, nil).want(http.StatusNotFound)
	}
}

// TestQuarantine: each decision does what it says.
func TestQuarantine(t *testing.T) {
	for name, tt := range map[string]struct {
		form    []string
		outcome mailbox.Outcome
	}{
		"again":   {[]string{"how", "again"}, mailbox.Quarantine},
		"ticket":  {[]string{"how", "ticket", "ticket", "1"}, mailbox.Comment},
		"task":    {[]string{"how", "task", "task", "sales"}, mailbox.Ticket},
		"discard": {[]string{"how", "discard", "why", "spam"}, mailbox.Record},
	} {
		t.Run(name, func(t *testing.T) {
			r := build(t, change{})
			r.seed()
			r.get("/quarantine").has("No mail waits")
			r.receive(loop)
			page := r.get("/quarantine")
			inspect(t, page)
			letter := r.get(page.link("in circles"))
			inspect(t, letter)
			letter.has("What shall become of it?", "round and round")
			query := strings.TrimPrefix(page.link("in circles"), "/mail")
			r.post("/mail/replay"+query, tt.form...).want(http.StatusSeeOther)
			after := r.get("/mail" + query)
			inspect(t, after)
			if tt.outcome != mailbox.Quarantine {
				after.hasNot("What shall become of it?")
				r.post("/mail/replay"+query, tt.form...).want(http.StatusUnprocessableEntity).has("decided about meanwhile")
			}
			found := false
			r.must(r.View(t.Context(), func(rd storage.Reader) error {
				for e, err := range rd.Ledger().List(t.Context(), mailbox.LedgerQuery{Outcome: tt.outcome}) {
					found = found || e.MessageID == "loop@b.example"
					if err != nil {
						return err
					}
				}
				return nil
			}))
			if !found {
				t.Errorf("the mail is not %s", tt.outcome)
			}
		})
	}
}

func TestBadDecisions(t *testing.T) {
	r := build(t, change{})
	r.seed()
	r.receive(loop)
	path := "/mail/replay" + strings.TrimPrefix(r.get("/quarantine").link("in circles"), "/mail")
	for name, tt := range map[string]struct {
		form         []string
		field, fault string
	}{
		"no ticket":      {[]string{"how", "ticket"}, "ticket", "fill this in"},
		"unknown ticket": {[]string{"how", "ticket", "ticket", "99"}, "ticket", "no such ticket"},
		"no task":        {[]string{"how", "task"}, "task", "fill this in"},
		"unknown task":   {[]string{"how", "task", "task", "zorro"}, "task", "does not know this task"},
		"no reason":      {[]string{"how", "discard"}, "why", "fill this in"},
	} {
		a := r.post(path, tt.form...)
		if got := a.fault(tt.field); !strings.Contains(got, tt.fault) {
			t.Errorf("%s: fault = %q, want %q", name, got, tt.fault)
		}
		inspect(t, a)
	}
	r.as.Person = "stranger"
	if got := r.post(path, "how", "discard", "why", "x").fault("how"); !strings.Contains(got, "directory knows") {
		t.Errorf("fault = %q", got)
	}
	r.as.Right = console.Read
	r.send(http.MethodGet, strings.Replace(path, "replay", "raw", 1), nil).want(http.StatusForbidden)
}

// TestPaging: every mail is on one page, in order, and the last leads back.
func TestPaging(t *testing.T) {
	r := build(t, change{})
	r.fill(120)
	seen, path := map[string]int{}, "/journal"
	pages := 0
	for ; path != ""; pages++ {
		a := r.get(path)
		inspect(t, a)
		path = ""
		for n := range byID(a.doc, "main").Descendants() {
			if n.Data == "a" && strings.Contains(attr(n, "href"), "/mail?mail=") {
				seen[attr(n, "href")]++
			}
			if n.Data == "a" && attr(n, "rel") == "next" {
				path = strings.TrimPrefix(attr(n, "href"), prefix)
			}
		}
	}
	if len(seen) != 120 || pages != 3 {
		t.Errorf("%d mails on %d pages", len(seen), pages)
	}
}

// fill writes n mails into the ledger, a minute apart, the last one now.
func (r *rig) fill(n int) {
	r.t.Helper()
	r.must(r.store.Update(r.t.Context(), func(w storage.Writer) error {
		for i := range n {
			e := &mailbox.Entry{
				Key: mailbox.Key{Mailbox: "support", Folder: "INBOX", Validity: 1, UID: fmt.Sprint(i + 1)}, Outcome: mailbox.Ticket,
				MessageID: fmt.Sprintf("m%d@b.example", i), Size: 1000, ReceivedAt: noon.Add(-time.Duration(n-1-i) * time.Minute),
				Reasons: []mailbox.Reason{{Code: "new", Text: "no mark of a ticket that verifies in subject or references"}},
			}
			if i%50 == 0 {
				e.Outcome = mailbox.Record
			}
			if err := w.Ledger().Put(r.t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	}))
}
