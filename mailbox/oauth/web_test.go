package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
)

// H71: whatever does not come back with the state, session, time and provider
// it was sent away with is refused, and the provider is asked for nothing.
func TestForeignCallbacks(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil   func(t *testing.T, r *rig, c *oauth.Client, q url.Values)
		session string
		want    error
	}{
		"no state":    {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Del("state") }, want: oauth.ErrState},
		"empty state": {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Set("state", "") }, want: oauth.ErrState},
		"made up": {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) {
			q.Set("state", "support."+strings.Repeat("A", 43))
		}, want: oauth.ErrState},
		"no random part": {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Set("state", "support.") }, want: oauth.ErrState},
		"no mailbox": {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) {
			q.Set("state", q.Get("state")[len("support"):])
		}, want: oauth.ErrState},
		"unknown mailbox": {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Set("state", "x"+q.Get("state")) }, want: oauth.ErrState},
		"longer":          {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Set("state", q.Get("state")+"A") }, want: oauth.ErrState},
		"other letter": {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) {
			q.Set("state", strings.ToUpper(q.Get("state")[:1])+q.Get("state")[1:])
		}, want: oauth.ErrState},
		"twice":           {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Add("state", "x") }, want: oauth.ErrState},
		"foreign session": {session: "another", want: oauth.ErrState},
		"no session":      {session: "-", want: oauth.ErrState},
		"expired":         {spoil: func(*testing.T, *rig, *oauth.Client, url.Values) { time.Sleep(oauth.AttemptLife) }, want: oauth.ErrState},
		"pushed out":      {spoil: func(t *testing.T, r *rig, c *oauth.Client, _ url.Values) { begin(t, c, 8) }, want: oauth.ErrState},
		"foreign issuer":  {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Set("iss", "https://evil.example") }, want: oauth.ErrIssuer},
		"two issuers":     {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Add("iss", q.Get("iss")) }, want: oauth.ErrIssuer},
		"empty issuer":    {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Set("iss", "") }, want: oauth.ErrIssuer},
		"no code":         {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Del("code") }},
		"two codes":       {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Add("code", "x") }},
		"declined":        {spoil: func(_ *testing.T, _ *rig, _ *oauth.Client, q url.Values) { q.Set("error", "access_denied") }},
		"settings changed": {spoil: func(_ *testing.T, r *rig, _ *oauth.Client, _ url.Values) {
			r.change(func(a *oauth.Account) { a.ClientID = "new" })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, &oauthtest.Options{Issuer: "https://login.example.test/issuer"})
				c := r.node(t)
				q := r.visit(t, c, "session")
				if tt.spoil != nil {
					tt.spoil(t, r, c, q)
				}
				session := "session"
				if tt.session != "" {
					session = strings.TrimPrefix(tt.session, "-")
				}
				_, err := c.Finish(t.Context(), q, session)
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("Finish: %v, want %v", err, tt.want)
				}
				if n := r.asked(); n != 0 {
					t.Errorf("the provider was asked %d times", n)
				}
			})
		})
	}
}

func begin(t *testing.T, c *oauth.Client, n int) {
	t.Helper()
	for range n {
		if _, err := c.Begin(t.Context(), box, "session"); err != nil {
			t.Fatal(err)
		}
	}
}

// A state is used up by the first who names it: a second time, on another
// node, and for the owner after a foreign session named it.
func TestStateWorksOnce(t *testing.T) {
	r := newRig(t, nil)
	c := r.node(t)
	q := r.visit(t, c, "session")
	if _, err := r.node(t).Finish(t.Context(), q, "session"); err != nil {
		t.Fatalf("another node: %v", err)
	}
	for _, node := range []*oauth.Client{c, r.node(t)} {
		if _, err := node.Finish(t.Context(), q, "session"); !errors.Is(err, oauth.ErrState) {
			t.Errorf("used a second time: %v, want ErrState", err)
		}
	}
	q = r.visit(t, c, "session")
	if _, err := c.Finish(t.Context(), q, "thief"); !errors.Is(err, oauth.ErrState) {
		t.Errorf("by a thief: %v, want ErrState", err)
	}
	if _, err := c.Finish(t.Context(), q, "session"); !errors.Is(err, oauth.ErrState) {
		t.Errorf("after a thief: %v, want ErrState", err)
	}
	if n := r.asked(); n != 1 {
		t.Errorf("the provider was asked %d times, want once", n)
	}
}

