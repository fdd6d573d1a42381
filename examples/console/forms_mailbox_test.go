package main

import (
	"slices"

	"example.com/ticketmail/examples/internal/browser"
	"example.com/ticketmail/mailbox"
)

// box returns a mailbox, and whether there is one.
func (r *tour) box(id mailbox.ID) (mailbox.Mailbox, bool, error) {
	routes, err := r.engine.Routes(r.t.Context())
	i := slices.IndexFunc(routes.Mailboxes, func(m mailbox.Mailbox) bool { return m.ID == id })
	if i < 0 {
		return mailbox.Mailbox{}, false, err
	}
	return routes.Mailboxes[i], true, err
}

// mailboxForms are those of mailboxes.
func mailboxForms() []form {
	const show, edit = "/mailboxes/show?id=box-TAG", "/mailboxes/edit?id=box-TAG"
	do := func(what string) step { return step{open: show, send: "button[value=" + what + "]"} }
	assign, defaults := "form[action*='/mailboxes/assign'] button", "form[action$='/mailboxes/defaults'] button"
	return []form{{
		name: "new mailbox",
		steps: []step{
			{open: "/mailboxes/edit", wrong: []string{"new", "own", "host", "user"}},
			{put: []string{"new", "a b", "address", "nobody", "host", "https://x/", "port", "99999", "user", "service", "auth", "xoauth2", "after", "move", "interval", "1", "size", "0"},
				wrong: []string{"address", "own", "host", "port", "auth", "move", "interval", "size"}},
			{put: []string{"address", "box-TAG@erp.example", "own", "on", "port", "0", "host", "imap.erp.example", "auth", "", "after", "", "interval", "60", "size", "25"}, wrong: []string{"new"}},
			{put: []string{"new", "service"}, wrong: []string{"new"}},     // taken
			{put: []string{"new", "box-TAG"}, wrong: []string{"folders"}}, // another mailbox reads it
			{put: []string{"signin", "other"}, wrong: []string{"auth-url", "token-url", "client"}},
			{put: []string{"signin", "microsoft", "grant", "app-only"}, wrong: []string{"tenant", "client"}},
			{put: []string{"signin", "password", "user", "user-TAG", "password", "secret"}, here: tested},
			{},
		},
	}, {
		name: "mailbox changed",
		steps: []step{
			{open: edit, put: []string{"host", "elsewhere.erp.example"}, wrong: []string{"password"}}, // nobody makes us show it to another server
			{put: []string{"host", "imap.erp.example", "name", "Box TAG", "inactive", "on"}},
		},
		check: func(r *tour) error {
			m, _, err := r.box(mailbox.ID(r.of("box-TAG")))
			if m.Name != r.of("Box TAG") || !m.Inactive {
				r.t.Errorf("the mailbox is %+v", m)
			}
			return err
		},
	}, {
		name: "task of a mailbox",
		steps: []step{
			{open: show, put: []string{"task", "zorro", "creator", "zorro", "contact", "zorro"}, send: assign, wrong: []string{"task", "creator", "contact"}},
			{put: []string{"task", "helpdesk", "creator", "bea", "contact", "mia"}, send: assign, wrong: []string{"task"}}, // has a mailbox
			{put: []string{"task", "archive", "always", "on"}, send: assign},
		},
		check: func(r *tour) error {
			routes, err := r.engine.Routes(r.t.Context())
			want := mailbox.Assignment{Mailbox: mailbox.ID(r.of("box-TAG")), Task: "archive", Creator: "bea", CustomerContact: "mia", PresetAlways: true}
			if got, _ := routes.Assignment(want.Mailbox); got != want {
				r.t.Errorf("assigned as %+v, want %+v", got, want)
			}
			return err
		},
	}, {
		name: "default mailbox",
		steps: []step{
			{open: "/mailboxes", put: []string{"department", "it"}, send: defaults, wrong: []string{"mailbox"}},
			{put: []string{"department", "", "mailbox", "box-TAG"}, send: defaults, wrong: []string{"department"}},
			{put: []string{"department", "it"}, send: defaults},
			{open: "/mailboxes/delete?id=box-TAG", send: "main form button.danger", wrong: []string{"form"}}, // in use
			{open: "/mailboxes", put: []string{"of.it", ""}, send: defaults},
		},
	}, {
		name:  "mailbox paused, resumed, polled",
		steps: []step{do("pause"), do("resume"), do("poll")},
	}, {
		name:  "connection of a mailbox",
		steps: []step{{open: show, send: "form[action*='/mailboxes/test'] button", quiet: true}},
	}, {
		name: "first contact with a mailbox",
		steps: []step{
			{open: show, send: "form[action*='/mailboxes/inventory'] button", quiet: true},
			{put: []string{"scope", "newer"}, wrong: []string{"since"}},
			{put: []string{"since", "2026-11-20"}},
		},
	}, {
		name: "mailbox without a task",
		steps: []step{
			{open: show, put: []string{"task", ""}, send: assign},
			{open: "/mailboxes/delete?id=box-TAG", send: "main form button.danger"},
		},
		check: func(r *tour) error {
			_, there, err := r.box(mailbox.ID(r.of("box-TAG")))
			if there {
				r.t.Error("the mailbox is still there")
			}
			return err
		},
	}}
}

// tested tests the connection with what is typed.
func tested(r *tour, w *browser.Window) {
	w.Click("[data-test]")
	w.Until("the end of the test", func() bool { return browser.Eval[bool](w, `!!document.querySelector("#steps li:last-child a")`) })
	if got := browser.Eval[int](w, `document.querySelectorAll("#steps li.told").length`); got != 3 {
		r.t.Errorf("%d steps went well, want 3", got)
	}
}
