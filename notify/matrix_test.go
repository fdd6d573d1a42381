package notify_test

import (
	"fmt"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// TestSeedMatrix is every event, with and without an assignee, done by
// whoever the exception names and by somebody else, in every status in which
// it can happen. The recipients are written by hand from the seed's text.
//
// Anna created the ticket, bea is or was its assignee, kim is the customer
// contact; bea and carl are the task's members; dora is none of them.
func TestSeedMatrix(t *testing.T) {
	anyStatus := []string{"new", "in_process", "done", "rejected", "accepted"}
	type row struct {
		by   escalation.PersonID
		want string
	}
	for _, event := range []struct {
		kind     notify.Kind
		statuses []string
		with     []row // Bearbeiter: bea
		without  []row
	}{
		// "Mit Bearbeiter: Der entsprechende Bearbeiter ... Ausnahme: Der
		// Bearbeiter hat das Ticket selbst erstellt. Ohne Bearbeiter: Alle
		// Vorgangsmitarbeiter ... Ausnahme: Der Ersteller"
		{notify.TicketCreated, []string{"new"},
			[]row{{"dora", "bea"}, {"bea", ""}, {"k-kim", "bea"}, {"", "bea"}},
			[]row{{"dora", "bea carl"}, {"bea", "carl"}, {"carl", "bea"}, {"", "bea carl"}}},
		// "wird der Bearbeiter per E-Mail darüber informiert"
		{notify.CommentAdded, anyStatus,
			[]row{{"dora", "bea"}, {"bea", ""}, {"k-kim", "bea"}, {"", "bea"}},
			[]row{{"dora", ""}, {"bea", ""}}},
		{notify.InternalCommentAdded, anyStatus,
			[]row{{"dora", "bea"}, {"bea", ""}},
			[]row{{"dora", ""}, {"bea", ""}}},
		// "(in jedem Status) Der neue Bearbeiter ... Ausnahme: Der neue
		// Bearbeiter hat den Bearbeiter-Wechsel durchgeführt"
		{notify.AssigneeChanged, anyStatus,
			[]row{{"dora", "bea"}, {"bea", ""}},
			[]row{{"dora", ""}, {"bea", ""}}},
		{notify.CommentEdited, anyStatus,
			[]row{{"dora", "bea"}, {"bea", ""}},
			[]row{{"dora", ""}, {"bea", ""}}},
		// "Der Ersteller ... Ausnahme: Der Ersteller hat ... selbst ...
		// Kundenansprechpartner ... ebenfalls"
		{notify.StatusDone, []string{"done"},
			[]row{{"bea", "anna k-kim"}, {"anna", "k-kim"}, {"dora", "anna k-kim"}},
			[]row{{"dora", "anna k-kim"}, {"anna", "k-kim"}}},
		// "Der letzte Bearbeiter", and no exception
		{notify.StatusRejected, []string{"rejected"},
			[]row{{"anna", "bea"}, {"k-kim", "bea"}, {"bea", "bea"}},
			[]row{{"anna", "bea"}, {"k-kim", "bea"}, {"bea", "bea"}}},
		// "Der letzte Bearbeiter ... Ausnahme: Der letzte Bearbeiter hat den
		// Status selbst ... gesetzt"
		{notify.StatusAccepted, []string{"accepted"},
			[]row{{"anna", "bea"}, {"k-kim", "bea"}, {"bea", ""}, {"dora", "bea"}},
			[]row{{"anna", "bea"}, {"k-kim", "bea"}, {"bea", ""}}},
	} {
		for assignee, rows := range map[escalation.PersonID][]row{"bea": event.with, "": event.without} {
			for _, r := range rows {
				for _, status := range event.statuses {
					for _, subtask := range []bool{false, true} {
						name := fmt.Sprintf("%s, assignee %q, by %q, %s, subtask %t", event.kind, assignee, r.by, status, subtask)
						got := plan(t, everybody(), notify.Event{
							Kind: event.kind, Actor: r.by,
							Ticket: notify.TicketView{
								Ref: "1", Status: status, Subtask: subtask, Creator: "anna", Assignee: assignee,
								LastAssignee: "bea", CustomerContact: "k-kim",
							},
						}, nil)
						if told(got) != r.want || got.Nobody {
							t.Errorf("%s: told %q, nobody %t, want %q", name, told(got), got.Nobody, r.want)
						}
					}
				}
			}
		}
	}
}

// TestSkipActorBothWays: where the seed names no exception, hosts may tell
// the actor as well; and where it does they may too.
func TestSkipActorBothWays(t *testing.T) {
	for _, tt := range []struct {
		kind    notify.Kind
		by      escalation.PersonID
		skipped string // told with SkipActor
		all     string // and without
	}{
		{notify.TicketCreated, "bea", "", "bea"},
		{notify.CommentAdded, "bea", "", "bea"},
		{notify.InternalCommentAdded, "bea", "", "bea"},
		{notify.AssigneeChanged, "bea", "", "bea"},
		{notify.CommentEdited, "bea", "", "bea"},
		{notify.StatusDone, "anna", "k-kim", "anna k-kim"},
		{notify.StatusDone, "k-kim", "anna", "anna k-kim"},
		{notify.StatusRejected, "bea", "", "bea"},
		{notify.StatusAccepted, "bea", "", "bea"},
	} {
		for skip, want := range map[bool]string{true: tt.skipped, false: tt.all} {
			ticket := notify.TicketView{Creator: "anna", Assignee: "bea", LastAssignee: "bea", CustomerContact: "k-kim"}
			got := plan(t, everybody(), notify.Event{Kind: tt.kind, Actor: tt.by, Ticket: ticket}, func(_ *notify.Planner, r *notify.Rule) { r.SkipActor = skip })
			if told(got) != want {
				t.Errorf("%s by %s, SkipActor %t: told %q, want %q", tt.kind, tt.by, skip, told(got), want)
			}
		}
	}
}
