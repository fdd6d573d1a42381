package oauth_test

import (
	"crypto/tls"
	"errors"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
)

// Each way in which a provider fails is told as what it is, and passes.
func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  oauthtest.Fault
		action oauth.Action
		code   string
		wait   time.Duration // until the provider is asked again
	}{
		"throttled":      {oauthtest.Throttled("120"), oauth.Later, "temporarily_unavailable", 2 * time.Minute},
		"bare 429":       {oauthtest.Body(429, ""), oauth.Later, "HTTP 429", 15 * time.Second},
		"broken":         {oauthtest.Body(500, "<html>"), oauth.Later, "HTTP 500", 15 * time.Second},
		"captive portal": {oauthtest.Body(200, "<html>"), oauth.Later, oauth.CodeBadAnswer, 15 * time.Second},
		"huge":           {oauthtest.Huge(1 << 30), oauth.Later, oauth.CodeTooLong, 15 * time.Second},
		"redirect":       {oauthtest.RedirectTo(302, "https://evil.example/"), oauth.Fix, oauth.CodeRedirect, time.Minute},
		"lost":           {oauthtest.Lost(), oauth.Later, oauth.CodeNetwork, 15 * time.Second},
		"slow":           {oauthtest.Slow(time.Hour), oauth.Later, oauth.CodeNetwork, 15 * time.Second},
		"wrong secret":   {oauthtest.Refused(401, "invalid_client", "AADSTS7000215"), oauth.Fix, "AADSTS7000215", time.Minute},
		"no consent":     {oauthtest.Refused(400, "invalid_grant", "AADSTS65001"), oauth.SignIn, "AADSTS65001", 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, c := signedIn(t, nil)
				time.Sleep(2 * time.Hour)
				r.server.Next(tt.fault)
				begun := time.Now()
				refuses(t, c, tt.action, tt.code)
				if took := time.Since(begun); took > oauth.DefaultTimeout {
					t.Errorf("took %s", took)
				}
				before := r.asked()
				for range 100 { // on all nodes
					refuses(t, r.node(t), tt.action, tt.code)
				}
				time.Sleep(tt.wait - time.Second)
				refuses(t, c, tt.action, tt.code)
				if n := r.asked() - before; n != 0 {
					t.Errorf("the provider was asked %d times within %s of its refusal", n, tt.wait)
				}
				h, err := c.Health(t.Context(), box)
				if err != nil || h.Failure == nil || h.Failure.Code != tt.code || h.Failure.Cure == "" {
					t.Errorf("Health: %+v, %v; want the failure in it", h, err)
				}
				time.Sleep(2 * time.Second)
				r.token(t, c, none)
				if h, err := c.Health(t.Context(), box); err != nil || h.Failure != nil {
					t.Errorf("Health: %+v, %v; want the failure gone", h, err)
				}
			})
		})
	}
}

// The pause grows with each refusal, up to a limit; what is fixed here, and
// Retry, end it at once.
func TestHoldOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		time.Sleep(2 * time.Hour)
		r.server.SetSecret("new")
		var gaps []time.Duration
		last, begun := r.asked(), time.Now()
		for len(gaps) < 7 {
			_, _ = c.Source(box).Token(t.Context(), none)
			if n := r.asked(); n > last {
				last = n
				gaps = append(gaps, time.Since(begun).Round(time.Minute))
				begun = time.Now()
			}
			time.Sleep(30 * time.Second)
		}
		const m = time.Minute
		if want := []time.Duration{0, m, 2 * m, 4 * m, 8 * m, 15 * m, 15 * m}; !slices.Equal(gaps, want) {
			t.Fatalf("asked after %v, want %v", gaps, want)
		}
		before := r.asked()
		if err := c.Retry(t.Context(), box); err != nil {
			t.Fatal(err)
		}
		refuses(t, c, oauth.Fix, "AADSTS7000215")
		if r.asked() != before+1 {
			t.Error("Retry changed nothing")
		}
		fixed := r.server.Account(box)
		r.change(func(a *oauth.Account) { a.ClientSecret = fixed.ClientSecret })
		r.token(t, c, none)
	})
}

// Before its end a token serves on although it cannot be renewed.
func TestGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		first := r.token(t, c, none)
		time.Sleep(56 * time.Minute)
		r.server.Always(oauthtest.Body(503, ""))
		if got := r.token(t, c, none); !got.Equal(first) {
			t.Error("another token")
		}
		time.Sleep(4 * time.Minute)
		refuses(t, c, oauth.Later, "HTTP 503")
	})
}

