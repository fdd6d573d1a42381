package ticketmail

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

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
