package ticketmail_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/ticketmail"
)

// TestEnginesRefreshOnce (THREATS S10): a thousand callers on four engines over
// one store need a new token at once. The provider is asked one time, takes a
// refresh token no second time, and nobody is locked out. The same on SQLite is
// in examples.
func TestEnginesRefreshOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // or a node that gets no processor time loses its lock
		h := tokenHouse{provider: oauthtest.New(&oauthtest.Options{Rotation: oauthtest.RotateOnce}), server: mailboxtest.NewServer()}
		key := ring(t)
		h.change = func(c *ticketmail.Config) {
			c.Sealer, c.Now = key, nil
			c.OAuth = ticketmail.OAuth{RedirectURI: oauthtest.DefaultRedirectURI, Transport: h.provider.Transport()}
		}
		h.house = build(t, h.change)
		must(t, h.PutOAuth(t.Context(), h.provider.Account("sales")))
		must(t, h.PutMailbox(t.Context(), tokenBox()))
		signIn(t, h, "sales")
		engines := []*ticketmail.Engine{h.Engine}
		for range 3 {
			e, err := ticketmail.New(t.Context(), h.cfg(h.change))
			if err != nil {
				t.Fatal(err)
			}
			engines = append(engines, e)
		}
		old, err := h.OAuth().Source("sales").Token(t.Context(), mailbox.Secret{})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // each time with the token of the time before
			before := len(h.provider.Requests())
			h.provider.Next(oauthtest.Slow(100 * time.Millisecond)) // so that all are there before the answer
			tokens := make([]mailbox.Secret, 1000)
			var wg sync.WaitGroup
			for i := range tokens {
				wg.Go(func() {
					var err error
					if tokens[i], err = engines[i%len(engines)].OAuth().Source("sales").Token(t.Context(), old); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if n := len(h.provider.Requests()) - before; n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
			for _, token := range tokens {
				if !token.Equal(tokens[0]) || token.Equal(old) {
					t.Fatal("not all callers got the same new token")
				}
			}
			old = tokens[0]
			for _, e := range engines { // one that was refused twice within minutes would not be replaced
				must(t, e.OAuth().Retry(t.Context(), "sales"))
			}
		}
	})
}
