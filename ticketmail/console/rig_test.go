package console_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// prefix is where the console of all tests is mounted.
const prefix = "/admin/tickets"

// noon is the time of all tests.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// people is the directory of all tests: bea and carl work on task helpdesk of
// project service, dora has left, mia is a customer's contact, max manages.
func people() memdirectory.Data {
	return memdirectory.Data{
		Language: "en",
		Persons: []memdirectory.Person{
			{ID: "bea", Name: "Bea Braun", Address: "bea@erp.example", Language: "de", Kind: escalation.Employee},
			{ID: "carl", Name: "Carl Weber", Address: "carl@erp.example", Kind: escalation.Employee},
			{ID: "dora", Name: "Dora Long", Address: "dora@erp.example", Kind: escalation.Employee, Left: true},
			{ID: "max", Name: "Max Boss", Address: "max@erp.example", Kind: escalation.Employee},
			{ID: "mia", Name: "Mia Kunde", Address: "mia@kunde.example", Kind: escalation.Contact},
		},
		Departments: []memdirectory.Department{{ID: "it", Managers: []escalation.PersonID{"max"}}},
		Projects: []memdirectory.Project{
			{ID: "service", Department: "it", Managers: []escalation.PersonID{"max"}},
			{ID: "other"},
		},
		Tasks: []memdirectory.Task{
			{ID: "helpdesk", Project: "service", Members: []escalation.PersonID{"bea", "carl"}},
			{ID: "sales", Project: "service"},
			{ID: "elsewhere", Project: "other"},
		},
		Administrators: []escalation.PersonID{"max"},
	}
}

// A rig is a console over an engine with everything in memory.
type rig struct {
	*ticketmail.Engine
	t      testing.TB
	store  *memstore.Store
	server *mailboxtest.Server
	sender *memsender.Sender
	dir    *memdirectory.Directory
	web    http.Handler
	as     console.Visitor // who sends requests
	mu     sync.Mutex      // guards as while a page is open
}

// A prober tests connections to a server in memory.
type prober struct{ *mailboxtest.Server }

// Probe implements [mailbox.Prober] with two steps.
func (p prober) Probe(ctx context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	report(mailbox.Step{Name: mailbox.StepResolve, Facts: []string{"192.0.2.1"}})
	if m.Host == "wrong.example" {
		err := errors.New("i/o timeout <script>")
		report(mailbox.Step{Name: mailbox.StepDial, Err: err, Cause: "nobody answers", Cure: "check the port"})
		return err
	}
	report(mailbox.Step{Name: mailbox.StepFolder, About: m.WithDefaults().Folders[0]})
	return nil
}

// A change alters how a rig is built; either may be nil.
type change struct {
	config  func(*ticketmail.Config)
	options func(*console.Options)
}

func build(t testing.TB, c change) *rig {
	t.Helper()
	r := &rig{t: t, store: memstore.New(nil), server: mailboxtest.NewServer(), sender: &memsender.Sender{}}
	r.as = console.Visitor{Person: "max", Name: "Max Boss", Language: "en", Right: console.Administer, Session: "s1"}
	var err error
	if r.dir, err = memdirectory.New(people()); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ParseKeys("test:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.NewRing(keys...)
	if err != nil {
		t.Fatal(err)
	}
	cfg := ticketmail.Config{
		Store:              r.store,
		Directory:          r.dir,
		Sender:             r.sender,
		Sealer:             ring,
		Connectors:         map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: prober{r.server}, mailbox.POP3: mailbox.ConnectorFunc(r.server.Connect)},
		OAuth:              ticketmail.OAuth{RedirectURI: "https://erp.example" + prefix + "/oauth"},
		From:               message.Address{Name: "Support", Address: "support@erp.example"},
		Keys:               [][]byte{[]byte("0123456789abcdef")},
		AllowVolatileStore: true,
		Now:                func() time.Time { return noon },
	}
	if c.config != nil {
		c.config(&cfg)
	}
	if r.Engine, err = ticketmail.New(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	opts := console.Options{Prefix: prefix, Home: "/erp"}
	if c.options != nil {
		c.options(&opts)
	}
	access := console.AccessFunc(func(*http.Request) (console.Visitor, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.as.Right == unknown {
			return console.Visitor{}, errors.New("the sessions are down")
		}
		return r.as, nil
	})
	if r.web, err = console.New(r.Engine, access, &opts); err != nil {
		t.Fatal(err)
	}
	return r
}

// unknown is the right of a visitor of whom nobody knows who he is.
const unknown console.Right = -1

// become changes the visitor while a page of his is open.
func (r *rig) become(change func(*console.Visitor)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.as)
}

