package console

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A visit is one request on its way: what pages need to know of it.
type visit struct {
	*Console
	w        http.ResponseWriter
	r        *http.Request
	Visitor  Visitor
	language int // index into words
}

// maxForm bounds what a form may send: a template has three texts of 64 KiB,
// each byte of which may come as three.
const maxForm = 1 << 20

// page returns a handler that lets those in who have a right, and turns what
// serve returns into a page of its own.
func (c *Console) page(right Right, serve func(v *visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Console: c, w: w, r: r}
		var err error
		if v.Visitor, err = c.access.Visitor(r); err != nil {
			c.log.LogAttrs(r.Context(), slog.LevelError, "who sends a request is not known", slog.Any("error", err))
			v.language = chooseLanguage(r.Header.Get("Accept-Language"), c.setup.Language)
			v.trouble(http.StatusServiceUnavailable, "error.unavailable")
			return
		}
		v.language = chooseLanguage(v.Visitor.Language, r.Header.Get("Accept-Language"), c.setup.Language)
		switch {
		case v.Visitor.Right <= None && c.opts.Refused != nil:
			c.opts.Refused.ServeHTTP(w, r)
			return
		case v.Visitor.Right <= None:
			v.trouble(http.StatusForbidden, "error.nobody")
			return
		case v.Visitor.Right < right:
			v.trouble(http.StatusForbidden, "error.forbidden")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			v.trouble(http.StatusBadRequest, "error.form")
			return
		}
		if err := serve(v); err != nil {
			v.fail(err)
		}
	})
}

// foreign answers a form that another site sent.
func (c *Console) foreign(w http.ResponseWriter, r *http.Request) {
	v := &visit{Console: c, w: w, r: r, language: chooseLanguage(r.Header.Get("Accept-Language"), c.setup.Language)}
	v.trouble(http.StatusForbidden, "error.foreign")
}

// errGone reports a page about something that is not there.
var errGone = errors.New("no such page")

// fail answers with the page of an error that no form shows.
func (v *visit) fail(err error) {
	switch {
	case errors.Is(err, errGone), errors.Is(err, storage.ErrNotFound), errors.Is(err, ticketmail.ErrUnknownMailbox), errors.Is(err, escalation.ErrNotFound):
		v.trouble(http.StatusNotFound, "error.gone")
	case errors.Is(err, storage.ErrConflict), errors.Is(err, ticketmail.ErrChanged):
		v.trouble(http.StatusConflict, "error.conflict")
	case errors.Is(err, ticketmail.ErrFixed):
		v.trouble(http.StatusConflict, "error.fixed")
	case v.r.Context().Err() != nil: // nobody waits for the answer
	default:
		v.log.LogAttrs(v.r.Context(), slog.LevelError, "page failed", slog.String("path", v.r.URL.Path), slog.Any("error", err))
		v.trouble(http.StatusInternalServerError, "error.internal")
	}
}

// trouble answers with a page that says what is wrong.
func (v *visit) trouble(status int, key string) {
	v.render(status, "trouble", page{Title: v.T("error.title"), Body: v.T(key)})
}

// URL returns the address of a page: its path below the prefix, and pairs of
// names and values for the query, of which empty ones are left out.
func (v *visit) URL(path string, pairs ...any) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if value := toText(pairs[i+1]); value != "" {
			q.Set(toText(pairs[i]), value)
		}
	}
	address := v.opts.Prefix + "/" + strings.TrimPrefix(path, "/")
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	return address
}

// Asset returns the address of a file that pages load.
func (v *visit) Asset(name string) string { return v.URL("assets/" + v.assets[name].name) }

// goTo sends the browser to another page, after a form was carried out. done is
// the key of what is said there; empty: nothing.
func (v *visit) goTo(done, path string, pairs ...any) error {
	http.Redirect(v.w, v.r, v.URL(path, append(pairs, "done", done)...), http.StatusSeeOther)
	return nil
}

// value returns a value of the form or the query, without white space around it.
func (v *visit) value(name string) string { return strings.TrimSpace(v.r.Form.Get(name)) }

// text returns a value of many lines, with the line ends of Unix.
func (v *visit) text(name string) string {
	return strings.ReplaceAll(v.r.Form.Get(name), "\r\n", "\n")
}

// Administers reports whether the visitor may change something.
func (v *visit) Administers() bool { return v.Visitor.Right >= Administer }

// actor is the visitor in histories.
func (v *visit) actor() ticketmail.Actor { return ticketmail.Actor{Person: v.Visitor.Person} }

// Who is the visitor's name as shown.
func (v *visit) Who() string { return cmp.Or(v.Visitor.Name, string(v.Visitor.Person)) }

// Product and Home are the options, for the page's head.
func (v *visit) Product() string { return v.opts.Product }

// Home returns the address of the host's start page.
func (v *visit) Home() string { return v.opts.Home }

// fixed reports whether the program defines a mailbox.
func (v *visit) fixed(id mailbox.ID) bool { return slices.Contains(v.setup.Fixed, id) }
