package oauth

import (
	"errors"
	"fmt"
	"net/http"

	"example.com/ticketmail/mailbox"
)

// Web says how the Handler of a [Client] fits into the host's pages.
type Web struct {
	// Session returns what identifies the session of a signed-in
	// administrator, for example a hash of the session cookie; empty for
	// anybody else, who is refused. Required. The cookie behind it needs
	// SameSite=Lax, because the browser comes back from another site.
	Session func(*http.Request) string
	// Allow reports with an error that this administrator may not sign a
	// mailbox in. nil: all may.
	Allow func(*http.Request, mailbox.ID) error
	// Done answers a browser that came back. It should send it on (303), so
	// that the code does not stay in the address bar. nil: a line of text.
	Done func(http.ResponseWriter, *http.Request, Outcome)
}

// An Outcome is what became of a sign-in.
type Outcome struct {
	Mailbox mailbox.ID // empty: the browser came back with no sign-in of ours
	Err     error      // nil: signed in; else as Client.Finish returns it
}

// Handler returns the pages of the sign-in, to be mounted where
// [Client.RedirectURI] points:
//
//	POST  with the form value mailbox=<id>: begins, and sends the browser to the provider
//	GET   the browser comes back from the provider
//
// A POST from another site is refused ([http.CrossOriginProtection]).
func (c *Client) Handler(web Web) (http.Handler, error) {
	if web.Session == nil {
		return nil, &mailbox.FieldError{Field: "Session", Reason: "is missing"}
	}
	if c.redirectURI == "" {
		return nil, &mailbox.FieldError{Field: "RedirectURI", Reason: "is missing"}
	}
	own := http.NewCrossOriginProtection()
	// Behind a proxy the host of a request may not be the public one.
	if err := own.AddTrustedOrigin(c.origin()); err != nil {
		return nil, &mailbox.FieldError{Field: "RedirectURI", Reason: err.Error()}
	}
	return own.Handler(&handler{c, web}), nil
}

type handler struct {
	client *Client
	web    Web
}

const (
	maxForm  = 4 << 10
	maxQuery = 16 << 10 // Microsoft's codes have some 2 KB
)

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer") // the address holds the code
	head.Set("X-Content-Type-Options", "nosniff")
	session := h.web.Session(r)
	switch {
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		head.Set("Allow", "GET, POST")
		http.Error(w, "GET or POST only", http.StatusMethodNotAllowed)
	case session == "":
		http.Error(w, "sign in here first", http.StatusForbidden)
	case r.Method == http.MethodPost:
		h.begin(w, r, session)
	default:
		h.finish(w, r, session)
	}
}

// begin sends the browser to the provider.
func (h *handler) begin(w http.ResponseWriter, r *http.Request, session string) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	id := mailbox.ID(r.PostFormValue("mailbox"))
	if h.web.Allow != nil {
		if err := h.web.Allow(r, id); err != nil {
			http.Error(w, "not allowed for this mailbox", http.StatusForbidden)
			return
		}
	}
	address, err := h.client.Begin(r.Context(), id, session)
	if err != nil {
		h.done(w, r, Outcome{id, err})
		return
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// finish takes the browser back.
func (h *handler) finish(w http.ResponseWriter, r *http.Request, session string) {
	if len(r.URL.RawQuery) > maxQuery {
		http.Error(w, "too long", http.StatusRequestURITooLong)
		return
	}
	id, err := h.client.Finish(r.Context(), r.URL.Query(), session)
	h.done(w, r, Outcome{id, err})
}

func (h *handler) done(w http.ResponseWriter, r *http.Request, o Outcome) {
	if h.web.Done != nil {
		h.web.Done(w, r, o)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	e, refused := errors.AsType[*Error](o.Err)
	switch {
	case o.Err == nil:
		_, _ = fmt.Fprintf(w, "Mailbox %q is signed in.\n", o.Mailbox)
	case refused:
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = fmt.Fprintf(w, "Mailbox %q is not signed in (%s): %s.\nWhat to do: %s.\n", o.Mailbox, e.Code, e.Cause, e.Cure)
	default:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, "Refused: %v.\n", o.Err)
	}
}
