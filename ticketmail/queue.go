package ticketmail

import (
	"context"
	"log/slog"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Bounds of looking how much waits.
const (
	queueInterval = time.Minute
	maxDepth      = 10_000
)

// watchQueues tells the Observer how much waits in the store, until ctx is done.
func (e *Engine) watchQueues(ctx context.Context) {
	for e.observer != nil && ctx.Err() == nil {
		told, err := e.queues(ctx)
		if err != nil && ctx.Err() == nil {
			e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "queues not counted", slog.Any("error", err))
		}
		for _, q := range told {
			observe(ctx, e.observer, q)
		}
		sleep(ctx, queueInterval)
	}
}

// tellBacklog tells the Observer how many mails are still on the server.
func (i *inbound) tellBacklog(ctx context.Context) {
	i.mu.Lock()
	left := max(i.waiting-i.stats.Received-i.stats.Left, 0)
	i.mu.Unlock()
	observe(ctx, i.observer, QueueEvent{Queue: QueueMailbox, Mailbox: i.assignment.Mailbox, Depth: left})
}

// queues counts what waits in the store.
func (e *Engine) queues(ctx context.Context) ([]QueueEvent, error) {
	var told []QueueEvent
	now := e.now()
	err := e.store.View(ctx, func(r storage.Reader) error {
		told = nil
		waiting := QueueEvent{Queue: QueueWaiting}
		for m, err := range r.Outbox().List(ctx, notify.MailQuery{State: notify.Waiting, Limit: maxDepth}) {
			if err != nil {
				return err
			}
			waiting.Depth++
			waiting.Overdue = max(waiting.Overdue, now.Sub(m.Due))
		}
		told = append(told, waiting)
		for _, q := range []struct {
			queue Queue
			state notify.State
		}{{QueueHeld, notify.Held}, {QueueFailed, notify.Failed}} {
			n, err := storage.CountMails(ctx, r.Outbox(), notify.MailQuery{State: q.state, Limit: maxDepth})
			if err != nil {
				return err
			}
			told = append(told, QueueEvent{Queue: q.queue, Depth: n})
		}
		n, err := storage.CountEntries(ctx, r.Ledger(), mailbox.LedgerQuery{Outcome: mailbox.Quarantine, Limit: maxDepth})
		told = append(told, QueueEvent{Queue: QueueQuarantine, Depth: n})
		return err
	})
	return told, err
}
