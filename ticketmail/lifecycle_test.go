package ticketmail_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

var statuses = []ticketmail.Status{storage.New, storage.InProcess, storage.Done, storage.Rejected, storage.Accepted}

// at returns a ticket of creator mia in a status, in bea's hands.
func (h house) at(s ticketmail.Status) ticketmail.Ticket {
	h.t.Helper()
	k, err := h.CreateTicket(h.t.Context(), ticketmail.Actor{Person: "mia"}, ticketmail.NewTicket{Subject: "x", Task: "helpdesk", Assignee: "bea"})
	if err != nil {
		h.t.Fatal(err)
	}
	way := map[ticketmail.Status][]ticketmail.Status{
		storage.InProcess: {storage.InProcess},
		storage.Done:      {storage.InProcess, storage.Done},
		storage.Rejected:  {storage.InProcess, storage.Done, storage.Rejected},
		storage.Accepted:  {storage.InProcess, storage.Done, storage.Accepted},
	}
	for _, step := range way[s] {
		if k, err = h.SetStatus(h.t.Context(), ticketmail.Actor{}, k.ID, step); err != nil {
			h.t.Fatal(err)
		}
	}
	return k
}

// TestTransitions writes the table of the package's documentation down once
// more and tries every pair.
func TestTransitions(t *testing.T) {
	allowed := []string{
		"new in_process", "in_process done", "done accepted", "done rejected", "done in_process",
		"rejected in_process", "accepted in_process",
	}
	for _, from := range statuses {
		for _, to := range statuses {
			if from == to {
				continue
			}
			t.Run(fmt.Sprintf("%s to %s", from, to), func(t *testing.T) {
				h := build(t, nil)
				k := h.at(from)
				_, err := h.SetStatus(t.Context(), ticketmail.Actor{Person: "mia"}, k.ID, to)
				refused, isRefused := errors.AsType[*ticketmail.TransitionError](err)
				if slices.Contains(allowed, fmt.Sprintf("%s %s", from, to)) {
					if err != nil {
						t.Errorf("refused: %v", err)
					}
				} else if !isRefused || refused.From != from || refused.To != to {
					t.Errorf("SetStatus = %v, want a TransitionError", err)
				}
			})
		}
	}
}

func TestRights(t *testing.T) {
	for _, tt := range []struct {
		to     ticketmail.Status
		by     escalation.PersonID
		ok     bool
		letter bool // AcceptByCustomerOnly
	}{
		{storage.Rejected, "mia", true, false},  // the creator
		{storage.Rejected, "carl", true, false}, // the customer contact, here
		{storage.Rejected, "bea", false, false}, // the assignee
		{storage.Rejected, "max", false, false}, // administrator and project manager
		{storage.Accepted, "mia", true, false},
		{storage.Accepted, "carl", true, false},
		{storage.Accepted, "bea", false, false},
		{storage.Accepted, "max", true, false},
		{storage.Accepted, "max", false, true},
		{storage.Accepted, "mia", true, true},
		{storage.Accepted, "", true, false}, // the system
	} {
		t.Run(fmt.Sprintf("%s by %q, letter %t", tt.to, tt.by, tt.letter), func(t *testing.T) {
			h := build(t, func(c *ticketmail.Config) { c.Lifecycle.AcceptByCustomerOnly = tt.letter })
			k := h.at(storage.Done)
			contact := escalation.PersonID("carl")
			if _, err := h.Edit(t.Context(), bea, k.ID, ticketmail.Edit{CustomerContact: &contact}); err != nil {
				t.Fatal(err)
			}
			_, err := h.SetStatus(t.Context(), ticketmail.Actor{Person: tt.by}, k.ID, tt.to)
			if _, refused := errors.AsType[*ticketmail.RightError](err); refused == tt.ok || tt.ok && err != nil {
				t.Errorf("SetStatus = %v, want ok %t", err, tt.ok)
			}
		})
	}
}

// TestLetterLetsTheLastAssigneeAccept: the seed's explanation of event 8.
func TestLetterLetsTheLastAssigneeAccept(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) { c.Lifecycle.AcceptByCustomerOnly = true })
	k := h.at(storage.Done)
	if _, err := h.Assign(t.Context(), bea, k.ID, "max"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SetStatus(t.Context(), ticketmail.Actor{Person: "max"}, k.ID, storage.Accepted); err != nil {
		t.Errorf("the last assignee, an administrator, may not accept: %v", err)
	}
}

func TestTakingANewTicketMakesTheActorItsAssignee(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{})
	k, err := h.SetStatus(t.Context(), ticketmail.Actor{Person: "carl"}, k.ID, storage.InProcess)
	if err != nil || k.Assignee != "carl" || k.LastAssignee != "carl" {
		t.Errorf("ticket = %+v, %v, want carl as assignee", k, err)
	}
	if k, err = h.Assign(t.Context(), bea, k.ID, ""); err != nil || k.Assignee != "" || k.LastAssignee != "carl" {
		t.Errorf("ticket = %+v, %v, want carl remembered", k, err)
	}
}

