package console_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/html"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// TestDevice: the page shows where to go with which code, is written on while
// nothing happens, and ends when the person has decided.
func TestDevice(t *testing.T) {
	for name, tt := range map[string]struct {
		decide func(r *rig, p *oauthtest.Server, code string) error
		want   string
		signed bool
	}{
		"approved": {func(_ *rig, p *oauthtest.Server, code string) error { return p.Approve(code, "") }, "The mailbox is signed in", true},
		"declined": {func(_ *rig, p *oauthtest.Server, code string) error { return p.Decline(code) }, "The sign-in did not succeed", false},
		"approved, the right lost": {func(r *rig, p *oauthtest.Server, code string) error {
			r.become(func(v *console.Visitor) { v.Right = console.Read })
			return p.Approve(code, "")
		}, "You may not change anything here any more", false},
		"nothing but the right lost": {func(r *rig, _ *oauthtest.Server, _ string) error {
			r.become(func(v *console.Visitor) { v.Right = console.None })
			return nil
		}, "You may not change anything here any more", false},
		"another in the same session": {func(r *rig, p *oauthtest.Server, code string) error {
			r.become(func(v *console.Visitor) { v.Person = "bea" })
			return p.Approve(code, "")
		}, "You may not change anything here any more", false},
		"nobody knows who it is": {func(r *rig, p *oauthtest.Server, code string) error {
			r.become(func(v *console.Visitor) { v.Right = unknown })
			return p.Approve(code, "")
		}, "The sign-in did not succeed", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				provider := oauthtest.New(nil)
				r := build(t, change{config: func(c *ticketmail.Config) { c.OAuth.Transport = provider.Transport() }})
				r.seed()
				account := provider.Account("shop")
				r.must(r.PutOAuth(t.Context(), account))
				r.get("/mailboxes/show?id=shop").has("Sign in on another device")
				req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://erp.example"+prefix+"/mailboxes/device?id=shop", nil)
				req.Header.Set("Sec-Fetch-Site", "same-origin")
				w := httptest.NewRecorder()
				done := make(chan struct{})
				go func() {
					defer close(done)
					r.web.ServeHTTP(w, req)
				}()
				time.Sleep(2 * time.Minute) // of the bubble: the person takes his time
				synctest.Wait()
				begun := answer{Response: w.Result(), t: t, body: w.Body.String()}
				begun.doc, _ = html.Parse(strings.NewReader(begun.body)) // never fails
				begun.has(provider.URL+"/device", "Leave this page open")
				code := textOf(byID(begun.doc, "code"))
				decided := time.Now()
				r.must(tt.decide(r, provider, code))
				<-done
				if took := time.Since(decided); took > 20*time.Second {
					t.Errorf("it ended %s after that was decided", took)
				}
				a := answer{Response: w.Result(), t: t, body: w.Body.String()}
				a.doc, _ = html.Parse(strings.NewReader(a.body))
				inspect(t, a.want(http.StatusOK))
				a.has(code, tt.want)
				if !strings.Contains(begun.body, "\n\n\n\n\n") {
					t.Error("nothing was written meanwhile")
				}
				if h, err := r.OAuth().Health(t.Context(), "shop"); err != nil || h.SignedIn.IsZero() == tt.signed {
					t.Errorf("health is %+v, %v", h, err)
				}
			})
		})
	}
}

// signInShop begins a sign-in on another device, and returns what is written and
// what the request ends with, if that is a panic.
func signInShop(t *testing.T, web http.Handler) (w *httptest.ResponseRecorder, thrown chan any) {
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://erp.example"+prefix+"/mailboxes/device?id=shop", nil)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	w, thrown = httptest.NewRecorder(), make(chan any)
	go func() {
		defer func() { thrown <- recover() }()
		web.ServeHTTP(w, req)
	}()
	return w, thrown
}

// TestDevicePanic: where the host panics when it is asked again, that ends the
// request and nothing else, and nobody is signed in.
func TestDevicePanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		provider := oauthtest.New(nil)
		r := build(t, change{config: func(c *ticketmail.Config) { c.OAuth.Transport = provider.Transport() }})
		r.seed()
		r.must(r.PutOAuth(t.Context(), provider.Account("shop")))
		approved := make(chan struct{})
		calls := 0 // not guarded: the request's goroutine alone asks
		access := console.AccessFunc(func(*http.Request) (console.Visitor, error) {
			if calls++; calls == 2 {
				<-approved
				panic("the sessions are broken")
			}
			return r.as, nil
		})
		web, err := console.New(r.Engine, access, &console.Options{Prefix: prefix})
		r.must(err)
		w, caught := signInShop(t, web)
		synctest.Wait() // the page is there, and nobody has been asked again
		doc, _ := html.Parse(strings.NewReader(w.Body.String()))
		r.must(provider.Approve(textOf(byID(doc, "code")), ""))
		close(approved)
		if got := <-caught; got != "the sessions are broken" {
			t.Errorf("the request ended with %v", got)
		}
		time.Sleep(time.Hour) // of the bubble: nothing goes on behind it
		if h, err := r.OAuth().Health(t.Context(), "shop"); err != nil || !h.SignedIn.IsZero() {
			t.Errorf("health is %+v, %v", h, err)
		}
		if calls != 2 {
			t.Errorf("the host was asked %d times", calls)
		}
	})
}

