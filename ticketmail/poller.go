package ticketmail

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
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

// pollOnce polls a mailbox, notes what came of it, and listens on its line
// until the next poll is due.
func (e *Engine) pollOnce(ctx context.Context, id mailbox.ID, wg *sync.WaitGroup) {
	l := e.poller.line(id)
	release, ok := e.cfg.Limit.poll(ctx)
	if !ok {
		e.poller.interrupted(id, Report{})
		return
	}
	started := time.Now()
	t := e.poller.turn(id, started)
	report, err := e.poll(ctx, id, l, t.enough)
	release()
	switch {
	case err != nil:
		l.close() // another node listens, or nobody
	case l.open():
		l.learn(report.Received, l.of.Interval)
	}
	if ctx.Err() != nil {
		e.poller.interrupted(id, report) // our own end is no news of the mailbox
		return
	}
	listen, hush := context.WithCancel(ctx)
	defer hush()
	if !l.open() {
		hush = nil
	}
	s, told := e.poller.end(id, report, err, t, time.Now(), e.now(), hush)
	e.logPoll(ctx, id, report, err, s.Next)
	e.tellOfHealth(ctx, id, err)
	if told && e.poller.opts.OnHealth != nil {
		wg.Go(func() { e.poller.opts.OnHealth(ctx, s) })
	}
	if hush != nil {
		e.poller.rouse() // the hand is free
		e.listen(listen, id, l)
	}
}

// interrupted notes the end of a poll that Run did not let go on.
func (p *poller) interrupted(id mailbox.ID, r Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.boxes[id]; b != nil {
		b.status.Polling = false
		b.status.Done.Add(r)
	}
}

// end notes the end of a poll. told says that the mailbox's health changed
// such that somebody should know. hush, if not nil, ends the listening that
// follows.
func (p *poller) end(id mailbox.ID, r Report, err error, t *turn, now, stamp time.Time, hush context.CancelFunc) (s MailboxStatus, told bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.boxes[id]
	if b == nil {
		return MailboxStatus{Mailbox: id}, false
	}
	b.status.Polling, b.hush = false, hush
	b.status.Done.Add(r)
	_, elsewhere := errors.AsType[*storage.HeldError](err)
	switch {
	case err == nil:
		b.fails = 0
		b.status.LastSuccess, b.status.Elsewhere = stamp, false
		b.status.Err, b.status.FailingSince = nil, time.Time{}
		told, b.told = b.told, false
		b.next = t.began.Add(spread(b.Interval, string(id), b.round))
		if b.soon = b.soon || t.over; !t.over {
			b.status.Backlog, b.status.Untouched = 0, r.Untouched
		}
	case elsewhere:
		b.status.Elsewhere = true
		b.next = now.Add(spread(b.Interval, string(id), b.round))
	case noNews(err):
		b.status.Elsewhere = false
		b.next = now.Add(spread(b.Interval, string(id), b.round))
	default:
		b.fails++
		b.status.Err, b.status.Elsewhere = err, false
		if b.status.FailingSince.IsZero() {
			b.status.FailingSince = stamp
		}
		if !b.told && stamp.Sub(b.status.FailingSince) >= p.opts.FailingAfter {
			told, b.told = true, true
		}
		b.next = now.Add(backoff(b.Interval, b.fails))
	}
	if b.next.Before(now) || b.soon {
		b.next, b.soon = now, false // it took longer than its interval: behind all that wait already
	}
	b.status.Next = stamp.Add(b.next.Sub(now))
	return b.status, told
}

// backoff is how long a failing mailbox rests: twice as long each time, but no
// longer than its interval or 15 minutes.
func backoff(interval time.Duration, fails int) time.Duration {
	wait := max(interval, time.Second)
	for range fails {
		if wait *= 2; wait >= maxBackoff {
			return max(maxBackoff, interval)
		}
	}
	return wait
}

// spread shifts an interval by up to five per cent, differently for each
// mailbox and round, so that mailboxes that began together do not stay so. It
// is made of the name, not of chance: the same run gives the same times.
func spread(interval time.Duration, name string, round int) time.Duration {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	h = (h ^ uint64(round)) * 1099511628211
	return interval + time.Duration(int64(interval/10)*int64(h>>32&0xffff)/0xffff) - interval/20
}

// tellOfHealth tells administrators by mail. That it fails is no news of the
// mailbox, and the next poll tries again.
func (e *Engine) tellOfHealth(ctx context.Context, id mailbox.ID, failure error) {
	if _, elsewhere := errors.AsType[*storage.HeldError](failure); elsewhere {
		return
	}
	if err := e.noteHealth(ctx, id, failure); err != nil && ctx.Err() == nil {
		e.cfg.Logger.LogAttrs(ctx, slog.LevelError, "health of mailbox not noted", slog.String("mailbox", string(id)), slog.Any("error", err))
	}
}

func (e *Engine) logPoll(ctx context.Context, id mailbox.ID, r Report, err error, next time.Time) {
	name := slog.String("mailbox", string(id))
	_, elsewhere := errors.AsType[*storage.HeldError](err)
	switch {
	case err == nil:
		e.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "mailbox polled", name, slog.Int("received", r.Received), slog.Int("left", r.Left))
	case elsewhere:
		e.cfg.Logger.LogAttrs(ctx, slog.LevelDebug, "mailbox is another node's", name, slog.Any("error", err))
	default:
		e.cfg.Logger.LogAttrs(ctx, slog.LevelError, "poll failed", name, slog.Any("error", err), slog.Time("next", next))
	}
}

// keepInterval is how often sign-ins are looked after. What is due once a week
// is asked for once a week only.
const keepInterval = 24 * time.Hour

// keepTokens keeps mailboxes signed in that are not polled: a refresh token
// that is not used dies after some months (Microsoft: 90 days).
func (e *Engine) keepTokens(ctx context.Context) {
	for e.oauth != nil && ctx.Err() == nil {
		r, err := e.routesNow(ctx)
		if err != nil {
			e.cfg.Logger.LogAttrs(ctx, slog.LevelError, "sign-ins not looked after", slog.Any("error", err))
			r = &routing{}
		}
		for _, m := range r.Mailboxes {
			if m.Tokens == nil {
				continue
			}
			if err := e.foretell(ctx, m.ID); err != nil && ctx.Err() == nil {
				e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "end of a sign-in not looked for", slog.String("mailbox", string(m.ID)), slog.Any("error", err))
			}
			if err := e.oauth.Keep(ctx, m.ID); err != nil && ctx.Err() == nil {
				e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "mailbox not kept signed in", slog.String("mailbox", string(m.ID)), slog.Any("error", err))
			}
		}
		sleep(ctx, keepInterval)
	}
}
