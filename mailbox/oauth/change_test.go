package oauth_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

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