// Settings that cannot be read are no success.
func TestFinishWithoutSettings(t *testing.T) {
	r := newRig(t, nil)
	q := r.visit(t, r.node(t), "session")
	cfg := r.config(t)
	cfg.Accounts = func(context.Context, mailbox.ID) (oauth.Account, error) {
		return oauth.Account{}, errors.New("database is away")
	}
	c, err := oauth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Finish(t.Context(), q, "session")
	checkError(t, none, err, oauth.Later, oauth.CodeStore)
	if _, err := r.node(t).Finish(t.Context(), q, "session"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A state of one mailbox is none for another, even in the same session.
func TestStateIsBoundToMailbox(t *testing.T) {
	r := newRig(t, nil)
	cfg := r.config(t)
	cfg.Accounts = oauth.Static(r.server.Account("support"), r.server.Account("sales"))
	c, err := oauth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	q := r.visit(t, c, "session")
	q.Set("state", strings.Replace(q.Get("state"), "support.", "sales.", 1))
	if _, err := c.Finish(t.Context(), q, "session"); !errors.Is(err, oauth.ErrState) || r.asked() != 0 {
		t.Errorf("Finish: %v after %d requests, want ErrState after none", err, r.asked())
	}
}

// What the browser is sent away with.
func TestSignInAddress(t *testing.T) {
	r := newRig(t, nil)
	r.change(func(a *oauth.Account) { a.Login = "support@example.com" })
	c := r.node(t)
	seen := map[string]bool{}
	for range 100 {
		address, err := c.Begin(t.Context(), box, "session")
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		for name, want := range map[string]string{
			"response_type": "code", "client_id": oauthtest.DefaultClientID, "redirect_uri": c.RedirectURI(), "code_challenge_method": "S256",
			"scope": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access", "prompt": "select_account", "login_hint": "support@example.com",
		} {
			if len(q[name]) != 1 || q.Get(name) != want {
				t.Fatalf("%s = %q, want %q", name, q[name], want)
			}
		}
		random, ok := strings.CutPrefix(q.Get("state"), "support.")
		if !ok || len(random) != 43 || seen[random] || len(q.Get("code_challenge")) != 43 || seen[q.Get("code_challenge")] {
			t.Fatalf("state %q or challenge %q are not new random text of 256 bits", q.Get("state"), q.Get("code_challenge"))
		}
		seen[random], seen[q.Get("code_challenge")] = true, true
	}
}

// What a sign-in may lack.
func TestPoorSignIns(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		code string
	}{
		"no refresh token": {`{"access_token":"a","token_type":"Bearer","scope":"https://outlook.office.com/IMAP.AccessAsUser.All"}`, oauth.CodeNoRefresh},
		"other scope":      {`{"access_token":"a","token_type":"Bearer","refresh_token":"r","scope":"openid email"}`, oauth.CodeNotGranted},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			c := r.node(t)
			r.server.Next(oauthtest.Body(200, tt.body))
			_, err := c.Finish(t.Context(), r.visit(t, c, "session"), "session")
			if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != tt.code {
				t.Errorf("Finish: %v, want code %s", err, tt.code)
			}
			refuses(t, c, oauth.SignIn, oauth.CodeNotSignedIn)
		})
	}
}

