package console_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/ticketmail/console"
)

// allPages are the paths of all pages that a GET shows, of a rig with seed.
var allPages = []string{
	"/categories", "/categories/edit", "/categories/edit?id=bug", "/categories/edit?id=wish", "/categories/delete?id=bug",
	"/notifications", "/notifications?project=service", "/notifications/edit?event=ticket_created", "/notifications/edit?event=status_done&project=service",
	"/notifications/explain", "/notifications/explain?ticket=1&event=comment_added&actor=bea", "/notifications/explain?ticket=1&event=comment_edited",
	"/templates", "/templates?name=status_done", "/templates/edit?name=status_done&audience=employee&language=de",
	"/templates/edit?name=status_done&audience=customer&language=fr&ticket=1", "/templates/edit?name=module:sig&audience=customer&language=it",
	"/mailboxes", "/mailboxes/show?id=support", "/mailboxes/show?id=shop", "/mailboxes/edit", "/mailboxes/edit?id=shop", "/mailboxes/delete?id=shop",
	"/", "/journal", "/journal?outcome=ticket&mailbox=support&text=one", "/quarantine", "/outbox", "/outbox?state=failed",
}

// TestPages: each page can be read in each language, by those who may
// administer and by those who may only read, and holds nothing active.
func TestPages(t *testing.T) {
	r := build(t, change{})
	r.seed()
	for _, language := range []string{"de", "en-GB", "fr"} {
		for _, path := range allPages {
			t.Run(language+path, func(t *testing.T) {
				r.t, r.as.Language, r.as.Right = t, language, console.Administer
				a := r.get(path)
				inspect(t, a)
				if got := attr(a.doc.FirstChild.NextSibling, "lang"); got != language[:2] {
					t.Errorf("lang = %q", got)
				}
				if strings.Contains(a.body, "%!") || strings.Contains(a.body, "ZgotmplZ") {
					t.Error("a text is not filled in")
				}
				r.as.Right = console.Read
				if b := r.send(http.MethodGet, path, nil); b.StatusCode == http.StatusOK {
					inspect(t, b)
				} else if b.StatusCode != http.StatusForbidden {
					t.Errorf("status for readers = %d", b.StatusCode)
				}
			})
		}
	}
}

// TestNobody: without a right every page refuses, and without the right to
// administer every form does.
func TestNobody(t *testing.T) {
	r := build(t, change{})
	r.seed()
	for _, path := range allPages {
		r.as = console.Visitor{}
		a := r.send(http.MethodGet, path, nil).want(http.StatusForbidden)
		inspect(t, a)
		if strings.Contains(a.body, "bug") || strings.Contains(a.body, "support@") {
			t.Errorf("%s tells strangers something:\n%s", path, a.body)
		}
		r.as = console.Visitor{Person: "bea", Right: console.Read}
		plain, _, _ := strings.Cut(path, "?")
		if a := r.post(plain); a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s by a reader = %d", plain, a.StatusCode)
		}
	}
}

func TestRefusedAndUnknown(t *testing.T) {
	r := build(t, change{options: func(o *console.Options) {
		o.Refused = http.RedirectHandler("/login", http.StatusSeeOther)
	}})
	r.get("/categories")
	r.send(http.MethodGet, "/nothing", nil).want(http.StatusNotFound)
	r.send(http.MethodGet, "/categories/edit?id=nothing", nil).want(http.StatusNotFound)
	r.as = console.Visitor{}
	if a := r.send(http.MethodGet, "/categories", nil).want(http.StatusSeeOther); a.Header.Get("Location") != "/login" {
		t.Errorf("Location = %s", a.Header.Get("Location"))
	}
}

// TestAccessFails: who cannot be told is nobody.
func TestAccessFails(t *testing.T) {
	r := build(t, change{})
	broken := console.AccessFunc(func(*http.Request) (console.Visitor, error) {
		return console.Visitor{Right: console.Administer}, errors.New("the session store is away")
	})
	var err error
	if r.web, err = console.New(r.Engine, broken, &console.Options{Prefix: prefix}); err != nil {
		t.Fatal(err)
	}
	a := r.send(http.MethodGet, "/categories", nil).want(http.StatusServiceUnavailable)
	if strings.Contains(a.body, "session store") {
		t.Error("the page tells what is wrong inside")
	}
}

