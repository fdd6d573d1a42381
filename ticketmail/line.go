package ticketmail

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"example.com/ticketmail/mailbox"
)

// A line is the connection of one mailbox, kept open between two polls so that
// the server can tell of new mail. The nil line keeps none.
type line struct {
	session mailbox.Waiter // nil: none is open
	slots   chan struct{}  // one for each line that may be open at a time, of all mailboxes
	quiet   time.Duration  // between being woken and the poll
	woken   bool           // the last pause ended early
}

// minQuiet is how long a poll waits after new mail was announced: what comes
// together is taken together.
const minQuiet = 250 * time.Millisecond

// take returns the open connection, if there is one. It is then the caller's.
func (l *line) take() mailbox.Session {
	if l == nil || l.session == nil {
		return nil
	}
	s := l.session
	l.session = nil
	<-l.slots
	return s
}

// keep keeps a connection open, if it can wait and there is room for it.
func (l *line) keep(s mailbox.Session) bool {
	w, ok := s.(mailbox.Waiter)
	if l == nil || !ok {
		return false
	}
	select {
	case l.slots <- struct{}{}:
		l.session = w
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

// pause waits until the next poll of m: for the time given, or until the
// server tells of new mail. Where it cannot tell, or no longer, time decides.
func (l *line) pause(ctx context.Context, m mailbox.Mailbox, most time.Duration, log *slog.Logger) {
	l.woken = false
	if l.session == nil {
		sleep(ctx, most)
		return
	}
	began := time.Now()
	err := l.session.Wait(ctx, m.Folders[0], most)
	left := most - time.Since(began)
	if err == nil {
		l.woken = left > 0
		sleep(ctx, min(left, l.quiet))
		return
	}
	l.close()
	if ctx.Err() == nil && !errors.Is(err, errors.ErrUnsupported) {
		log.LogAttrs(ctx, slog.LevelInfo, "waiting for mail ended, the next poll is by time", slog.Any("error", err))
	}
	sleep(ctx, left)
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