// The handler as a browser meets it.
func TestHandler(t *testing.T) {
	r := newRig(t, nil)
	c := r.node(t)
	h, err := c.Handler(oauth.Web{
		Session: func(r *http.Request) string { return r.Header.Get("Cookie") },
		Allow: func(_ *http.Request, id mailbox.ID) error {
			if id == "secret" {
				return errors.New("no")
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	do := func(method, target, body string, header ...string) *httptest.ResponseRecorder {
		t.Helper()
		req := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		return w
	}
	const form = "mailbox=support"
	for name, tt := range map[string]struct {
		method, target, body string
		header               []string
		status               int
	}{
		"nobody":          {"POST", "/oauth", form, nil, 403},
		"nobody's return": {"GET", "/oauth?state=x&code=y", "", nil, 403},
		"other site":      {"POST", "/oauth", form, []string{"Cookie", "s", "Sec-Fetch-Site", "cross-site"}, 403},
		"other origin":    {"POST", "/oauth", form, []string{"Cookie", "s", "Origin", "https://evil.example"}, 403},
		"not allowed":     {"POST", "/oauth", "mailbox=secret", []string{"Cookie", "s"}, 403},
		"unknown":         {"POST", "/oauth", "mailbox=other", []string{"Cookie", "s"}, 422},
		"delete":          {"DELETE", "/oauth", "", []string{"Cookie", "s"}, 405},
		"head":            {"HEAD", "/oauth?state=x", "", []string{"Cookie", "s"}, 405},
		"bare":            {"GET", "/oauth", "", []string{"Cookie", "s"}, 400},
		"huge":            {"GET", "/oauth?state=" + strings.Repeat("x", 20000), "", []string{"Cookie", "s"}, 414},
		"huge form":       {"POST", "/oauth", "a=" + strings.Repeat("x", 20000) + "&" + form, []string{"Cookie", "s"}, 422},
	} {
		t.Run(name, func(t *testing.T) {
			if w := do(tt.method, tt.target, tt.body, tt.header...); w.Code != tt.status {
				t.Errorf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
		})
	}

	away := do("POST", "/oauth", form, "Cookie", "s", "Origin", "https://tickets.example")
	if away.Code != http.StatusSeeOther || away.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("begin: %d %v", away.Code, away.Header())
	}
	back, err := r.server.Visit(t.Context(), away.Header().Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), c.RedirectURI()+"?") {
		t.Fatalf("the provider sends back to %v, %v", back, err)
	}
	if w := do("GET", back.RequestURI(), "", "Cookie", "other"); w.Code != 400 {
		t.Errorf("another session: %d", w.Code)
	}
	away = do("POST", "/oauth", form, "Cookie", "s")
	back, err = r.server.Visit(t.Context(), away.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	w := do("GET", back.RequestURI(), "", "Cookie", "s")
	if w.Code != 200 || w.Header().Get("Referrer-Policy") != "no-referrer" || !strings.Contains(w.Body.String(), "support") {
		t.Errorf("end: %d %v %s", w.Code, w.Header(), w.Body)
	}
	r.token(t, c, none)
}

// The provider's page refuses what was not registered; the server's checks of
// PKCE and redirect URI bite, so that the green tests above mean something.
func TestProviderChecks(t *testing.T) {
	r := newRig(t, nil)
	c := r.node(t)
	address, err := c.Begin(t.Context(), box, "session")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.server.Visit(t.Context(), strings.Replace(address, "tickets.example", "evil.example", 1)); err == nil {
		t.Error("a redirect URI that is not registered was visited")
	}
	for name, spoil := range map[string]func(*oauth.Config){
		"another verifier": func(cfg *oauth.Config) { cfg.Transport = rewriter{r.server.Transport(), "code_verifier"} },
		"another redirect": func(cfg *oauth.Config) { cfg.Transport = rewriter{r.server.Transport(), "redirect_uri"} },
		"another code":     func(cfg *oauth.Config) { cfg.Transport = rewriter{r.server.Transport(), "code"} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := r.config(t)
			spoil(&cfg)
			c, err := oauth.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Finish(t.Context(), r.visit(t, c, "session"), "session"); err == nil {
				t.Error("the provider accepted it")
			}
		})
	}
}
