package ticketmail_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestExplainTellsWhatHappens compares what Explain says before an action with
// what the action does.
func TestExplainTellsWhatHappens(t *testing.T) {
	for _, assignee := range []escalation.PersonID{"", "carl", "dora", "bea"} {
		for _, by := range []escalation.PersonID{"bea", "carl", "mia"} {
			h := build(t, nil)
			k := h.create(ticketmail.NewTicket{Assignee: assignee, CustomerContact: "mia"})
			before := len(h.mails())
			x, err := h.Explain(t.Context(), k.ID, notify.CommentAdded, ticketmail.Actor{Person: by})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(h.since(before)); n != 0 {
				t.Fatalf("Explain put %d mails into the outbox", n)
			}
			var said []string
			for _, m := range x.Mails {
				said = append(said, string(m.Event)+" "+m.To.Address)
				if len(m.Reasons) == 0 || m.ReplyTo != "support@erp.example" || m.Language == "" {
					t.Errorf("mail to %s is not explained: %+v", m.To.Address, m)
				}
			}
			if _, err := h.AddComment(t.Context(), ticketmail.Actor{Person: by}, k.ID, ticketmail.NewComment{Text: "x"}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(h.since(before), said); diff != "" {
				t.Errorf("assignee %q, actor %q: (-done +explained):\n%s", assignee, by, diff)
			}
		}
	}
}

func TestExplainNamesWhoIsSkipped(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{Assignee: "dora"})
	x, err := h.Explain(t.Context(), k.ID, notify.AssigneeChanged, bea)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(x.Skipped, func(s notify.Skip) bool { return s.Person == "dora" && s.Reason == escalation.Left }) {
		t.Errorf("skipped = %+v, want dora, who left", x.Skipped)
	}
	if len(x.Mails) != 1 || x.Mails[0].Person != "carl" {
		t.Errorf("mails = %+v, want the chain's first who can be mailed and is not the actor", x.Mails)
	}
}

func TestExplainRefuses(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{})
	for name, tt := range map[string]struct {
		id   ticketmail.TicketID
		kind notify.Kind
		by   escalation.PersonID
		want error
	}{
		"unknown ticket": {"99", notify.StatusDone, "bea", storage.ErrNotFound},
		"unknown event":  {k.ID, "exploded", "bea", ticketmail.ErrInvalid},
		"unknown actor":  {k.ID, notify.StatusDone, "nobody", escalation.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := h.Explain(t.Context(), tt.id, tt.kind, ticketmail.Actor{Person: tt.by}); !errors.Is(err, tt.want) {
				t.Errorf("Explain = %v, want %v", err, tt.want)
			}
		})
	}
	x, err := h.Explain(t.Context(), k.ID, notify.CommentEdited, bea)
	if err != nil || x.Rule.Active || len(x.Mails) > 0 {
		t.Errorf("an inactive rule: %+v, %v", x, err)
	}
}
