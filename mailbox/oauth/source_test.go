package oauth_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
)

var none mailbox.Secret

// S10, H72: a thousand callers on four nodes, one request; also where the
// provider takes each refresh token once and answers slowly.
// A token is replaced five minutes before it ends, and not earlier.
func TestEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		first := r.token(t, c, none)
		time.Sleep(55*time.Minute - time.Second)
		if got := r.token(t, c, none); !got.Equal(first) {
			t.Error("replaced more than five minutes before its end")
		}
		time.Sleep(time.Second)
		if got := r.token(t, c, none); got.Equal(first) {
			t.Error("not replaced five minutes before its end")
		}
		if n := r.asked(); n != 2 {
			t.Errorf("%d requests, want the sign-in and one refresh", n)
		}
	})
}

// Tokens that live shorter than the margin are used all the same.
func TestShortLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, &oauthtest.Options{TokenLife: time.Minute})
		for range 4 {
			r.token(t, c, none)
			time.Sleep(11 * time.Second)
		}
		if n := r.asked(); n != 1 {
			t.Errorf("%d requests within 44 s of a minute, want the sign-in alone", n)
		}
	})
}

// A refused token is replaced once; a fresh one refused as well is the mail
// server's or the configuration's fault, and the provider is left alone.
func TestRefusedTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		first := r.token(t, c, none)
		second := r.token(t, c, first)
		if again := r.token(t, r.node(t), first); !again.Equal(second) || r.asked() != 2 {
			t.Errorf("the other node, refused the same token, caused %d requests, want 2", r.asked())
		}
		_, err := c.Source(box).Token(t.Context(), second)
		checkError(t, none, err, oauth.Fix, oauth.CodeTokenRefused)
		if n := r.asked(); n != 2 {
			t.Errorf("%d requests after two refusals, want 2", n)
		}
		if err := c.Retry(t.Context(), box); err != nil {
			t.Fatal(err)
		}
		if third := r.token(t, c, second); third.Equal(second) {
			t.Error("Retry changed nothing")
		}
	})
}

// The new refresh token is in the Store before anybody sees the access token
// that came with it.
// A caller who gives up takes nobody's token away.
// A caller who gives up while another node holds the lock does not take those
// along who wait with him.
// Who was refused the very token that others wait for gets another.
// A lock that is lost while the provider is asked does not lose the answer; one
// that is lost before keeps it from being asked, and is not held against it.
// Where a lock fails, compare-and-swap sees to it that both nodes go on.
// A refresh token that another node replaced meanwhile is no reason to give up.
// A sign-in during a refresh wins.
func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		if err := c.Forget(t.Context(), box); err != nil {
			t.Fatal(err)
		}
		refuses(t, c, oauth.SignIn, oauth.CodeNotSignedIn)

		r.signIn(t, c)
		time.Sleep(time.Hour)
		r.server.Next(oauthtest.Slow(5 * time.Second))
		var wg sync.WaitGroup
		wg.Go(func() { refuses(t, c, oauth.SignIn, oauth.CodeNotSignedIn) })
		time.Sleep(time.Second)
		if err := c.Forget(t.Context(), box); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		refuses(t, r.node(t), oauth.SignIn, oauth.CodeNotSignedIn)
	})
}

func TestAppOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.change(func(a *oauth.Account) { a.Grant = oauth.AppOnly })
		c := r.node(t)
		token := r.token(t, c, none)
		if !r.token(t, r.node(t), none).Equal(token) || r.asked() != 1 {
			t.Error("the second node asked again")
		}
		time.Sleep(100 * 24 * time.Hour)
		if err := c.Keep(t.Context(), box); err != nil {
			t.Errorf("Keep: %v", err)
		}
		r.token(t, c, none)
		r.server.Next(oauthtest.Refused(400, "invalid_grant", "AADSTS65001"))
		time.Sleep(time.Hour)
		if e := refuses(t, c, oauth.Fix, "AADSTS65001"); !strings.Contains(e.Cure, "administrator") {
			t.Errorf("cure %q, but nobody signs in here", e.Cure)
		}
		// Keys lost: nothing that cannot be had again.
		r.sealer, _ = seal.NewRing(seal.NewKey("other"))
		r.token(t, r.node(t), none)
	})
}

// A refresh token goes to nobody but the one who gave it out.
func TestChangedAddress(t *testing.T) {
	r, c := signedIn(t, nil)
	r.change(func(a *oauth.Account) { a.Provider.TokenURL = "https://evil.example/token" })
	old := r.token(t, c, none)
	_, err := c.Source(box).Token(t.Context(), old)
	checkError(t, none, err, oauth.SignIn, oauth.CodeChanged)
}

func TestSettingsAreChecked(t *testing.T) {
	r := newRig(t, nil)
	r.change(func(a *oauth.Account) { a.ClientID = "" })
	e := refuses(t, r.node(t), oauth.Fix, oauth.CodeSettings)
	if field, ok := errors.AsType[*mailbox.FieldError](e.Err); !ok || field.Field != "ClientID" {
		t.Errorf("error %v, want a *FieldError for ClientID", e.Err)
	}
	_, err := r.node(t).Source("other").Token(t.Context(), none)
	if !errors.Is(err, oauth.ErrUnknown) {
		t.Errorf("Token of an unknown mailbox: %v, want ErrUnknown", err)
	}
}

// The key that sealed the tokens is gone: somebody has to act, and a new
// sign-in helps.
func TestLostKey(t *testing.T) {
	r, _ := signedIn(t, nil)
	r.sealer, _ = seal.NewRing(seal.NewKey("other"))
	c := r.node(t)
	refuses(t, c, oauth.Fix, oauth.CodeStore)
	h, err := c.Health(t.Context(), box)
	if err != nil || h.Ready() || h.Failure.Code != oauth.CodeStore {
		t.Errorf("Health = %+v, %v; want the failure in it", h, err)
	}
	r.signIn(t, c)
	r.token(t, c, none)
}
