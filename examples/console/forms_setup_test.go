package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/examples/internal/browser"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// categoryForms are those of categories.
func categoryForms() []form {
	return []form{{
		name: "category",
		steps: []step{
			{open: "/categories/edit", wrong: []string{"new"}},
			{put: []string{"new", strings.Repeat("x", 65), "order", "99999"}, wrong: []string{"new", "order"}},
			{put: []string{"new", "fehler", "order", ""}, wrong: []string{"order"}},
			{put: []string{"order", "7"}, wrong: []string{"new"}}, // taken
			{put: []string{"new", "cat-TAG", "label.TAG", strings.Repeat("x", 201)}, wrong: []string{"label.TAG"}},
			{click: "[id='p-more-tab']", put: []string{"tag", "it"}, wrong: []string{"label.TAG", "text"}},
			{click: "[id='p-label.TAG-tab']", put: []string{"label.TAG", "Label TAG"}, wrong: []string{"text"}},
			{put: []string{"text", "Etichetta", "tag", ""}, wrong: []string{"tag"}},
			{put: []string{"tag", "de"}, wrong: []string{"tag"}}, // has a field of its own
			{put: []string{"tag", "??"}, wrong: []string{"tag"}},
			{put: []string{"tag", "it"}},
			{open: "/categories/edit?id=cat-TAG", ready: func(r *tour) error {
				_, err := r.engine.CreateTicket(r.t.Context(), ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{Subject: "filed", Task: "archive", Categories: []string{r.of("cat-TAG")}})
				return err
			}, put: []string{"order", "8", "active", ""}},
			{open: "/categories/delete?id=cat-TAG", send: "main form button.danger", wrong: []string{"replacement"}},
			{put: []string{"replacement", "frage"}, send: "main form button.danger"},
		},
		check: func(r *tour) error {
			all, err := r.engine.Categories(r.t.Context())
			if i := slices.IndexFunc(all, func(c catalog.Category) bool { return c.ID == r.of("cat-TAG") }); i >= 0 {
				r.t.Errorf("still there: %v", all[i])
			}
			return err
		},
	}, {
		name: "category in no use",
		steps: []step{
			{open: "/categories/edit", put: []string{"new", "free-TAG"}},
			{open: "/categories/delete?id=free-TAG", send: "main form button.danger"},
		},
	}}
}

// rule returns a rule as it holds.
func (r *tour) rule(kind notify.Kind, project escalation.ProjectID) (notify.Rule, error) {
	rule, _, err := r.engine.Rule(r.t.Context(), project, kind)
	return rule, err
}

