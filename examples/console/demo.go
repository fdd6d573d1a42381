package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// prefix is where the console is mounted.
const prefix = "/admin/tickets"

// A demo is an engine in memory with the console on top.
type demo struct {
	engine  *ticketmail.Engine
	console *console.Console
	server  *mailboxtest.Server
	sender  *memsender.Sender
	clock   *clock
}

// A clock runs as the computer's does, so much behind.
type clock struct {
	mu     sync.Mutex
	behind time.Duration
	now    func() time.Time
}

// Now returns the time of the demo.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Add(-c.behind)
}

// set moves the clock.
func (c *clock) set(behind time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behind = behind
}

// people are those of a small company.
func people() memdirectory.Data {
	return memdirectory.Data{
		Language: "de",
		Persons: []memdirectory.Person{
			{ID: "bea", Name: "Bea Braun", Address: "bea@erp.example", Language: "de", Kind: escalation.Employee},
			{ID: "carl", Name: "Carl Weber", Address: "carl@erp.example", Language: "en", Kind: escalation.Employee},
			{ID: "dora", Name: "Dora Lang", Address: "dora@erp.example", Kind: escalation.Employee, Left: true},
			{ID: "emil", Name: "Emil Sauer", Kind: escalation.Employee},
			{ID: "max", Name: "Max Berger", Address: "max@erp.example", Kind: escalation.Employee},
			{ID: "mia", Name: "Mia Kunde", Address: "mia@kunde.example", Language: "fr", Kind: escalation.Contact},
		},
		Departments: []memdirectory.Department{{ID: "it", Managers: []escalation.PersonID{"max"}}, {ID: "sales"}},
		Projects: []memdirectory.Project{
			{ID: "service", Department: "it", Members: []escalation.PersonID{"bea", "carl", "emil"}, Managers: []escalation.PersonID{"max"}},
			{ID: "webshop", Department: "sales", Members: []escalation.PersonID{"carl"}},
		},
		Tasks: []memdirectory.Task{
			{ID: "helpdesk", Project: "service", Members: []escalation.PersonID{"dora", "emil"}},
			{ID: "printers", Project: "service", Members: []escalation.PersonID{"bea"}},
			{ID: "archive", Project: "service"},
			{ID: "orders", Project: "webshop", Members: []escalation.PersonID{"carl"}},
		},
		Administrators: []escalation.PersonID{"max"},
	}
}

// newDemo makes the engine and lets it take in the sample mail. addr is where
// browsers reach it.
func newDemo(ctx context.Context, now func() time.Time, addr string) (*demo, error) {
	dir, err := memdirectory.New(people())
	if err != nil {
		return nil, err
	}
	ring, err := seal.NewRing(seal.NewKey("demo"))
	if err != nil {
		return nil, err
	}
	d := &demo{server: mailboxtest.NewServer(), sender: &memsender.Sender{}, clock: &clock{now: now}}
	d.engine, err = ticketmail.New(ctx, ticketmail.Config{
		Store: memstore.New(nil), Directory: dir, Sender: d.sender, Sealer: ring,
		Connectors: map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: d.server, mailbox.POP3: d.server},
		OAuth:      ticketmail.OAuth{RedirectURI: "http://" + addr + prefix + "/oauth"},
		From:       message.Address{Name: "Service", Address: "service@erp.example"}, Language: "de",
		AllowVolatileStore: true, Now: d.clock.Now,
	})
	if err != nil {
		return nil, err
	}
	d.console, err = console.New(d.engine, console.AccessFunc(visitor), &console.Options{Prefix: prefix, Product: "Muster ERP", Places: places{}})
	if err != nil {
		return nil, err
	}
	return d, d.fill(ctx)
}

// visitor lets everybody in. The language is that of the query of the first
// request, kept in a cookie, else the browser's.
func visitor(r *http.Request) (console.Visitor, error) {
	v := console.Visitor{Person: "max", Name: "Max Berger", Right: console.Administer, Session: "demo"}
	if c, err := r.Cookie("language"); err == nil {
		v.Language = c.Value
	}
	return v, nil
}

// handler serves the console, and sends everybody there.
func (d *demo) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(prefix+"/", d.console)
	mux.Handle("GET /{$}", http.RedirectHandler(prefix+"/", http.StatusSeeOther))
	mux.HandleFunc("GET /language/{tag}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "language", Value: r.PathValue("tag"), Path: "/", SameSite: http.SameSiteLaxMode, HttpOnly: true})
		http.Redirect(w, r, prefix+"/", http.StatusSeeOther)
	})
	return mux
}

// places are what forms offer.
type places struct{}

var _ console.Places = places{}

// Places implements [console.Places].
func (places) Places(_ context.Context, kind console.PlaceKind, _ int) ([]console.Place, error) {
	return map[console.PlaceKind][]console.Place{
		console.Projects:    {{ID: "service", Name: "Service und Wartung"}, {ID: "webshop", Name: "Webshop"}},
		console.Tasks:       {{ID: "helpdesk", Name: "Helpdesk"}, {ID: "printers", Name: "Drucker"}, {ID: "archive", Name: "Archiv"}, {ID: "orders", Name: "Bestellungen"}},
		console.Departments: {{ID: "it", Name: "IT"}, {ID: "sales", Name: "Vertrieb"}},
	}[kind], nil
}
