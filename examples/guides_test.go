package examples_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/directorytest"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/sqlitestore"
	"example.com/ticketmail/storage/storetest"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// What follows stands in the guides of docs, word by word.

// newEngine joins the host's database, people and mail exit.
func newEngine(ctx context.Context, store *sqlitestore.Store, people escalation.Directory, exit notify.Sender, keys []seal.Key) (*ticketmail.Engine, error) {
	sealer, err := seal.NewRing(keys...) // seals the passwords that administrators type
	if err != nil {
		return nil, err
	}
	return ticketmail.New(ctx, ticketmail.Config{
		Store:     store,
		Directory: people,
		Sender:    exit,
		Sealer:    sealer,
		Language:  "de", // of whoever has none of his own
		From:      message.Address{Name: "Support", Address: "support@erp.example"},
		Logger:    slog.Default(),
	})
}

// defineMailbox lets the mails of one folder become tickets of a task.
func defineMailbox(ctx context.Context, engine *ticketmail.Engine, password string) error {
	err := engine.PutMailbox(ctx, mailbox.Mailbox{
		ID: "support", Name: "Support", Address: "support@erp.example",
		Host: "imap.erp.example", User: "support", Password: mailbox.NewSecret(password), // TLS, unless told otherwise
	})
	if err != nil {
		return err
	}
	if err := engine.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "support", Task: "helpdesk"}); err != nil {
		return err
	}
	return engine.SetDefaultMailbox(ctx, "", "support") // answers about any ticket may come back here
}

// serve polls the mailboxes and sends what is due, until ctx is done.
func serve(ctx context.Context, engine *ticketmail.Engine) error {
	err := engine.Run(ctx) // returns when all work under way has ended
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// run is the whole of it, inside a program with a database, people and pages.
func run(ctx context.Context, db *sql.DB, people escalation.Directory, mux *http.ServeMux, visitor console.AccessFunc) error {
	store, err := sqlitestore.New(ctx, db, nil) // tables in db, mails in a directory beside its file
	if err != nil {
		return err
	}
	defer store.Close()
	engine, err := mount(ctx, store, people, mux, visitor)
	if err != nil {
		return err
	}
	return serve(ctx, engine)
}

// mount makes the engine and shows its administration pages.
func mount(ctx context.Context, store *sqlitestore.Store, people escalation.Directory, mux *http.ServeMux, visitor console.AccessFunc) (*ticketmail.Engine, error) {
	exit, err := smtpsender.New(smtpsender.Options{ // TLS, unless told otherwise
		Addr: "smtp.erp.example:465", User: "support", Password: mailbox.NewSecret(os.Getenv("ERP_SMTP_PASSWORD")),
	})
	if err != nil {
		return nil, err
	}
	keys, err := seal.ParseKeys(os.Getenv("ERP_KEYS"))
	if err != nil {
		return nil, err
	}
	engine, err := newEngine(ctx, store, people, exit, keys)
	if err != nil {
		return nil, err
	}
	admin, err := console.New(engine, visitor, &console.Options{Prefix: "/admin/tickets"})
	if err != nil {
		return nil, err
	}
	mux.Handle("/admin/tickets/", admin)
	return engine, nil
}

// visitors lets those whom admins names administer.
func visitors(session func(*http.Request) escalation.PersonID, admins map[escalation.PersonID]bool) console.AccessFunc {
	return func(r *http.Request) (console.Visitor, error) {
		who := session(r)
		if !admins[who] {
			return console.Visitor{}, nil
		}
		return console.Visitor{Person: who, Right: console.Administer}, nil
	}
}

// returned notes that an order came back and opens a ticket about it: both or
// neither.
func returned(ctx context.Context, db *sql.DB, store *sqlitestore.Store, engine *ticketmail.Engine, order string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	ticket, err := engine.Within(store.Within(tx)).CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{
		Subject: "Order " + order + " came back", Text: "Please call the customer.", Task: "helpdesk",
	})
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO returns (order_id, ticket) VALUES (?, ?)", order, string(ticket.ID)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	engine.Wake() // sends without waiting for the next look
	return nil
}

