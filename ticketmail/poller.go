package ticketmail

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/ticketmail/mailbox"
)

// Polling says how mailboxes are polled side by side. The zero value is the
// default.
type Polling struct {
	Parallel int // mailboxes polled at once, and so connections beside those kept open; 0: 16
	PerHost  int // and of them on one server; 0: 4

	// IdleConnections is how many mailboxes may keep their connection open
	// between polls, so that the server tells of new mail at once (IMAP IDLE).
	// The first folder is listened to; the others, and further mailboxes, are
	// polled at their interval. 0: 100; negative: none.
	IdleConnections int

	// FailingAfter is how long a mailbox must fail before the administrators
	// (notify.MailboxFailing) and OnHealth are told: a server that restarts is
	// no news. 0: 15 minutes.
	FailingAfter time.Duration

	// OnHealth is told when a mailbox has been failing for FailingAfter, and
	// again when it works again, as this process sees it; nil: nobody is. The
	// time in which a mailbox is switched off, or assigned to no task, does not
	// count, nor what was before, if OnHealth was not told of it yet. The
	// mails to administrators do not depend on it. It is called by a goroutine
	// of its own that Run waits for.
	OnHealth func(ctx context.Context, s MailboxStatus)
}

// A poller decides when which mailbox is polled. Its loop owns the running
// polls; the rest is guarded by mu.
type poller struct {
	opts  Polling
	wake  chan struct{} // something changed: look again
	slots chan struct{} // one for each line that may be open at a time

	running atomic.Bool

	mu      sync.Mutex
	boxes   map[mailbox.ID]*box
	waiting map[string]bool // hosts of mailboxes that are due and cannot be polled yet
	full    bool            // all hands are busy
}

// A box is what the poller knows of one mailbox.
type box struct {
	mailbox.Mailbox
	status MailboxStatus
	task   bool // it is assigned
	next   time.Time
	soon   bool // poll again as soon as the poll under way ends
	round  int  // polls begun
	fails  int  // in a row
	told   bool // OnHealth knows that it fails

	line *line              // of the poll under way, or of the pause after it
	hush context.CancelFunc // ends the pause in which the line is listened to; nil: none is
}

func newPoller(opts Polling, limit *Limit) *poller {
	opts.Parallel, opts.PerHost = cmp.Or(opts.Parallel, 16), cmp.Or(opts.PerHost, 4)
	opts.IdleConnections = max(cmp.Or(opts.IdleConnections, 100), 0)
	opts.FailingAfter = cmp.Or(opts.FailingAfter, 15*time.Minute)
	slots := make(chan struct{}, opts.IdleConnections)
	if limit != nil && opts.IdleConnections > 0 {
		slots = limit.idle
	}
	return &poller{
		opts: opts, wake: make(chan struct{}, 1), slots: slots,
		boxes: map[mailbox.ID]*box{},
	}
}

// rouse makes the loop look again.
func (p *poller) rouse() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// maxBackoff is how far apart the polls of a failing mailbox get.
const maxBackoff = 15 * time.Minute

// routesInterval is how soon mailboxes that another node defines are seen.
const routesInterval = 5 * time.Second

// pollForever polls every active mailbox that serves a task, each at its
// interval, until ctx is done, and waits for the polls under way.
func (e *Engine) pollForever(ctx context.Context) {
	p := e.poller
	var wg sync.WaitGroup
	if e.oauth != nil {
		defer e.oauth.Close() // waits for refreshes
	}
	defer p.closeLines()
	defer wg.Wait()
	wg.Go(func() { e.keepTokens(ctx) })
	for ctx.Err() == nil {
		if err := e.syncBoxes(ctx); err != nil && ctx.Err() == nil {
			e.cfg.Logger.LogAttrs(ctx, slog.LevelError, "mailboxes not read", slog.Any("error", err))
		}
		for _, id := range p.begin(time.Now()) {
			wg.Go(func() {
				e.pollOnce(ctx, id, &wg)
				p.rouse()
			})
		}
		timer := time.NewTimer(p.pause(time.Now()))
		select {
		case <-ctx.Done():
		case <-p.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// syncBoxes brings the boxes in line with the mailboxes in force.
func (e *Engine) syncBoxes(ctx context.Context) error {
	r, err := e.routesNow(ctx)
	if err != nil {
		return err
	}
	for _, idle := range e.poller.sync(r, time.Now()) {
		idle.close()
	}
	return nil
}

// sync brings the boxes in line with r, and returns what has to be closed.
func (p *poller) sync(r *routing, now time.Time) (idle []*line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[mailbox.ID]bool{}
	for _, m := range r.Mailboxes {
		seen[m.ID] = true
		as, assigned := r.Assignment(m.ID)
		b := p.boxes[m.ID]
		if b == nil {
			b = &box{next: now, status: MailboxStatus{Mailbox: m.ID}}
			p.boxes[m.ID] = b
		}
		m = m.WithDefaults()
		changed := !sameMailbox(b.Mailbox, m)
		b.Mailbox, b.task, b.status.Task = m, assigned, as.Task
		if changed || !b.polled() {
			idle = append(idle, b.quiet())
		}
		if !assigned || m.Inactive { // nothing fails that nobody tries; OnHealth is told when it works again
			b.fails, b.status.Err, b.status.FailingSince = 0, nil, time.Time{}
		}
		if changed { // perhaps what was wrong is mended
			b.next, b.fails, b.soon = now, 0, b.status.Polling
		}
	}
	maps.DeleteFunc(p.boxes, func(id mailbox.ID, b *box) bool {
		if seen[id] {
			return false
		}
		b.task = false
		idle = append(idle, b.quiet())
		return !b.busy()
	})
	return idle
}

// begin returns the mailboxes to be polled now, the one that waits longest
// first, as many as may be at once, and marks them as being polled.
func (p *poller) begin(now time.Time) []mailbox.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	running, failing, hosts := 0, 0, map[string]int{}
	count := func(b *box) {
		running++
		hosts[b.Host]++
		if b.fails > 0 {
			failing++
		}
	}
	var due []*box
	for _, b := range p.boxes {
		switch {
		case b.status.Polling:
			count(b)
		case b.hush != nil: // its line says when
		case b.polled() && !b.next.After(now):
			due = append(due, b)
		}
	}
	slices.SortFunc(due, func(a, b *box) int { return cmp.Or(a.next.Compare(b.next), cmp.Compare(a.ID, b.ID)) })
	var start []mailbox.ID
	p.waiting = map[string]bool{}
	for _, b := range due {
		// Servers that hang must not take all hands from those that do not.
		if b.fails > 0 && failing >= max(p.opts.Parallel/4, 1) {
			continue
		}
		if running >= p.opts.Parallel || hosts[b.Host] >= p.opts.PerHost {
			p.waiting[b.Host] = true
			continue
		}
		count(b)
		b.status.Polling, b.round = true, b.round+1
		start = append(start, b.ID)
	}
	p.full = running >= p.opts.Parallel
	return start
}

// polled reports whether the mailbox is one to be polled at all.
func (b *box) polled() bool { return b.task && !b.Inactive && !b.status.Paused }

// busy reports whether a goroutine polls the mailbox or listens to it.
func (b *box) busy() bool { return b.status.Polling || b.hush != nil }

// pause returns how long nothing will be due. A mailbox that waits for a free
// hand is looked at when a poll ends, which wakes the loop.
func (p *poller) pause(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := routesInterval
	for _, b := range p.boxes {
		if b.polled() && !b.busy() && b.next.After(now) {
			wait = min(wait, b.next.Sub(now))
		}
	}
	return max(wait, time.Millisecond)
}
