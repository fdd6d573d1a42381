package ticketmail_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

func (h house) category(id string, change func(*catalog.Category)) {
	h.t.Helper()
	c := catalog.Category{ID: id, Labels: map[string]string{"de": id + " (de)", "en": id}}
	if change != nil {
		change(&c)
	}
	if err := h.PutCategory(h.t.Context(), c); err != nil {
		h.t.Fatal(err)
	}
}

func TestCategories(t *testing.T) {
	h := build(t, nil)
	h.category("bug", func(c *catalog.Category) { c.Order = 2 })
	h.category("billing", func(c *catalog.Category) { c.Order = 1 })
	h.category("old", func(c *catalog.Category) { c.Order, c.Inactive = 3, true })
	all, err := h.Categories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	if diff := cmp.Diff([]string{"billing", "bug", "old"}, ids); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}

	k := h.create(ticketmail.NewTicket{Categories: []string{"bug", "bug"}})
	if diff := cmp.Diff([]string{"bug"}, k.Categories); diff != "" {
		t.Errorf("categories (-want +got):\n%s", diff)
	}
	for _, id := range []string{"old", "unknown"} {
		_, err := h.Edit(t.Context(), bea, k.ID, ticketmail.Edit{Categories: []string{"bug", id}})
		if !errors.Is(err, ticketmail.ErrInvalid) {
			t.Errorf("category %q: %v, want ErrInvalid", id, err)
		}
	}
	h.category("bug", func(c *catalog.Category) { c.Labels["en"], c.Inactive = "Defect", true })
	if k = h.tickets()[0]; len(k.Categories) != 1 {
		t.Error("renaming a category lost its assignments")
	}
	if _, err := h.Edit(t.Context(), bea, k.ID, ticketmail.Edit{Categories: []string{"bug", "billing"}}); err != nil {
		t.Errorf("a ticket may not keep its inactive category: %v", err)
	}
}

func TestDeleteCategory(t *testing.T) {
	h := build(t, nil)
	h.category("bug", nil)
	h.category("defect", nil)
	h.create(ticketmail.NewTicket{Categories: []string{"bug"}})
	used, ok := errors.AsType[*ticketmail.UsedError](h.DeleteCategory(t.Context(), bea, "bug", ""))
	if !ok || used.Tickets != 1 {
		t.Errorf("deleting a used category = %v, want a UsedError for one ticket", used)
	}
	if err := h.DeleteCategory(t.Context(), bea, "bug", "nothing"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("replacing by an unknown category = %v, want ErrNotFound", err)
	}
	if err := h.DeleteCategory(t.Context(), bea, "bug", "defect"); err != nil {
		t.Fatal(err)
	}
	if k := h.tickets()[0]; k.Categories[0] != "defect" {
		t.Errorf("categories = %q, want the replacement", k.Categories)
	}
	if err := h.DeleteCategory(t.Context(), bea, "bug", ""); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("deleting it again = %v, want ErrNotFound", err)
	}
}

func TestPutCategoryRefuses(t *testing.T) {
	h := build(t, nil)
	err := h.PutCategory(t.Context(), catalog.Category{ID: "", Labels: map[string]string{"en": "x"}})
	if _, ok := errors.AsType[*catalog.FieldError](err); !ok {
		t.Errorf("PutCategory = %v, want a FieldError", err)
	}
}

// TestHookNamesNoCategory: a program goes on to name categories that
// administrators have deleted since, or switched off. Mails become tickets all
// the same, without these, and the journal says so.
func TestHookNamesNoCategory(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) {
		c.Hooks.Route = func(context.Context, ticketmail.Inbound) (ticketmail.Routing, error) {
			return ticketmail.Routing{Categories: []string{"bug", "old", "bug", ""}, Reason: "speaks of a bug"}, nil
		}
	})
	h.category("bug", nil)
	h.category("defect", nil)
	h.category("old", func(c *catalog.Category) { c.Inactive = true })
	server.Add("INBOX", mail("x@y.example", "a", "a@x", "It has a bug."))
	h.poll()
	must(t, h.DeleteCategory(t.Context(), bea, "bug", "defect"))
	server.Add("INBOX", mail("x@y.example", "b", "b@x", "It has another bug."))
	h.poll()
	var got [][]string
	for _, k := range h.tickets() {
		got = append(got, k.Categories)
	}
	if diff := cmp.Diff([][]string{{"defect"}, nil}, got); diff != "" {
		t.Errorf("categories (-want +got):\n%s", diff)
	}
	want := []string{"1 ticket 1 new routed category", "2 ticket 2 new routed category category"}
	if diff := cmp.Diff(want, h.journal()); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}
