package notify_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

func TestPlanMail(t *testing.T) {
	d := everybody()
	d.change("bea", func(p *escalation.Person) { p.Left = true })
	d.change("carl", func(p *escalation.Person) { p.Address = "" })
	ev := notify.Event{
		Kind: notify.CommentAdded, Actor: "anna", ActorName: "Anna",
		Ticket:  notify.TicketView{Ref: "4711", Subject: "Printer", Status: "in_process", Creator: "anna", Assignee: "bea"},
		Comment: &notify.CommentView{ID: "c1", Author: "anna", AuthorName: "Anna", Text: "It is on fire.\r\nReally."},
	}
	got := plan(t, d, ev, nil)
	if len(got.Mails) != 1 {
		t.Fatalf("%d mails, want 1", len(got.Mails))
	}
	m := got.Mails[0]
	if !strings.Contains(m.Text, "Hello Dora,") || !strings.Contains(m.Text, "It is on fire.\nReally.") || strings.ContainsAny(m.Text, "\r{}") {
		t.Errorf("text:\n%s", m.Text)
	}
	want := notify.Mail{
		ID: m.ID, Event: notify.CommentAdded, Ticket: "4711", Comment: "c1", Person: "dora", Audience: notify.Staff,
		Language: "en", Template: "comment_added",
		From: envelope.From, ReplyTo: "support@corp.example", Subject: "[4711] Printer",
		MessageID: "4711." + m.ID + "@tickets.example", InReplyTo: "4711.root@tickets.example", References: []string{"4711.root@tickets.example"},
		Text: m.Text, Date: noon, Due: noon, State: notify.Waiting,
		Reasons: []notify.Reason{
			{Code: "skip", Text: "assignee bea cannot be mailed (left)"},
			{Code: "skip", Text: "bea of task_members passed over (left)"},
			{Code: "skip", Text: "carl of task_members passed over (no_address)"},
			{Code: "chain", Text: "task_managers told instead of assignee bea"},
			{Code: "reply-to", Text: "mailbox of the task"},
		},
		Causes: []notify.Cause{{Event: "event-1", Kind: notify.CommentAdded, Roles: []notify.Role{"task_managers"}}},
	}
	want.To.Name, want.To.Address = "Dora", "dora@corp.example"
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("mail (-want +got):\n%s", diff)
	}
	if want := "assignee:bea:left task_members:bea:left task_members:carl:no_address"; skips(got) != want {
		t.Errorf("skipped %q, want %q", skips(got), want)
	}
	if again := plan(t, d, ev, nil); !cmp.Equal(got, again) {
		t.Errorf("the same event planned twice differs:\n%s", cmp.Diff(got, again))
	}
	if len(m.ID) > 64 || strings.Trim(m.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		t.Errorf("id %q is not of a-z, 0-9 and dash", m.ID)
	}
}

func TestPlanIDs(t *testing.T) {
	ticket := notify.TicketView{Assignee: "bea"}
	id := func(event string, change func(*notify.Rule)) string {
		got := plan(t, everybody(), notify.Event{ID: event, Kind: notify.CommentAdded, Ticket: ticket}, func(_ *notify.Planner, r *notify.Rule) {
			if change != nil {
				change(r)
			}
		})
		return got.Mails[len(got.Mails)-1].ID
	}
	bea := id("a", nil)
	if id("a", nil) != bea {
		t.Error("the same event and recipient have different ids")
	}
	if id("b", nil) == bea || id("a", func(r *notify.Rule) { r.People = ids("carl") }) == bea {
		t.Error("another event or recipient has the same id")
	}
}

