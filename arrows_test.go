package ticketmail_test

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// A role says how a package is meant to be used.
type role int

const (
	part    role = iota // an engine, imported by whoever stands above it
	adapter             // plugs into an engine: chosen by a program or by the Engine
	suite               // test support: imported by tests and other suites
	program             // imported by nobody
)

// A floor is one package, or with a trailing "/..." one tree of them.
type floor struct {
	pkg  string
	role role
	// nested marks a module of its own, for programs only.
	nested bool
	// third lists the third-party packages that may be imported, each with
	// everything below it; a test may besides import those of all floors of
	// the core.
	third []string
}

const (
	goIMAP    = "github.com/emersion/go-imap/v2"
	goMessage = "github.com/emersion/go-message"
	goSASL    = "github.com/emersion/go-sasl"
	goSMTP    = "github.com/emersion/go-smtp"
	enmime    = "github.com/jhillyerd/enmime/v2"
	goCmp     = "github.com/google/go-cmp"
	xText     = "golang.org/x/text"
	xHTML     = "golang.org/x/net/html"
	xIDNA     = "golang.org/x/net/idna"
	sqlite    = "modernc.org/sqlite"
	pgx       = "github.com/jackc/pgx/v5"
	gocloud   = "gocloud.dev"
	otel      = "go.opentelemetry.io/otel"
	chromedp  = "github.com/chromedp/chromedp"
	cdproto   = "github.com/chromedp/cdproto"
)

// floors lists the packages from the bottom up. Each line may import only
// lines above it here, that is, below it in the house.
var floors = []floor{
	{pkg: "internal/cputime", role: suite},  // measures what tests bound
	{pkg: "internal/daemon", role: suite},   // runs real servers for tests
	{pkg: "internal/dovecot", role: suite},  // one for IMAP and POP3
	{pkg: "internal/courier", role: suite},  // another one
	{pkg: "internal/postfix", role: suite},  // one for SMTP
	{pkg: "internal/postgres", role: suite}, // one for storage
	{pkg: "internal/pop3test", role: suite},
	{pkg: "internal/wiretest", role: suite}, // scripted servers and certificates
	{pkg: "internal/...", third: []string{goIMAP, goSASL, goSMTP}},
	{pkg: "escalation"},
	{pkg: "escalation/memdirectory", role: adapter, third: []string{xText}},
	{pkg: "escalation/directorytest", role: suite, third: []string{goCmp}},
	{pkg: "catalog", third: []string{xText}},
	{pkg: "mailbox/message", third: []string{goMessage, xText, xHTML}},
	{pkg: "mailbox/message/safehtml", third: []string{xHTML}},
	{pkg: "mailbox/message/bench", role: program, nested: true, third: []string{goMessage, enmime, xText}},
	{pkg: "mailbox/thread", third: []string{xText}},
	{pkg: "mailbox"},
	{pkg: "mailbox/internal/boxtest", role: suite},
	{pkg: "mailbox/seal"},
	{pkg: "mailbox/oauth"},
	{pkg: "mailbox/oauth/oauthtest", role: suite},
	{pkg: "mailbox/mailboxtest", role: suite, third: []string{goCmp, goIMAP}},
	{pkg: "mailbox/imapbox", role: adapter, third: []string{goIMAP, goSASL, xText}},
	{pkg: "mailbox/pop3box", role: adapter, third: []string{goSASL}},
	{pkg: "notify", third: []string{goMessage, xHTML, xIDNA, xText}},
	{pkg: "notify/notifytest", role: suite, third: []string{goCmp, goSMTP}},
	{pkg: "notify/memsender", role: adapter},
	{pkg: "notify/smtpsender", role: adapter, third: []string{goMessage, goSASL, goSMTP}},
	{pkg: "storage", third: []string{xText}}, // what words are
	{pkg: "storage/storetest", role: suite, third: []string{goCmp}},
	{pkg: "storage/memstore", role: adapter},
	{pkg: "storage/dirblobs", role: adapter},
	{pkg: "storage/cloudblobs", role: adapter, nested: true, third: []string{gocloud}},
	{pkg: "storage/storetest/fault", role: suite, third: []string{goCmp}},
	{pkg: "storage/sqlitestore", role: adapter, nested: true, third: []string{sqlite}},
	{pkg: "storage/pgstore", role: adapter, nested: true, third: []string{pgx}},
	{pkg: "ticketmail", third: []string{xText}},
	{pkg: "ticketmail/console"},
	{pkg: "ticketmail/otelobserver", role: adapter, nested: true, third: []string{otel}},
	{pkg: "examples/...", role: program, third: []string{goIMAP, goMessage, goSASL, goSMTP, sqlite, pgx, xText, chromedp, cdproto}},
	{pkg: ""}, // documentation and these tests
}