// An answer is a page as the browser gets it.
type answer struct {
	*http.Response
	t    testing.TB
	body string
	doc  *html.Node
}

// send answers a request as the browser of the rig's visitor sends it.
func (r *rig) send(method, path string, form url.Values, header ...string) answer {
	r.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req := httptest.NewRequestWithContext(context.Background(), method, "https://erp.example"+prefix+path, body)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.web.ServeHTTP(w, req)
	a := answer{Response: w.Result(), t: r.t, body: w.Body.String()}
	var err error
	if a.doc, err = html.Parse(strings.NewReader(a.body)); err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *rig) get(path string) answer {
	r.t.Helper()
	return r.send(http.MethodGet, path, nil).want(http.StatusOK)
}

// post sends a form; pairs are names and values, of which one may come again.
func (r *rig) post(path string, pairs ...string) answer {
	r.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return r.send(http.MethodPost, path, form)
}

// want fails the test unless the answer has a status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("status = %d, want %d; the page says:\n%s", a.StatusCode, status, textOf(a.doc))
	}
	return a
}

// leads fails the test unless the form was carried out and leads to a page.
func (a answer) leads(path string) {
	a.t.Helper()
	a.want(http.StatusSeeOther)
	if got := a.Header.Get("Location"); got != prefix+path {
		a.t.Errorf("leads to %s, want %s", got, prefix+path)
	}
}

// fault returns what stands at a field of a refused form.
func (a answer) fault(name string) string {
	a.t.Helper()
	a.want(http.StatusUnprocessableEntity)
	return textOf(byID(a.doc, "e-"+name))
}

// text returns what people read in the main part of the page.
func (a answer) text() string { return textOf(byID(a.doc, "main")) }

// has fails the test unless the page says each of the texts.
func (a answer) has(texts ...string) answer {
	a.t.Helper()
	got := a.text()
	for _, want := range texts {
		if !strings.Contains(got, want) {
			a.t.Errorf("the page does not say %q:\n%s", want, got)
		}
	}
	return a
}

// hasNot fails the test if the page says one of the texts.
func (a answer) hasNot(texts ...string) {
	a.t.Helper()
	got := a.text()
	for _, bad := range texts {
		if strings.Contains(got, bad) {
			a.t.Errorf("the page says %q:\n%s", bad, got)
		}
	}
}

// seed fills a rig with one of everything.
func (r *rig) seed() {
	r.t.Helper()
	ctx := r.t.Context()
	for _, c := range []catalog.Category{
		{ID: "bug", Labels: map[string]string{"de": "Fehler", "en": "Bug", "fr": "Défaut"}, Order: 1},
		{ID: "wish", Labels: map[string]string{"de": "Wunsch", "it": "Desiderio"}, Order: 2, Inactive: true},
	} {
		r.must(r.PutCategory(ctx, c))
	}
	_, err := r.CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{
		Subject: "printer on fire", Text: "It burns.", Task: "helpdesk", Assignee: "dora", CustomerContact: "mia", Categories: []string{"bug"},
	})
	r.must(err)
	r.must(r.PutMailbox(ctx, mailbox.Mailbox{ID: "support", Name: "Support", Address: "support@erp.example", Host: "imap.erp.example", User: "support", Password: mailbox.NewSecret("hunter2")}))
	r.must(r.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "support", Task: "helpdesk"}))
	r.must(r.SetDefaultMailbox(ctx, "it", "support"))
	r.must(r.PutOAuth(ctx, oauth.Account{Mailbox: "shop", Provider: oauth.Microsoft("corp.example"), ClientID: "client", ClientSecret: mailbox.NewSecret("hush"), SecretExpires: noon.Add(20 * 24 * time.Hour)}))
	r.must(r.PutMailbox(ctx, mailbox.Mailbox{ID: "shop", Host: "outlook.office365.com", User: "shop@corp.example", Auth: mailbox.AuthXOAuth2, Folders: []string{"INBOX.shop"}}))
	r.must(r.PatchRule(ctx, "service", notify.StatusDone, notify.RulePatch{Active: new(false), Addresses: &[]string{"boss@erp.example"}}))
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
