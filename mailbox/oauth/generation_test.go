package oauth_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
)

// An account that takes another's place gets none of its tokens, neither from
// the memory of a node nor from the Store, though both are alike.
func TestGeneration(t *testing.T) {
	for name, first := range map[string]string{"one": "one", "of before there were any": ""} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.change(func(a *oauth.Account) { a.Generation = first })
			a, b := r.node(t), r.node(t)
			r.signIn(t, a)
			old := r.token(t, a, none)
			r.token(t, b, none)
			r.change(func(a *oauth.Account) { a.Generation = "two" })
			for _, c := range []*oauth.Client{a, b, r.node(t)} {
				refuses(t, c, oauth.SignIn, oauth.CodeNotSignedIn)
				if h, err := c.Health(t.Context(), box); err != nil || h.Ready() || !h.SignedIn.IsZero() {
					t.Errorf("Health = %+v, %v", h, err)
				}
				if e, ok := errors.AsType[*oauth.Error](c.Keep(t.Context(), box)); !ok || e.Code != oauth.CodeNotSignedIn {
					t.Errorf("Keep = %v", e)
				}
			}
			r.signIn(t, a)
			if got := r.token(t, b, none); got.Equal(old) {
				t.Error("the old token is back")
			}
		})
	}
}

// An account that is gone takes its tokens in memory along.
func TestNoAccountNoToken(t *testing.T) {
	r, c := signedIn(t, nil)
	r.token(t, c, none)
	r.change(func(a *oauth.Account) { a.Mailbox = "another" })
	if token, err := c.Source(box).Token(t.Context(), none); !errors.Is(err, oauth.ErrUnknown) || !token.IsZero() {
		t.Errorf("Token = %v", err)
	}
}

// The application signs in anew where nobody has to.
func TestGenerationAppOnly(t *testing.T) {
	r := newRig(t, nil)
	r.change(func(a *oauth.Account) { a.Grant, a.Generation = oauth.AppOnly, "one" })
	a, b := r.node(t), r.node(t)
	old := r.token(t, a, none)
	r.token(t, b, none)
	r.change(func(a *oauth.Account) { a.Generation = "two" })
	if got := r.token(t, b, none); got.Equal(old) || !r.token(t, a, none).Equal(got) || r.asked() != 2 {
		t.Errorf("%d requests, the old token again: %t", r.asked(), got.Equal(old))
	}
}

// Who asks for the new account does not share what a refresh brings that began
// for the old one.
func TestGenerationDuringRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.change(func(a *oauth.Account) { a.Generation = "one" })
		c := r.node(t)
		r.signIn(t, c)
		time.Sleep(time.Hour)
		r.server.Next(oauthtest.Slow(5 * time.Second))
		var wg sync.WaitGroup
		wg.Go(func() { r.token(t, c, none) })
		synctest.Wait()
		r.change(func(a *oauth.Account) { a.Generation = "two" })
		refuses(t, c, oauth.SignIn, oauth.CodeNotSignedIn)
		wg.Wait()
		refuses(t, c, oauth.SignIn, oauth.CodeNotSignedIn)
	})
}

// A sign-in that was begun for one account does not end as that of the next.
func TestGenerationDuringSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.change(func(a *oauth.Account) { a.Generation = "one" })
		c := r.node(t)
		next := func() { r.change(func(a *oauth.Account) { a.Generation += "+" }) }
		changed := func(err error) {
			t.Helper()
			if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != oauth.CodeChanged {
				t.Errorf("the sign-in ended with %v", err)
			}
			refuses(t, c, oauth.SignIn, oauth.CodeNotSignedIn)
		}
		query := r.visit(t, c, "session")
		next()
		_, err := c.Finish(t.Context(), query, "session")
		changed(err)

		query = r.visit(t, c, "session")
		r.server.Next(oauthtest.Slow(5 * time.Second))
		time.AfterFunc(time.Second, next)
		_, err = c.Finish(t.Context(), query, "session")
		changed(err)

		d, err := c.Device(t.Context(), box)
		if err != nil {
			t.Fatal(err)
		}
		next()
		changed(d.Wait(t.Context()))
	})
}

// A refusal is kept where there has been no token yet, too.
func TestRefusalBeforeFirstToken(t *testing.T) {
	r := newRig(t, nil)
	r.change(func(a *oauth.Account) { a.Grant, a.Generation = oauth.AppOnly, "one" })
	r.server.Next(oauthtest.Refused(401, "invalid_client", "AADSTS7000222"))
	for range 3 {
		if _, err := r.node(t).Source(box).Token(t.Context(), none); err == nil {
			t.Error("there is a token")
		}
	}
	if r.asked() != 1 {
		t.Errorf("%d requests, want 1", r.asked())
	}
}
