package ticketmail_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// silent is a store that tells nobody of commits.
type silent struct {
	storage.Store
	storage.Blobs
}

// TestOtherNodeIsTold: what one node plans another sends, and what one does
// followers on another see, at once where the store tells of it, and else when
// they look the next time.
func TestOtherNodeIsTold(t *testing.T) {
	for name, tt := range map[string]struct {
		silent                bool
		mail, follow, mailbox time.Duration // at most
	}{
		"told":     {false, 0, 0, 0},
		"not told": {true, 15 * time.Second, 2 * time.Second, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				key := ring(t)
				h := build(t, func(c *ticketmail.Config) { c.Sealer = key })
				server := mailboxtest.NewServer()
				other, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) {
					c.Sealer = key
					c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
					if tt.silent {
						c.Store = silent{h.store, h.store}
					}
				}))
				must(t, err)
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 2)
				go func() { ended <- other.Run(ctx) }()
				var seen atomic.Int64
				go func() {
					ended <- other.Follow(ctx, "erp", func(_ context.Context, list []storage.Change) error {
						seen.Add(int64(len(list)))
						return nil
					})
				}()
				time.Sleep(10*time.Second + time.Millisecond) // all look, and wait
				synctest.Wait()

				took := func(done func() bool) time.Duration {
					started := time.Now()
					for synctest.Wait(); !done() && time.Since(started) < time.Hour; synctest.Wait() {
						time.Sleep(100 * time.Millisecond)
					}
					return time.Since(started)
				}
				h.create(ticketmail.NewTicket{Assignee: "carl"})
				if d := took(func() bool { return len(h.sender.Mails()) == 1 }); d > tt.mail || tt.silent && d == 0 {
					t.Errorf("the mail was sent after %v, want %v at most", d, tt.mail)
				}
				h.create(ticketmail.NewTicket{})
				if d := took(func() bool { return seen.Load() == 2 }); d > tt.follow {
					t.Errorf("the change was followed after %v, want %v at most", d, tt.follow)
				}
				polls := server.Count(mailboxtest.OpConnect)
				must(t, h.PutMailbox(ctx, box2(nil)))
				must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
				if d := took(func() bool { return server.Count(mailboxtest.OpConnect) > polls }); d > tt.mailbox {
					t.Errorf("the mailbox was polled after %v, want %v at most", d, tt.mailbox)
				}
				cancel()
				for range 2 {
					if err := <-ended; !errors.Is(err, context.Canceled) {
						t.Errorf("Run or Follow = %v, want the cause of its context", err)
					}
				}
			})
		})
	}
}
