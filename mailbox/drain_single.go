package mailbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// singly takes the mails under suspicion one by one, each attempt counted
// before the mail is touched. A commit that fails is the mail's fault only if
// another one succeeded in this drain; otherwise the store is to blame, and
// the attempts do not count.
func (d *drainer[T]) singly(ctx context.Context) error {
	// Those that were tried already come last, so that one that kills the
	// process does not keep the others waiting.
	slices.SortStableFunc(d.suspects, func(a, b Incoming) int { return cmp.Compare(a.Entry.Attempts, b.Entry.Attempts) })
	var failed []Incoming
	var errs []error
	for len(d.suspects) > 0 {
		in, err := d.single(ctx, d.suspects[0])
		switch {
		case err == nil:
		case errors.Is(err, errNotCommitted) && ctx.Err() == nil:
			failed, errs = append(failed, in), append(errs, err)
		default:
			return err
		}
		d.suspects = d.suspects[1:]
		if err := d.remove(ctx, d.opts.Window/2); err != nil {
			return err
		}
	}
	if d.report.Received == 0 {
		for _, in := range failed {
			d.forget(ctx, in)
		}
	}
	return errors.Join(errs...)
}

// single takes one mail until it is settled or left. Its error is never the
// mail's own fault.
func (d *drainer[T]) single(ctx context.Context, in Incoming) (Incoming, error) {
	for {
		e := in.Entry
		e.Key, e.Size, e.Outcome = in.Key, in.Size, Pending
		e.Attempts++
		e.ReceivedAt = d.opts.Now().UTC()
		in.Poison = e.Attempts > d.opts.MaxAttempts
		if e.Attempts > d.opts.MaxAttempts+1 {
			return in, d.giveUp(ctx, in)
		}
		if err := d.journal.Put(ctx, &e); err != nil {
			return in, err
		}
		in.Entry = e
		err := d.attempt(ctx, in)
		switch {
		case poisoned(err) != nil:
			in.why = poisoned(err).Error()
			continue
		case errors.Is(err, ErrTooBig):
			return in, errors.Join(err, d.leaveTooBig(ctx, in))
		case err == nil, errors.Is(err, errNotFetched), errors.Is(err, errNotCommitted):
			return in, err
		}
		d.forget(ctx, in)
		return in, err
	}
}

// Marks of attempts that ended badly, perhaps by the mail's fault.
var (
	errNotFetched   = errors.New("connection lost while fetching")
	errNotCommitted = errors.New("commit failed")
)

func (d *drainer[T]) attempt(ctx context.Context, in Incoming) error {
	item := Item{UID: in.UID, Size: in.Size}
	var fromReceiver error
	var value T
	found := false
	err := d.session.Fetch(ctx, []Item{item}, func(it Item, body io.Reader) error {
		if it.UID != in.UID {
			return nil
		}
		found = true
		value, fromReceiver = d.receive(ctx, in, body)
		if poisoned(fromReceiver) != nil {
			return nil //nolint:nilerr // kept in fromReceiver: the session need not die of it
		}
		return fromReceiver
	})
	switch {
	case fromReceiver != nil && !errors.Is(fromReceiver, io.ErrUnexpectedEOF):
		return fromReceiver
	case err != nil && ctx.Err() == nil && !errors.Is(err, ErrTooBig):
		return fmt.Errorf("%w: %w", errNotFetched, err)
	case err != nil:
		return err
	case !found: // gone from the server meanwhile: nobody's mail any more
		return d.journal.Put(ctx, d.left(in, "vanished", "another client removed the mail before it could be fetched"))
	}
	if err := d.receiver.Commit(ctx, []T{value}); err != nil {
		return fmt.Errorf("%w: %w", errNotCommitted, err)
	}
	d.report.Received++
	d.report.Bytes += max(in.Size, 0)
	d.done = append(d.done, item)
	return nil
}

// giveUp leaves a mail that kills every connection that fetches it, or of
// which the server does not give out the bytes.
func (d *drainer[T]) giveUp(ctx context.Context, in Incoming) error {
	d.report.Left++
	why := cmp.Or(in.why, "the connection was lost")
	return d.journal.Put(ctx, d.left(in, codeUnfetchable, fmt.Sprintf("%d attempts to fetch it failed: %s", in.Entry.Attempts, why)))
}

// leaveTooBig notes a mail that turned out bigger than the server had said,
// so that the next drain does not stumble over it again.
func (d *drainer[T]) leaveTooBig(ctx context.Context, in Incoming) error {
	d.report.Left++
	return d.journal.Put(ctx, d.left(in, codeUnfetchable, "bigger than the server announces, and than the limit"))
}

// forget takes back the count of an attempt that ended for a reason outside
// of the mail. If that cannot be written the mail may end in quarantine
// early, with its raw bytes.
func (d *drainer[T]) forget(ctx context.Context, in Incoming) {
	e := in.Entry
	e.Attempts--
	_ = d.journal.Put(context.WithoutCancel(ctx), &e)
}
