package ticketmail_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/ticketmail"
)

// hourly is polled once an hour, unless the server tells of mail.
func hourly(c *ticketmail.Config) { c.Routes.Mailboxes[0].Interval = time.Hour }

// runFor runs the engine for so long, and wants no session left.
func runFor(t *testing.T, h house, server *mailboxtest.Server, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := h.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run = %v, want the cause of its context", err)
	}
	if server.Open() != 0 {
		t.Errorf("%d sessions stayed open", server.Open())
	}
}

// arrivals adds a mail after each time, and notes how long it takes to become
// a ticket.
func arrivals(h house, server *mailboxtest.Server, times ...time.Duration) <-chan time.Duration {
	took := make(chan time.Duration, len(times))
	for _, d := range times {
		time.AfterFunc(d, func() {
			before, start := len(h.tickets()), time.Now()
			server.Add("INBOX", mail("x@y.example", "help", "", "text"))
			for len(h.tickets()) == before {
				time.Sleep(100 * time.Millisecond)
			}
			took <- time.Since(start).Round(10 * time.Millisecond)
		})
	}
	return took
}

func TestRunIsToldOfMail(t *testing.T) {
	const minute = time.Minute
	for name, tt := range map[string]struct {
		idle     bool
		lines    int // IdleConnections
		fault    func(*mailboxtest.Server)
		slowest  time.Duration
		connects int // in three hours at most
	}{
		"IDLE":              {true, 0, nil, time.Second, 1},
		"not offered":       {false, 0, nil, 51 * minute, 3},
		"switched off":      {true, -1, nil, 51 * minute, 3},
		"dead before it":    {true, 0, func(s *mailboxtest.Server) { s.FailCall(mailboxtest.OpSelect, 2, errCut) }, time.Second, 2},
		"dead while idling": {true, 0, func(s *mailboxtest.Server) { s.FailCall(mailboxtest.OpWait, 1, errCut) }, 51 * minute, 2},
		"dead every time": {true, 0, func(s *mailboxtest.Server) {
			s.OnCall(func(c mailboxtest.Call) error {
				if c.Op == mailboxtest.OpWait {
					return errCut
				}
				return nil
			})
		}, 51 * minute, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, server := withServer(t, func(c *ticketmail.Config) { hourly(c); c.Polling.IdleConnections = tt.lines })
				server.SetIdle(tt.idle)
				if tt.fault != nil {
					tt.fault(server)
				}
				took := arrivals(h, server, 10*minute, 80*minute)
				runFor(t, h, server, 3*time.Hour-minute)
				synctest.Wait()
				if len(took) != 2 {
					t.Errorf("%d tickets of 2 mails", len(took))
				}
				for range len(took) {
					if d := <-took; d > tt.slowest {
						t.Errorf("a mail took %s to become a ticket, want at most %s", d, tt.slowest)
					}
				}
				if n := server.Count(mailboxtest.OpConnect); n > tt.connects {
					t.Errorf("%d connections in three hours, want at most %d", n, tt.connects)
				}
			})
		})
	}
}

var errCut = errors.New("connection cut")

// Mails that come together are taken together.
func TestRunGathersMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, server := withServer(t, hourly)
		server.SetIdle(true)
		time.AfterFunc(time.Minute, func() {
			for range 100 {
				server.Add("INBOX", mail("x@y.example", "help", "", "text"))
				time.Sleep(time.Millisecond)
			}
		})
		runFor(t, h, server, 30*time.Minute)
		if polls := server.Count(mailboxtest.OpList); len(h.tickets()) != 100 || polls != 2 {
			t.Errorf("%d tickets of 100 mails in %d polls, want 2", len(h.tickets()), polls)
		}
	})
}

// eager is a server that wakes those who wait for nothing.
type eager struct{ mailbox.Connector }

func (e eager) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	s, err := e.Connector.Connect(ctx, m)
	return eagerSession{s}, err
}

type eagerSession struct{ mailbox.Session }

func (eagerSession) Wait(context.Context, string, time.Duration) error { return nil }

func TestRunBearsAServerThatCriesWolf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := mailboxtest.NewServer()
		h := build(t, func(c *ticketmail.Config) {
			hourly(c)
			c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: eager{server}}
		})
		runFor(t, h, server, 10*time.Hour)
		if n := server.Count(mailboxtest.OpList); n > 30 {
			t.Errorf("%d polls in ten hours at an interval of one", n)
		}
	})
}

// More mailboxes than connections: all are served, the others at their
// interval.
func TestIdleConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := mailboxtest.NewServer()
		server.SetIdle(true)
		h := build(t, func(c *ticketmail.Config) {
			hourly(c)
			c.Polling.IdleConnections = 1
			c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
			other := c.Routes.Mailboxes[0]
			other.ID, other.Address, other.User = "sales", "sales@erp.example", "sales"
			c.Routes.Mailboxes = append(c.Routes.Mailboxes, other)
			c.Routes.Assignments = append(c.Routes.Assignments, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"})
		})
		most := 0
		time.AfterFunc(30*time.Minute, func() { most = server.Open() })
		runFor(t, h, server, 150*time.Minute)
		synctest.Wait()
		if most != 1 {
			t.Errorf("%d connections were open between the polls, want 1", most)
		}
		if n := server.Count(mailboxtest.OpList); n != 6 {
			t.Errorf("%d polls of two mailboxes in two and a half hours, want 6", n)
		}
	})
}

// What the administrator does while a mailbox is listened to counts at once,
// and no connection outlives its mailbox.
func TestListeningEnds(t *testing.T) {
	const at = 10 * time.Minute // within the first pause
	for name, tt := range map[string]struct {
		do    func(t *testing.T, h house)
		open  int // connections a minute later
		polls int // until then
	}{
		"nothing":    {func(*testing.T, house) {}, 1, 1},
		"poll soon":  {func(_ *testing.T, h house) { h.PollSoon("sales") }, 1, 2},
		"paused":     {func(_ *testing.T, h house) { h.PauseMailbox("sales") }, 0, 1},
		"unassigned": {func(t *testing.T, h house) { must(t, h.UnassignMailbox(t.Context(), "sales")) }, 0, 1},
		"deleted": {func(t *testing.T, h house) {
			must(t, h.UnassignMailbox(t.Context(), "sales"))
			must(t, h.DeleteMailbox(t.Context(), "sales"))
		}, 0, 1},
		"inactive": {func(t *testing.T, h house) {
			must(t, h.PutMailbox(t.Context(), box2(func(m *mailbox.Mailbox) { m.Interval, m.Inactive = time.Hour, true })))
		}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := mailboxtest.NewServer()
				server.SetIdle(true)
				h := build(t, func(c *ticketmail.Config) {
					c.Sealer = ring(t)
					c.Routes = mailbox.Routes{}
					c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
				})
				must(t, h.PutMailbox(t.Context(), box2(func(m *mailbox.Mailbox) { m.Interval = time.Hour })))
				must(t, h.AssignMailbox(t.Context(), mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
				open, polls := -1, -1
				time.AfterFunc(at, func() { tt.do(t, h) })
				time.AfterFunc(at+time.Minute, func() { open, polls = server.Open(), server.Count(mailboxtest.OpList) })
				runFor(t, h, server, 20*time.Minute)
				synctest.Wait()
				if open != tt.open || polls != tt.polls {
					t.Errorf("%d connections after %d polls, want %d after %d", open, polls, tt.open, tt.polls)
				}
			})
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
