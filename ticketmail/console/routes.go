package console

import "net/http"

// routes returns what answers which path below the prefix.
func (c *Console) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(method, path string, right Right, serve func(v *visit) error) {
		mux.Handle(method+" "+c.opts.Prefix+path, c.page(right, serve))
	}
	mux.HandleFunc("GET "+c.opts.Prefix+"/assets/{name}", c.assets.serve)
	mux.Handle(c.opts.Prefix+"/", c.page(Read, func(*visit) error { return errGone }))

	handle("GET", "/categories", Read, (*visit).categories)
	handle("GET", "/categories/edit", Read, (*visit).editCategory)
	handle("POST", "/categories/edit", Administer, (*visit).saveCategory)
	handle("GET", "/categories/delete", Administer, (*visit).askDeleteCategory)
	handle("POST", "/categories/delete", Administer, (*visit).deleteCategory)

	handle("GET", "/notifications", Read, (*visit).notifications)
	handle("GET", "/notifications/edit", Read, (*visit).editNotification)
	handle("POST", "/notifications/edit", Administer, (*visit).saveNotification)
	handle("POST", "/notifications/reset", Administer, (*visit).resetNotification)
	handle("GET", "/notifications/explain", Read, (*visit).explain)

	handle("GET", "/templates", Read, (*visit).templates)
	handle("GET", "/templates/edit", Read, (*visit).editTemplate)
	handle("POST", "/templates/edit", Administer, (*visit).saveTemplate)
	handle("POST", "/templates/preview", Administer, (*visit).previewTemplate)
	handle("POST", "/templates/delete", Administer, (*visit).deleteTemplate)

	handle("GET", "/mailboxes", Read, (*visit).mailboxes)
	handle("POST", "/mailboxes/defaults", Administer, (*visit).saveDefaults)
	handle("GET", "/mailboxes/show", Read, (*visit).mailbox)
	handle("GET", "/mailboxes/edit", Read, (*visit).editMailbox)
	handle("POST", "/mailboxes/edit", Administer, (*visit).saveMailbox)
	handle("GET", "/mailboxes/delete", Administer, (*visit).askDeleteMailbox)
	handle("POST", "/mailboxes/delete", Administer, (*visit).deleteMailbox)
	handle("POST", "/mailboxes/assign", Administer, (*visit).assign)
	handle("POST", "/mailboxes/do", Administer, (*visit).doMailbox)
	handle("POST", "/mailboxes/test", Administer, (*visit).testMailbox)
	handle("POST", "/mailboxes/draft", Administer, (*visit).testDraft)
	handle("POST", "/mailboxes/device", Administer, (*visit).signInDevice)
	handle("POST", "/mailboxes/inventory", Administer, (*visit).inventory)
	handle("POST", "/mailboxes/consent", Administer, (*visit).consent)

	handle("GET", "/journal", Read, (*visit).journal)
	handle("GET", "/quarantine", Read, (*visit).quarantine)
	handle("GET", "/mail", Read, (*visit).letter)
	handle("GET", "/mail/raw", Read, (*visit).rawLetter)
	handle("GET", "/mail/file", Read, (*visit).letterFile)
	handle("POST", "/mail/replay", Administer, (*visit).replay)

	handle("GET", "/outbox", Read, (*visit).outbox)
	handle("GET", "/outbox/mail", Read, (*visit).mailout)
	handle("GET", "/outbox/file", Read, (*visit).mailoutFile)
	handle("POST", "/outbox/test", Administer, (*visit).testSender)
	handle("POST", "/outbox/release", Administer, (*visit).release)
	handle("POST", "/outbox/clear", Administer, (*visit).clearBounce)
	handle("GET", "/{$}", Read, (*visit).overview)
	if c.signIn != nil {
		mux.Handle(c.RedirectPath(), c.signIn)
	}
	return mux
}
