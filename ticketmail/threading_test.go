package ticketmail_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// statusOf returns the status of a ticket.
func (h house) get(id ticketmail.TicketID) ticketmail.Ticket {
	h.t.Helper()
	var k ticketmail.Ticket
	h.view(func(r storage.Reader) error {
		var err error
		k, err = r.Tickets().Get(h.t.Context(), id)
		return err
	})
	return k
}

// TestClosedTickets: what an answer on a closed ticket does is the project's
// choice; a machine's, a stranger's and an internal one never wake it.
func TestClosedTickets(t *testing.T) {
	const customer, stranger = "mia@kunde.example", "x@elsewhere.example"
	service := func(p ticketmail.ClosedPolicy) ticketmail.Threading {
		return ticketmail.Threading{ClosedIn: map[escalation.ProjectID]ticketmail.ClosedPolicy{"service": p}}
	}
	for name, tt := range map[string]struct {
		policy  ticketmail.Threading
		status  []ticketmail.Status // the way there
		from    string
		header  string
		want    ticketmail.Status
		tickets int
	}{
		"kept by default":            {ticketmail.Threading{}, []ticketmail.Status{"in_process", "done"}, customer, "", "done", 1},
		"reopened":                   {ticketmail.Threading{Closed: ticketmail.ClosedReopens}, []ticketmail.Status{"in_process", "done"}, customer, "", "in_process", 1},
		"accepted, reopened":         {ticketmail.Threading{Closed: ticketmail.ClosedReopens}, []ticketmail.Status{"in_process", "done", "accepted"}, customer, "", "in_process", 1},
		"rejected is open":           {ticketmail.Threading{Closed: ticketmail.ClosedOpens}, []ticketmail.Status{"in_process", "done", "rejected"}, customer, "", "rejected", 1},
		"a new one":                  {ticketmail.Threading{Closed: ticketmail.ClosedOpens}, []ticketmail.Status{"in_process", "done"}, customer, "", "done", 2},
		"in the project":             {service(ticketmail.ClosedReopens), []ticketmail.Status{"in_process", "done"}, customer, "", "in_process", 1},
		"an automatic mail":          {ticketmail.Threading{Closed: ticketmail.ClosedReopens}, []ticketmail.Status{"in_process", "done"}, customer, "Auto-Submitted: auto-replied", "done", 1},
		"automatic, no new one":      {ticketmail.Threading{Closed: ticketmail.ClosedOpens}, []ticketmail.Status{"in_process", "done"}, customer, "Auto-Submitted: auto-replied", "done", 1},
		"a stranger":                 {ticketmail.Threading{Closed: ticketmail.ClosedReopens}, []ticketmail.Status{"in_process", "done"}, stranger, "", "done", 1},
		"an open one is not touched": {ticketmail.Threading{Closed: ticketmail.ClosedReopens}, nil, customer, "", "new", 1},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, func(c *ticketmail.Config) { c.Threading = tt.policy })
			k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
			for _, s := range tt.status {
				if _, err := h.SetStatus(t.Context(), bea, k.ID, s); err != nil {
					t.Fatal(err)
				}
			}
			header := []string{"X: y"}
			if tt.header != "" {
				header = append(header, tt.header)
			}
			server.Add("INBOX", mail(tt.from, "Re: "+h.Referencer().Token(k.ID), "a@x", "It burns again.", header...))
			h.poll()
			all := h.tickets()
			if got := h.get(k.ID).Status; got != tt.want || len(all) != tt.tickets {
				t.Fatalf("status %s, %d tickets; want %s, %d", got, len(all), tt.want, tt.tickets)
			}
			if tt.tickets == 2 {
				if all[1].Follows != k.ID || all[1].CustomerContact != "mia" {
					t.Errorf("the new ticket = %+v, want one that follows %s", all[1], k.ID)
				}
			}
			if tt.want == "in_process" {
				if got := h.history(k.ID); got[len(got)-2] != "status in_process" {
					t.Errorf("history = %q", got)
				}
			}
		})
	}
}

