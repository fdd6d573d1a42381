package ticketmail_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

var bea = ticketmail.Actor{Person: "bea"}

func (h house) create(n ticketmail.NewTicket) ticketmail.Ticket {
	h.t.Helper()
	return h.createBy(bea, n)
}

func (h house) createBy(by ticketmail.Actor, n ticketmail.NewTicket) ticketmail.Ticket {
	h.t.Helper()
	if n.Subject == "" {
		n.Subject = "Printer"
	}
	if n.Task == "" {
		n.Task = "helpdesk"
	}
	k, err := h.CreateTicket(h.t.Context(), by, n)
	if err != nil {
		h.t.Fatal(err)
	}
	return k
}

func TestActionsTellPeople(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(ctx context.Context, h house) error
		want []string
	}{
		"created with assignee": {func(ctx context.Context, h house) error {
			h.create(ticketmail.NewTicket{Assignee: "carl"})
			return nil
		}, []string{"ticket_created carl@erp.example"}},
		"created for oneself": {func(ctx context.Context, h house) error {
			h.create(ticketmail.NewTicket{Assignee: "bea"})
			return nil
		}, nil},
		"created for nobody: the other task members": {func(ctx context.Context, h house) error {
			h.create(ticketmail.NewTicket{})
			return nil
		}, []string{"ticket_created carl@erp.example"}},
		"assignee left: the chain, which ends at the creator's own group": {func(ctx context.Context, h house) error {
			h.create(ticketmail.NewTicket{Assignee: "dora"})
			return nil
		}, []string{"ticket_created carl@erp.example"}},
		"comment": {func(ctx context.Context, h house) error {
			k := h.create(ticketmail.NewTicket{Assignee: "bea"})
			_, err := h.AddComment(ctx, ticketmail.Actor{Person: "mia"}, k.ID, ticketmail.NewComment{Text: "still broken"})
			return err
		}, []string{"comment_added bea@erp.example"}},
		"internal comment": {func(ctx context.Context, h house) error {
			k := h.create(ticketmail.NewTicket{Assignee: "bea"})
			_, err := h.AddComment(ctx, ticketmail.Actor{Person: "carl"}, k.ID, ticketmail.NewComment{Text: "out of warranty", Internal: true})
			return err
		}, []string{"internal_comment_added bea@erp.example"}},
		"assigned": {func(ctx context.Context, h house) error {
			k := h.create(ticketmail.NewTicket{Assignee: "bea"})
			_, err := h.Assign(ctx, bea, k.ID, "carl")
			return err
		}, []string{"assignee_changed carl@erp.example"}},
		"assigned to who has it": {func(ctx context.Context, h house) error {
			k := h.create(ticketmail.NewTicket{Assignee: "bea"})
			_, err := h.Assign(ctx, ticketmail.Actor{Person: "carl"}, k.ID, "bea")
			return err
		}, nil},
		"done": {func(ctx context.Context, h house) error {
			k := h.create(ticketmail.NewTicket{Assignee: "bea", CustomerContact: "mia"})
			if _, err := h.SetStatus(ctx, bea, k.ID, storage.InProcess); err != nil {
				return err
			}
			_, err := h.SetStatus(ctx, ticketmail.Actor{Person: "carl"}, k.ID, storage.Done)
			return err
		}, []string{"status_done bea@erp.example", "status_done mia@kunde.example"}},
		"moved": {func(ctx context.Context, h house) error {
			k := h.create(ticketmail.NewTicket{Assignee: "bea"})
			k, err := h.Move(ctx, bea, k.ID, "elsewhere")
			if k.Project != "other" {
				h.t.Errorf("project after the move = %q, want that of the new task", k.Project)
			}
			return err
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, nil)
			if err := tt.do(t.Context(), h); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, sorted(h.mails())); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNumbersAreNotSkipped: asking the directory on the way costs no number.
func TestNumbersAreNotSkipped(t *testing.T) {
	h := build(t, nil)
	for i, assignee := range []escalation.PersonID{"dora", "carl", "", "dora", "bea"} {
		k := h.create(ticketmail.NewTicket{Assignee: assignee, CustomerContact: "mia"})
		if want := ticketmail.TicketID(strconv.Itoa(i + 1)); k.ID != want {
			t.Errorf("number %s, want %s", k.ID, want)
		}
	}
}

func TestActionsRefuse(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{})
	for name, tt := range map[string]struct {
		do   func(ctx context.Context) error
		want error
	}{
		"no subject": {func(ctx context.Context) error {
			_, err := h.CreateTicket(ctx, bea, ticketmail.NewTicket{Task: "helpdesk", Subject: " \n"})
			return err
		}, ticketmail.ErrInvalid},
		"no task": {func(ctx context.Context) error {
			_, err := h.CreateTicket(ctx, bea, ticketmail.NewTicket{Subject: "x"})
			return err
		}, ticketmail.ErrInvalid},
		"unknown task": {func(ctx context.Context) error {
			_, err := h.CreateTicket(ctx, bea, ticketmail.NewTicket{Subject: "x", Task: "nowhere"})
			return err
		}, escalation.ErrNotFound},
		"unknown parent": {func(ctx context.Context) error {
			_, err := h.CreateTicket(ctx, bea, ticketmail.NewTicket{Subject: "x", Task: "helpdesk", Parent: "99"})
			return err
		}, storage.ErrNotFound},
		"taken id": {func(ctx context.Context) error {
			_, err := h.CreateTicket(ctx, bea, ticketmail.NewTicket{ID: k.ID, Subject: "x", Task: "helpdesk"})
			return err
		}, storage.ErrExists},
		"unknown actor": {func(ctx context.Context) error {
			_, err := h.Assign(ctx, ticketmail.Actor{Person: "nobody"}, k.ID, "carl")
			return err
		}, escalation.ErrNotFound},
		"unknown assignee": {func(ctx context.Context) error {
			_, err := h.Assign(ctx, bea, k.ID, "nobody")
			return err
		}, escalation.ErrNotFound},
		"unknown status": {func(ctx context.Context) error {
			_, err := h.SetStatus(ctx, bea, k.ID, "asleep")
			return err
		}, ticketmail.ErrInvalid},
		"unknown ticket": {func(ctx context.Context) error {
			_, err := h.AddComment(ctx, bea, "99", ticketmail.NewComment{Text: "x"})
			return err
		}, storage.ErrNotFound},
		"empty comment": {func(ctx context.Context) error {
			_, err := h.AddComment(ctx, bea, k.ID, ticketmail.NewComment{})
			return err
		}, ticketmail.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(h.mails())
			if err := tt.do(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			if len(h.mails()) != before || len(h.tickets()) != 1 {
				t.Error("a refused action left something behind")
			}
		})
	}
}

