package console

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/ticketmail"
)

// Options say how a [Console] fits into a host. The zero value mounts it at
// the root of a server, under the name "Ticketmail".
type Options struct {
	// Prefix is the path at which the host mounts the console, and which the
	// requests it gets begin with: "/admin/tickets". Empty: the root.
	Prefix string

	Product string // name on top of each page; empty: "Ticketmail"
	Home    string // address of the host's own start page, linked beside it; empty: none

	// Refused answers a request of somebody without any right, for example
	// by sending him to the host's sign-in page. nil: a page that says so.
	Refused http.Handler

	// TrustedOrigins are further origins that forms may be sent from, such as
	// "https://erp.example" where a proxy changes the Host header.
	TrustedOrigins []string

	// Ticket returns the address of the host's page of a ticket, or "". nil:
	// tickets are named, and lead nowhere.
	Ticket func(id ticketmail.TicketID) string

	Places Places       // projects, tasks and departments, to be chosen from; nil: their ids are typed
	Logger *slog.Logger // nil: no logging
}

// A Console is the pages of one engine. [New] makes one. It is safe for
// concurrent use.
type Console struct {
	engine  *ticketmail.Engine
	setup   ticketmail.Setup
	access  Access
	opts    Options
	log     *slog.Logger
	pages   pages
	assets  assets
	handler http.Handler // routes, behind the protection against other origins
	signIn  http.Handler // of mailboxes, at [Console.RedirectPath]; nil: without OAuth
}

// New returns the console of an engine. It starts nothing. Bad options are a
// *mailbox.FieldError.
func New(engine *ticketmail.Engine, access Access, opts *Options) (*Console, error) {
	c := &Console{engine: engine, access: access}
	if opts != nil {
		c.opts = *opts
	}
	if engine == nil {
		return nil, &mailbox.FieldError{Field: "engine", Reason: "is missing"}
	}
	if access == nil {
		return nil, &mailbox.FieldError{Field: "access", Reason: "is missing"}
	}
	if p := c.opts.Prefix; p != "" && (!strings.HasPrefix(p, "/") || strings.HasSuffix(p, "/") || strings.ContainsAny(p, "?#{} ")) {
		return nil, &mailbox.FieldError{Field: "Options.Prefix", Reason: fmt.Sprintf("%q is no path such as /admin/tickets", p)}
	}
	c.opts.Product = cmp.Or(c.opts.Product, "Ticketmail")
	c.setup = engine.Setup()
	c.log = cmp.Or(c.opts.Logger, slog.New(slog.DiscardHandler))
	var err error
	if c.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if c.pages, err = loadPages(); err != nil {
		return nil, err
	}
	if o := engine.OAuth(); o != nil && o.RedirectURI() != "" {
		web := oauth.Web{Session: c.session, Done: c.signedIn}
		if c.signIn, err = o.Handler(web); err != nil {
			return nil, err
		}
	}
	own := http.NewCrossOriginProtection()
	for i, origin := range c.opts.TrustedOrigins {
		if err := own.AddTrustedOrigin(origin); err != nil {
			return nil, &mailbox.FieldError{Field: fmt.Sprintf("Options.TrustedOrigins[%d]", i), Reason: err.Error()}
		}
	}
	own.SetDenyHandler(http.HandlerFunc(c.foreign))
	c.handler = own.Handler(c.routes())
	return c, nil
}

// RedirectPath returns the path at which the console takes browsers back that
// have signed a mailbox in, for ticketmail's OAuth.RedirectURI: with the host's
// public address before it.
func (c *Console) RedirectPath() string { return c.opts.Prefix + "/oauth" }

// ServeHTTP answers one request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	c.handler.ServeHTTP(w, r)
}

// now is the engine's clock, as people read it.
func (c *Console) now() time.Time { return c.setup.Now().In(c.setup.Zone) }

// session identifies the browser's session, for the sign-in of a mailbox.
func (c *Console) session(r *http.Request) string {
	who, err := c.access.Visitor(r)
	if err != nil || who.Right < Administer {
		return ""
	}
	return cmp.Or(who.Session, string(who.Person))
}
