package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/ticketmail/internal/process"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

func (e *Engine) newDeliverer() *notify.Deliverer {
	return &notify.Deliverer{
		Tx: notify.TxFunc(func(ctx context.Context, fn func(o notify.Outbox) error) error {
			return e.store.Update(ctx, func(w storage.Writer) error { return fn(w.Outbox()) })
		}),
		Sender:            e.cfg.Sender,
		Files:             e.cfg.Blobs,
		Owner:             process.Holder(),
		Now:               e.now,
		OnRecipientFailed: e.recipientFailed,
	}
}

// Deliver sends the mails of the outbox that are due, and returns when none
// is. Without a Sender it does nothing: they wait. [Engine.Run] does it all
// the time. A mail exit that refuses us as a whole is the *notify.ConfigError
// returned; what happens to single mails is in the outbox.
func (e *Engine) Deliver(ctx context.Context) (notify.Report, error) {
	if e.cfg.Sender == nil {
		return notify.Report{}, nil
	}
	if err := e.reclaim(ctx); err != nil {
		return notify.Report{}, fmt.Errorf("deliver outbox: %w", err)
	}
	r, err := e.deliverer.DeliverDue(ctx)
	if err == nil && r.Paused != nil {
		err = fmt.Errorf("deliver outbox: paused until %s: %w", r.Paused.Until.Format(time.RFC3339), r.Paused.Err)
	}
	return r, err
}

// reclaim gives back the mails that a process on this host was sending when
// it died, so that they need not wait for their claim to expire.
func (e *Engine) reclaim(ctx context.Context) error {
	stale := false
	find := func(o notify.OutboxReader, each func(notify.Mail) error) error {
		for m, err := range o.List(ctx, notify.MailQuery{State: notify.Sending}) {
			if err == nil && process.Dead(m.ClaimedBy) {
				err = each(m)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	err := e.store.View(ctx, func(r storage.Reader) error {
		return find(r.Outbox(), func(notify.Mail) error { stale = true; return nil })
	})
	if err != nil || !stale {
		return err
	}
	return e.store.Update(ctx, func(w storage.Writer) error {
		var back []*notify.Mail
		err := find(w.Outbox(), func(m notify.Mail) error {
			m.State, m.ClaimedBy, m.ClaimedUntil = notify.Waiting, "", time.Time{}
			back = append(back, &m)
			return nil
		})
		if err != nil || len(back) == 0 {
			return err
		}
		return w.Outbox().Put(ctx, back...)
	})
}

// recipientFailed marks an address that the mail exit refuses for good, so
// that the next notification goes to somebody who can be mailed.
func (e *Engine) recipientFailed(ctx context.Context, m notify.Mail, refused *notify.RecipientError) {
	value := fmt.Appendf(nil, "%s %s", e.now().Format(time.RFC3339), refused.Status)
	err := e.store.Update(ctx, func(w storage.Writer) error {
		return w.Settings().Put(ctx, settingBounced, foldAddress(m.To.Address), value)
	})
	if err != nil {
		e.cfg.Logger.LogAttrs(ctx, slog.LevelError, "refused address not marked", slog.String("mail", m.ID), slog.Any("error", err))
	}
}

// deliverInterval is how often the outbox is looked at without being woken:
// for mails whose time has come, and those other nodes put there.
const deliverInterval = 15 * time.Second

func (e *Engine) deliverForever(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := e.Deliver(ctx); err != nil && !errors.Is(err, context.Canceled) {
			e.cfg.Logger.LogAttrs(ctx, slog.LevelError, "outbox not delivered", slog.Any("error", err))
		}
		t := time.NewTimer(deliverInterval)
		select {
		case <-ctx.Done():
		case <-e.wake:
		case <-t.C:
		}
		t.Stop()
	}
}
