package notify_test

import (
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// TestSeedRecipients is the seed's list of events, written down by hand from
// its text. Bea is the assignee or was the last one, anna the creator, kim
// the customer contact; bea and carl are the task's members.
func TestSeedRecipients(t *testing.T) {
	const anna, bea, carl, kim = "anna", "bea", "carl", "k-kim"
	type who = escalation.PersonID
	for name, tt := range map[string]struct {
		kind                                 notify.Kind
		creator, assignee, last, contact, by who
		want                                 string
	}{
		// 1. "Mit Bearbeiter: Der entsprechende Bearbeiter erhält eine E-Mail"
		"1 assignee":                     {notify.TicketCreated, anna, bea, "", "", anna, "bea"},
		"1 assignee, customer contact":   {notify.TicketCreated, anna, bea, "", kim, anna, "bea"},
		"1 assignee, by somebody else":   {notify.TicketCreated, anna, bea, "", "", carl, "bea"},
		"1 assignee, from outside":       {notify.TicketCreated, anna, bea, "", "", "", "bea"},
		"1 assignee created it himself":  {notify.TicketCreated, bea, bea, "", "", bea, ""}, // "Ausnahme"
		"1 no assignee":                  {notify.TicketCreated, anna, "", "", "", anna, "bea carl"},
		"1 no assignee, from outside":    {notify.TicketCreated, anna, "", "", "", "", "bea carl"},
		"1 no assignee, creator member":  {notify.TicketCreated, bea, "", "", "", bea, "carl"}, // "Der Ersteller wird nicht benachrichtigt"
		"1 preset creator did not do it": {notify.TicketCreated, bea, "", "", "", "", "bea carl"},

		// 2. "wird der Bearbeiter per E-Mail darüber informiert"
		"2 assignee":           {notify.CommentAdded, anna, bea, "", kim, anna, "bea"},
		"2 by customer":        {notify.CommentAdded, anna, bea, "", kim, kim, "bea"},
		"2 no assignee":        {notify.CommentAdded, anna, "", bea, kim, anna, ""},
		"2 assignee comments":  {notify.CommentAdded, anna, bea, "", kim, bea, ""}, // SkipActor
		"2 creator = assignee": {notify.CommentAdded, bea, bea, "", "", carl, "bea"},

		// 3. the same, internal
		"3 assignee":          {notify.InternalCommentAdded, anna, bea, "", kim, anna, "bea"},
		"3 no assignee":       {notify.InternalCommentAdded, anna, "", "", kim, anna, ""},
		"3 assignee comments": {notify.InternalCommentAdded, anna, bea, "", kim, bea, ""},
		"3 customer assigned": {notify.InternalCommentAdded, anna, kim, "", kim, anna, ""},

		// 4. "Der neue Bearbeiter erhält eine E-Mail"
		"4 new assignee":       {notify.AssigneeChanged, anna, bea, carl, "", anna, "bea"},
		"4 old assignee did":   {notify.AssigneeChanged, anna, bea, carl, "", carl, "bea"},
		"4 took it himself":    {notify.AssigneeChanged, anna, bea, carl, "", bea, ""}, // "Ausnahme"
		"4 assignee taken off": {notify.AssigneeChanged, anna, "", bea, "", anna, ""},

		// 5. "Beim Ändern der letzten Bemerkung (wenn aktiviert)"
		"5 assignee":      {notify.CommentEdited, anna, bea, "", kim, anna, "bea"},
		"5 assignee did":  {notify.CommentEdited, anna, bea, "", kim, bea, ""},
		"5 no assignee":   {notify.CommentEdited, anna, "", "", kim, anna, ""},
		"5 customer edit": {notify.CommentEdited, anna, bea, "", kim, kim, "bea"},

		// 6. "Der Ersteller erhält eine E-Mail ... Kundenansprechpartner ebenfalls"
		"6 creator":                  {notify.StatusDone, anna, bea, bea, "", bea, "anna"},
		"6 creator and contact":      {notify.StatusDone, anna, bea, bea, kim, bea, "anna k-kim"},
		"6 creator did it":           {notify.StatusDone, anna, anna, anna, "", anna, ""}, // "Ausnahme"
		"6 creator did it, contact":  {notify.StatusDone, anna, anna, anna, kim, anna, "k-kim"},
		"6 creator is the contact":   {notify.StatusDone, kim, bea, bea, kim, bea, "k-kim"},
		"6 no creator":               {notify.StatusDone, "", bea, bea, "", bea, ""},
		"6 no creator, but contact":  {notify.StatusDone, "", bea, bea, kim, bea, "k-kim"},
		"6 done without an assignee": {notify.StatusDone, anna, "", "", kim, carl, "anna k-kim"},

		// 7. "Der letzte Bearbeiter erhält eine E-Mail", no exception
		"7 last assignee":         {notify.StatusRejected, anna, bea, bea, "", anna, "bea"},
		"7 by contact":            {notify.StatusRejected, anna, bea, bea, kim, kim, "bea"},
		"7 assigned to nobody":    {notify.StatusRejected, anna, "", bea, "", anna, "bea"},
		"7 creator = last":        {notify.StatusRejected, bea, bea, bea, "", bea, "bea"},
		"7 never had an assignee": {notify.StatusRejected, anna, "", "", "", anna, ""},
		"7 last, not present one": {notify.StatusRejected, anna, carl, bea, "", anna, "bea"},

		// 8. "Der letzte Bearbeiter", unless he did it
		"8 last assignee":         {notify.StatusAccepted, anna, bea, bea, "", anna, "bea"},
		"8 by contact":            {notify.StatusAccepted, anna, bea, bea, kim, kim, "bea"},
		"8 creator = last, did":   {notify.StatusAccepted, bea, bea, bea, "", bea, ""}, // "Ausnahme"
		"8 last did, as manager":  {notify.StatusAccepted, anna, bea, bea, "", bea, ""},
		"8 assigned to nobody":    {notify.StatusAccepted, anna, "", bea, "", anna, "bea"},
		"8 never had an assignee": {notify.StatusAccepted, anna, "", "", "", anna, ""},
	} {
		for _, subtask := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				got := plan(t, everybody(), notify.Event{
					Kind: tt.kind, Actor: tt.by,
					Ticket: notify.TicketView{Ref: "1", Subtask: subtask, Creator: tt.creator, Assignee: tt.assignee, LastAssignee: tt.last, CustomerContact: tt.contact},
				}, nil)
				if told(got) != tt.want {
					t.Errorf("told %q, want %q; skipped %s", told(got), tt.want, skips(got))
				}
				if got.Nobody {
					t.Error("Nobody, but no chain had a reason to start")
				}
			})
		}
	}
}