// TestStrangers: what becomes of a mark that verifies, in a mail from somebody
// who takes no part.
func TestStrangers(t *testing.T) {
	for name, tt := range map[string]struct {
		policy ticketmail.StrangerPolicy
		want   ticketmail.Report
	}{
		"comment": {ticketmail.StrangerComments, ticketmail.Report{Received: 1, Comments: 1}},
		"held":    {ticketmail.StrangerHeld, ticketmail.Report{Received: 1, Quarantined: 1}},
		"new":     {ticketmail.StrangerOpens, ticketmail.Report{Received: 1, Tickets: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, func(c *ticketmail.Config) { c.Threading.Strangers = tt.policy })
			k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia", Text: "canary of the ticket"})
			before := len(h.mails())
			server.Add("INBOX", mail("x@elsewhere.example", "Re: "+h.Referencer().Token(k.ID), "a@x", "What is this?"))
			r := h.poll()
			if r.Comments != tt.want.Comments || r.Tickets != tt.want.Tickets || r.Quarantined != tt.want.Quarantined {
				t.Errorf("report = %+v, want %+v", r, tt.want)
			}
			h.deliver()
			for _, m := range h.since(before) {
				if strings.HasSuffix(m, "x@elsewhere.example") {
					t.Errorf("the stranger is told: %s", m)
				}
			}
			// He takes no part afterwards either: a weak mark does not count for him.
			server.Add("INBOX", mail("x@elsewhere.example", "Re: again", "b@x", "Hello?", "In-Reply-To: <a@x>"))
			if r := h.poll(); tt.policy == ticketmail.StrangerComments && r.Comments != 0 {
				t.Errorf("afterwards he counts as taking part: %+v", r)
			}
		})
	}
}

// TestForeignTokens: the marks of the system before count for those who take
// part in the imported ticket, and for nobody else.
func TestForeignTokens(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) {
		c.Threading.Foreign = []thread.Foreign{{Format: "[erp.example #{ref}]", Prefix: "rt"}}
	})
	h.create(ticketmail.NewTicket{ID: "rt17", CustomerContact: "mia"})
	server.Add("INBOX", mail("mia@kunde.example", "Re: [erp.example #17] Printer", "a@x", "It burns."))
	server.Add("INBOX", mail("x@elsewhere.example", "Re: [erp.example #17] Printer", "b@x", "Me too."))
	server.Add("INBOX", mail("mia@kunde.example", "Re: [erp.example #99] Printer", "c@x", "And this?"))
	if r := h.poll(); r.Comments != 1 || r.Tickets != 2 {
		t.Errorf("report = %+v, want one comment and two tickets", r)
	}
	_, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) { c.Threading.Foreign = []thread.Foreign{{Format: "x"}} }))
	if err == nil || !strings.Contains(err.Error(), "Config.Threading") {
		t.Errorf("a format that cannot be: %v", err)
	}
}

// TestPlusAddress: where subject and references are lost, the address tells.
func TestPlusAddress(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) { c.Threading.PlusAddress = true })
	k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
	if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "Which floor?", Reply: true}); err != nil {
		t.Fatal(err)
	}
	to := h.outgoing(notify.Reply)[0].ReplyTo
	if !strings.HasPrefix(to, "support+"+string(k.ID)+"-") {
		t.Fatalf("Reply-To = %s", to)
	}
	raw := func(from string) string {
		return strings.Replace(mail(from, "no subject of yours", "", "Second. "+from), "To: support@erp.example", "To: "+to, 1)
	}
	server.Add("INBOX", raw("mia@kunde.example"))
	server.Add("INBOX", raw("x@elsewhere.example"))
	if r := h.poll(); r.Comments != 1 || r.Tickets != 1 {
		t.Errorf("report = %+v, want a comment of the customer, and a ticket of whoever copied the address", r)
	}
	err := h.Forward(t.Context(), bea, k.ID, ticketmail.Forward{Comment: h.comments(k.ID)[0].ID, To: []string{to}})
	if u, ok := errors.AsType[*ticketmail.UndeliverableError](err); !ok || u.Reason != notify.IsPolled {
		t.Errorf("mail to our own address with a mark: %v", err)
	}
}