func TestFilesAreKept(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{})
	const content = "the whole file"
	c, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{
		Files: []ticketmail.File{{Name: "../../etc/passwd", Type: "Text/Plain", Content: strings.NewReader(content)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := c.Attachments[0]
	if a.Name != "passwd" || a.Type != "text/plain" {
		t.Errorf("file = %q %q, want a name without path and a type in lower case", a.Name, a.Type)
	}
	r, err := h.store.Open(t.Context(), a.Blob)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if got, err := io.ReadAll(r); err != nil || string(got) != content {
		t.Errorf("content = %q, %v", got, err)
	}
}

func TestHistory(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{Assignee: "bea"})
	if _, err := h.Assign(t.Context(), bea, k.ID, "carl"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SetStatus(t.Context(), ticketmail.Actor{Person: "carl"}, k.ID, storage.InProcess); err != nil {
		t.Fatal(err)
	}
	var got []string
	h.view(func(r storage.Reader) error {
		for c, err := range r.Tickets().Changes(t.Context(), k.ID, 0) {
			if err != nil {
				return err
			}
			got = append(got, strings.Join([]string{string(c.Actor), c.Field, c.Old, c.New}, " "))
		}
		return nil
	})
	want := []string{"bea created  new", "bea assignee bea carl", "carl status new in_process"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}
