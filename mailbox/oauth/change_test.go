package oauth_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
)

// A sign-in on another device that was begun for one client, and ends when the
// mailbox is signed in with the next, does not take that one's place.
func TestClientChangesDuringSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.node(t)
		d, err := c.Device(t.Context(), box)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- d.Wait(t.Context()) }()
		time.Sleep(time.Minute)
		r.change(func(a *oauth.Account) { a.Provider.TokenURL += "?tenant=next" })
		r.signIn(t, c)
		r.token(t, c, none)
		approve(t, r, d)
		if e, ok := errors.AsType[*oauth.Error](<-ended); !ok || e.Code != oauth.CodeChanged {
			t.Errorf("the sign-in of before ended with %v, want CodeChanged", e)
		}
		r.token(t, r.node(t), none)
	})
}

// What the provider refused says nothing of an account that was changed since.
func TestHealthAfterChange(t *testing.T) {
	r, c := signedIn(t, nil)
	right := r.account
	refused := r.token(t, c, none)
	r.change(func(a *oauth.Account) { a.ClientSecret = mailbox.NewSecret("wrong") })
	if _, err := c.Source(box).Token(t.Context(), refused); err == nil {
		t.Fatal("a wrong secret is accepted")
	}
	for name, tt := range map[string]struct {
		change func(*oauth.Account)
		want   string // code; empty: all is well
	}{
		"nothing":           {func(*oauth.Account) {}, "AADSTS7000215"},
		"the right secret":  {func(a *oauth.Account) { *a = right }, ""},
		"another client id": {func(a *oauth.Account) { a.ClientID = "another" }, oauth.CodeChanged},
	} {
		before := r.account
		r.change(tt.change)
		h, err := c.Health(t.Context(), box)
		if err != nil || h.Ready() != (tt.want == "") || tt.want != "" && h.Failure.Code != tt.want {
			t.Errorf("%s: %v, %v, want %q", name, h.Failure, err, tt.want)
		}
		r.change(func(a *oauth.Account) { *a = before })
	}
}
