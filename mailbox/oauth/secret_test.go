package oauth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
)

// A spy keeps everything secret that goes to and from the provider: the text,
// and what it is.
type spy map[string]string

func (s spy) keep(what, secret string) {
	if secret != "" {
		s[secret] = what
	}
}

// A roundTripper is a function, so that what it holds is not printed.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// between returns a transport that s listens to.
func (s spy) between(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		for _, field := range []string{"client_secret", "refresh_token", "code", "code_verifier", "device_code"} {
			s.keep(field, r.PostForm.Get(field))
		}
		other := r.Clone(r.Context())
		other.Body = io.NopCloser(strings.NewReader(r.PostForm.Encode()))
		resp, err := next.RoundTrip(other)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, err
		}
		var answer map[string]any
		if json.Unmarshal(body, &answer) == nil {
			for _, field := range []string{"access_token", "refresh_token", "device_code"} {
				text, _ := answer[field].(string)
				s.keep(field, text)
			}
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	})
}

// S9: after everything that can happen, nothing secret stands in a log, an
// error, a printed value or the Store. The provider repeats what it is sent.
func TestNothingIsPrinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		r := newRig(t, &oauthtest.Options{Rotation: oauthtest.RotateOnce})
		spy := spy{}
		cfg := r.config(t)
		cfg.Transport = spy.between(r.server.Transport())
		cfg.Logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c, err := oauth.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var printed []any
		state := r.visit(t, c, "canary-session")
		spy.keep("state", state.Get("state"))
		_, err = c.Finish(t.Context(), url.Values{"state": {state.Get("state") + "x"}}, "canary-session")
		printed = append(printed, err)
		_, err = c.Finish(t.Context(), state, "canary-session")
		printed = append(printed, err)
		spy.keep("session", "canary-session")

		time.Sleep(time.Hour)
		token := r.token(t, c, none)
		for _, f := range []oauthtest.Fault{
			oauthtest.Lost(), oauthtest.Fine(), oauthtest.Throttled("1"), oauthtest.Slow(time.Hour),
			echo(400, `{"error":%q}`), echo(400, `{"error":"invalid_grant","error_description":%q}`), echo(200, `{"access_token":%q}`),
			echo(200, `%q`), echo(500, `%q`), echo(400, `{"correlation_id":%q,"error":"x"}`),
		} {
			r.server.Next(f)
			time.Sleep(2 * time.Hour)
			_, err = c.Source(box).Token(t.Context(), token)
			printed = append(printed, err)
		}
		r.server.SetSecret("new")
		time.Sleep(2 * time.Hour)
		_, err = c.Source(box).Token(t.Context(), token)
		printed = append(printed, err)
		h, err := c.Health(t.Context(), box)
		printed = append(printed, h, &h, h.Failure, err)
		r.server.SetSecret(oauthtest.DefaultClientSecret)
		d, err := c.Device(t.Context(), box)
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, d, *d, d.Wait(t.Context()), c, cfg, r.account, r.account.Provider, r.store)
		for _, field := range []string{"oauth-tokens", "oauth-attempts"} {
			it, err := r.store.Load(t.Context(), seal.Place{Mailbox: box, Field: field})
			if err != nil || it.Text == "" {
				t.Fatalf("the store holds nothing at %s: %v", field, err)
			}
			printed = append(printed, it)
		}

		for _, v := range printed {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				_, _ = fmt.Fprintf(&out, verb+"\n", v)
			}
			slog.New(slog.NewTextHandler(&out, nil)).Info("v", "v", v)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("v", "v", v)
			b, _ := json.Marshal(v)
			out.Write(b)
			for err, ok := v.(error); ok && err != nil; err = errors.Unwrap(err) {
				out.WriteString(err.Error())
			}
		}
		kinds := map[string]bool{}
		for secret, what := range spy {
			kinds[what] = true
			for _, form := range []string{secret, url.QueryEscape(secret), fmt.Sprintf("%x", secret)} {
				if strings.Contains(out.String(), form) {
					t.Errorf("%s %q was printed", what, form)
				}
			}
		}
		for _, what := range []string{"client_secret", "refresh_token", "access_token", "code", "code_verifier", "device_code", "state", "session"} {
			if !kinds[what] {
				t.Errorf("no %s was seen: the test proves less than it says", what)
			}
		}
	})
}

// echo answers with what it was sent.
func echo(status int, format string) oauthtest.Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, format, r.PostFormValue("refresh_token")+" "+r.PostFormValue("client_secret"))
		})
	}
}

// S9: what is kept of one mailbox is of no use to another.
func TestSwappedRecordIsRefused(t *testing.T) {
	r, _ := signedIn(t, nil)
	it, err := r.store.Load(t.Context(), seal.Place{Mailbox: box, Field: "oauth-tokens"})
	if err != nil {
		t.Fatal(err)
	}
	it.Version = 0
	if _, err := r.store.Save(t.Context(), seal.Place{Mailbox: "sales", Field: "oauth-tokens"}, it); err != nil {
		t.Fatal(err)
	}
	r.change(func(a *oauth.Account) { a.Mailbox = "sales" })
	_, err = r.node(t).Source("sales").Token(t.Context(), none)
	if e := checkError(t, none, err, oauth.Fix, oauth.CodeStore); !errors.Is(e.Err, seal.ErrRefused) {
		t.Errorf("error %v, want seal.ErrRefused", e.Err)
	}
}

// Keys are rotated by use: the next token is sealed with the new key.
func TestKeyRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		older, newer := seal.NewKey("2025"), seal.NewKey("2026")
		r := newRig(t, nil)
		ring, err := seal.NewRing(older)
		if err != nil {
			t.Fatal(err)
		}
		r.sealer = ring
		r.signIn(t, r.node(t))
		if ring, err = seal.NewRing(newer, older); err != nil {
			t.Fatal(err)
		}
		r.sealer = ring
		time.Sleep(time.Hour)
		r.token(t, r.node(t), none)
		it, err := r.store.Load(t.Context(), seal.Place{Mailbox: box, Field: "oauth-tokens"})
		if err != nil || ring.Stale(it.Text) {
			t.Errorf("still sealed with the old key, %v", err)
		}
	})
}
