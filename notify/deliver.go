package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
)

// A Tx runs transactions on an outbox. A host adapts its store to it.
type Tx interface {
	// UpdateOutbox calls fn in one transaction and commits when fn returns
	// nil. It may call fn again after a conflict.
	UpdateOutbox(ctx context.Context, fn func(o Outbox) error) error
}

// TxFunc lets an ordinary function act as a [Tx].
type TxFunc func(ctx context.Context, fn func(o Outbox) error) error

// UpdateOutbox calls f.
func (f TxFunc) UpdateOutbox(ctx context.Context, fn func(o Outbox) error) error { return f(ctx, fn) }

var _ Tx = TxFunc(nil)

// A Deliverer hands the mails of an outbox to a [Sender] when they are due.
// Tx, Sender and Owner are required. Several deliverers, on several nodes,
// may work on one outbox: a claimed mail is tried by one of them at a time.
//
// A mail is sent again only if the process died between the exit's yes and
// the note of it; the repeat is the same mail with the same Message-ID. What
// cannot be noted because the store, Refused or GaveUp fails is noted in a later round;
// others are sent meanwhile. A mail for which that fails until its claim has
// ended, while the store works, is tried again.
type Deliverer struct {
	Tx       Tx
	Sender   Sender
	Files    Opener           // opens attachments, see Mail.Files; nil: mails that have some cannot be sent
	Owner    string           // names this process in claims, unlike any other's
	Parallel int              // mails being sent at once; 0: 4
	Lease    time.Duration    // how long a claim holds, and a Send may last at most; 0: 15 minutes
	Backoff  Backoff          // after temporary errors
	Pause    time.Duration    // of the outbox after a *ConfigError; 0: 5 minutes
	Now      func() time.Time // nil: time.Now

	// Refused is told of every mail whose recipient was refused for good, or
	// until it was given up (DeferredError), in the transaction that notes it; o
	// is what Tx gave. Its error rolls that back, and it is told again in the
	// next round. nil: nobody is.
	Refused func(ctx context.Context, o Outbox, m Mail, err *RecipientError) error

	// GaveUp is told in the same way of every other mail that failed: it cannot
	// be written, is too large, or was tried too often. nil: nobody is.
	GaveUp func(ctx context.Context, o Outbox, m Mail, err error) error

	mu      sync.Mutex
	paused  *Paused
	unnoted []outcome // of earlier rounds, in which that failed
}

// A Report counts what one round of [Deliverer.DeliverDue] did.
type Report struct {
	Sent    int
	Retried int     // to be tried again later
	Failed  int     // given up: recipient refused, mail invalid, or tried too often
	Paused  *Paused // nil: the outbox is not paused
}

// Paused says that the mail exit refuses us. Nothing is sent until then, and
// no mail loses an attempt.
type Paused struct {
	Until time.Time
	Err   error // a *ConfigError
}

// DeliverDue sends mails until none is due. When ctx ends, sends under way
// are cancelled, and mails that were not sent are given back as if they had
// never been claimed. Errors of single mails are in the outbox and the
// report; the error returned is that of the outbox, or ctx's.
func (d *Deliverer) DeliverDue(ctx context.Context) (Report, error) {
	if d.Tx == nil || d.Sender == nil || d.Owner == "" {
		return Report{}, invalid("Deliverer", "needs Tx, Sender and Owner")
	}
	r := round{Deliverer: d, outcomes: make(chan outcome)}
	err := r.note(ctx, d.takeUnnoted()) // also in a pause: it may be longer than a claim
	if d.pausedNow() == nil {
		err = errors.Join(err, r.run(ctx))
	}
	r.report.Paused = d.pausedNow()
	if err != nil {
		return r.report, fmt.Errorf("deliver outbox: %w", err)
	}
	return r.report, context.Cause(ctx)
}

// Resume ends a pause, for an administrator who has repaired the exit.
func (d *Deliverer) Resume() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused = nil
}

func (d *Deliverer) now() time.Time {
	if d.Now != nil {
		return d.Now().UTC()
	}
	return time.Now().UTC()
}

func (d *Deliverer) pausedNow() *Paused {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused != nil && !d.now().Before(d.paused.Until) {
		d.paused = nil
	}
	return d.paused
}

func (d *Deliverer) pause(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paused == nil {
		d.paused = &Paused{Until: d.now().Add(positive(d.Pause, 5*time.Minute)), Err: err}
	}
}