// forbidden lists standard packages that library code does without.
var forbidden = []struct {
	path, why string
	except    []string // packages that may, with everything below them
}{
	{path: "database/sql", why: "the core knows no SQL", except: []string{"storage/sqlitestore", "examples"}},
	{path: "text/template", why: "templates are edited by administrators and must stay logic-less", except: []string{"examples"}},
	{path: "html/template", why: "templates are edited by administrators and must stay logic-less", except: []string{"examples", "ticketmail/console"}}, // the console's own pages
	{path: "math/rand", why: "no hidden randomness in a decision", except: []string{"examples", "storage/storetest", "mailbox/mailboxtest"}},
	{path: "math/rand/v2", why: "no hidden randomness in a decision", except: []string{"examples", "storage/storetest", "mailbox/mailboxtest"}},
	{path: "flag", why: "configuration is values", except: []string{"examples"}},
	{path: "log", why: "log with the *slog.Logger of the configuration", except: []string{"examples"}},
	{path: "os/exec", why: "a library starts no programs", except: []string{"examples", "internal/courier", "internal/daemon", "internal/dovecot", "internal/postfix", "internal/postgres"}},
	{path: "expvar", why: "it registers an HTTP handler behind the embedder's back"},
	{path: "net/http/pprof", why: "it registers HTTP handlers behind the embedder's back"},
	{path: "net/smtp", why: "frozen; smtpsender is the mail exit"},
	{path: "unsafe", why: "nothing here is worth it"},
	{path: "C", why: "it builds with Go alone"},
	{path: "plugin", why: "adapters are values in a Config"},
}

// find returns the line of a folder in [floors], or -1.
func find(pkg string) int {
	return slices.IndexFunc(floors, func(f floor) bool {
		if tree, ok := strings.CutSuffix(f.pkg, "/..."); ok {
			return within(pkg, tree)
		}
		return pkg == f.pkg
	})
}

// checkArrows says which imports of s point the wrong way.
func checkArrows(s source) []string {
	from := find(s.pkg())
	if from < 0 {
		return []string{fmt.Sprintf("%s: package %q has no line in floors: give it one", s.name, s.pkg())}
	}
	var findings []string
	for _, imported := range s.imports() {
		if why := wrongArrow(s, from, imported); why != "" {
			findings = append(findings, fmt.Sprintf("%s imports %s: %s", s.name, imported, why))
		}
	}
	return findings
}

// wrongArrow says why s, on line from of floors, must not import a path, or "".
func wrongArrow(s source, from int, imported string) string {
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case imported == modulePath:
		return "the root exports nothing"
	case strings.HasPrefix(imported, modulePath+"/"):
		return wrongFloor(s, from, strings.TrimPrefix(imported, modulePath+"/"))
	case strings.Contains(first, "."):
		return wrongThird(s, from, imported)
	}
	return wrongStandard(s, imported)
}

// wrongFloor judges an import of our own package pkg.
func wrongFloor(s source, from int, pkg string) string {
	to := find(pkg)
	if to < 0 {
		return "it has no line in floors"
	}
	own := floors[from]
	switch {
	case pkg == s.pkg(), own.role == program && within(pkg, "examples"):
		return ""
	case floors[to].nested && own.role != program:
		return "a module of its own: it would enter every embedder's module graph, even by a test"
	case s.isTest():
		return wrongTestFloor(s, to)
	case to >= from:
		return "it stands on a higher floor"
	case floors[to].role == suite && own.role != suite && own.role != program:
		return "suites are for tests"
	case floors[to].role == adapter && own.role != program && s.pkg() != "ticketmail":
		return "only ticketmail and programs choose adapters"
	}
	return ""
}

// wrongTestFloor judges an import of line to by a test: besides what is below
// it, a test may use what plugs into the package it tests.
func wrongTestFloor(s source, to int) string {
	top, _, _ := strings.Cut(s.pkg(), "/")
	highest := -1
	for i, f := range floors {
		if within(strings.TrimSuffix(f.pkg, "/..."), top) {
			highest = i
		}
	}
	if to > highest {
		return "it stands on a higher floor; a test that needs it belongs there or into examples"
	}
	return ""
}

// wrongThird judges an import from a third party.
func wrongThird(s source, from int, imported string) string {
	if within(imported, floors[from].third...) {
		return ""
	}
	if !s.isTest() {
		return "not among the third-party packages of this package in floors"
	}
	known := func(f floor) bool {
		return !f.nested && f.role != program && within(imported, f.third...)
	}
	if !slices.ContainsFunc(floors, known) {
		return "not among the third-party packages of the core: it would enter every embedder's module graph, even by a test"
	}
	return ""
}

