package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
)

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

// A node that was so busy that its lock was lost before it could read takes it
// again: its callers get their token.
func TestLostLockIsTakenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := signedIn(t, &oauthtest.Options{Rotation: oauthtest.RotateOnce})
		time.Sleep(time.Hour)
		lock := &onceLost{Lock: r.lock}
		r.lock = lock
		before := r.asked()
		r.token(t, r.node(t), none)
		if r.asked() != before+1 || lock.held.Load() != 2 {
			t.Errorf("held %d times, %d requests", lock.held.Load(), r.asked()-before)
		}
	})
}

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
