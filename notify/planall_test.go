package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// act is one action: the events of these kinds by the same actor at noon,
// each with the same ticket and an id of its own.
func act(ticket notify.TicketView, by escalation.PersonID, comment *notify.CommentView, kinds ...notify.Kind) []notify.Event {
	ticket.Ref, ticket.Subject = "4711", "Printer"
	var events []notify.Event
	for _, k := range kinds {
		events = append(events, notify.Event{
			ID: "event-" + string(k), Kind: k, Ticket: ticket, Comment: comment,
			Actor: by, ActorName: "Anna", At: noon,
		})
	}
	return events
}

func planAll(t *testing.T, d escalation.Directory, events []notify.Event, change func(map[notify.Kind]notify.Rule)) notify.Plan {
	t.Helper()
	rules := notify.DefaultRules()
	if change != nil {
		change(rules)
	}
	p := &notify.Planner{Directory: d, References: marks{}}
	got, err := p.PlanAll(t.Context(), events, func(k notify.Kind) notify.Rule { return rules[k] }, envelope)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// mailTo returns the only mail to a person.
func mailTo(t *testing.T, p notify.Plan, id escalation.PersonID) notify.Mail {
	t.Helper()
	var found []notify.Mail
	for _, m := range p.Mails {
		if m.Person == id {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d mails to %s, want 1; told %s", len(found), id, told(p))
	}
	return found[0]
}

// TestPlanAllTellsEachOnce: anna comments, sets the ticket to done and gives
// it to bea. Bea hears of the comment and the assignment, the creator dora and
// the contact kim of the status only.
func TestPlanAllTellsEachOnce(t *testing.T) {
	ticket := notify.TicketView{Creator: "dora", Assignee: "bea", CustomerContact: "k-kim", Status: "done"}
	comment := &notify.CommentView{ID: "c1", Author: "anna", AuthorName: "Anna", Text: "It is on fire."}
	events := act(ticket, "anna", comment, notify.CommentAdded, notify.StatusDone, notify.AssigneeChanged)
	got := planAll(t, everybody(), events, nil)
	if told(got) != "bea dora k-kim" {
		t.Fatalf("told %q", told(got))
	}

	bea := mailTo(t, got, "bea")
	want := `Hello Bea,

Several things happened to this ticket:

Anna added a comment on 2026-03-04 at 12:00:

It is on fire.

Anna changed the assignee. The new assignee is Bea.

Number: 4711 (ticket)
Subject: Printer
Status: done
Assignee: Bea
Created by: Dora
Customer contact: K-kim

Replies to support@corp.example are added to this ticket as comments.
`
	if diff := cmp.Diff(want, bea.Text); diff != "" {
		t.Errorf("text to bea (-want +got):\n%s", diff)
	}
	if bea.Event != notify.CommentAdded || bea.Template != notify.Several || bea.Comment != "c1" {
		t.Errorf("mail to bea: event %s, template %s, comment %q", bea.Event, bea.Template, bea.Comment)
	}
	wantReasons := []notify.Reason{
		{Code: "role", Text: "comment_added: assignee bea"}, {Code: "role", Text: "assignee_changed: assignee bea"}, envelope.Reasons[0],
	}
	if diff := cmp.Diff(wantReasons, bea.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	for _, id := range ids("dora", "k-kim") {
		alone := mailTo(t, planAll(t, everybody(), events[1:2], nil), id)
		if diff := cmp.Diff(alone, mailTo(t, got, id)); diff != "" {
			t.Errorf("%s is told of one event, but not by its own mail (-want +got):\n%s", id, diff)
		}
	}
	if again := planAll(t, everybody(), events, nil); !cmp.Equal(got, again) {
		t.Errorf("the same action planned twice differs:\n%s", cmp.Diff(got, again))
	}
}

func TestPlanAllOfOneIsPlan(t *testing.T) {
	d := everybody()
	d.change("bea", func(p *escalation.Person) { p.Left = true })
	for kind, rule := range notify.DefaultRules() {
		rule.Active = true
		ticket := notify.TicketView{Creator: "anna", Assignee: "bea", LastAssignee: "bea", CustomerContact: "k-kim"}
		events := act(ticket, "carl", &notify.CommentView{Text: "x"}, kind)
		p := &notify.Planner{Directory: d, References: marks{}}
		one, err := p.Plan(t.Context(), events[0], rule, envelope)
		if err != nil {
			t.Fatal(err)
		}
		all := planAll(t, d, events, func(rules map[notify.Kind]notify.Rule) { rules[kind] = rule })
		if diff := cmp.Diff(one, all); diff != "" || len(one.Mails) == 0 {
			t.Errorf("%s: %d mails; Plan and PlanAll differ:\n%s", kind, len(one.Mails), diff)
		}
	}
}

// TestPlanAllInternal: what is internal stays with employees, the rest of the
// same action reaches the customer.
func TestPlanAllInternal(t *testing.T) {
	everyRole := func(rules map[notify.Kind]notify.Rule) {
		for k, r := range rules {
			r.Roles, r.Unassigned = []notify.Role{notify.RoleAssignee, notify.RoleCustomerContact, notify.RoleSender}, nil
			rules[k] = r
		}
	}
	ticket := notify.TicketView{Assignee: "bea", CustomerContact: "k-kim", Sender: "new@outside.example", Status: "rejected"}
	events := act(ticket, "anna", nil, notify.InternalCommentAdded, notify.CommentAdded, notify.StatusRejected)
	events[0].Comment = &notify.CommentView{ID: "c1", Internal: true, AuthorName: "CANARY", Text: "CANARY", Files: []notify.Attachment{{Name: "CANARY"}}}
	events[1].Comment = &notify.CommentView{ID: "c2", AuthorName: "Anna", Text: "Public words."}
	events[2].Comment = events[0].Comment
	got := planAll(t, everybody(), events, everyRole)
	if told(got) != "bea k-kim new@outside.example" {
		t.Fatalf("told %q", told(got))
	}
	for _, m := range got.Mails {
		staff := m.Audience == notify.Staff
		if strings.Contains(m.Text, "CANARY") != staff || m.Internal != staff || strings.Contains(m.MessageID, "internal") != staff {
			t.Errorf("mail to %s (%s): internal %t, Message-ID %s, text:\n%s", m.To.Address, m.Audience, m.Internal, m.MessageID, m.Text)
		}
		if !strings.Contains(m.Text, "Public words.") || m.Template != notify.Several {
			t.Errorf("mail to %s misses the public part:\n%s", m.To.Address, m.Text)
		}
	}
	if text := mailTo(t, got, "bea").Text; strings.Count(text, "CANARY\n") != 2 { // its text and its file
		t.Errorf("the comment is not told once:\n%s", text)
	}
}

// TestPlanAllChains: being told of one event does not end the chain of another
// that nobody was told of, and nobody gets two mails all the same.
func TestPlanAllChains(t *testing.T) {
	d := everybody()
	d.change("anna", func(p *escalation.Person) { p.Left = true })
	// The assignee anna left: her chain tells bea and carl of the comment. The
	// creator carl is told of the status by his role.
	ticket := notify.TicketView{Assignee: "anna", Creator: "carl"}
	comment := &notify.CommentView{ID: "c1", Text: "It is on fire."}
	for name, kinds := range map[string][]notify.Kind{
		"chain first": {notify.CommentAdded, notify.StatusDone},
		"role first":  {notify.StatusDone, notify.CommentAdded},
	} {
		got := planAll(t, d, act(ticket, "fritz", comment, kinds...), nil)
		if told(got) != "bea carl" || got.Nobody {
			t.Errorf("%s: told %q, nobody %t", name, told(got), got.Nobody)
		}
		for _, words := range []string{"added a comment", "marked the ticket as done", "It is on fire."} {
			if text := mailTo(t, got, "carl").Text; strings.Count(text, words) != 1 {
				t.Errorf("%s: carl is not told once %q:\n%s", name, words, text)
			}
		}
		if text := mailTo(t, got, "bea").Text; strings.Contains(text, "marked") {
			t.Errorf("%s: bea is told of the status:\n%s", name, text)
		}
	}
	// Two chains of one action: one mail.
	ticket.LastAssignee = "anna"
	if got := planAll(t, d, act(ticket, "fritz", comment, notify.CommentAdded, notify.StatusRejected), nil); told(got) != "bea carl" {
		t.Errorf("two chains told %q", told(got))
	}
}

func TestPlanAllLanguagesAndOwnEvents(t *testing.T) {
	for tag, want := range map[string][]string{
		"de": {"Guten Tag Bea,", "Anna hat das Ticket abgenommen.", "Vorher: gestern\nJetzt: heute"},
		"fr": {"Bonjour Bea,", "Anna a validé le ticket.", "Avant : gestern\nMaintenant : heute"},
		"en": {"Hello Bea,", "Anna accepted the ticket.", "Before: gestern\nNow: heute"},
	} {
		d := everybody()
		d.change("bea", func(p *escalation.Person) { p.Language = tag })
		events := act(notify.TicketView{Assignee: "bea", LastAssignee: "bea"}, "anna", nil, notify.StatusAccepted, "overdue")
		events[1].Old, events[1].New = "gestern", "heute"
		got := planAll(t, d, events, func(rules map[notify.Kind]notify.Rule) {
			rules["overdue"] = notify.Rule{Kind: "overdue", Active: true, Roles: []notify.Role{notify.RoleAssignee}}
		})
		at := 0
		for _, words := range want {
			text := mailTo(t, got, "bea").Text
			i := strings.Index(text[at:], words)
			if i < 0 {
				t.Fatalf("%s: %q is not in its place:\n%s", tag, words, text)
			}
			at += i
		}
	}
}

func TestPlanAllEdges(t *testing.T) {
	if got := planAll(t, everybody(), nil, nil); len(got.Mails) != 0 {
		t.Errorf("no events told %q", told(got))
	}
	ticket := notify.TicketView{Assignee: "bea"}
	events := act(ticket, "anna", nil, notify.CommentAdded, notify.AssigneeChanged)
	events[1].At = noon.Add(time.Second)
	got := planAll(t, everybody(), events, func(rules map[notify.Kind]notify.Rule) {
		off := rules[notify.CommentAdded]
		off.Active = false
		rules[notify.CommentAdded] = off
	})
	if m := mailTo(t, got, "bea"); m.Template != "assignee_changed" || !m.Date.Equal(events[1].At) {
		t.Errorf("beside an inactive rule: template %s at %v", m.Template, m.Date)
	}
	events[1].Ticket.Ref = "4712"
	_, err := (&notify.Planner{Directory: everybody(), References: marks{}}).
		PlanAll(t.Context(), events, func(k notify.Kind) notify.Rule { return notify.DefaultRules()[k] }, envelope)
	if err == nil || !strings.HasPrefix(err.Error(), "events[1]: ") {
		t.Errorf("two tickets in one action: %v", err)
	}
}

// TestPlanAllSharedAddress: an employee and a contact with one address each
// get what they may see, the contact nothing that is internal.
func TestPlanAllSharedAddress(t *testing.T) {
	d := everybody()
	d.change("k-kim", func(p *escalation.Person) { p.Address = "bea@corp.example" })
	events := act(notify.TicketView{Assignee: "bea", CustomerContact: "k-kim", Creator: "anna"}, "carl", nil, notify.InternalCommentAdded, notify.StatusDone)
	events[0].Comment = &notify.CommentView{Internal: true, Text: "CANARY"}
	got := planAll(t, d, events, nil)
	if told(got) != "anna bea k-kim" || strings.Contains(mailTo(t, got, "k-kim").Text, "CANARY") {
		t.Errorf("told %q", told(got))
	}
}