// ruleForms are those of notifications.
func ruleForms() []form {
	const edit, project = "/notifications/edit?event=status_rejected", "/notifications/edit?event=comment_edited&project=webshop"
	search := "button[value=search]"
	return []form{{
		name: "rule",
		steps: []step{
			{open: edit, put: []string{"addresses", "no address", "delay", "9999", "attach", "99"}, wrong: []string{"addresses", "delay", "attach"}},
			{put: []string{"addresses", "boss@erp.example", "delay", "7", "attach", "1", "person", "zorro"}, send: search, wrong: []string{"person"}},
			{put: []string{"person", "e"}, send: search, wrong: []string{"person"}}, // several are called so
			{put: []string{"person", "Bea Braun"}, send: search, quiet: true},
			{put: []string{"roles", "administrators"}},
		},
		check: func(r *tour) error {
			got, err := r.rule(notify.StatusRejected, "")
			if got.Delay != 7*time.Minute || !slices.Equal(got.People, []escalation.PersonID{"bea"}) || !slices.Contains(got.Roles, notify.Role("administrators")) {
				r.t.Errorf("the rule is %+v", got)
			}
			return err
		},
	}, {
		name: "rule back to default",
		steps: []step{
			{open: edit, send: "form[action*='field=Delay'] button"},
			{send: "form[action*='/reset']:not([action*=field]) button"},
		},
		check: func(r *tour) error {
			book, err := r.engine.RuleBook(r.t.Context())
			if patch, ok := book.Company[notify.StatusRejected]; ok {
				r.t.Errorf("still changed: %+v", patch)
			}
			return err
		},
	}, {
		name: "rule whose template is gone",
		ready: func(r *tour) error {
			return r.engine.PutTemplate(r.t.Context(), notify.Template{Name: r.of("gone_TAG"), Audience: notify.Staff, Language: "en", Subject: "s", Text: "t"})
		},
		steps: []step{{open: edit, put: []string{"template", "gone_TAG"}, ready: func(r *tour) error {
			return r.engine.DeleteTemplate(r.t.Context(), r.of("gone_TAG"), notify.Staff, "en")
		}, wrong: []string{"template"}}},
	}, {
		name: "rule of a project",
		steps: []step{
			{open: "/notifications", put: []string{"project", "webshop"}, send: "form.filter button", quiet: true},
			{open: project, put: []string{"delay", "x"}, wrong: []string{"delay"}},
			{put: []string{"delay", "3", "active", "on"}},
			{here: func(_ *tour, w *browser.Window) {
				w.Until("the mark of what differs", func() bool {
					return strings.Contains(w.Text("tr:has(a[href*='event=comment_edited'])"), map[string]string{"de": "geändert", "en": "changed", "fr": "modifié"}[browser.Eval[string](w, "document.documentElement.lang")])
				})
			}},
		},
		check: func(r *tour) error {
			got, err := r.rule(notify.CommentEdited, "webshop")
			company, err2 := r.rule(notify.CommentEdited, "")
			if got.Delay != 3*time.Minute || !got.Active || company.Delay != 0 || company.Active {
				r.t.Errorf("the project's rule is %+v, the company's %+v", got, company)
			}
			return firstOf(err, err2)
		},
	}, {
		name:  "rule of a project back to default",
		steps: []step{{open: project, send: "form[action*='/reset']:not([action*=field]) button"}},
		check: func(r *tour) error {
			book, err := r.engine.RuleBook(r.t.Context())
			if patch, ok := book.Projects["webshop"][notify.CommentEdited]; ok {
				r.t.Errorf("still changed: %+v", patch)
			}
			return err
		},
	}, {
		name: "question who would get what",
		steps: []step{
			{open: "/notifications/explain", wrong: []string{"ticket"}},
			{put: []string{"ticket", "99999"}, wrong: []string{"ticket"}},
			{put: []string{"ticket", "1", "actor", "zorro"}, wrong: []string{"actor"}},
			{put: []string{"actor", "bea"}, quiet: true},
		},
	}}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// templateForms are those of mail templates.
func templateForms() []form {
	stored := func(r *tour, name string) (found []notify.Template, err error) {
		all, err := r.engine.StoredTemplates(r.t.Context())
		for _, t := range all {
			if t.Name == name {
				found = append(found, t)
			}
		}
		return found, err
	}
	remove := "form[action*='/templates/delete'] button"
	return []form{{
		name: "template",
		steps: []step{
			{open: "/templates", put: []string{"name", "letter_TAG", "audience", "customer", "language", "it"}, send: "form[action$='/templates/edit'] button", quiet: true},
			{wrong: []string{"subject", "text"}},
			{put: []string{"subject", "x", "text", "one\n{{nothing}}"}, wrong: []string{"text"}},
			{put: []string{"text", "x", "html", "<a href=\"{{ticket.subject}}\">x</a>"}, wrong: []string{"html"}},
			{put: []string{"html", "", "ticket", "99999"}, send: "button[value=preview]", wrong: []string{"ticket"}},
			{put: []string{"ticket", "1"}, send: "button[value=preview]", quiet: true},
			{put: []string{"text", "about {{ticket.number}}"}, here: func(_ *tour, w *browser.Window) {
				w.Until("the preview", func() bool { return strings.Contains(w.Text("#preview"), "about 1") })
			}},
			{},
			{put: []string{"text", "better"}},
		},
		check: func(r *tour) error {
			got, err := stored(r, r.of("letter_TAG"))
			if len(got) != 1 || got[0].Text != "better" || got[0].Language != "it" {
				r.t.Errorf("stored are %+v", got)
			}
			return err
		},
	}, {
		name:  "template deleted",
		steps: []step{{open: "/templates/edit?name=letter_TAG&audience=customer&language=it", send: remove}},
		check: func(r *tour) error {
			got, err := stored(r, r.of("letter_TAG"))
			if len(got) != 0 {
				r.t.Errorf("stored are %+v", got)
			}
			return err
		},
	}, {
		name: "built-in template",
		steps: []step{
			{open: "/templates/edit?name=status_accepted&audience=employee&language=TAG", put: []string{"subject", "own TAG"}},
			{send: remove},
		},
	}, {
		name:  "template of a bad name",
		steps: []step{{open: "/templates/edit?name=" + strings.Repeat("x", 70) + "&audience=customer&language=TAG", put: []string{"subject", "x", "text", "x"}, wrong: []string{"form"}}},
	}, {
		name: "text module in use",
		ready: func(r *tour) error {
			return firstOf(
				r.engine.PutTemplate(r.t.Context(), notify.Template{Name: r.of("module:greet_TAG"), Audience: notify.Customer, Language: "en", Text: "Hello"}),
				r.engine.PutTemplate(r.t.Context(), notify.Template{Name: r.of("user_TAG"), Audience: notify.Customer, Language: "en", Subject: "s", Text: r.of("{{module:greet_TAG}}")}),
			)
		},
		steps: []step{{open: "/templates/edit?name=module:greet_TAG&audience=customer&language=en", send: remove, wrong: []string{"form"}}},
	}}
}

// mailForms are those of the journal and the outbox.
func mailForms() []form {
	quarantined := func(n int) step {
		return step{open: fmt.Sprintf("/quarantine?text=circle-%d-TAG", n), send: "tbody th a", quiet: true}
	}
	failed := func(r *tour) (mail notify.Mail, err error) {
		for mail.ID == "" && err == nil {
			var mails []notify.Mail
			if _, err = r.engine.Deliver(r.t.Context()); err != nil {
				return mail, err
			}
			mails, err = r.engine.Outbox(r.t.Context(), notify.MailQuery{State: notify.Failed, Text: r.of("refused-TAG@b.example")})
			if len(mails) > 0 {
				mail = mails[0]
			}
		}
		return mail, err
	}
	wait := func(r *tour) error { _, err := failed(r); return err }
	decide := "form.replay button"
	outbox := step{open: "/outbox?text=refused-TAG", send: "tbody th a", quiet: true}
	return []form{{
		name: "discard a mail",
		steps: []step{
			quarantined(0),
			{put: []string{"how", "ticket"}, send: decide, wrong: []string{"ticket"}},
			{put: []string{"ticket", "99999"}, send: decide, wrong: []string{"ticket"}},
			{put: []string{"how", "task"}, send: decide, wrong: []string{"task"}},
			{put: []string{"task", "zorro"}, send: decide, wrong: []string{"task"}},
			{put: []string{"how", "discard"}, send: decide, wrong: []string{"why"}},
			{put: []string{"why", "spam"}, send: decide},
		},
		check: func(r *tour) error { return r.became("circle-0-TAG", "record") },
	}, {
		name:  "mail as a comment",
		steps: []step{quarantined(1), {put: []string{"how", "ticket", "ticket", "1"}, send: decide}},
		check: func(r *tour) error { return r.became("circle-1-TAG", "comment") },
	}, {
		name:  "mail as a ticket",
		steps: []step{quarantined(2), {put: []string{"how", "task", "task", "archive"}, send: decide}},
		check: func(r *tour) error { return r.became("circle-2-TAG", "ticket") },
	}, {
		name: "mail decided again",
		steps: []step{
			quarantined(3),
			{send: decide},
			{ready: func(r *tour) error {
				found, err := r.entries(r.t.Context(), r.of("circle-3-TAG"))
				if err == nil {
					_, err = r.engine.Discard(r.t.Context(), ticketmail.Actor{Person: "bea"}, found[0].Key, "meanwhile")
				}
				return err
			}, send: decide, wrong: []string{"form"}},
		},
	}, {
		name:  "mail that failed",
		ready: wait,
		steps: []step{
			outbox,
			{send: "form[action*='/outbox/clear'] button"},
			{send: "form[action*='/outbox/release'] button"},
		},
	}, {
		name:  "mail exit without a test",
		steps: []step{{open: "/outbox", send: "form[action$='/outbox/test'] button", quiet: true}},
	}, {
		name:  "mail sent meanwhile",
		ready: wait,
		steps: []step{outbox, {ready: func(r *tour) error {
			m, err := failed(r)
			if err == nil {
				err = r.engine.Release(r.t.Context(), m.Ticket, m.ID)
			}
			return err
		}, send: "form[action*='/outbox/release'] button", wrong: []string{"form"}}},
	}}
}

// became fails the test unless a mail has come to something.
func (r *tour) became(id, outcome string) error {
	found, err := r.entries(r.t.Context(), r.of(id))
	if err == nil && (len(found) != 1 || string(found[0].Outcome) != outcome) {
		r.t.Errorf("the mail is %+v, want %s", found, outcome)
	}
	return err
}