// TestMerge: answers on a merged ticket go to the other one, also along a chain.
func TestMerge(t *testing.T) {
	h, server := withServer(t, nil)
	a := h.create(ticketmail.NewTicket{CustomerContact: "mia"})
	b := h.create(ticketmail.NewTicket{})
	c := h.create(ticketmail.NewTicket{})
	merge := func(from, into ticketmail.TicketID) {
		t.Helper()
		if err := h.Merge(t.Context(), bea, from, into); err != nil {
			t.Fatal(err)
		}
	}
	merge(a.ID, b.ID)
	merge(b.ID, c.ID)
	server.Add("INBOX", mail("mia@kunde.example", "Re: "+h.Referencer().Token(a.ID), "m@x", "It burns."))
	h.poll()
	got := h.comments(c.ID)
	if len(got) != 2 || got[1].Stranger {
		t.Errorf("comments on the last ticket = %+v, want the answer of one who took part in the first", got)
	}
	if diff := cmp.Diff([]string{"created new", "absorbed " + string(a.ID), "merged_into " + string(c.ID)}, h.history(b.ID)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	_, err := h.AddComment(t.Context(), bea, a.ID, ticketmail.NewComment{Text: "x"})
	if m, ok := errors.AsType[*ticketmail.MergedError](err); !ok || m.Into != b.ID {
		t.Errorf("a comment on a merged ticket: %v", err)
	}
	for name, do := range map[string]func() error{
		"an edited comment": func() error {
			return errOf(h.EditComment(t.Context(), bea, a.ID, ticketmail.CommentEdit{Comment: h.comments(a.ID)[0].ID, Text: "x"}))
		},
		"a forward": func() error {
			return h.Forward(t.Context(), bea, a.ID, ticketmail.Forward{Comment: h.comments(a.ID)[0].ID, To: []string{"x@y.example"}})
		},
		"a status": func() error { return errOf(h.SetStatus(t.Context(), bea, a.ID, storage.InProcess)) },
	} {
		if _, ok := errors.AsType[*ticketmail.MergedError](do()); !ok {
			t.Errorf("%s of a merged ticket is not refused", name)
		}
	}
	server.Add("INBOX", looping("q@x"))
	h.poll()
	if e, err := h.Replay(t.Context(), bea, h.quarantined(), ticketmail.Verdict{Ticket: a.ID}); err != nil || e.Ticket != c.ID {
		t.Errorf("a verdict that names a merged ticket: %+v, %v", e, err)
	}
	for name, into := range map[string]ticketmail.TicketID{"itself": c.ID, "a merged one": b.ID} {
		if err := h.Merge(t.Context(), bea, c.ID, into); !errors.Is(err, ticketmail.ErrInvalid) {
			t.Errorf("merged into %s: %v", name, err)
		}
	}
	if err := h.Merge(t.Context(), bea, c.ID, "none"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("merged into nothing: %v", err)
	}
	merge(a.ID, "")
	server.Add("INBOX", mail("mia@kunde.example", "Re: "+h.Referencer().Token(a.ID), "n@x", "Again."))
	h.poll()
	if n := len(h.comments(a.ID)); n != 2 {
		t.Errorf("%d comments on the ticket that is its own again", n)
	}
}

// TestForwards: what an employee forwards becomes the ticket of whoever wrote
// it, if so configured, and is never answered to whom a mail merely names.
func TestForwards(t *testing.T) {
	forwarded := func(from, who string) string {
		return mail(from, "WG: Drucker", "f-"+from+who, "Bitte übernehmen.\r\n\r\nVon: Joe Doe [mailto:"+who+"]\r\nGesendet: Montag\r\nAn: Bea\r\nBetreff: Drucker\r\n\r\nEr brennt.")
	}
	for name, tt := range map[string]struct {
		on                       bool
		from, who                string
		sender, creator, contact string
	}{
		"off":              {false, "bea@erp.example", "mia@kunde.example", "bea@erp.example", "bea", ""},
		"a contact's mail": {true, "bea@erp.example", "mia@kunde.example", "mia@kunde.example", "bea", "mia"},
		"a stranger's":     {true, "bea@erp.example", "joe@outside.example", "joe@outside.example", "bea", ""},
		"an employee's":    {true, "bea@erp.example", "carl@erp.example", "carl@erp.example", "carl", ""},
		"by a customer":    {true, "mia@kunde.example", "joe@outside.example", "mia@kunde.example", "", "mia"},
		"our own address":  {true, "bea@erp.example", "support@erp.example", "bea@erp.example", "bea", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, func(c *ticketmail.Config) {
				c.Threading.Forwards = tt.on
				receipt := notify.ReceiptRule()
				receipt.Active = true
				c.Rules = map[notify.Kind]notify.Rule{notify.Receipt: receipt}
			})
			server.Add("INBOX", forwarded(tt.from, tt.who))
			h.poll()
			k := h.tickets()[0]
			if k.Sender.Address != tt.sender || string(k.Creator) != tt.creator || string(k.CustomerContact) != tt.contact {
				t.Errorf("ticket of %s, creator %q, contact %q; want %s, %q, %q", k.Sender.Address, k.Creator, k.CustomerContact, tt.sender, tt.creator, tt.contact)
			}
			for _, m := range h.outgoing(notify.Receipt) {
				if m.To.Address != tt.from {
					t.Errorf("a receipt went to %s, whom the mail merely names", m.To.Address)
				}
			}
			// The writer's answer finds the ticket by what is kept of him.
			if tt.on && tt.sender != tt.from {
				if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "Which floor?", Reply: true}); err != nil {
					t.Fatal(err)
				}
				if m := h.outgoing(notify.Reply)[0]; m.To.Address != tt.who {
					t.Errorf("the reply goes to %s", m.To.Address)
				}
			}
		})
	}
}
