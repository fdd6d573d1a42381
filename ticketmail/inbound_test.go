package ticketmail_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// withServer builds a house whose mailbox is on a server in memory.
func withServer(t testing.TB, change func(*ticketmail.Config)) (house, *mailboxtest.Server) {
	server := mailboxtest.NewServer()
	h := build(t, func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
		if change != nil {
			change(c)
		}
	})
	if err := h.Consent(t.Context(), ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	return h, server
}

func (h house) poll() ticketmail.Report {
	h.t.Helper()
	r, err := h.Poll(h.t.Context(), "support")
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// journal returns "uid outcome ticket reason-codes" of every mail.
func (h house) journal() []string {
	h.t.Helper()
	var got []string
	h.view(func(r storage.Reader) error {
		for e, err := range r.Ledger().List(h.t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			line := fmt.Sprintf("%s %s", e.UID, e.Outcome)
			if e.Ticket != "" {
				line += " " + string(e.Ticket)
			}
			for _, reason := range e.Reasons {
				line += " " + reason.Code
			}
			got = append(got, line)
		}
		return nil
	})
	return got
}

// mail writes a mail; extra are further header lines.
func mail(from, subject, id, text string, extra ...string) string {
	head := []string{"From: " + from, "To: support@erp.example", "Subject: " + subject}
	if id != "" {
		head = append(head, "Message-ID: <"+id+">")
	}
	return strings.Join(append(head, extra...), "\r\n") + "\r\n\r\n" + text + "\r\n"
}

func TestInboundDecisions(t *testing.T) {
	const customer, carl, stranger = "Mia <mia@kunde.example>", "carl@erp.example", "x@elsewhere.example"
	type setting struct {
		h     house
		k     ticketmail.Ticket // assigned to bea, of contact mia
		token string
	}
	for name, tt := range map[string]struct {
		mails   func(s setting) []string
		journal []string
		mailed  []string // beyond those of making the ticket
	}{
		"new from nobody known": {
			func(setting) []string { return []string{mail(stranger, "help", "a@x", "text")} },
			[]string{"1 ticket 2 new"},
			[]string{"ticket_created bea@erp.example", "ticket_created carl@erp.example"},
		},
		"new from an employee: not told himself": {
			func(setting) []string { return []string{mail(carl, "help", "a@x", "text")} },
			[]string{"1 ticket 2 new"},
			[]string{"ticket_created bea@erp.example"},
		},
		"answer with the token": {
			func(s setting) []string {
				return []string{mail(customer, "AW: WG: "+s.token+" something else (urgent)", "a@x", "text")}
			},
			[]string{"1 comment 1 thread"},
			[]string{"comment_added bea@erp.example"},
		},
		"answer to our mail, subject changed": {
			func(s setting) []string {
				return []string{mail(customer, "no mark", "a@x", "text", "In-Reply-To: <"+s.h.Referencer().MessageID(s.k.ID, "m1", false)+">")}
			},
			[]string{"1 comment 1 thread"},
			[]string{"comment_added bea@erp.example"},
		},
		"wrong check code": {
			func(s setting) []string { return []string{mail(customer, "Re: [Ticket#1-00000000] x", "a@x", "text")} },
			[]string{"1 ticket 2 new"},
			[]string{"ticket_created bea@erp.example", "ticket_created carl@erp.example"},
		},
		"valid token of a stranger": {
			func(s setting) []string { return []string{mail(stranger, "Re: "+s.token+" x", "a@x", "text")} },
			[]string{"1 comment 1 thread stranger"},
			[]string{"comment_added bea@erp.example"},
		},
		"token of a ticket that is gone": {
			func(s setting) []string {
				return []string{mail(customer, "Re: "+s.h.Referencer().Token("999")+" x", "a@x", "text")}
			},
			[]string{"1 ticket 2 gone"},
			[]string{"ticket_created bea@erp.example", "ticket_created carl@erp.example"},
		},
		"two tickets proven": {
			func(s setting) []string {
				other := s.h.create(ticketmail.NewTicket{Assignee: "bea"})
				return []string{mail(customer, s.token+" x", "a@x", "text", "In-Reply-To: <"+s.h.Referencer().MessageID(other.ID, "m1", false)+">")}
			},
			[]string{"1 quarantine conflict"},
			nil,
		},
		"follow-up to one's own mail": {
			func(setting) []string {
				return []string{
					mail(stranger, "help", "a@x", "text"),
					mail(stranger, "Re: help", "b@x", "and another thing", "References: <a@x>"),
				}
			},
			[]string{"1 ticket 2 new", "2 comment 2 thread"},
			[]string{"ticket_created bea@erp.example", "ticket_created carl@erp.example"}, // no assignee: a comment mails nobody
		},
		"somebody else refers to that mail": {
			func(setting) []string {
				return []string{
					mail(stranger, "help", "a@x", "text"),
					mail("other@elsewhere.example", "Re: help", "b@x", "text", "References: <a@x>"),
				}
			},
			[]string{"1 ticket 2 new", "2 ticket 3 weak"},
			[]string{"ticket_created bea@erp.example", "ticket_created bea@erp.example", "ticket_created carl@erp.example", "ticket_created carl@erp.example"},
		},
		"the same mail twice": {
			func(setting) []string {
				return []string{
					mail(carl, "help", "a@x", "text"),
					"Received: from list\r\n" + mail(carl, "help", "a@x", "text"),
				}
			},
			[]string{"1 ticket 2 new", "2 record 2 duplicate"},
			[]string{"ticket_created bea@erp.example"},
		},
		"same id, other content": {
			func(setting) []string {
				return []string{mail(carl, "help", "a@x", "text"), mail(carl, "help", "a@x", "other text")}
			},
			[]string{"1 ticket 2 new", "2 ticket 3 new"},
			[]string{"ticket_created bea@erp.example", "ticket_created bea@erp.example"},
		},
		"our own mail comes back": {
			func(s setting) []string {
				return []string{mail("support@erp.example", "x", s.h.Referencer().MessageID(s.k.ID, "m1", false), "text")}
			},
			[]string{"1 record own-mail"},
			nil,
		},
		"claims to be ours": {
			func(setting) []string {
				return []string{mail(customer, "x", "1.m1.p.aaaaaaaaaaaaaaaaaaaaaaaa@erp.example", "text", "Precedence: bulk")}
			},
			[]string{"1 ticket 2 new automatic"},
			[]string{"ticket_created bea@erp.example", "ticket_created carl@erp.example"},
		},
		"automatic answer": {
			func(s setting) []string {
				return []string{mail(customer, s.token+" x", "a@x", "away", "Auto-Submitted: auto-replied")}
			},
			[]string{"1 comment 1 thread automatic"},
			[]string{"comment_added bea@erp.example"},
		},
		"nothing, and a loop": {
			func(setting) []string {
				return []string{"", strings.Repeat("Received: from a by b\r\n", 51) + mail(customer, "x", "a@x", "text")}
			},
			[]string{"1 quarantine empty", "2 quarantine loop"},
			nil,
		},
		"no sender, two senders": {
			func(s setting) []string {
				return []string{"Subject: who am I\r\n\r\ntext\r\n", "From: mia@kunde.example\r\n" + mail(carl, "help", "a@x", "text")}
			},
			[]string{"1 ticket 2 new", "2 ticket 3 new"},
			[]string{"ticket_created bea@erp.example", "ticket_created bea@erp.example", "ticket_created carl@erp.example", "ticket_created carl@erp.example"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, nil)
			s := setting{h: h, k: h.create(ticketmail.NewTicket{Assignee: "bea", CustomerContact: "mia"})}
			s.token = h.Referencer().Token(s.k.ID)
			for _, raw := range tt.mails(s) {
				server.Add("INBOX", raw)
			}
			before := len(h.mails())
			r := h.poll()
			if diff := cmp.Diff(tt.journal, h.journal()); diff != "" {
				t.Errorf("journal (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.mailed, sorted(h.since(before))); diff != "" {
				t.Errorf("mailed (-want +got):\n%s", diff)
			}
			if n := r.Tickets + r.Comments + r.Records + r.Quarantined; n != r.Received || r.Deleted != r.Received || len(server.UIDs("INBOX")) > 0 {
				t.Errorf("report %+v does not add up, or mail is left", r)
			}
			if again := h.poll(); again != (ticketmail.Report{}) {
				t.Errorf("a second poll did %+v", again)
			}
		})
	}
}

func TestInboundRawIsKept(t *testing.T) {
	h, server := withServer(t, nil)
	raw := "From: x@y.example\nno colon here\r\nSubject: a\x00b\r\n\r\n\xff\xfe bare\rCR\n"
	server.Add("INBOX", raw)
	h.poll()
	c := h.comments(h.tickets()[0].ID)[0]
	if c.Raw.SHA256 != sha256.Sum256([]byte(raw)) {
		t.Error("the raw mail's SHA-256 is not that of the bytes sent")
	}
	r, err := h.store.Open(t.Context(), c.Raw)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if got, err := io.ReadAll(r); err != nil || string(got) != raw {
		t.Errorf("raw = %q, %v", got, err)
	}
}

// TestEmptyBodyIsNoMail: a server that lists a size and sends nothing has not
// handed the mail over, so it is not removed.
func TestEmptyBodyIsNoMail(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", "")
	server.Announce("INBOX", "1", 500)
	server.Add("INBOX", mail("x@y.example", "help", "a@x", "text"))
	r := h.poll()
	if r.Tickets != 1 || r.Left != 1 || r.Received != 1 {
		t.Errorf("poll = %+v, want one ticket and one left", r)
	}
	if diff := cmp.Diff([]string{"1"}, server.UIDs("INBOX")); diff != "" {
		t.Errorf("on the server (-want +got):\n%s", diff)
	}
}

func TestInboundWho(t *testing.T) {
	preset := mailbox.Assignment{Mailbox: "support", Task: "helpdesk", Creator: "max", CustomerContact: "mia"}
	always := preset
	always.PresetAlways = true
	for name, tt := range map[string]struct {
		as               mailbox.Assignment
		from             string
		creator, contact string
	}{
		"employee":            {preset, "carl@erp.example", "carl", "mia"},
		"contact":             {preset, "MIA@kunde.example", "max", "mia"},
		"stranger":            {preset, "x@elsewhere.example", "max", "mia"},
		"employee who left":   {preset, "dora@erp.example", "max", "mia"},
		"employee, seed":      {always, "carl@erp.example", "max", "mia"},
		"name is no identity": {preset, `"carl@erp.example" <x@evil.example>`, "max", "mia"},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, func(c *ticketmail.Config) { c.Routes.Assignments[0] = tt.as })
			server.Add("INBOX", mail(tt.from, "help", "a@x", "text"))
			h.poll()
			k := h.tickets()[0]
			if string(k.Creator) != tt.creator || string(k.CustomerContact) != tt.contact {
				t.Errorf("creator %q, contact %q, want %q, %q", k.Creator, k.CustomerContact, tt.creator, tt.contact)
			}
			if k.Sender.Address == "" {
				t.Error("the sender's address is not kept")
			}
		})
	}
}