// TestSeedEscalation: who is told when the one who is meant cannot be mailed.
func TestSeedEscalation(t *testing.T) {
	for name, tt := range map[string]struct {
		kind      notify.Kind
		ticket    notify.TicketView
		by        escalation.PersonID
		unmailed  []escalation.PersonID // left or without an address, in turn
		want      string
		nobody    bool
		tweakRule func(*notify.Rule)
	}{
		"assignee":                      {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "anna"}, unmailed: ids("anna"), want: "bea carl"},
		"assignee is a member":          {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, unmailed: ids("bea"), want: "carl"},
		"members cannot either":         {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, unmailed: ids("bea", "carl"), want: "dora"},
		"third group":                   {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, unmailed: ids("bea", "carl", "dora"), want: "emil"},
		"fourth group":                  {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, unmailed: ids("bea", "carl", "dora", "emil"), want: "fritz"},
		"fifth group":                   {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, unmailed: ids("bea", "carl", "dora", "emil", "fritz"), want: "gabi"},
		"sixth group":                   {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, unmailed: ids("bea", "carl", "dora", "emil", "fritz", "gabi"), want: "hans ina"},
		"nobody left":                   {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, unmailed: ids("bea", "carl", "dora", "emil", "fritz", "gabi", "hans", "ina"), nobody: true},
		"unknown assignee":              {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "zoe"}, want: "bea carl"},
		"actor is the only member left": {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, by: "carl", unmailed: ids("bea"), want: "dora"},
		"actor never, even if the actor is not skipped": {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, by: "carl", unmailed: ids("bea"), want: "dora",
			tweakRule: func(r *notify.Rule) { r.SkipActor = false }},
		"excepted assignee starts none": {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, by: "bea", unmailed: ids("bea"), want: ""},

		"last assignee":             {kind: notify.StatusRejected, ticket: notify.TicketView{LastAssignee: "anna"}, by: "k-kim", unmailed: ids("anna"), want: "bea carl"},
		"creator":                   {kind: notify.StatusDone, ticket: notify.TicketView{Creator: "anna"}, by: "bea", unmailed: ids("anna"), want: "carl"},
		"creator, contact told too": {kind: notify.StatusDone, ticket: notify.TicketView{Creator: "anna", CustomerContact: "k-kim"}, by: "dora", unmailed: ids("anna"), want: "bea carl k-kim"},
		"contact starts none":       {kind: notify.StatusDone, ticket: notify.TicketView{Creator: "anna", CustomerContact: "k-kim"}, by: "bea", unmailed: ids("k-kim"), want: "anna"},
		"extra person starts none": {kind: notify.StatusDone, ticket: notify.TicketView{Creator: "anna"}, by: "bea", unmailed: ids("gabi"), want: "anna",
			tweakRule: func(r *notify.Rule) { r.People = ids("gabi") }},
		"told as extra ends the chain": {kind: notify.CommentAdded, ticket: notify.TicketView{Assignee: "bea"}, by: "anna", unmailed: ids("bea"), want: "carl",
			tweakRule: func(r *notify.Rule) { r.People = ids("carl") }},

		"group, none mailable: the one after it": {kind: notify.TicketCreated, by: "anna", unmailed: ids("bea", "carl"), want: "dora"},
		"group, one mailable":                    {kind: notify.TicketCreated, by: "anna", unmailed: ids("bea"), want: "carl"},
		"group, the mailable one did it":         {kind: notify.TicketCreated, by: "bea", unmailed: ids("carl"), want: ""},
		"last group, none mailable": {kind: notify.TicketCreated, by: "anna", unmailed: ids("hans", "ina"), nobody: true,
			tweakRule: func(r *notify.Rule) { r.Unassigned = []notify.Role{"administrators"} }},
	} {
		t.Run(name, func(t *testing.T) {
			d := everybody()
			for i, id := range tt.unmailed {
				d.change(id, func(p *escalation.Person) {
					if i%2 == 0 {
						p.Left = true
					} else {
						p.Address = ""
					}
				})
			}
			got := plan(t, d, notify.Event{Kind: tt.kind, Ticket: tt.ticket, Actor: tt.by}, func(_ *notify.Planner, r *notify.Rule) {
				if tt.tweakRule != nil {
					tt.tweakRule(r)
				}
			})
			if told(got) != tt.want || got.Nobody != tt.nobody {
				t.Errorf("told %q, nobody %t; want %q, %t; skipped %s", told(got), got.Nobody, tt.want, tt.nobody, skips(got))
			}
		})
	}
}

func ids(list ...escalation.PersonID) []escalation.PersonID { return list }

func TestEmptyRoleStartsNoChain(t *testing.T) {
	d := everybody()
	d.groups[escalation.TaskMembers] = nil
	got := plan(t, d, notify.Event{Kind: notify.TicketCreated, Actor: "anna"}, nil)
	if told(got) != "" || got.Nobody || skips(got) != "task_members::empty" {
		t.Errorf("told %q, nobody %t, skipped %q", told(got), got.Nobody, skips(got))
	}
}

func TestInactiveRuleMailsNobody(t *testing.T) {
	got := plan(t, everybody(), notify.Event{Kind: notify.CommentAdded, Ticket: notify.TicketView{Assignee: "bea"}},
		func(_ *notify.Planner, r *notify.Rule) { r.Active = false })
	if len(got.Mails) != 0 {
		t.Errorf("told %q by an inactive rule", told(got))
	}
	if notify.DefaultRules()[notify.CommentEdited].Active {
		t.Error("event 5 is active by default; the seed has it off")
	}
}
