package ticketmail

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
)

// A line is the connection of one mailbox, kept open between two polls so that
// the server can tell of new mail. The nil line keeps none.
type line struct {
	session mailbox.Waiter  // nil: none is open
	of      mailbox.Mailbox // as it was when the session was opened
	slots   chan struct{}   // one for each line that may be open at a time, of all mailboxes
	quiet   time.Duration   // between being woken and the poll
	woken   bool            // the last pause ended early
}

// minQuiet is how long a poll waits after new mail was announced: what comes
// together is taken together.
const minQuiet = 250 * time.Millisecond

// open reports whether there is a connection.
func (l *line) open() bool { return l != nil && l.session != nil }

// sameMailbox reports whether a session of the one serves the other.
func sameMailbox(a, b mailbox.Mailbox) bool {
	if !a.Password.Equal(b.Password) || (a.Tokens == nil) != (b.Tokens == nil) {
		return false
	}
	a.Password = b.Password
	a.Tokens, b.Tokens = nil, nil // functions cannot be compared
	return reflect.DeepEqual(a, b)
}

// take returns the open connection, if there is one. It is then the caller's.
func (l *line) take() mailbox.Session {
	if !l.open() {
		return nil
	}
	s := l.session
	l.session = nil
	<-l.slots
	return s
}

// takeFor is take for a mailbox that may have changed since: then its old
// connection is ended, and there is none.
func (l *line) takeFor(m mailbox.Mailbox) mailbox.Session {
	if l.open() && !sameMailbox(l.of, m) {
		l.close()
	}
	return l.take()
}

// keep keeps a connection open, if it can wait and there is room for it.
func (l *line) keep(s mailbox.Session, m mailbox.Mailbox) bool {
	w, ok := s.(mailbox.Waiter)
	if l == nil || !ok {
		return false
	}
	select {
	case l.slots <- struct{}{}:
		l.session, l.of = w, m
		return true
	default:
		return false
	}
}

// close ends the connection. What its end says matters no more: all that was
// done on it was confirmed.
func (l *line) close() {
	if s := l.take(); s != nil {
		_ = s.Close()
	}
}

// pause waits on an open line: for the time given, or until the server tells
// of new mail. Where it cannot tell, or no longer, the connection is closed
// and time decides.
func (l *line) pause(ctx context.Context, most time.Duration) error {
	began := time.Now()
	err := l.session.Wait(ctx, l.of.Folders[0], most)
	if err != nil {
		l.woken = false
		l.close()
		return err
	}
	left := most - time.Since(began)
	l.woken = left > 0
	if sleep(ctx, min(left, l.quiet)); ctx.Err() != nil {
		l.close()
	}
	return context.Cause(ctx)
}

// learn takes from a poll how eager the next one may be: a server that wakes
// us for nothing is listened to less and less.
func (l *line) learn(received int, most time.Duration) {
	switch {
	case received > 0 || l.quiet == 0:
		l.quiet = minQuiet
	case l.woken:
		l.quiet = min(l.quiet*2, most)
	}
}

// listen waits on the line of a mailbox until it should be polled again.
func (e *Engine) listen(ctx context.Context, id mailbox.ID, l *line) {
	err := l.pause(ctx, e.poller.until(id, time.Now()))
	if err != nil && ctx.Err() == nil && !errors.Is(err, errors.ErrUnsupported) {
		e.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "waiting for mail ended, the next poll is by time", slog.String("mailbox", string(id)), slog.Any("error", err))
	}
	e.poller.listened(id, l.woken, time.Now())
}

// line returns the line of a mailbox. It is used by one goroutine at a time:
// the poll, and the listening after it.
func (p *poller) line(id mailbox.ID) *line {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.boxes[id]
	if b.line == nil {
		b.line = &line{slots: p.slots}
	}
	return b.line
}

// until returns how long it is until the next poll of a mailbox.
func (p *poller) until(id mailbox.ID, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.boxes[id].next.Sub(now), 0)
}

// listened notes that nobody listens any more; woken: because of new mail.
func (p *poller) listened(id mailbox.ID, woken bool, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.boxes[id]
	if b.hush = nil; woken && now.Before(b.next) {
		b.next = now
	}
}

// quiet ends the listening, if there is any, and with it the connection. A
// connection that nobody listens on, and that no poll will use, is the
// caller's to close.
func (b *box) quiet() *line {
	switch {
	case b.hush != nil:
		b.hush()
	case !b.status.Polling && !b.polled():
		l := b.line
		b.line = nil
		return l
	}
	return nil
}

// closeLines ends all connections. Nobody uses them any more.
func (p *poller) closeLines() {
	var wg sync.WaitGroup
	defer wg.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.boxes {
		l := b.line
		b.line = nil
		wg.Go(l.close)
	}
}