// TestInternalStaysInternal: an employee's answer to an internal mail is
// internal, by the signed id or because it was the last he got.
func TestInternalStaysInternal(t *testing.T) {
	h, server := withServer(t, nil)
	k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
	if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "out of warranty?", Internal: true}); err != nil {
		t.Fatal(err)
	}
	token := h.Referencer().Token(k.ID)
	id := h.Referencer().MessageID(k.ID, "m", true)
	server.Add("INBOX", mail("carl@erp.example", "Re: x", "a@x", "yes", "In-Reply-To: <"+id+">"))
	server.Add("INBOX", mail("carl@erp.example", "Re: "+token, "b@x", "yes indeed"))
	server.Add("INBOX", mail("mia@kunde.example", "Re: "+token, "c@x", "hello?"))
	server.Add("INBOX", mail("mia@kunde.example", "Re: x", "d@x", "forwarded to me", "In-Reply-To: <"+id+">"))
	h.poll()
	var got []bool
	for _, c := range h.comments(k.ID)[2:] {
		got = append(got, c.Internal)
	}
	if diff := cmp.Diff([]bool{true, true, false, true}, got); diff != "" {
		t.Errorf("internal (-want +got):\n%s", diff)
	}
}

func TestHooks(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) {
		c.Hooks.Route = func(_ context.Context, in ticketmail.Inbound) (ticketmail.Routing, error) {
			if strings.Contains(in.Message.Text, "invoice") {
				return ticketmail.Routing{Task: "elsewhere", Assignee: "max", Categories: []string{"billing"}, Reason: "speaks of an invoice"}, nil
			}
			if strings.Contains(in.Message.Text, "bug in the hook") {
				panic("bug in the hook")
			}
			return ticketmail.Routing{}, nil
		}
		c.Hooks.Scan = func(_ context.Context, a message.Attachment, content io.Reader) (string, error) {
			b, err := io.ReadAll(content)
			if strings.Contains(string(b), "EICAR") {
				return "virus", err
			}
			return "", err
		}
	})
	server.Add("INBOX", mail("x@y.example", "a", "a@x", "my invoice is wrong"))
	server.Add("INBOX", mail("x@y.example", "b", "b@x", "bug in the hook"))
	server.Add("INBOX", mail("x@y.example", "c", "c@x", "EICAR", "Content-Type: application/octet-stream; name=a.bin"))
	h.poll()
	want := []string{"1 ticket 1 new routed", "2 quarantine poison", "3 quarantine scan"}
	if diff := cmp.Diff(want, sorted(h.journal())); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	k := h.tickets()[0]
	if k.Task != "elsewhere" || k.Project != "other" || k.Assignee != "max" || len(k.Categories) != 1 {
		t.Errorf("routed ticket = %+v", k)
	}
}