func positive[T int | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// A round is one call of DeliverDue. Its goroutine owns everything but the
// sends, each of which has a goroutine of its own and reports to outcomes.
type round struct {
	*Deliverer
	outcomes chan outcome
	inFlight int
	report   Report
}

// An outcome is a mail and what its Send returned.
type outcome struct {
	mail    Mail
	err     error
	settled Mail // as it is to be noted, whenever that succeeds
}

// run keeps Parallel sends in flight. Each transaction notes all that ended
// meanwhile and claims as many new mails as there are hands free, so that
// claims are never older than their send and a store with a slow disk syncs
// once for many mails.
func (r *round) run(ctx context.Context) error {
	var done []outcome
	for {
		claimed, err := r.exchange(ctx, done)
		if err != nil {
			return errors.Join(err, r.drain(ctx))
		}
		for _, m := range claimed {
			r.start(ctx, m)
		}
		if r.inFlight == 0 {
			return nil
		}
		done = r.collect(ctx)
	}
}

// start sends m in a goroutine that ends with its outcome.
func (r *round) start(ctx context.Context, m Mail) {
	r.inFlight++
	go func() {
		ctx, cancel := context.WithTimeout(ctx, positive(r.Lease, defaultLease)*9/10)
		defer cancel()
		r.outcomes <- outcome{mail: m, err: r.send(ctx, m)}
	}()
}

// send hands over a mail, with what opens its attachments. One that is not
// there is found before the exit is asked for anything; the mail is then tried
// again as after any temporary error, and in the end failed for all to see.
func (r *round) send(ctx context.Context, m Mail) error {
	if len(m.Attachments) > 0 {
		m.Files = r.Files
		if err := m.checkFiles(ctx); err != nil {
			return err
		}
	}
	return r.Sender.Send(ctx, m)
}

const defaultLease = 15 * time.Minute

// collect waits for one outcome, takes those that are there with it, and
// settles them.
func (r *round) collect(ctx context.Context) []outcome {
	done := []outcome{<-r.outcomes}
	for {
		select {
		case o := <-r.outcomes:
			done = append(done, o)
		default:
			r.inFlight -= len(done)
			r.settleAll(ctx, done)
			return done
		}
	}
}

// drain waits for the sends under way and notes what can be noted.
func (r *round) drain(ctx context.Context) error {
	var errs []error
	for r.inFlight > 0 {
		errs = append(errs, r.note(ctx, r.collect(ctx)))
	}
	return errors.Join(errs...)
}

// exchange notes outcomes and claims new mails in one transaction. Where that
// fails the outcomes are noted one by one, so that one mail that somebody
// else changed does not make us forget that others were sent.
func (r *round) exchange(ctx context.Context, done []outcome) (claimed []Mail, err error) {
	err = r.Tx.UpdateOutbox(context.WithoutCancel(ctx), func(o Outbox) error {
		claimed = nil
		if err := r.put(ctx, o, done); err != nil {
			return err
		}
		free := positive(r.Parallel, 4) - r.inFlight
		if free <= 0 || r.ending(ctx) {
			return nil
		}
		now := r.now()
		claimed, err = o.Claim(context.WithoutCancel(ctx), r.Owner, now, now.Add(positive(r.Lease, defaultLease)), free)
		return err
	})
	if err != nil && len(done) > 0 {
		return nil, errors.Join(err, r.note(ctx, done))
	}
	if err == nil {
		r.tell(done)
		r.dropUnnoted() // the store works, and they can be claimed
	}
	return claimed, err
}

// note writes outcomes one by one. A conflict means that somebody else has
// changed the mail since it was claimed, and is not ours to undo.
func (r *round) note(ctx context.Context, done []outcome) error {
	var errs []error
	for _, one := range done {
		alone := []outcome{one}
		err := r.Tx.UpdateOutbox(context.WithoutCancel(ctx), func(o Outbox) error { return r.put(ctx, o, alone) })
		if err != nil && !errors.Is(err, mailbox.ErrConflict) {
			errs = append(errs, fmt.Errorf("note mail %s: %w", one.mail.ID, err))
			r.keepUnnoted(one)
			continue
		}
		r.tell(alone)
	}
	return errors.Join(errs...)
}

// keepUnnoted remembers what became of a mail for the next round. While the
// store fails nothing is claimed, and where it fails for single mails only,
// they are kept for as long as their claims hold: so these stay few.
func (d *Deliverer) keepUnnoted(o outcome) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unnoted = append(d.unnoted, o)
}

func (d *Deliverer) takeUnnoted() []outcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	unnoted := d.unnoted
	d.unnoted = nil
	return unnoted
}

// dropUnnoted forgets mails that anybody may have claimed again.
func (d *Deliverer) dropUnnoted() {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	d.unnoted = slices.DeleteFunc(d.unnoted, func(o outcome) bool { return !now.Before(o.mail.ClaimedUntil) })
}

// put writes copies: fn may run again, and Put changes what it is given.
func (r *round) put(ctx context.Context, o Outbox, done []outcome) error {
	ctx = context.WithoutCancel(ctx)
	copies := make([]Mail, len(done))
	pointers := make([]*Mail, len(done))
	for i := range done {
		copies[i] = done[i].settled
		pointers[i] = &copies[i]
	}
	if len(pointers) == 0 {
		return nil
	}
	if err := o.Put(ctx, pointers...); err != nil {
		return err
	}
	return r.tellFailed(ctx, o, done, copies)
}

// ending reports whether the round takes no more mails: it is told to stop,
// or the outbox pauses.
func (r *round) ending(ctx context.Context) bool { return ctx.Err() != nil || r.pausedNow() != nil }