// wrongStandard judges an import from the standard library.
func wrongStandard(s source, imported string) string {
	for _, f := range forbidden {
		if f.path == imported && !s.isTest() && !within(s.pkg(), f.except...) {
			return f.why
		}
	}
	if imported == "testing" && !s.isTest() && floors[find(s.pkg())].role != suite && !within(s.pkg(), "internal", "examples") {
		return "test support belongs into a suite"
	}
	return ""
}

// The arrows of the house: who may import whom.
func TestArrows(t *testing.T) {
	for _, s := range allSources(t) {
		report(t, checkArrows(s))
	}
}

// The table has no line for a package that is not there any more.
func TestFloorsExist(t *testing.T) {
	pkgs := packages(allSources(t))
	for _, f := range floors {
		dir := strings.TrimSuffix(f.pkg, "/...")
		if !slices.ContainsFunc(pkgs, func(p string) bool { return within(p, dir) }) {
			t.Errorf("floors names %q, which does not exist", f.pkg)
		}
	}
}

// The checker finds what it is there to find.
func TestArrowsBite(t *testing.T) {
	for name, tt := range map[string]struct {
		file, imported string
		ok             bool
	}{
		"down":                              {"storage/ticket.go", modulePath + "/mailbox/thread", true},
		"up":                                {"mailbox/mailbox.go", modulePath + "/notify", false},
		"up within a folder":                {"mailbox/thread/ref.go", modulePath + "/mailbox", false},
		"adapter to its interface":          {"mailbox/imapbox/connect.go", modulePath + "/mailbox", true},
		"interface to its adapter":          {"mailbox/drain.go", modulePath + "/mailbox/imapbox", false},
		"engine chooses an adapter":         {"ticketmail/new.go", modulePath + "/mailbox/imapbox", true},
		"engine chooses another module":     {"ticketmail/new.go", modulePath + "/storage/sqlitestore", false},
		"part chooses an adapter":           {"storage/store.go", modulePath + "/notify/smtpsender", false},
		"suite in library code":             {"ticketmail/new.go", modulePath + "/storage/storetest", false},
		"suite in a test":                   {"storage/memstore/store_test.go", modulePath + "/storage/storetest", true},
		"suite uses a suite":                {"storage/storetest/run.go", modulePath + "/notify/notifytest", true},
		"test of the part with its adapter": {"storage/store_test.go", modulePath + "/storage/memstore", true},
		"test from above":                   {"escalation/walk_test.go", modulePath + "/storage/memstore", false},
		"test in the core with SQLite":      {"storage/store_test.go", modulePath + "/storage/sqlitestore", false},
		"program with SQLite":               {"examples/ticketd/main.go", modulePath + "/storage/sqlitestore", true},
		"the empty root":                    {"ticketmail/new.go", modulePath, false},
		"package without a floor":           {"helpers/helpers.go", "fmt", false},
		"import without a floor":            {"ticketmail/new.go", modulePath + "/helpers", false},
		"driver in the core":                {"storage/store.go", "modernc.org/sqlite", false},
		"driver in a test of the core":      {"storage/store_test.go", "modernc.org/sqlite", false},
		"driver in its adapter":             {"storage/sqlitestore/store_test.go", "modernc.org/sqlite", true},
		"IMAP in its adapter":               {"mailbox/imapbox/connect.go", goIMAP + "/imapclient", true},
		"IMAP elsewhere":                    {"ticketmail/new.go", goIMAP, false},
		"go-cmp in library code":            {"catalog/category.go", goCmp + "/cmp", false},
		"go-cmp in a test":                  {"catalog/category_test.go", goCmp + "/cmp", true},
		"unheard of":                        {"catalog/category_test.go", "github.com/stretchr/testify/require", false},
		"similar name":                      {"mailbox/imapbox/connect.go", goIMAP + "x", false},
		"SQL in the core":                   {"ticketmail/tx.go", "database/sql", false},
		"SQL in its adapter":                {"storage/sqlitestore/store.go", "database/sql", true},
		"live templates":                    {"notify/template.go", "text/template", false},
		"pages of the console":              {"ticketmail/console/render.go", "html/template", true},
		"pages elsewhere":                   {"ticketmail/templates.go", "html/template", false},
		"console below the engine":          {"ticketmail/engine.go", modulePath + "/ticketmail/console", false},
		"hidden randomness":                 {"ticketmail/decide.go", "math/rand/v2", false},
		"testing in library code":           {"notify/outbox.go", "testing", false},
		"testing in a suite":                {"notify/notifytest/run.go", "testing", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := parseSource(t, token.NewFileSet(), tt.file, "package p\nimport _ \""+tt.imported+"\"\n")
			if found := checkArrows(s); len(found) == 0 != tt.ok {
				t.Errorf("%s importing %s: findings %q, want ok = %t", tt.file, tt.imported, found, tt.ok)
			}
		})
	}
}