// TestValidityChange: after a crash between commit and removal, and a new
// UIDVALIDITY, mails without Message-ID are still known by their bytes.
func TestValidityChange(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", mail("x@y.example", "a", "", "without id"))
	server.Add("INBOX", strings.Repeat("Received: from a by b\r\n", 51)+mail("x@y.example", "loop", "", "text"))
	server.FailCall(mailboxtest.OpRemove, 1, errors.New("cut"))
	if _, err := h.Poll(t.Context(), "support"); err == nil {
		t.Fatal("the poll did not notice the failed removal")
	}
	server.SetValidity("INBOX", 7)
	r := h.poll()
	if r.Records != 2 || r.Deleted != 2 || len(h.tickets()) != 1 {
		t.Errorf("poll = %+v, %d tickets, want both mails recognised", r, len(h.tickets()))
	}
	if r := h.poll(); r != (ticketmail.Report{}) {
		t.Errorf("a further poll did %+v", r)
	}
}

// TestReusedUID: another mail under a UID that was emptied is a mail of its own.
func TestReusedUID(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", mail("x@y.example", "a", "a@x", "first"))
	h.poll()
	server.SetValidity("INBOX", 1)
	server.Add("INBOX", mail("x@y.example", "b", "b@x", "second"))
	h.poll()
	server.SetValidity("INBOX", 1)
	server.Add("INBOX", mail("x@y.example", "a", "a@x", "first")) // the first is back
	if r := h.poll(); len(h.tickets()) != 2 || len(server.UIDs("INBOX")) != 0 {
		t.Errorf("%d tickets after %+v, want 2 and an empty folder", len(h.tickets()), r)
	}
}