// TestForeignForms: a form that another site sends is not carried out.
func TestForeignForms(t *testing.T) {
	r := build(t, change{options: func(o *console.Options) { o.TrustedOrigins = []string{"https://public.example"} }})
	for name, tt := range map[string]struct {
		header []string
		status int
	}{
		"same origin":    {[]string{"Sec-Fetch-Site", "same-origin"}, http.StatusSeeOther},
		"cross site":     {[]string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"sibling domain": {[]string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		"other origin":   {[]string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, http.StatusForbidden},
		"null origin":    {[]string{"Sec-Fetch-Site", "", "Origin", "null"}, http.StatusForbidden},
		"own origin":     {[]string{"Sec-Fetch-Site", "", "Origin", "https://erp.example"}, http.StatusSeeOther},
		"trusted origin": {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "https://public.example"}, http.StatusSeeOther},
	} {
		t.Run(name, func(t *testing.T) {
			id := strings.ReplaceAll(name, " ", "-")
			a := r.send(http.MethodPost, "/categories/edit", map[string][]string{"new": {id}, "order": {"1"}, "active": {"on"}}, tt.header...)
			if a.StatusCode != tt.status {
				t.Errorf("status = %d, want %d", a.StatusCode, tt.status)
			}
			all, err := r.Categories(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			made := false
			for _, c := range all {
				made = made || c.ID == id
			}
			if made != (tt.status == http.StatusSeeOther) {
				t.Errorf("carried out = %t", made)
			}
		})
	}
}

// TestHeaders: what every answer tells the browser.
func TestHeaders(t *testing.T) {
	r := build(t, change{})
	for path, status := range map[string]int{"/categories": 200, "/nothing": 404} {
		h := r.send(http.MethodGet, path, nil).want(status).Header
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: Content-Security-Policy has no %s: %s", path, part, policy)
			}
		}
		for _, bad := range []string{"unsafe", "*", "data:", "http:"} {
			if strings.Contains(policy, bad) {
				t.Errorf("%s: Content-Security-Policy allows %s", path, bad)
			}
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s = %q, want %q", path, name, got, want)
			}
		}
	}
}

// TestAssets: what pages load is there for everybody, and may be kept.
func TestAssets(t *testing.T) {
	r := build(t, change{})
	page := r.get("/categories")
	r.as = console.Visitor{}
	n := 0
	for d := range page.doc.Descendants() {
		for _, key := range []string{"src", "href"} {
			path, ok := strings.CutPrefix(attr(d, key), prefix)
			if !ok || !strings.HasPrefix(path, "/assets/") {
				continue
			}
			n++
			a := r.send(http.MethodGet, path, nil).want(http.StatusOK)
			if !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || a.Header.Get("Content-Type") == "" {
				t.Errorf("%s: headers = %v", path, a.Header)
			}
		}
	}
	if n < 3 {
		t.Errorf("the page loads %d assets", n)
	}
	r.send(http.MethodGet, "/assets/style.css", nil).want(http.StatusNotFound)
}

func TestNewRefuses(t *testing.T) {
	r := build(t, change{})
	ok := console.AccessFunc(func(*http.Request) (console.Visitor, error) { return console.Visitor{}, nil })
	for name, tt := range map[string]struct {
		make  func() (*console.Console, error)
		field string
	}{
		"no engine":     {func() (*console.Console, error) { return console.New(nil, ok, nil) }, "engine"},
		"no access":     {func() (*console.Console, error) { return console.New(r.Engine, nil, nil) }, "access"},
		"bad prefix":    {func() (*console.Console, error) { return console.New(r.Engine, ok, &console.Options{Prefix: "admin/"}) }, "Options.Prefix"},
		"prefix a host": {func() (*console.Console, error) { return console.New(r.Engine, ok, &console.Options{Prefix: "/a b"}) }, "Options.Prefix"},
		"bad origin": {func() (*console.Console, error) {
			return console.New(r.Engine, ok, &console.Options{TrustedOrigins: []string{"erp.example"}})
		}, "Options.TrustedOrigins[0]"},
	} {
		_, err := tt.make()
		if f, ok := errors.AsType[*mailbox.FieldError](err); !ok || f.Field != tt.field {
			t.Errorf("%s: %v, want the field %s", name, err, tt.field)
		}
	}
}

// TestLanguages: the visitor's comes first, then the browser's, then the
// company's.
func TestLanguages(t *testing.T) {
	r := build(t, change{})
	for _, tt := range []struct{ visitor, browser, want string }{
		{"de-AT", "fr", "de"},
		{"", "nl;q=1, fr-CH;q=0.9, de;q=0.8", "fr"},
		{"tlh", "", "en"},
		{"", "", "en"},
	} {
		r.as.Language = tt.visitor
		a := r.send(http.MethodGet, "/categories", nil, "Accept-Language", tt.browser)
		if got := a.Header.Get("Content-Language"); got != tt.want {
			t.Errorf("visitor %q, browser %q: %s, want %s", tt.visitor, tt.browser, got, tt.want)
		}
	}
}

// TestMountedAtRoot: without a prefix the console is a server's root.
func TestMountedAtRoot(t *testing.T) {
	r := build(t, change{options: func(o *console.Options) { o.Prefix = "" }})
	w := httptest.NewRecorder()
	r.web.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/categories", nil))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `href="/categories/edit"`) {
		t.Errorf("status %d:\n%s", w.Code, w.Body)
	}
}
