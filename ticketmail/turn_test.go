package ticketmail_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/ticketmail"
)

// A slowSession takes time for each mail that it hands over.
type slowSession struct {
	mailbox.Session
	each time.Duration
}

func (s slowSession) Fetch(ctx context.Context, items []mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	return s.Session.Fetch(ctx, items, func(it mailbox.Item, body io.Reader) error {
		time.Sleep(s.each)
		return each(it, body)
	})
}

// A slowListener is a slowSession that is told of new mail.
type slowListener struct {
	slowSession
	waiter mailbox.Waiter
}

func (s slowListener) Wait(ctx context.Context, folder string, most time.Duration) error {
	return s.waiter.Wait(ctx, folder, most)
}

// slowly makes the sessions of a configuration take time for each mail.
func slowly(c *ticketmail.Config, each time.Duration) {
	connector := c.Connectors[mailbox.IMAP]
	c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: mailbox.ConnectorFunc(func(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
		s, err := connector.Connect(ctx, m)
		if err != nil {
			return nil, err
		}
		if w, able := s.(mailbox.Waiter); able {
			return slowListener{slowSession{s, each}, w}, nil
		}
		return slowSession{s, each}, nil
	})}
}

// TestFullMailboxesTakeTurns: beside full mailboxes on one server, one or as
// many as it has connections for, 50 mailboxes of one mail wait at most one
// interval beyond their own. Nothing is lost or doubled where a drain ends early,
// and where nobody waits it does not.
func TestFullMailboxesTakeTurns(t *testing.T) {
	mails, each := 4_000, 100*time.Millisecond
	if os.Getenv("TICKETMAIL_LONG") != "" {
		mails, each = 50_000, 20*time.Millisecond
	}
	for name, tt := range map[string]struct {
		full, small int
		listens     bool
	}{
		"one":                       {1, 50, false},
		"every hand":                {4, 50, false},
		"nobody waits":              {4, 0, false},
		"every hand, and listening": {4, 50, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, f := newFleet(t, tt.full+tt.small, func(c *ticketmail.Config) {
					c.Drain.Window = 100
					slowly(c, each)
				})
				if tt.listens {
					f.listens()
				}
				id := func(n int) mailbox.ID { return mailbox.ID(fmt.Sprintf("box%03d", n)) }
				for n := range tt.full + tt.small {
					count := 1
					if n < tt.full {
						count = mails / tt.full
					}
					for i := range count {
						f.server.Add(fmt.Sprintf("F%03d", n), mail("x@y.example", "Order", fmt.Sprintf("%d.%d@x", n, i), "text"))
					}
					must(t, h.Consent(t.Context(), ticketmail.Actor{}, id(n), ticketmail.Terms{}))
				}
				begun := time.Now()
				length := time.Duration(mails)*each + 5*time.Minute
				h.run(length)

				worst := time.Duration(0)
				for n := tt.full; n < tt.full+tt.small; n++ {
					last := begun
					for i, at := range f.polls[id(n)] {
						due := at.Sub(last)
						if i > 0 {
							due -= time.Minute
						}
						worst, last = max(worst, due), at
					}
				}
				if worst > time.Minute {
					t.Errorf("a small mailbox waited %v beyond its interval of a minute", worst)
				}
				for n := range tt.full {
					if polls := len(f.polls[id(n)]); tt.small == 0 && polls > int(length/time.Minute)+1 {
						t.Errorf("%s was polled %d times although nobody waited", id(n), polls)
					}
					if left := len(f.server.UIDs(fmt.Sprintf("F%03d", n))); left != 0 {
						t.Errorf("%d mails left in %s", left, id(n))
					}
				}
				if got, want := len(h.tickets()), mails/tt.full*tt.full+tt.small; got != want {
					t.Errorf("%d tickets of %d mails", got, want)
				}
				if f.mostOpen > 4 && !tt.listens {
					t.Errorf("%d connections to one server, want at most 4", f.mostOpen)
				}
				t.Logf("%d mails in %d mailboxes; the smallest ones waited at most %v beyond their interval; the first full one had %d turns",
					mails, tt.full, worst, len(f.polls[id(0)]))
			})
		})
	}
}

// TestATurnSettlesNothing: where a poll ends early after the UIDVALIDITY has
// changed, the mails it did not get to are known by their bytes to the next one
// as well.
func TestATurnSettlesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 2, func(c *ticketmail.Config) {
			c.Polling.PerHost = 1
			c.Drain.Window, c.Drain.Keep = 5, true
			slowly(c, 3*time.Second) // a window is longer than a turn
		})
		must(t, h.Consent(t.Context(), ticketmail.Actor{}, "box000", ticketmail.Terms{}))
		for i := range 20 {
			f.server.Add("F000", mail("x@y.example", fmt.Sprint("matter ", i), "", "text"))
		}
		h.run(5 * time.Minute)
		if n := len(h.tickets()); n != 20 {
			t.Fatalf("%d tickets of 20 mails", n)
		}
		f.server.SetValidity("F000", 7)
		before := len(f.polls["box000"])
		h.run(5 * time.Minute)
		if n := len(h.tickets()); n != 20 {
			t.Errorf("%d tickets of 20 mails after the UIDVALIDITY has changed", n)
		}
		if polls := f.polls["box000"][before:]; len(polls) < 2 || polls[1].Sub(polls[0]) > 50*time.Second {
			t.Errorf("polled at %v: the first one did not end early", polls)
		}
	})
}
