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

// Run polls every active mailbox that serves a task, each at its interval,
// and does what [Engine.Deliver] does, until ctx is done; it then waits for work under way
// to end and returns the cause of ctx. No goroutine outlives Run. One mailbox
// that fails is tried again later and later, up to 15 minutes apart, and
// stops no other. Where a server can tell of new mail, the connection is kept
// open and the mailbox polled at once (Config.IdleConnections).
func (e *Engine) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(e.cfg.IdleConnections, 0))
	for _, m := range e.cfg.Routes.Mailboxes {
		if _, ok := e.cfg.Routes.Assignment(m.ID); !ok {
			e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "mailbox not polled", slog.String("mailbox", string(m.ID)), slog.Any("error", ErrUnassigned))
			continue
		}
		if !m.Inactive {
			wg.Go(func() { e.pollForever(ctx, m.WithDefaults(), &line{slots: slots}) })
		}
	}
	wg.Go(func() { e.deliverForever(ctx) })
	wg.Wait()
	return context.Cause(ctx)
}

// maxBackoff is how far apart the polls of a failing mailbox get.
const maxBackoff = 15 * time.Minute

func (e *Engine) pollForever(ctx context.Context, m mailbox.Mailbox, l *line) {
	defer l.close()
	log := e.cfg.Logger.With(slog.String("mailbox", string(m.ID)))
	pause := m.Interval
	for ctx.Err() == nil {
		r, err := e.poll(ctx, m.ID, l)
		_, elsewhere := errors.AsType[*storage.HeldError](err)
		switch {
		case err == nil:
			pause = m.Interval
			l.learn(r.Received, pause)
			log.LogAttrs(ctx, slog.LevelInfo, "mailbox polled", slog.Int("received", r.Received), slog.Int("left", r.Left))
		case ctx.Err() != nil:
			return
		case elsewhere:
			l.close() // the other node listens
			log.LogAttrs(ctx, slog.LevelDebug, "mailbox is another node's", slog.Any("error", err))
		default:
			pause = min(max(pause*2, time.Second), max(maxBackoff, m.Interval))
			log.LogAttrs(ctx, slog.LevelError, "poll failed", slog.Any("error", err), slog.Duration("next", pause))
		}
		l.pause(ctx, m, pause, log)
	}
}

// sleep waits for d, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
