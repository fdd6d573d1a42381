package ticketmail_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

func created(text string) notify.Template {
	return notify.Template{Name: "ticket_created", Audience: notify.Staff, Language: "en", Subject: "{{ticket.subject}}", Text: text}
}

// TestStoredTemplates: saved words are used at once, by every engine on the
// store; taken away, it is back to the built-in ones.
func TestStoredTemplates(t *testing.T) {
	h := build(t, nil)
	other, err := ticketmail.New(t.Context(), h.cfg(nil))
	if err != nil {
		t.Fatal(err)
	}
	last := func() string {
		h.create(ticketmail.NewTicket{Assignee: "carl"})
		all := h.outgoing(notify.TicketCreated)
		return all[len(all)-1].Text
	}
	builtin := last()
	if err := other.PutTemplate(t.Context(), created("Ours, {{recipient.name}}.")); err != nil {
		t.Fatal(err)
	}
	if got := last(); got != "Ours, Carl Weber.\n" {
		t.Errorf("text = %q", got)
	}
	if err := h.PutTemplate(t.Context(), created("New.")); err != nil {
		t.Fatal(err)
	}
	if got := last(); got != "New.\n" {
		t.Errorf("text after a change = %q", got)
	}
	stored, err := h.StoredTemplates(t.Context())
	if err != nil || len(stored) != 1 || stored[0].Text != "New." {
		t.Errorf("stored: %+v, %v", stored, err)
	}
	if err := h.DeleteTemplate(t.Context(), "ticket_created", notify.Staff, "en"); err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(last(), "ticket 4", "ticket 1"); len(got) != len(builtin) {
		t.Errorf("back to default:\n%s\nwant\n%s", got, builtin)
	}
	if err := h.DeleteTemplate(t.Context(), "ticket_created", notify.Staff, "en"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
}

func TestPutTemplateRefuses(t *testing.T) {
	h := build(t, nil)
	for name, tt := range map[string]struct {
		t    notify.Template
		want string
	}{
		"placeholder": {created("a\n{{gone}}"), "Text:2:1"},
		"module":      {created("{{module:gone}}"), "Text:1:1"},
		"language":    {func() notify.Template { x := created("x"); x.Language = "deutsch!"; return x }(), "Language"},
		"internal":    {notify.Template{Name: "internal_comment_added", Audience: notify.Customer, Language: "en", Subject: "s", Text: "{{comment.text}}"}, "Text:1:1"},
		"size":        {created(strings.Repeat("x", notify.MaxTemplate+1)), "Text"},
	} {
		err := h.PutTemplate(t.Context(), tt.t)
		if i, ok := errors.AsType[*notify.InvalidError](err); !ok || !strings.HasPrefix(i.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if stored, err := h.StoredTemplates(t.Context()); len(stored) != 0 || err != nil {
		t.Errorf("stored all the same: %v, %v", stored, err)
	}
}

// TestModuleInUse: a text module goes only when nothing takes it in any more.
func TestModuleInUse(t *testing.T) {
	h := build(t, nil)
	module := notify.Template{Name: "module:bye", Audience: notify.Staff, Language: "en", Text: "Bye."}
	for _, x := range []notify.Template{module, created("Hello\n{{module:bye}}")} {
		if err := h.PutTemplate(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	err := h.DeleteTemplate(t.Context(), "module:bye", notify.Staff, "en")
	if b, ok := errors.AsType[*notify.TemplateError](err); !ok || b.Name != "ticket_created" {
		t.Errorf("a module in use: %v, want a TemplateError that names who uses it", err)
	}
	if err := h.DeleteTemplate(t.Context(), "ticket_created", notify.Staff, "en"); err != nil {
		t.Fatal(err)
	}
	if err := h.DeleteTemplate(t.Context(), "module:bye", notify.Staff, "en"); err != nil {
		t.Errorf("a module nobody uses: %v", err)
	}
}

// TestBrokenTemplateIsReported: a stored template that became invalid, by
// another version say, tells nobody less: the built-in words serve, and the
// log and Lint say so.
func TestBrokenTemplateIsReported(t *testing.T) {
	var log strings.Builder
	h := build(t, func(c *ticketmail.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	if err := h.PutTemplate(t.Context(), created("fine")); err != nil {
		t.Fatal(err)
	}
	err := h.store.Update(t.Context(), func(w storage.Writer) error {
		err := w.Settings().Put(t.Context(), "template", `"ticket_created" employee en`,
			[]byte(`{"name":"ticket_created","audience":"employee","language":"en","subject":"s","text":"{{of another version}}"}`))
		return errors.Join(err, w.Settings().Put(t.Context(), "template-revision", "", []byte("another")))
	})
	if err != nil {
		t.Fatal(err)
	}
	h.create(ticketmail.NewTicket{Assignee: "carl"})
	if m := h.outgoing(notify.TicketCreated)[0]; !strings.Contains(m.Text, "Carl Weber") {
		t.Errorf("text = %q, want the built-in words", m.Text)
	}
	if !strings.Contains(log.String(), "stored template not used") || !strings.Contains(log.String(), "of another version") {
		t.Errorf("log = %q", log.String())
	}
	found, err := h.Lint(t.Context())
	if err != nil || !strings.Contains(fmt.Sprint(found), "template-broken") {
		t.Errorf("Lint = %v, %v", found, err)
	}
}

func TestPreview(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{Subject: "Printer", Text: "It burns.", Assignee: "carl"})
	p, err := h.Preview(t.Context(), created("{{ticket.assignee}}: {{comment.text}}"), k.ID)
	if err != nil || p.Text != "Carl Weber: It burns.\n" || p.Subject != "Printer" {
		t.Errorf("preview of a ticket: %+v, %v", p, err)
	}
	p, err = h.Preview(t.Context(), created("{{ticket.number}}"), "")
	if err != nil || p.Text != "4711\n" {
		t.Errorf("preview of a sample: %+v, %v", p, err)
	}
	if _, err := h.Preview(t.Context(), created("{{gone}}"), k.ID); err == nil {
		t.Error("a template that cannot work is shown")
	}
	if stored, _ := h.StoredTemplates(t.Context()); len(stored) != 0 {
		t.Error("a preview was stored")
	}
}

// TestRuleNamesTemplate: a rule's template must exist.
func TestRuleNamesTemplate(t *testing.T) {
	h := build(t, nil)
	patch := notify.RulePatch{Template: new("our words")}
	if _, ok := errors.AsType[*notify.InvalidError](h.PatchRule(t.Context(), "", notify.StatusDone, patch)); !ok {
		t.Error("a rule with a template that does not exist is accepted")
	}
	words := created("Done.")
	words.Name = "our words"
	if err := h.PutTemplate(t.Context(), words); err != nil {
		t.Fatal(err)
	}
	if err := h.PatchRule(t.Context(), "", notify.StatusDone, patch); err != nil {
		t.Error(err)
	}
}
