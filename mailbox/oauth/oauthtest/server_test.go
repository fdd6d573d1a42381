package oauthtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
)

func newClient(t *testing.T, s *oauthtest.Server, a oauth.Account) *oauth.Client {
	t.Helper()
	ring, err := seal.NewRing(seal.NewKey("test"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := oauth.New(oauth.Config{
		Accounts: oauth.Static(a), Store: &oauth.MemStore{}, Sealer: ring, RedirectURI: oauthtest.DefaultRedirectURI, Transport: s.Transport(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func signIn(t *testing.T, s *oauthtest.Server, c *oauth.Client) error {
	t.Helper()
	address, err := c.Begin(t.Context(), "support", "session")
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.Visit(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Finish(t.Context(), back.Query(), "session")
	return err
}

// A mail server learns whose a token is, and that it is over.
func TestIntrospection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oauthtest.New(nil)
		c := newClient(t, s, s.Account("support"))
		if err := signIn(t, s, c); err != nil {
			t.Fatal(err)
		}
		token, err := c.Source("support").Token(t.Context(), mailbox.Secret{})
		if err != nil {
			t.Fatal(err)
		}
		post := func(token string) string {
			return introspect(t, s, http.MethodPost, "/introspect", url.Values{"token": {token}}.Encode())
		}
		want := "true " + oauthtest.DefaultUser
		if got := post(token.Reveal()); got != want {
			t.Errorf("introspection says %q, want %q", got, want)
		}
		if got := introspect(t, s, http.MethodGet, "/tokeninfo?access_token="+token.Reveal(), ""); got != want {
			t.Errorf("tokeninfo says %q, want %q", got, want)
		}
		if got := post("junk"); got != "false " {
			t.Errorf("of junk: %q", got)
		}
		time.Sleep(time.Hour)
		if got := post(token.Reveal()); got != "false " {
			t.Errorf("after its end: %q", got)
		}
	})
}

// introspect returns the answer's active and username.
func introspect(t *testing.T, s *oauthtest.Server, method, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Active   bool
		Username string
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return fmt.Sprint(answer.Active, " ", answer.Username)
}

func TestRevoke(t *testing.T) {
	s := oauthtest.New(nil)
	c := newClient(t, s, s.Account("support"))
	if err := signIn(t, s, c); err != nil {
		t.Fatal(err)
	}
	token, err := c.Source("support").Token(t.Context(), mailbox.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	s.Revoke(oauthtest.DefaultUser)
	if _, ok := s.User(token.Reveal()); ok {
		t.Error("the access token works on")
	}
	if _, err := c.Source("support").Token(t.Context(), token); err == nil || !strings.Contains(err.Error(), "AADSTS50173") {
		t.Errorf("Token: %v, want AADSTS50173", err)
	}
}

// Google gives a refresh token only to those who ask as it wants to be asked.
func TestGoogleOffline(t *testing.T) {
	for params, ok := range map[string]bool{"access_type=offline&prompt=consent": true, "access_type=offline": false, "": false} {
		s := oauthtest.New(&oauthtest.Options{Google: true})
		a := s.Account("support")
		a.Provider.Params = map[string]string{}
		q, err := url.ParseQuery(params)
		if err != nil {
			t.Fatal(err)
		}
		for name := range q {
			a.Provider.Params[name] = q.Get(name)
		}
		if err := signIn(t, s, newClient(t, s, a)); (err == nil) != ok {
			t.Errorf("asked with %q: %v, want ok = %t", params, err, ok)
		}
	}
}

// Microsoft refuses to give one token for two resources.
func TestOneResource(t *testing.T) {
	s := oauthtest.New(nil)
	a := s.Account("support")
	a.Provider.Scopes = append(a.Provider.Scopes, "User.Read")
	if err := signIn(t, s, newClient(t, s, a)); err == nil || !strings.Contains(err.Error(), "AADSTS28000") {
		t.Errorf("Finish: %v, want AADSTS28000", err)
	}
}

// On loopback a browser sees a page with two buttons.
func TestAsk(t *testing.T) {
	s := oauthtest.Start(&oauthtest.Options{Ask: true})
	defer s.Close()
	c := newClient(t, s, s.Account("support"))
	address, err := c.Begin(t.Context(), "support", "session")
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	do := func(method, body string) (*url.URL, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		page, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		to, err := resp.Location()
		if err != nil {
			to = &url.URL{}
		}
		return to, string(page)
	}
	if _, page := do(http.MethodGet, ""); !strings.Contains(page, oauthtest.DefaultUser) {
		t.Errorf("page %q does not say who signs in", page)
	}
	if back, _ := do(http.MethodPost, "decision=decline"); back.Query().Get("error") != "access_denied" {
		t.Errorf("declined: %v", back)
	}
	if back, _ := do(http.MethodPost, "decision=accept"); back.Query().Get("code") == "" {
		t.Errorf("accepted: %v", back)
	}
}