// A grimSealer panics when it is to seal, once it is told to.
type grimSealer struct {
	seal.Sealer
	grim atomic.Bool
}

func (g *grimSealer) Seal(ctx context.Context, at seal.Place, s mailbox.Secret) (string, error) {
	if g.grim.Load() {
		panic("the keys are broken")
	}
	return g.Sealer.Seal(ctx, at, s)
}

// TestDevicePanicBeside: what panics while tokens are kept ends the request, not
// the process.
func TestDevicePanicBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		provider, sealer := oauthtest.New(nil), new(grimSealer)
		r := build(t, change{config: func(c *ticketmail.Config) {
			c.OAuth.Transport = provider.Transport()
			sealer.Sealer, c.Sealer = c.Sealer, sealer
		}})
		r.seed()
		r.must(r.PutOAuth(t.Context(), provider.Account("shop")))
		web, err := console.New(r.Engine, console.AccessFunc(func(*http.Request) (console.Visitor, error) { return r.as, nil }), &console.Options{Prefix: prefix})
		r.must(err)
		w, caught := signInShop(t, web)
		synctest.Wait()
		sealer.grim.Store(true)
		doc, _ := html.Parse(strings.NewReader(w.Body.String()))
		r.must(provider.Approve(textOf(byID(doc, "code")), ""))
		if got := <-caught; got != "the keys are broken" {
			t.Errorf("the request ended with %v", got)
		}
	})
}

// TestNoDevice: where the provider offers none there is no button, and whoever
// asks all the same is told.
func TestNoDevice(t *testing.T) {
	r := build(t, change{})
	r.seed()
	r.must(r.PutOAuth(t.Context(), oauth.Account{Mailbox: "shop", Provider: oauth.Google(), ClientID: "client", ClientSecret: mailbox.NewSecret("hush")}))
	r.get("/mailboxes/show?id=shop").hasNot("on another device")
	a := r.post("/mailboxes/device?id=shop").want(http.StatusUnprocessableEntity)
	inspect(t, a)
	a.has("The sign-in did not succeed", "Device address: is empty, or nobody signs in")
	r.post("/mailboxes/device?id=support").want(http.StatusUnprocessableEntity)
	r.post("/mailboxes/device?id=nowhere").want(http.StatusNotFound)
	bare := build(t, change{config: func(c *ticketmail.Config) { c.Sealer, c.OAuth = nil, ticketmail.OAuth{} }})
	bare.must(bare.PutMailbox(t.Context(), mailbox.Mailbox{ID: "plain", Host: "h", User: "u"}))
	bare.post("/mailboxes/device?id=plain").want(http.StatusNotFound)
}

// A wayOut is a mail exit that can be tested.
type wayOut struct {
	notify.Sender
	err error
}

// Probe implements [notify.Prober] with one step.
func (w wayOut) Probe(_ context.Context, report func(mailbox.Step)) error {
	report(mailbox.Step{Name: mailbox.StepDial, Facts: []string{"192.0.2.25:465"}})
	report(mailbox.Step{Name: mailbox.StepSignIn, Err: w.err, Cause: "nobody is let in <b>", Cure: "check the password"})
	return w.err
}

func TestMailExit(t *testing.T) {
	refused := errors.New("535 no")
	for name, tt := range map[string]struct {
		exit notify.Sender
		want []string
	}{
		"good":    {wayOut{}, []string{"Connect", "192.0.2.25:465", "Sign in", "All is well", "No mail is sent"}},
		"refused": {wayOut{err: refused}, []string{"nobody is let in <b>", "535 no", "What to do: check the password", "did not succeed"}},
		"mute":    {notify.SenderFunc(func(context.Context, notify.Mail) error { return nil }), []string{"no connection test for this mail exit"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := build(t, change{config: func(c *ticketmail.Config) { c.Sender = tt.exit }})
			r.get("/outbox").has("Test the mail exit")
			a := r.post("/outbox/test").want(http.StatusOK)
			inspect(t, a)
			a.has(append(tt.want, "Back to the outbox")...)
		})
	}
	build(t, change{config: func(c *ticketmail.Config) { c.Sender = nil }}).get("/outbox").hasNot("Test the mail exit")
}