func TestStaleEditIsRefused(t *testing.T) {
	h := build(t, nil)
	seen := h.create(ticketmail.NewTicket{})
	if _, err := h.Assign(t.Context(), bea, seen.ID, "carl"); err != nil {
		t.Fatal(err)
	}
	_, err := h.Edit(t.Context(), bea, seen.ID, ticketmail.Edit{Subject: "mine", IfVersion: seen.Version})
	stale, ok := errors.AsType[*ticketmail.StaleError](err)
	if !ok || stale.Seen != seen.Version || !errors.Is(err, storage.ErrConflict) {
		t.Errorf("Edit = %v, want a StaleError", err)
	}
	if k := h.tickets()[0]; k.Subject != "Printer" || k.Assignee != "carl" {
		t.Errorf("ticket = %+v: the other's edit is lost", k)
	}
}

func TestEditIsAllOrNothing(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{})
	before := len(h.mails())
	nobody := escalation.PersonID("nobody")
	_, err := h.Edit(t.Context(), bea, k.ID, ticketmail.Edit{
		Comment: &ticketmail.NewComment{Text: "taken"}, Status: storage.InProcess, Assignee: &nobody,
	})
	if !errors.Is(err, escalation.ErrNotFound) {
		t.Fatalf("Edit = %v, want ErrNotFound", err)
	}
	if now := h.tickets()[0]; now.Status != storage.New || len(h.comments(k.ID)) != 1 || len(h.mails()) != before {
		t.Error("half of a refused edit was kept")
	}
}

func TestEditWritesEachFieldIntoTheHistory(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{})
	carl := escalation.PersonID("carl")
	k, err := h.Edit(t.Context(), bea, k.ID, ticketmail.Edit{
		Status: storage.InProcess, Assignee: &carl, Subject: "Printer\nburns", Task: "elsewhere",
		Categories: []string{"fire", "", "fire", "urgent"}, Comment: &ticketmail.NewComment{Text: "go"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	h.view(func(r storage.Reader) error {
		for c, err := range r.Tickets().Changes(t.Context(), k.ID, 1) {
			if err != nil {
				return err
			}
			got = append(got, strings.Join([]string{c.Field, c.Old, c.New}, "|"))
		}
		return nil
	})
	want := []string{
		"comment||" + h.comments(k.ID)[1].ID, "status|new|in_process", "assignee||carl", "task|helpdesk|elsewhere",
		"subject|Printer|Printer burns", "categories||fire,urgent",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	version := k.Version
	if k, err = h.Edit(t.Context(), bea, k.ID, ticketmail.Edit{Status: storage.InProcess, Assignee: &carl}); err != nil || k.Version != version {
		t.Errorf("an edit that changes nothing: version %d -> %d, %v", version, k.Version, err)
	}
}

// TestStaleComment: of two who edit the same version of a comment one is told.
func TestStaleComment(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{Text: "one"})
	seen := h.comments(k.ID)[0]
	edit := func(text string) error {
		_, err := h.EditComment(t.Context(), bea, k.ID, ticketmail.CommentEdit{Comment: seen.ID, Text: text, IfVersion: seen.Version})
		return err
	}
	if err := edit("two"); err != nil {
		t.Fatal(err)
	}
	err := edit("three")
	if s, ok := errors.AsType[*ticketmail.StaleError](err); !ok || s.Comment != seen.ID || !errors.Is(err, storage.ErrConflict) {
		t.Errorf("a stale edit: %v", err)
	}
	if got := h.comments(k.ID)[0].Text; got != "two" {
		t.Errorf("text = %q", got)
	}
}

func TestEditComment(t *testing.T) {
	for name, tt := range map[string]struct {
		by   escalation.PersonID
		last bool
		ok   bool
	}{
		"author, last":         {"carl", true, true},
		"author, not the last": {"carl", false, false},
		"somebody else":        {"bea", true, false},
		"manager, last":        {"max", true, true},
		"manager, any":         {"max", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, func(c *ticketmail.Config) {
				edited := notify.DefaultRules()[notify.CommentEdited]
				edited.Active = true
				c.Rules = map[notify.Kind]notify.Rule{notify.CommentEdited: edited}
			})
			k := h.create(ticketmail.NewTicket{Assignee: "bea"})
			c, err := h.AddComment(t.Context(), ticketmail.Actor{Person: "carl"}, k.ID, ticketmail.NewComment{Text: "teh printer"})
			if err != nil {
				t.Fatal(err)
			}
			if !tt.last {
				if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "later"}); err != nil {
					t.Fatal(err)
				}
			}
			before := len(h.mails())
			_, err = h.EditComment(t.Context(), ticketmail.Actor{Person: tt.by}, k.ID, ticketmail.CommentEdit{Comment: c.ID, Text: "the printer", IfVersion: c.Version})
			_, refused := errors.AsType[*ticketmail.RightError](err)
			if refused == tt.ok || tt.ok && err != nil {
				t.Fatalf("EditComment = %v, want ok %t", err, tt.ok)
			}
			var want []string
			if tt.ok && tt.last {
				want = []string{"comment_edited bea@erp.example"}
			}
			if diff := cmp.Diff(want, h.since(before)); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
			if text := h.comments(k.ID)[1].Text; (text == "the printer") != tt.ok {
				t.Errorf("text = %q", text)
			}
		})
	}
}

func TestSubtasksRaiseTheSameEvents(t *testing.T) {
	h := build(t, nil)
	parent := h.create(ticketmail.NewTicket{Assignee: "bea"})
	sub := h.create(ticketmail.NewTicket{Parent: parent.ID, Subject: "part", Assignee: "carl"})
	if sub.Parent != parent.ID {
		t.Errorf("parent = %q", sub.Parent)
	}
	if diff := cmp.Diff([]string{"ticket_created carl@erp.example"}, h.mails()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
}
