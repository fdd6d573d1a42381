package oauth_test

import (
	"context"
	"errors"
	"net/http"
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
func TestParallelCallersCauseOneRequest(t *testing.T) {
	for name, refused := range map[string]bool{"expired": false, "refused": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, first := signedIn(t, &oauthtest.Options{Rotation: oauthtest.RotateOnce})
				old := r.token(t, first, none)
				give := old
				if !refused {
					time.Sleep(time.Hour)
					give = none
				}
				before := r.asked()
				r.server.Next(oauthtest.Slow(2 * time.Second))
				nodes := []*oauth.Client{first, r.node(t), r.node(t), r.node(t)}
				tokens := make([]mailbox.Secret, 1000)
				var wg sync.WaitGroup
				for i := range tokens {
					wg.Go(func() {
						var err error
						if tokens[i], err = nodes[i%len(nodes)].Source(box).Token(t.Context(), give); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if n := r.asked() - before; n != 1 {
					t.Errorf("%d requests, want 1", n)
				}
				for _, token := range tokens {
					if !token.Equal(tokens[0]) || token.Equal(old) {
						t.Fatal("not all callers got the same new token")
					}
				}
				time.Sleep(time.Hour)
				for _, c := range nodes {
					r.token(t, c, none) // nobody is locked out
				}
			})
		})
	}
}

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
func TestPersistedBeforeUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, &oauthtest.Options{Rotation: oauthtest.RotateOnce})
		time.Sleep(time.Hour)
		broken := &brokenStore{Store: r.store}
		r.store = broken
		node := r.node(t)
		broken.failSaves(true)
		refuses(t, node, oauth.Later, oauth.CodeStore)
		refuses(t, node, oauth.Later, oauth.CodeStore)
		if n := r.asked(); n != 2 {
			t.Errorf("%d requests, want the sign-in and one refresh: the second call saves what the first got", n)
		}
		broken.failSaves(false)
		r.token(t, node, none)
		r.token(t, c, none)
		if n := r.asked(); n != 2 {
			t.Errorf("%d requests, want 2: what could not be saved was not lost", n)
		}
		time.Sleep(time.Hour)
		r.token(t, c, none)
	})
}

// A caller who gives up takes nobody's token away.
func TestCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, &oauthtest.Options{Rotation: oauthtest.RotateOnce})
		time.Sleep(time.Hour)
		r.server.Next(oauthtest.Slow(10 * time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		if _, err := c.Source(box).Token(ctx, none); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Second {
			t.Errorf("Token after %s: %v, want the end of ctx after 1s", time.Since(begun), err)
		}
		c.Close()
		if time.Since(begun) != 10*time.Second {
			t.Errorf("Close after %s, want it to wait for the answer", time.Since(begun))
		}
		r.token(t, c, none)
		if n := r.asked(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

// A caller who gives up while another node holds the lock does not take those
// along who wait with him.
func TestFirstCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		time.Sleep(time.Hour)
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = r.lock.Hold(t.Context(), "oauth/support", func(context.Context) error {
				time.Sleep(10 * time.Second)
				return nil
			})
		})
		synctest.Wait()
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := c.Source(box).Token(ctx, none); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Token: %v, want the end of ctx", err)
			}
		})
		synctest.Wait()
		r.token(t, c, none)
		wg.Wait()
	})
}

// Who was refused the very token that others wait for gets another.
func TestDifferentWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, first := signedIn(t, nil)
		r.lock = slowLock{r.lock}
		second := r.node(t)
		current := r.token(t, first, none)
		var wg sync.WaitGroup
		wg.Go(func() {
			if got := r.token(t, second, none); !got.Equal(current) {
				t.Error("the current token was not handed out")
			}
		})
		synctest.Wait()
		if got := r.token(t, second, current); got.Equal(current) {
			t.Error("the refused token was handed out again")
		}
		wg.Wait()
	})
}

// A lock that is lost while the provider is asked does not lose the answer; one
// that is lost before keeps it from being asked, and is not held against it.
func TestLostLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, &oauthtest.Options{Rotation: oauthtest.RotateOnce})
		time.Sleep(time.Hour)
		r.server.Next(oauthtest.Slow(2 * time.Second))
		r.lock = lostLock{time.Second}
		r.token(t, r.node(t), none)
		r.token(t, c, none)

		time.Sleep(time.Hour)
		before := r.asked()
		r.store = deafStore{r.store}
		r.lock = lostLock{0}
		refuses(t, r.node(t), oauth.Later, oauth.CodeStore)
		if r.asked() != before {
			t.Error("asked although the lock was lost")
		}
		r.token(t, c, none)
	})
}

// Where a lock fails, compare-and-swap sees to it that both nodes go on.
func TestWithoutLock(t *testing.T) {
	for _, rotation := range []oauthtest.Rotation{oauthtest.Rotate, oauthtest.NoRotation} {
		synctest.Test(t, func(t *testing.T) {
			r, _ := signedIn(t, &oauthtest.Options{Rotation: rotation})
			time.Sleep(time.Hour)
			r.lock = noLock{}
			a, b := r.node(t), r.node(t)
			r.server.Always(oauthtest.Slow(time.Second))
			var wg sync.WaitGroup
			for _, c := range []*oauth.Client{a, b} {
				wg.Go(func() { r.token(t, c, none) })
			}
			wg.Wait()
			time.Sleep(time.Hour)
			r.token(t, a, none)
			r.token(t, b, none)
		})
	}
}

// A refresh token that another node replaced meanwhile is no reason to give up.
func TestOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, slow := signedIn(t, nil)
		time.Sleep(time.Hour)
		r.lock = noLock{}
		stalled, other := r.node(t), r.node(t)
		slow.Close()
		r.server.Next(func(http.Handler) http.Handler {
			return delayedRefusal{10 * time.Second}
		})
		var wg sync.WaitGroup
		wg.Go(func() { r.token(t, stalled, none) })
		time.Sleep(time.Second)
		r.token(t, other, none)
		wg.Wait()
	})
}

// A sign-in during a refresh wins.
func TestSignInDuringRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		time.Sleep(time.Hour)
		r.server.Next(oauthtest.Slow(5 * time.Second))
		var wg sync.WaitGroup
		var got mailbox.Secret
		wg.Go(func() { got = r.token(t, c, none) })
		time.Sleep(time.Second)
		other := r.node(t)
		r.signIn(t, other)
		signedInAs := r.token(t, other, none)
		wg.Wait()
		if !got.Equal(signedInAs) {
			t.Error("the refresh overwrote the new sign-in")
		}
	})
}

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