// TestPlanLimits holds what must never be mailed, and to whom.
func TestPlanLimits(t *testing.T) {
	ticket := notify.TicketView{Creator: "k-lea", Assignee: "bea", LastAssignee: "bea", CustomerContact: "k-kim", Sender: "new@outside.example"}
	all := func(p *notify.Planner, r *notify.Rule) {
		r.Roles = []notify.Role{notify.RoleCreator, notify.RoleAssignee, notify.RoleCustomerContact, notify.RoleSender}
		r.People = ids("carl", "k-lea")
		r.Addresses = []string{"list@partner.example", "team@corp.example", "dora@corp.example", "k-kim@customer.example"}
		p.InternalDomains = []string{"Corp.Example"}
	}
	for name, tt := range map[string]struct {
		ev    notify.Event
		more  func(*notify.Planner, *notify.Rule)
		want  string
		skips string
	}{
		"public": {
			ev:    notify.Event{Kind: notify.CommentAdded, Actor: "anna", Comment: &notify.CommentView{}},
			want:  "bea carl dora k-kim k-lea list@partner.example new@outside.example team@corp.example",
			skips: ":k-lea:told :k-kim:told",
		},
		"internal event": {
			ev:    notify.Event{Kind: notify.InternalCommentAdded, Actor: "anna", Comment: &notify.CommentView{Internal: true}},
			want:  "bea carl dora team@corp.example",
			skips: "creator:k-lea:not_staff customer_contact:k-kim:not_staff sender:new@outside.example:not_staff :k-lea:not_staff :list@partner.example:not_staff :k-kim:not_staff",
		},
		"internal comment edited": {
			ev:    notify.Event{Kind: notify.CommentEdited, Actor: "anna", Comment: &notify.CommentView{Internal: true}},
			want:  "bea carl dora team@corp.example",
			skips: "creator:k-lea:not_staff customer_contact:k-kim:not_staff sender:new@outside.example:not_staff :k-lea:not_staff :list@partner.example:not_staff :k-kim:not_staff",
		},
		"automatic": {
			ev:    notify.Event{Kind: notify.CommentAdded, ActorAddress: "new@outside.example", Automatic: true, Comment: &notify.CommentView{}},
			want:  "bea carl dora team@corp.example",
			skips: "creator:k-lea:automatic customer_contact:k-kim:automatic sender:new@outside.example:actor :k-lea:automatic :list@partner.example:automatic :k-kim:automatic",
		},
		"own address wrote it": {
			ev: notify.Event{Kind: notify.CommentAdded, ActorAddress: "BEA@corp.example", Comment: &notify.CommentView{}},
			more: func(_ *notify.Planner, r *notify.Rule) {
				r.SkipActor, r.Roles, r.People, r.Addresses = false, []notify.Role{notify.RoleAssignee}, nil, nil
			},
			skips: "assignee:bea:actor",
		},
		"polled and bouncing": {
			ev: notify.Event{Kind: notify.CommentAdded, Actor: "anna", Comment: &notify.CommentView{}},
			more: func(p *notify.Planner, r *notify.Rule) {
				r.Roles, r.People = []notify.Role{notify.RoleSender}, ids("carl")
				r.Addresses = []string{"team@corp.example", "fine@corp.example"}
				p.Polled = func(a string) bool { return a == "team@corp.example" || a == "new@outside.example" }
				p.Bouncing = func(a string) bool { return a == "carl@corp.example" }
			},
			want:  "fine@corp.example",
			skips: "sender:new@outside.example:polled :carl:bouncing :team@corp.example:polled",
		},
		"hostile address": {
			ev: notify.Event{Kind: notify.CommentAdded, Actor: "anna", Comment: &notify.CommentView{}},
			more: func(_ *notify.Planner, r *notify.Rule) {
				r.Roles, r.People, r.Addresses = nil, nil, []string{"a@b.example>\r\nRCPT TO:<v@x.example"}
			},
			skips: ":a@b.example>\r\nRCPT TO:<v@x.example:address",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tt.ev.Ticket = ticket
			got := plan(t, everybody(), tt.ev, func(p *notify.Planner, r *notify.Rule) {
				all(p, r)
				if tt.more != nil {
					tt.more(p, r)
				}
			})
			if told(got) != tt.want {
				t.Errorf("told    %q\nwant    %q", told(got), tt.want)
			}
			if skips(got) != tt.skips {
				t.Errorf("skipped %q\nwant    %q", skips(got), tt.skips)
			}
		})
	}
}

// TestPlanChainKeepsLimits: whoever the chain finds is an employee where the
// event is internal or automatic, and never the address that wrote.
func TestPlanChainKeepsLimits(t *testing.T) {
	for name, ev := range map[string]notify.Event{
		"internal":  {Kind: notify.InternalCommentAdded},
		"automatic": {Kind: notify.CommentAdded, Automatic: true},
	} {
		d := everybody()
		d.groups[escalation.TaskMembers] = ids("k-kim")
		d.groups[escalation.TaskManagers] = ids("k-lea", "dora")
		d.change("bea", func(p *escalation.Person) { p.Left = true })
		ev.Ticket.Assignee = "bea"
		if got := plan(t, d, ev, nil); told(got) != "dora" {
			t.Errorf("%s: told %q, want dora", name, told(got))
		}
		ev.ActorAddress = "dora@corp.example"
		if got := plan(t, d, ev, nil); told(got) != "emil" {
			t.Errorf("%s by dora's mail: told %q, want emil", name, told(got))
		}
	}
}

// TestPlanHidesInternalComment: a change with an internal comment tells
// customers of the change and staff of both.
func TestPlanHidesInternalComment(t *testing.T) {
	got := plan(t, everybody(), notify.Event{
		Kind: notify.StatusDone, Actor: "bea",
		Ticket:  notify.TicketView{Creator: "anna", CustomerContact: "k-kim", Sender: "secret@sender.example"},
		Comment: &notify.CommentView{Internal: true, Text: "CANARY", AuthorName: "CANARY", Files: []notify.Attachment{{Name: "CANARY"}}},
	}, nil)
	if told(got) != "anna k-kim" {
		t.Fatalf("told %q", told(got))
	}
	for _, m := range got.Mails {
		sees := strings.Contains(m.Text+m.HTML+m.Subject, "CANARY")
		if sees != (m.Audience == notify.Staff) {
			t.Errorf("mail to %s (%s) shows the internal comment: %t", m.Person, m.Audience, sees)
		}
		if strings.Contains(m.MessageID, "internal") != sees {
			t.Errorf("mail to %s has Message-ID %s, shows the internal comment: %t", m.Person, m.MessageID, sees)
		}
		if m.Audience != notify.Staff && strings.Contains(m.Text, "secret@sender.example") {
			t.Errorf("mail to %s shows the sender's address", m.Person)
		}
	}
}

