package oauth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
)

// probed tests the tokens of the mailbox.
func probed(t *testing.T, c *oauth.Client) ([]string, error) {
	t.Helper()
	p, ok := c.Source(box).(mailbox.TokenProber)
	if !ok {
		t.Fatal("the source cannot test itself")
	}
	return p.ProbeToken(t.Context())
}

// A test renews the token although it is valid still, but not with every click.
func TestProbeTokenRenews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		time.Sleep(30 * time.Minute)
		first := r.token(t, c, none)
		for i, wait := range []time.Duration{0, 59 * time.Second, 2 * time.Second} {
			time.Sleep(wait)
			if _, err := probed(t, c); err != nil {
				t.Fatal(err)
			}
			if got, want := r.asked(), []int{2, 2, 3}[i]; got != want {
				t.Errorf("after test %d there were %d requests, want %d", i+1, got, want)
			}
		}
		second := r.token(t, c, first)
		if second.Equal(first) || r.asked() != 3 {
			t.Errorf("%d requests: the renewed token is not the one that is used", r.asked())
		}
		facts, err := probed(t, r.node(t))
		want := []string{
			`given out by "oauthtest"`, "signed in by a person on 2000-01-01",
			"renewed at 2000-01-01 00:31 UTC, valid until 2000-01-01 01:31 UTC",
		}
		if diff := cmp.Diff(want, facts); diff != "" || err != nil {
			t.Errorf("facts, %v (-want +got):\n%s", err, diff)
		}
	})
}

// What does not work is told with the provider's code, while a token that is
// valid serves on; what was fixed shows at once.
func TestProbeTokenTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		time.Sleep(10 * time.Minute)
		r.server.SetSecret("another")
		for range 2 { // a refusal is not remembered for a test
			before := r.asked()
			facts, err := probed(t, c)
			checkError(t, none, err, oauth.Fix, "AADSTS7000215")
			if cause, cure := mailbox.Advice(fmt.Errorf("test: %w", err)); cause == "" || cure == "" {
				t.Errorf("%v is explained by %q, and cured by %q", err, cause, cure)
			}
			if !slices.ContainsFunc(facts, func(f string) bool { return strings.Contains(f, "signed in") }) || r.asked() != before+1 {
				t.Errorf("facts %q after %d requests", facts, r.asked()-before)
			}
			r.token(t, c, none)
		}
		r.change(func(a *oauth.Account) { a.ClientSecret = mailbox.NewSecret("another") })
		if _, err := probed(t, c); err != nil {
			t.Errorf("after the secret was corrected: %v", err)
		}

		time.Sleep(10 * time.Minute)
		r.server.Always(oauthtest.Body(503, ""))
		before := r.asked()
		for range 3 {
			_, err := probed(t, c)
			checkError(t, none, err, oauth.Later, "HTTP 503")
		}
		if n := r.asked() - before; n != 1 {
			t.Errorf("a provider that wants to be left alone was asked %d times", n)
		}
	})
}

func TestProbeTokenWithoutSignIn(t *testing.T) {
	r := newRig(t, nil)
	c := r.node(t)
	_, err := probed(t, c)
	checkError(t, none, err, oauth.SignIn, oauth.CodeNotSignedIn)
	if r.asked() != 0 {
		t.Error("the provider was asked although nobody signed in")
	}
	r.change(func(a *oauth.Account) { a.Grant = oauth.AppOnly })
	facts, err := probed(t, c)
	if err != nil || !slices.Contains(facts, "the application signs in itself (app-only)") {
		t.Errorf("app-only: %q, %v", facts, err)
	}
	r.change(func(a *oauth.Account) { a.Mailbox = "another" })
	if _, err := probed(t, c); !errors.Is(err, oauth.ErrUnknown) {
		t.Errorf("a mailbox without settings: %v", err)
	}
}

// Whose a token is, where it says so, and nothing that is no name.
func TestOwner(t *testing.T) {
	jwt := func(claims string) string {
		return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmF0dXJl"
	}
	for name, tt := range map[string]struct{ token, want string }{
		"opaque":        {"ya29.a0AfH6", ""},
		"dots":          {"a.b.c", ""},
		"no JSON":       {jwt("owner"), ""},
		"v2":            {jwt(`{"preferred_username":"kim@corp.example","upn":"x"}`), "kim@corp.example"},
		"v1":            {jwt(`{"upn":"kim@corp.example","unique_name":"x"}`), "kim@corp.example"},
		"application":   {jwt(`{"app_displayname":"Tickets"}`), "Tickets"},
		"no claim":      {jwt(`{"sub":"kim"}`), ""},
		"line break":    {jwt(`{"upn":"kim\r\nBcc: x"}`), ""},
		"right to left": {jwt(`{"upn":"kim\u202e"}`), ""},
		"long":          {jwt(`{"upn":"` + strings.Repeat("k", 1000) + `"}`), ""},
		"wrong type":    {jwt(`{"upn":["kim"]}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, c := signedIn(t, nil)
			r.server.Next(oauthtest.Body(200, fmt.Sprintf(`{"token_type":"Bearer","expires_in":3600,"access_token":%q}`, tt.token)))
			if _, err := c.Source(box).Token(t.Context(), r.token(t, c, none)); err != nil {
				t.Fatal(err)
			}
			h, err := c.Health(t.Context(), box)
			if err != nil || h.Owner != tt.want {
				t.Errorf("Owner = %q, %v, want %q", h.Owner, err, tt.want)
			}
		})
	}
}
