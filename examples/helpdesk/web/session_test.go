package web_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// nobody is somebody who has not said yet who he is.
func nobody(t *testing.T, url string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t, url, &http.Client{Jar: jar}}
}

// Who follows a link to a ticket says who he is, and is then shown that ticket.
func TestSignInLeadsBack(t *testing.T) {
	site := serve(t)
	for name, tt := range map[string]struct{ path, want string }{
		"a ticket":    {"/tickets/2", "#2 Checkout"},
		"the console": {"/admin/quarantine", "Quarantine"},
		"a search":    {"/tickets?q=Facture&status=new", "Facture introuvable"},
	} {
		t.Run(name, func(t *testing.T) {
			p := nobody(t, site)
			_, asked := p.get(tt.path)
			if !strings.Contains(asked, `name="to" value="`+strings.ReplaceAll(tt.path, "&", "&amp;")+`"`) {
				t.Errorf("the page that asks who he is forgets %s:\n%s", tt.path, asked)
			}
			if _, body := p.post("/signin", url.Values{"person": {"carl"}, "to": {tt.path}}); !strings.Contains(body, tt.want) {
				t.Errorf("signing in does not lead to %s", tt.path)
			}
		})
	}
}

// Signing in leads to no other site, however its address is written.
func TestSignInStays(t *testing.T) {
	site := serve(t)
	for _, to := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`, `\\evil.example`, "/%zz", "javascript:alert(1)", "tickets", ""} {
		p := nobody(t, site)
		p.client.CheckRedirect = func(q *http.Request, _ []*http.Request) error {
			if q.URL.Path != "/tickets" || q.URL.Host != strings.TrimPrefix(site, "http://") {
				t.Errorf("signing in with %q leads to %s", to, q.URL)
			}
			return http.ErrUseLastResponse
		}
		if status, _ := p.post("/signin", url.Values{"person": {"carl"}, "to": {to}}); status != http.StatusSeeOther {
			t.Errorf("signing in with %q: status %d", to, status)
		}
	}
}

// The pages that need nobody's name speak the language of the browser.
func TestLanguageOfNobody(t *testing.T) {
	site := serve(t)
	for _, path := range []string{"/signin", "/write", "/mails", "/mails/1", "/nothing"} {
		for _, lang := range []string{"de", "en", "fr"} {
			if _, body := nobody(t, site).do(http.MethodGet, path, nil, "Accept-Language", lang); !strings.Contains(body, `<html lang="`+lang+`">`) {
				t.Errorf("%s is not in %s", path, lang)
			}
		}
	}
}