// TestMailFromABouncingAddressClearsIt: who can write can probably be written to.
func TestMailFromABouncingAddressClearsIt(t *testing.T) {
	h, server := withServer(t, nil)
	k := h.create(ticketmail.NewTicket{Assignee: "carl"})
	h.sender.Fail("carl@erp.example", 1, &notify.RecipientError{Address: "carl@erp.example", Err: errors.New("no such user")})
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Add("INBOX", mail("carl@erp.example", "I am back", "a@x", "text"))
	h.poll()
	before := len(h.mails())
	if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "?"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"comment_added carl@erp.example"}, h.since(before)); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
}

// TestBounceIsRecorded: a report about our mail marks the address, so that
// the next notification goes down the chain; one about nothing of ours does not.
func TestBounceIsRecorded(t *testing.T) {
	h, server := withServer(t, nil)
	k := h.create(ticketmail.NewTicket{Assignee: "carl"})
	server.Add("INBOX", bounce("carl@erp.example", "somebody@elsewhere"))
	server.Add("INBOX", bounce("carl@erp.example", h.lastMessageID()))
	h.poll()
	want := []string{"1 ticket 2 new automatic", "2 record 1 bounce automatic"}
	if diff := cmp.Diff(want, h.journal()); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	before := len(h.mails())
	if _, err := h.AddComment(t.Context(), ticketmail.Actor{Person: "mia"}, k.ID, ticketmail.NewComment{Text: "hello?"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"comment_added bea@erp.example"}, h.since(before)); diff != "" {
		t.Errorf("mails after the bounce (-want +got):\n%s", diff)
	}
}

