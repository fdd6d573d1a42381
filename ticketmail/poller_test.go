package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/ticketmail"
)

// A fleet is many mailboxes on one server, some of which hang or refuse.
type fleet struct {
	server *mailboxtest.Server
	takes  time.Duration // to connect
	idle   bool          // sessions can wait for mail

	mu       sync.Mutex
	bad      map[mailbox.ID]error // errHang: never answers
	open     int
	mostOpen int
	polls    map[mailbox.ID][]time.Time // begun
}

var errHang = errors.New("the server hangs")

func (f *fleet) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	f.mu.Lock()
	f.open++
	f.mostOpen = max(f.mostOpen, f.open)
	f.polls[m.ID] = append(f.polls[m.ID], time.Now())
	bad := f.bad[m.ID]
	f.mu.Unlock()
	s, err := f.connect(ctx, m, bad)
	if err != nil {
		f.close()
		return nil, err
	}
	if w, able := s.(mailbox.Waiter); able && f.idle {
		return listening{counted{s, f}, w}, nil
	}
	return counted{s, f}, nil
}

func (f *fleet) connect(ctx context.Context, m mailbox.Mailbox, bad error) (mailbox.Session, error) {
	wait := f.takes
	if errors.Is(bad, errHang) {
		wait = time.Minute // as long as a command may take
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(wait):
	}
	if bad != nil {
		return nil, bad
	}
	return f.server.Connect(ctx, m)
}

func (f *fleet) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open--
}

type counted struct {
	mailbox.Session
	fleet *fleet
}

func (c counted) Close() error {
	c.fleet.close()
	return c.Session.Close()
}

// A listening session is told of new mail.
type listening struct {
	mailbox.Session
	waiter mailbox.Waiter
}

func (l listening) Wait(ctx context.Context, folder string, most time.Duration) error {
	return l.waiter.Wait(ctx, folder, most)
}

// listens makes the sessions of a fleet such that are told of new mail.
func (f *fleet) listens() {
	f.idle = true
	f.server.SetIdle(true)
}

// newFleet is a house with n mailboxes, one for each task.
func newFleet(t *testing.T, n int, change func(*ticketmail.Config)) (house, *fleet) {
	t.Helper()
	f := &fleet{server: mailboxtest.NewServer(), takes: 200 * time.Millisecond, bad: map[mailbox.ID]error{}, polls: map[mailbox.ID][]time.Time{}}
	data := people()
	var routes mailbox.Routes
	for i := range n {
		id, task, folder := mailbox.ID(fmt.Sprintf("box%03d", i)), fmt.Sprintf("task%03d", i), fmt.Sprintf("F%03d", i)
		f.server.AddFolder(folder)
		data.Tasks = append(data.Tasks, memdirectory.Task{ID: escalation.TaskID(task), Project: "service"})
		routes.Mailboxes = append(routes.Mailboxes, mailbox.Mailbox{ID: id, Host: "mail.example", User: "all", Folders: []string{folder}})
		routes.Assignments = append(routes.Assignments, mailbox.Assignment{Mailbox: id, Task: escalation.TaskID(task)})
	}
	h := build(t, func(c *ticketmail.Config) {
		c.Directory, c.Routes = directoryOf(t, data), routes
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: f}
		c.Now = time.Now
		if change != nil {
			change(c)
		}
	})
	return h, f
}

// run runs the engine for a while.
func (h house) run(d time.Duration) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), d)
	defer cancel()
	if err := h.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		h.t.Errorf("Run = %v", err)
	}
}

// TestFleet: of 500 mailboxes on one server 10 hang and 10 refuse. Every
// healthy one is polled within one and a half of its interval, no more
// connections are open than configured, and the process stays below 200 MiB.
func TestFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 500, func(c *ticketmail.Config) { c.Polling = ticketmail.Polling{Parallel: 40, PerHost: 40} })
		for i := range 10 {
			f.bad[mailbox.ID(fmt.Sprintf("box%03d", i*37))] = errHang
			f.bad[mailbox.ID(fmt.Sprintf("box%03d", i*41+1))] = &mailbox.AuthError{User: "all", Err: errors.New("no")}
		}
		peak := watchMemory(t)
		h.run(7 * time.Minute)
		total, heap := peak()
		if total > 200<<20 {
			t.Errorf("%d MiB in use, want at most 200", total>>20)
		}
		if f.mostOpen > 40 || f.open != 0 {
			t.Errorf("%d connections were open at once, %d are still", f.mostOpen, f.open)
		}
		worst := time.Duration(0)
		for i := range 500 {
			id := mailbox.ID(fmt.Sprintf("box%03d", i))
			polls := f.polls[id]
			if f.bad[id] != nil {
				if len(polls) == 0 || len(polls) > 4 {
					t.Errorf("%s fails and was tried %d times in 7 minutes", id, len(polls))
				}
				continue
			}
			for j := 1; j < len(polls); j++ {
				worst = max(worst, polls[j].Sub(polls[j-1]))
			}
			if len(polls) < 6 {
				t.Errorf("%s was polled %d times in 7 minutes", id, len(polls))
			}
		}
		if worst > 90*time.Second {
			t.Errorf("a healthy mailbox waited %v, want at most 1.5 of its interval of a minute", worst)
		}
		t.Logf("worst interval %v, at most %d connections, %d MiB of memory of which %d MiB on the heap", worst, f.mostOpen, total>>20, heap>>20)
	})
}

