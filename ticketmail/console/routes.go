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
	return mux
}