func TestPlanThreadsForTheWriterOnly(t *testing.T) {
	got := plan(t, everybody(), notify.Event{
		Kind: notify.CommentAdded, Actor: "anna",
		Ticket:  notify.TicketView{Assignee: "bea", Sender: "new@outside.example"},
		Comment: &notify.CommentView{AuthorName: "bea@corp.example", AuthorAddress: "New@outside.example", MessageID: "theirs@outside.example"},
	}, func(_ *notify.Planner, r *notify.Rule) { r.Roles = append(r.Roles, notify.RoleSender) })
	if told(got) != "bea new@outside.example" {
		t.Fatalf("told %q", told(got))
	}
	if m := got.Mails[0]; strings.Contains(strings.Join(m.References, " ")+m.InReplyTo, "theirs") {
		t.Error("the writer's Message-ID went to somebody else")
	}
	if m := got.Mails[1]; m.InReplyTo != "theirs@outside.example" || len(m.References) != 2 {
		t.Errorf("to the writer: In-Reply-To %q, References %q", m.InReplyTo, m.References)
	}
}

// TestPlanHidesInternalMessageID: a contact who wrote what became internal is
// not told the id of that mail either.
func TestPlanHidesInternalMessageID(t *testing.T) {
	got := plan(t, everybody(), notify.Event{
		Kind: notify.StatusDone, Actor: "bea", Ticket: notify.TicketView{Creator: "anna", CustomerContact: "k-kim"},
		Comment: &notify.CommentView{Internal: true, Author: "k-kim", MessageID: "theirs@outside.example"},
	}, nil)
	if m := mailTo(t, got, "k-kim"); strings.Contains(strings.Join(m.References, " ")+m.InReplyTo, "theirs") {
		t.Errorf("In-Reply-To %q, References %q", m.InReplyTo, m.References)
	}
}

func TestPlanLanguage(t *testing.T) {
	for name, tt := range map[string]struct{ person, project, company, want string }{
		"person":            {"fr", "de", "en", "fr"},
		"dialect":           {"de-AT", "fr", "en", "de"},
		"project":           {"", "fr", "de", "fr"},
		"company":           {"", "", "de", "de"},
		"english":           {"", "", "", "en"},
		"unknown to us":     {"ja", "fr", "de", "fr"},
		"not a tag":         {"!!", "", "de", "de"},
		"the last resort":   {"ja", "ko", "zh", "de"},
		"case and dashes":   {"DE_ch", "", "en", "de"},
		"undetermined tags": {"und", "und", "fr", "fr"},
	} {
		d := everybody()
		d.change("bea", func(p *escalation.Person) { p.Language = tt.person })
		ticket := notify.TicketView{Assignee: "bea", Status: "done", Place: escalation.Place{Language: tt.project}}
		got := plan(t, d, notify.Event{Kind: notify.CommentAdded, Ticket: ticket}, func(p *notify.Planner, _ *notify.Rule) { p.Language = tt.company })
		if m := got.Mails[0]; m.Language != tt.want {
			t.Errorf("%s: %q, want %q", name, m.Language, tt.want)
		}
	}
}

func TestPlanErrors(t *testing.T) {
	broken := errors.New("directory is down")
	for name, tt := range map[string]struct {
		planner notify.Planner
		env     notify.Envelope
		field   string // of the *InvalidError; empty: broken
	}{
		"directory fails": {notify.Planner{Directory: &staff{err: broken}, References: marks{}}, envelope, ""},
		"no directory":    {notify.Planner{References: marks{}}, envelope, "Directory"},
		"no references":   {notify.Planner{Directory: everybody()}, envelope, "References"},
		"no sender":       {notify.Planner{Directory: everybody(), References: marks{}}, notify.Envelope{}, "From"},
		"two lines":       {notify.Planner{Directory: everybody(), References: marks{}}, notify.Envelope{From: envelope.From, ReplyTo: "a@b.example\r\nBcc: c@d.example"}, "ReplyTo"},
	} {
		_, err := tt.planner.Plan(t.Context(), notify.Event{ID: "1", Kind: notify.CommentAdded, Ticket: notify.TicketView{Assignee: "bea"}}, notify.DefaultRules()[notify.CommentAdded], tt.env)
		if tt.field == "" {
			if !errors.Is(err, broken) {
				t.Errorf("%s: %v, want the directory's error", name, err)
			}
			continue
		}
		if inv, ok := errors.AsType[*notify.InvalidError](err); !ok || inv.Field != tt.field {
			t.Errorf("%s: %v, want an InvalidError of %s", name, err, tt.field)
		}
	}
}