// TestFleetIsFair: a mailbox that takes long does not keep the small ones
// waiting, and one server has no more connections than it likes.
func TestFleetIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 51, nil)
		f.bad["box000"] = errHang // a minute each time: as a drain of a full mailbox is
		h.run(10 * time.Minute)
		if f.mostOpen > 4 {
			t.Errorf("%d connections to one server, want at most 4", f.mostOpen)
		}
		for id, polls := range f.polls {
			for j := 1; j < len(polls) && id != "box000"; j++ {
				if gap := polls[j].Sub(polls[j-1]); gap > 2*time.Minute {
					t.Errorf("%s waited %v", id, gap)
				}
			}
		}
	})
}

// TestFleetThatListens: a connection that is kept open to listen on takes no
// hand, so that the next mailbox is polled at once.
func TestFleetThatListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 100, nil)
		f.listens()
		begun := time.Now()
		h.run(2 * time.Minute)
		worst := time.Duration(0)
		for id, polls := range f.polls {
			worst = max(worst, polls[0].Sub(begun))
			if len(polls) != 1 {
				t.Errorf("%s connected %d times", id, len(polls))
			}
		}
		if worst > 6*time.Second || len(f.polls) != 100 {
			t.Errorf("%d of 100 mailboxes were polled, the last one after %v: want at most 6s, 25 rounds of 200ms and a margin", len(f.polls), worst)
		}
		if f.open != 0 {
			t.Errorf("%d connections are open", f.open)
		}
	})
}

// TestHealth: administrators are told of a mailbox that keeps failing, once,
// and of its recovery; one that fails briefly is no news.
func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []string
		h, f := newFleet(t, 2, func(c *ticketmail.Config) {
			c.Polling.OnHealth = func(_ context.Context, s ticketmail.MailboxStatus) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, fmt.Sprintf("%s %t", s.Mailbox, s.Err != nil))
			}
		})
		set := func(id mailbox.ID, err error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.bad[id] = err
		}
		refused := &mailbox.AuthError{User: "all", Err: errors.New("wrong password")}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.Run(ctx) }()
		set("box000", refused)
		set("box001", refused)
		time.Sleep(5 * time.Minute)
		set("box001", nil)
		h.PollSoon("box001")
		time.Sleep(time.Hour)
		status, err := h.Status(t.Context())
		if err != nil || len(status) != 2 || status[0].Err == nil || status[0].FailingSince.IsZero() || status[1].Err != nil || status[1].LastSuccess.IsZero() {
			t.Errorf("status = %+v, %v", status, err)
		}
		set("box000", nil)
		h.PollSoon("box000")
		time.Sleep(time.Minute)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v, want the end of its context", err)
		}
		if got := fmt.Sprint(told); got != "[box000 true box000 false]" {
			t.Errorf("told %s, want the failure and the recovery of one", got)
		}
	})
}

// TestPause: a paused mailbox is not polled, a resumed one at once.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 1, nil)
		h.PauseMailbox("box000")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.Run(ctx) }()
		time.Sleep(10 * time.Minute)
		f.mu.Lock()
		n := len(f.polls["box000"])
		f.mu.Unlock()
		if n != 0 {
			t.Errorf("a paused mailbox was polled %d times", n)
		}
		if s, err := h.Status(t.Context()); err != nil || !s[0].Paused || !s[0].Next.IsZero() {
			t.Errorf("status = %+v, %v", s, err)
		}
		h.ResumeMailbox("box000")
		time.Sleep(time.Second)
		f.mu.Lock()
		n = len(f.polls["box000"])
		f.mu.Unlock()
		if n != 1 {
			t.Errorf("a resumed mailbox was polled %d times within a second", n)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v, want the end of its context", err)
		}
	})
}

// TestMailboxAppears: one that an administrator defines while Run is at work
// is polled, and one that is taken away is not any more.
func TestMailboxAppears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 1, func(c *ticketmail.Config) { c.Sealer = ring(t) })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.Run(ctx) }()
		time.Sleep(10 * time.Second)
		f.server.AddFolder("Sales")
		if err := h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Folders = []string{"Sales"} })); err != nil {
			t.Fatal(err)
		}
		if err := h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		polls := func() int {
			f.mu.Lock()
			defer f.mu.Unlock()
			return len(f.polls["sales"])
		}
		if n := polls(); n != 1 {
			t.Errorf("a new mailbox was polled %d times within ten seconds", n)
		}
		if err := h.UnassignMailbox(ctx, "sales"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if n := polls(); n != 1 {
			t.Errorf("a mailbox of no task was polled: %d times", n)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v, want the end of its context", err)
		}
	})
}
