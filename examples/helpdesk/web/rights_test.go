package web_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/examples/helpdesk/demo"
	"example.com/ticketmail/examples/helpdesk/web"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// serve returns the address of a helpdesk after its week. Ticket 2 is Sam's and
// has an internal comment, ticket 3 is Jeanne's.
func serve(t *testing.T) string {
	t.Helper()
	url, _ := serveStore(t)
	return url
}

// serveStore returns the store of the helpdesk too.
func serveStore(t *testing.T) (string, *memstore.Store) {
	t.Helper()
	post, err := demo.OpenPostOffice(demo.SupportAddress, demo.ShopAddress)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = post.Close() })
	people, err := memdirectory.New(demo.Company())
	if err != nil {
		t.Fatal(err)
	}
	sender, err := smtpsender.New(smtpsender.Options{Addr: post.SMTPAddr, Security: mailbox.None})
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.NewRing(seal.NewKey("test"))
	if err != nil {
		t.Fatal(err)
	}
	store, clock := memstore.New(nil), &demo.Clock{}
	engine, err := ticketmail.New(t.Context(), ticketmail.Config{
		Store: store, Directory: people, Sender: sender, Sealer: ring, Now: clock.Now, AllowVolatileStore: true,
		From: message.Address{Address: demo.SupportAddress},
	})
	if err != nil {
		t.Fatal(err)
	}
	week := &demo.Week{Engine: engine, Store: store, Post: post, Clock: clock}
	if err := week.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, err := web.New(web.Config{Engine: engine, Store: store, People: people, Post: post})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL, store
}

// A person uses the pages.
type person struct {
	t      *testing.T
	url    string
	client *http.Client
}

func signIn(t *testing.T, url, id string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t, url, &http.Client{Jar: jar}}
	p.post("/signin", map[string][]string{"person": {id}})
	return p
}

func (p *person) get(path string) (status int, body string) {
	p.t.Helper()
	return p.do(http.MethodGet, path, nil)
}

func (p *person) post(path string, form url.Values) (status int, body string) {
	p.t.Helper()
	return p.do(http.MethodPost, path, form)
}

// do sends a request with further header fields, each name followed by its
// value.
func (p *person) do(method, path string, form url.Values, header ...string) (int, string) {
	p.t.Helper()
	q, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	r, err := p.client.Do(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestCustomersSeeWhatIsTheirs(t *testing.T) {
	url := serve(t)
	sam, bea := signIn(t, url, "sam"), signIn(t, url, "bea")

	const secret = "new tax module"
	if _, body := bea.get("/tickets/2"); !strings.Contains(body, secret) {
		t.Error("an employee does not see the internal comment")
	}
	status, body := sam.get("/tickets/2")
	if status != http.StatusOK || !strings.Contains(body, "I cannot pay") {
		t.Errorf("Sam's own ticket: status %d", status)
	}
	for _, hidden := range []string{secret, "/edit", "/forward", "/mail/", "intern"} {
		if strings.Contains(body, hidden) {
			t.Errorf("Sam's page has %q", hidden)
		}
	}
	if status, _ := sam.get("/tickets/3"); status != http.StatusNotFound {
		t.Errorf("somebody else's ticket: status %d, want 404", status)
	}
	if _, body := sam.get("/tickets"); strings.Contains(body, "Facture") || !strings.Contains(body, "Checkout") {
		t.Errorf("Sam's list: %s", body)
	}
	for path, form := range map[string]map[string][]string{
		"/tickets/2/edit":    {"assignee": {"carl"}},
		"/tickets/2/forward": {"to": {"x@y.example"}},
		"/tickets/3/comment": {"text": {"x"}},
		"/tickets/3/status":  {"status": {"done"}},
	} {
		if status, _ := sam.post(path, form); status < 400 {
			t.Errorf("POST %s as a customer: status %d", path, status)
		}
	}
}

func TestNobodyIsAskedWho(t *testing.T) {
	url := serve(t)
	p := signIn(t, url, "dora") // has left
	if _, body := p.get("/tickets/2"); strings.Contains(body, "Checkout") || !strings.Contains(body, "Mia Kunde") {
		t.Errorf("without signing in: %s", body)
	}
}

func TestForeignFormIsRefused(t *testing.T) {
	url := serve(t)
	bea := signIn(t, url, "bea")
	if status, _ := bea.do(http.MethodPost, "/tickets/2/status", map[string][]string{"status": {"done"}}, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("status %d, want 403", status)
	}
}

func TestHostileMailIsHarmless(t *testing.T) {
	bea := signIn(t, serve(t), "bea")
	_, body := bea.get("/tickets/7")
	if !strings.Contains(body, "Dear customer") {
		t.Fatal("not the mail that was meant")
	}
	for _, active := range []string{"<script", "onerror", "javascript:", "track.gif", "<input name=\"password\""} {
		if strings.Contains(body, active) {
			t.Errorf("the page has %q", active)
		}
	}
}

func TestSearchKeepsWhatIsInternal(t *testing.T) {
	url := serve(t)
	sam, bea := signIn(t, url, "sam"), signIn(t, url, "bea")
	if _, body := bea.get("/tickets?q=tax+module"); !strings.Contains(body, "Checkout") || strings.Contains(body, "Beamer") {
		t.Errorf("an employee does not find the internal comment: %s", body)
	}
	if _, body := sam.get("/tickets?q=tax+module"); strings.Contains(body, "Checkout") {
		t.Error("a customer finds a ticket by what is internal")
	}
	if _, body := sam.get("/tickets?q=checkout"); !strings.Contains(body, "Checkout shows") {
		t.Error("a customer does not find his own ticket")
	}
}

func TestConsole(t *testing.T) {
	url := serve(t)
	for id, want := range map[string]int{"anna": http.StatusOK, "bea": http.StatusOK, "sam": http.StatusOK} {
		status, body := signIn(t, url, id).get("/admin/mailboxes")
		if inside := strings.Contains(body, "support@muster.example"); status != want || inside != (id != "sam") {
			t.Errorf("%s: status %d, sees the mailboxes: %t", id, status, inside)
		}
	}
	if status, _ := signIn(t, url, "bea").post("/admin/categories/edit", map[string][]string{"id": {"new"}}); status != http.StatusForbidden {
		t.Errorf("an employee changes categories: status %d", status)
	}
}

func TestErrorsKeepWhatWasTyped(t *testing.T) {
	bea := signIn(t, serve(t), "bea")
	status, body := bea.post("/tickets", map[string][]string{"text": {"my long text"}, "task": {"helpdesk"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "my long text") || !strings.Contains(body, "subject") {
		t.Errorf("status %d: %s", status, body)
	}
}