// withOAuth lets administrators sign mailboxes in: cfg gets the address to
// which the provider sends them back, and the host serves the handler there.
func withOAuth(ctx context.Context, cfg ticketmail.Config, mux *http.ServeMux, web oauth.Web) (*ticketmail.Engine, error) {
	cfg.OAuth.RedirectURI = "https://erp.example/oauth/callback" // as registered, letter by letter
	engine, err := ticketmail.New(ctx, cfg)                      // needs cfg.Sealer
	if err != nil {
		return nil, err
	}
	handler, err := engine.OAuth().Handler(web)
	if err != nil {
		return nil, err
	}
	mux.Handle("/oauth/", http.StripPrefix("/oauth", handler))
	return engine, nil
}

// formerRT makes answers to mails of Request Tracker find the tickets that were
// imported as rt-4711.
func formerRT() ticketmail.Threading {
	return ticketmail.Threading{Foreign: []thread.Foreign{{Format: thread.KnownFormats()["rt"], Prefix: "rt-"}}}
}

// The guides' way from nothing to a ticket inside the host's transaction.
func TestGuideEmbed(t *testing.T) {
	ctx := t.Context()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "erp.db")+"?_txlock=immediate&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(ctx, "CREATE TABLE returns (order_id TEXT, ticket TEXT)"); err != nil {
		t.Fatal(err)
	}
	store, err := sqlitestore.New(ctx, db, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{
			{ID: "anna", Address: "anna@erp.example", Kind: escalation.Employee},
			{ID: "bea", Address: "bea@erp.example", Kind: escalation.Employee},
		},
		Tasks: []memdirectory.Task{{ID: "helpdesk", Members: []escalation.PersonID{"anna"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	exit := &memsender.Sender{}
	engine, err := newEngine(ctx, store, people, exit, []seal.Key{seal.NewKey("test")})
	if err != nil {
		t.Fatal(err)
	}
	if err := returned(ctx, db, store, engine, "12"); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	if sent := exit.Mails(); len(sent) != 1 || sent[0].To.Address != "anna@erp.example" {
		t.Errorf("sent %v, want one mail to Anna", sent)
	}
	if err := defineMailbox(ctx, engine, "secret"); err != nil {
		t.Fatal(err)
	}
	if r, err := engine.Routes(ctx); err != nil || r.Default != "support" || len(r.Assignments) != 1 {
		t.Errorf("routes %+v, %v", r, err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := serve(done, engine); err != nil {
		t.Error(err)
	}
}

// The whole of it wants keys of the form that the guide names, and shows the
// console to administrators only.
func TestGuideTogether(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "erp.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	people, err := memdirectory.New(memdirectory.Data{Persons: []memdirectory.Person{{ID: "anna", Kind: escalation.Employee}}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	session := func(r *http.Request) escalation.PersonID { return escalation.PersonID(r.Header.Get("X-Person")) }
	access := visitors(session, map[escalation.PersonID]bool{"anna": true})
	t.Setenv("ERP_SMTP_PASSWORD", "secret")
	t.Setenv("ERP_KEYS", "")
	if err := run(t.Context(), db, people, mux, access); err == nil || !strings.Contains(err.Error(), "keys") {
		t.Errorf("without keys: error %v, want one about keys", err)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	t.Setenv("ERP_KEYS", "2026-11:"+base64.StdEncoding.EncodeToString(key))
	store, err := sqlitestore.New(t.Context(), db, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if _, err := mount(t.Context(), store, people, mux, access); err != nil {
		t.Fatal(err)
	}
	for person, want := range map[string]int{"anna": http.StatusOK, "bea": http.StatusForbidden, "": http.StatusForbidden} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/admin/tickets/mailboxes", nil)
		r.Header.Set("X-Person", person)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q gets the status %d, want %d", person, w.Code, want)
		}
	}
}

func TestGuideOAuth(t *testing.T) {
	people, err := memdirectory.New(memdirectory.Data{})
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.NewRing(seal.NewKey("test"))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	_, err = withOAuth(t.Context(), ticketmail.Config{Store: memstore.New(nil), Directory: people, Sealer: ring, Threading: formerRT()}, mux,
		oauth.Web{Session: func(*http.Request) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/oauth/callback", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, pattern := mux.Handler(r); pattern != "/oauth/" {
		t.Errorf("the callback is served by %q", pattern)
	}
}

// The guides' shortest blocks are the calls of the suites.
func TestGuideSuites(t *testing.T) {
	load := func(t *testing.T, f directorytest.Fixture) escalation.Directory {
		t.Helper()
		d := memdirectory.Data{Administrators: f.Administrators}
		for _, p := range f.Persons {
			d.Persons = append(d.Persons, memdirectory.Person(p))
		}
		for _, x := range f.Departments {
			d.Departments = append(d.Departments, memdirectory.Department(x))
		}
		for _, x := range f.Projects {
			d.Projects = append(d.Projects, memdirectory.Project(x))
		}
		for _, x := range f.Tasks {
			d.Tasks = append(d.Tasks, memdirectory.Task(x))
		}
		people, err := memdirectory.New(d)
		if err != nil {
			t.Fatal(err)
		}
		return people
	}
	directorytest.Run(t, func(t *testing.T, f directorytest.Fixture) escalation.Directory {
		return load(t, f) // your tables, filled from f
	})

	open := func(*testing.T) storage.Store { return memstore.New(nil) }
	storetest.Run(t, func(t *testing.T) storage.Store { return open(t) }, nil)
}

// Every block of Go code in the guides stands in the tests of this folder.
func TestGuideCode(t *testing.T) {
	flat := func(code string) string {
		lines := strings.Split(strings.TrimSpace(code), "\n")
		for i, l := range lines {
			lines[i] = strings.TrimLeft(l, "\t")
		}
		return strings.Join(lines, "\n")
	}
	tested := flat(textOf(t, "guides_test.go"))
	guides, err := filepath.Glob("../docs/*.md")
	if err != nil || len(guides) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	blocks := 0
	for _, name := range guides {
		text, err := os.ReadFile(name) //nolint:gosec // of this project
		if err != nil {
			t.Fatal(err)
		}
		for i, code := range strings.Split(string(text), "```go\n") {
			if i == 0 {
				continue
			}
			blocks++
			code, _, _ = strings.Cut(code, "```")
			if !strings.Contains(tested, flat(code)) {
				t.Errorf("%s has code that guides_test.go has not:\n%s", name, code)
			}
		}
	}
	if blocks < 5 {
		t.Errorf("%d blocks of code in the guides, want more", blocks)
	}
}

// Every package that a guide or the README imports is there.
func TestGuideImports(t *testing.T) {
	guides, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	paths, found := regexp.MustCompile(`"example\.com/ticketmail/([\w/]+)"`), 0
	for _, name := range append(guides, "../README.md") {
		for _, m := range paths.FindAllStringSubmatch(textOf(t, name), -1) {
			found++
			if files, err := filepath.Glob(filepath.Join("..", m[1], "*.go")); err != nil || len(files) == 0 {
				t.Errorf("%s imports %s, which is no package (%v)", name, m[0], err)
			}
		}
	}
	if found < 9 {
		t.Errorf("%d imports in the guides, want more", found)
	}
}

// Every method of Engine and field of Config that a guide names is there.
func TestGuideNames(t *testing.T) {
	engine, config := reflect.TypeFor[*ticketmail.Engine](), reflect.TypeFor[ticketmail.Config]()
	guides, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	names, found := regexp.MustCompile(`\b(?:ticketmail\.)?(Engine|Config)\.([A-Z]\w*)`), 0
	for _, name := range append(guides, "../README.md") {
		text, err := os.ReadFile(name) //nolint:gosec // of this project
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range names.FindAllStringSubmatch(string(text), -1) {
			found++
			var ok bool
			if m[1] == "Engine" {
				_, ok = engine.MethodByName(m[2])
			} else {
				_, ok = config.FieldByName(m[2])
			}
			if !ok {
				t.Errorf("%s names %s, which is not there", name, m[0])
			}
		}
	}
	if found < 30 {
		t.Errorf("%d names in the guides, want more", found)
	}
}
