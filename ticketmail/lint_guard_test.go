package ticketmail_test

import (
	"slices"
	"testing"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// finds reports whether Lint finds something at a place.
func (h house) finds(code, where string) bool {
	h.t.Helper()
	found, err := h.Lint(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return slices.ContainsFunc(found, func(f ticketmail.Finding) bool { return f.Code == code && f.Where == where })
}

func TestLintFindsMailboxesWithoutSecret(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) { c.Sealer = ring(t) })
	m := mailbox.Mailbox{ID: "sales", Address: "sales@erp.example", Host: "mail.example", User: "sales"}
	put := func() {
		t.Helper()
		if err := h.PutMailbox(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	put()
	if !h.finds("mailbox-no-secret", `mailbox "sales"`) {
		t.Error("a mailbox without a password is not found")
	}
	m.Password = mailbox.NewSecret("secret")
	put()
	if h.finds("mailbox-no-secret", `mailbox "sales"`) || h.finds("mailbox-no-secret", `mailbox "support"`) {
		t.Error("one with a password is found, or one of the program's")
	}
}

func TestLintFindsUnusedTemplates(t *testing.T) {
	h := build(t, nil)
	put := func(name string) {
		t.Helper()
		tmpl := notify.Template{Name: name, Audience: notify.Staff, Language: "en", Subject: "S", Text: "text"}
		if name == "module:mine" {
			tmpl.Subject = ""
		}
		if err := h.PutTemplate(t.Context(), tmpl); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"short", "status_done", "reply", "mailbox_failing", "module:mine"} {
		put(name)
		if got := h.finds("template-unused", `template "`+name+`"`); got != (name == "short") {
			t.Errorf("template %q is unused = %t", name, got)
		}
	}
	short := "short"
	if err := h.PatchRule(t.Context(), "service", notify.StatusDone, notify.RulePatch{Template: &short}); err != nil {
		t.Fatal(err)
	}
	if h.finds("template-unused", `template "short"`) {
		t.Error("a template that a project's rule names is called unused")
	}
}

func TestLintFindsThatNobodyIsToldOfOutages(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) {
		data := people()
		data.Administrators = nil
		dir, err := memdirectory.New(data)
		if err != nil {
			t.Fatal(err)
		}
		c.Directory = dir
	})
	const where = `rule "mailbox_failing"`
	if !h.finds("failure-reaches-nobody", where) {
		t.Error("a company without administrators is not told")
	}
	off := false
	if err := h.PatchRule(t.Context(), "", notify.MailboxFailing, notify.RulePatch{Active: &off}); err != nil {
		t.Fatal(err)
	}
	if h.finds("failure-reaches-nobody", where) {
		t.Error("nobody wants to know, and is told all the same")
	}
}
