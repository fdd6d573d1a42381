package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.com/ticketmail/internal/process"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

func (e *Engine) newDeliverer() *notify.Deliverer {
	return &notify.Deliverer{
		Tx: notify.TxFunc(func(ctx context.Context, fn func(o notify.Outbox) error) error {
			return e.store.Update(ctx, func(w storage.Writer) error {
				return fn(delivery{w.Outbox(), &tx{Engine: e, w: w, now: e.now()}})
			})
		}),
		Sender:   e.cfg.Limit.sender(notify.SenderFunc(e.send)),
		Files:    e.cfg.Blobs,
		Owner:    process.Holder(),
		Parallel: e.cfg.Delivery.Parallel,
		Lease:    e.cfg.Delivery.Lease,
		Backoff:  e.cfg.Delivery.Backoff,
		Pause:    e.cfg.Delivery.Pause,
		Now:      e.now,
		Refused: func(ctx context.Context, o notify.Outbox, m notify.Mail, refused *notify.RecipientError) error {
			return o.(delivery).refused(ctx, m, refused.Status, isA[*UndeliverableError](refused))
		},
		GaveUp: func(ctx context.Context, o notify.Outbox, m notify.Mail, _ error) error {
			return o.(delivery).gaveUp(ctx, m)
		},
	}
}

// delivery is the outbox in a transaction of the deliverer, and what else may
// be written there.
type delivery struct {
	notify.Outbox
	*tx
}

// A Delivery says how the outbox is delivered. The zero value is the default.
type Delivery struct {
	Parallel int            // mails being sent at once; 0: 4
	Backoff  notify.Backoff // after temporary errors
	Pause    time.Duration  // after the mail exit refused us as a whole; 0: 5 minutes
	Lease    time.Duration  // how long a claim holds, and one Send may last at most; 0: 15 minutes
}

func (d Delivery) validate() error {
	if d.Parallel < 0 || min(d.Pause, d.Lease, d.Backoff.GiveUp) < 0 || len(d.Backoff.Steps) > 0 && slices.Min(d.Backoff.Steps) < 0 {
		return errors.New("numbers and durations must not be negative")
	}
	return nil
}

// Deliver sends the mails of the outbox that are due, and returns when none
// is. Before that it plans what could not be planned when it happened: whom to
// tell instead of somebody whose mail came back, and what happened while the
// directory failed. An internal mail planned more than a minute ago for somebody
// who has left since, or is a customer's contact now, is not sent: others are
// told instead. Without a Sender the mails wait. [Engine.Run] does it all the
// time. A mail exit that refuses us as a whole is the *notify.ConfigError
// returned; what happens to single mails is in the outbox.
func (e *Engine) Deliver(ctx context.Context) (notify.Report, error) {
	ctx, round := begin(ctx, e.observer, DeliveryEvent{})
	report, err := e.deliverNow(ctx)
	round.end(err, func(r Result) Event { return DeliveryEvent{report, r} })
	return report, err
}

// send hands a mail to the Sender, if it is still for whom it was planned.
func (e *Engine) send(ctx context.Context, m notify.Mail) error {
	told := SendEvent{Event: m.Event, Internal: m.Internal, Attempt: m.Attempts}
	ctx, took := begin(ctx, e.observer, told)
	err := e.stillStaff(ctx, m)
	if err == nil {
		err = e.cfg.Sender.Send(ctx, m)
	}
	took.end(err, func(r Result) Event {
		told.Result = r
		return told
	})
	return err
}

func (e *Engine) deliverNow(ctx context.Context) (notify.Report, error) {
	if err := errors.Join(e.runErrands(ctx), e.sweepCaps(ctx)); err != nil || e.cfg.Sender == nil {
		return notify.Report{}, err
	}
	if err := e.reclaim(ctx); err != nil {
		return notify.Report{}, fmt.Errorf("deliver outbox: %w", err)
	}
	var all notify.Report
	for {
		r, err := e.deliverer.DeliverDue(ctx)
		all.Sent, all.Retried, all.Failed, all.Paused = all.Sent+r.Sent, all.Retried+r.Retried, all.Failed+r.Failed, r.Paused
		switch {
		case err != nil:
			return all, err
		case r.Paused != nil:
			return all, fmt.Errorf("deliver outbox: paused until %s: %w", r.Paused.Until.Format(time.RFC3339), r.Paused.Err)
		case r.Failed == 0:
			return all, nil
		}
		if err := e.runErrands(ctx); err != nil { // whoever was refused may have a substitute
			return all, err
		}
	}
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