// TestReportsThatAreNoBounce: a warning or a receipt about our mail is recorded,
// a complaint is for people, and none of them marks the address.
func TestReportsThatAreNoBounce(t *testing.T) {
	for name, tt := range map[string]struct{ kind, part, want string }{
		"delayed":   {"delivery-status", "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; carl@erp.example\nAction: delayed\nStatus: 4.1.1\n", "1 record 1 delayed automatic"},
		"delivered": {"delivery-status", "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; carl@erp.example\nAction: relayed\nStatus: 2.1.5\n", "1 record 1 delivered automatic"},
		"read":      {"disposition-notification", "Final-Recipient: rfc822; carl@erp.example\nDisposition: automatic-action/MDN-sent-automatically; deleted\n", "1 record 1 receipt automatic"},
		"abuse":     {"feedback-report", "Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\nOriginal-Rcpt-To: carl@erp.example\n", "1 ticket 2 new automatic"},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, nil)
			k := h.create(ticketmail.NewTicket{Assignee: "carl"})
			server.Add("INBOX", report(tt.kind, tt.part, h.lastMessageID()))
			h.poll()
			if diff := cmp.Diff([]string{tt.want}, h.journal()); diff != "" {
				t.Errorf("journal (-want +got):\n%s", diff)
			}
			before := len(h.mails())
			if _, err := h.AddComment(t.Context(), ticketmail.Actor{Person: "mia"}, k.ID, ticketmail.NewComment{Text: "hello?"}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"comment_added carl@erp.example"}, h.since(before)); diff != "" {
				t.Errorf("mails after the report (-want +got):\n%s", diff)
			}
		})
	}
}

// lastMessageID returns the Message-ID of the outbox's last mail.
func (h house) lastMessageID() (id string) {
	h.view(func(r storage.Reader) error {
		for m, err := range r.Outbox().List(h.t.Context(), notify.MailQuery{}) {
			if err != nil {
				return err
			}
			id = m.MessageID
		}
		return nil
	})
	return id
}

func bounce(recipient, original string) string {
	return report("delivery-status", "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; "+recipient+"\nAction: failed\nStatus: 5.1.1\n", original)
}

// report is a mail system's report about the mail called original.
func report(kind, part, original string) string {
	return mail("MAILER-DAEMON@mx.example", "About your mail", kind+"-"+original, `--b
Content-Type: text/plain

Something became of your mail.
--b
Content-Type: message/`+kind+`

`+part+`
--b
Content-Type: text/rfc822-headers

Message-ID: <`+original+`>
--b--`, "Return-Path: <>", `Content-Type: multipart/report; report-type=`+kind+`; boundary=b`)
}

func TestPollGuards(t *testing.T) {
	t.Run("consent", func(t *testing.T) {
		server := mailboxtest.NewServer()
		server.Add("INBOX", mail("x@y.example", "old", "a@x", "old"))
		h := build(t, func(c *ticketmail.Config) {
			c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
		})
		_, err := h.Poll(t.Context(), "support")
		if c, ok := errors.AsType[*ticketmail.ConsentError](err); !ok || c.Mails != 1 {
			t.Fatalf("Poll = %v, want a ConsentError for one mail", err)
		}
		if server.Count(mailboxtest.OpFetch)+server.Count(mailboxtest.OpRemove) > 0 {
			t.Error("mail was touched without consent")
		}
		if err := h.Consent(t.Context(), ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
			t.Fatal(err)
		}
		if r := h.poll(); r.Tickets != 1 {
			t.Errorf("after consent: %+v", r)
		}
	})
	t.Run("empty at first needs none", func(t *testing.T) {
		server := mailboxtest.NewServer()
		h := build(t, func(c *ticketmail.Config) {
			c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
		})
		h.poll()
		server.Add("INBOX", mail("x@y.example", "new", "a@x", "new"))
		if r := h.poll(); r.Tickets != 1 {
			t.Errorf("poll = %+v", r)
		}
	})
	for name, tt := range map[string]struct {
		change func(*ticketmail.Config)
		want   error
	}{
		"volatile store": {func(c *ticketmail.Config) { c.AllowVolatileStore = false }, ticketmail.ErrVolatile},
		"inactive":       {func(c *ticketmail.Config) { c.Routes.Mailboxes[0].Inactive = true }, ticketmail.ErrInactive},
		"unassigned":     {func(c *ticketmail.Config) { c.Routes.Assignments = nil }, ticketmail.ErrUnassigned},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, tt.change)
			if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, tt.want) {
				t.Errorf("Poll = %v, want %v", err, tt.want)
			}
			if server.Count(mailboxtest.OpConnect) > 0 {
				t.Error("the server was contacted")
			}
		})
	}
	t.Run("leased elsewhere", func(t *testing.T) {
		h, server := withServer(t, nil)
		err := h.store.Update(t.Context(), func(w storage.Writer) error {
			_, err := w.Leases().Acquire(t.Context(), "mailbox/support", "another node", 1<<40, 0)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Poll(t.Context(), "support"); err == nil || server.Count(mailboxtest.OpConnect) > 0 {
			t.Errorf("Poll = %v, want a HeldError and no connection", err)
		}
	})
}