// H72: an answer that got lost costs nothing where the old refresh token works
// on, as Microsoft's does.
func TestLostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		time.Sleep(time.Hour)
		r.server.Next(oauthtest.Lost())
		refuses(t, c, oauth.Later, oauth.CodeNetwork)
		time.Sleep(time.Minute)
		r.token(t, c, none)
	})
}

// A refusal is sent once: nothing guesses how the provider wants its secret.
func TestRefusedOnce(t *testing.T) {
	for _, style := range []oauth.Style{oauth.InParams, oauth.InHeader} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			r.change(func(a *oauth.Account) { a.Provider.Style = style })
			c := r.node(t)
			r.signIn(t, c)
			time.Sleep(time.Hour)
			r.server.SetSecret("new")
			before := r.asked()
			refuses(t, c, oauth.Fix, "AADSTS7000215")
			if n := r.asked() - before; n != 1 {
				t.Errorf("style %q: %d requests, want 1", style, n)
			}
		})
	}
}

// The secret stands where the provider wants it, and nowhere else.
func TestStyle(t *testing.T) {
	for style, want := range map[oauth.Style][2]bool{oauth.InParams: {true, false}, oauth.InHeader: {false, true}} {
		r := newRig(t, nil)
		r.change(func(a *oauth.Account) { a.Provider.Style = style })
		cfg := r.config(t)
		var got [2]bool
		cfg.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
			if err := req.ParseForm(); err != nil {
				return nil, err
			}
			_, _, header := req.BasicAuth()
			got = [2]bool{req.PostForm.Get("client_secret") != "", header}
			return nil, errors.New("offline")
		})
		c, err := oauth.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Finish(t.Context(), r.visit(t, c, "session"), "session")
		if got != want {
			t.Errorf("style %q: in body and header = %v, want %v", style, got, want)
		}
	}
}

// A network that is away for long is found again within a minute.
func TestNetworkComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		time.Sleep(time.Hour)
		r.server.Always(oauthtest.Lost())
		for range 100 {
			refuses(t, c, oauth.Later, oauth.CodeNetwork)
			time.Sleep(time.Minute)
		}
		r.server.Always(nil)
		r.token(t, c, none)
	})
}

// On a real connection: redirects are not followed, the body is not read
// beyond the limit, memory stays small, an untrusted certificate is told.
func TestRealConnection(t *testing.T) {
	server := oauthtest.Start(nil)
	defer server.Close()
	var stolen atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	defer thief.Close()
	r := newRig(t, nil)
	r.server, r.account = server, server.Account(box)
	cfg := r.config(t)
	cfg.Transport = nil
	c, err := oauth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.signIn(t, c)
	token := r.token(t, c, none)
	for _, tt := range []struct {
		fault oauthtest.Fault
		code  string
	}{
		{oauthtest.RedirectTo(302, thief.URL), oauth.CodeRedirect},
		{oauthtest.RedirectTo(303, thief.URL), oauth.CodeRedirect},
		{oauthtest.RedirectTo(307, thief.URL), oauth.CodeRedirect},
		{oauthtest.RedirectTo(308, thief.URL), oauth.CodeRedirect},
		{oauthtest.Huge(1 << 30), oauth.CodeTooLong},
	} {
		server.Next(tt.fault)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := c.Source(box).Token(t.Context(), token)
		runtime.ReadMemStats(&after)
		if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != tt.code {
			t.Errorf("%v, want code %s", err, tt.code)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
			t.Errorf("%s: %d MB allocated", tt.code, grown>>20)
		}
		if err := c.Retry(t.Context(), box); err != nil {
			t.Fatal(err)
		}
	}
	if stolen.Load() != 0 {
		t.Error("the redirect was followed")
	}
	r.token(t, c, token)

	untrusted := httptest.NewUnstartedServer(server)
	untrusted.Config.ErrorLog = log.New(t.Output(), "", 0)
	untrusted.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	untrusted.StartTLS()
	defer untrusted.Close()
	r.change(func(a *oauth.Account) { a.Provider.TokenURL, a.Grant = untrusted.URL+"/token", oauth.AppOnly })
	if c, err = oauth.New(cfg); err != nil {
		t.Fatal(err)
	}
	refuses(t, c, oauth.Fix, oauth.CodeCertificate)
}
