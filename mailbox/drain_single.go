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
// before the mail is touched. A mail that was fetched and then not taken is at
// fault only if another one was taken in this drain; otherwise the store or
// the host is to blame, and the attempt does not count; nor does one that ended
// because the receiver withdrew. One whose fetch killed the connection counts
// always: at worst it is left for a while.
//
// Also where it is another's turn a few are taken, so that they do not wait for
// as long as there are fresh mails. The others stand in the journal.
func (d *drainer[T]) singly(ctx context.Context) error {
	// The one tried last comes last, so that none keeps the others waiting.
	slices.SortStableFunc(d.suspects, func(a, b Incoming) int {
		return cmp.Or(cmp.Compare(a.Entry.Attempts, b.Entry.Attempts), a.Entry.ReceivedAt.Compare(b.Entry.ReceivedAt))
	})
	var refused, spared []Incoming
	var errs []error
	for n := 0; len(d.suspects) > 0 && ctx.Err() == nil; n++ {
		if n >= fewSuspects && d.enough() {
			d.report.More = true
			break
		}
		in, err := d.single(ctx, d.suspects[0])
		if err != nil {
			errs = append(errs, err)
			if !errors.Is(err, errNotTaken) { // the session is dead, or the journal fails
				break
			}
			if errors.Is(err, ErrWithdrawn) {
				spared = append(spared, in)
				break
			}
			refused = append(refused, in)
		}
		d.suspects = d.suspects[1:]
		if err := d.removeSome(ctx); err != nil {
			errs = append(errs, err)
			break
		}
	}
	if d.report.Received == 0 || ctx.Err() != nil {
		spared = append(spared, refused...)
	}
	d.forget(ctx, spared)
	return errors.Join(briefly(errs), ctx.Err())
}

// fewSuspects is how many mails under suspicion are taken in each drain, whoever
// waits.
const fewSuspects = 16

// briefly joins errors that mostly say the same, one for each mail. The last
// one tells why it ended.
func briefly(errs []error) error {
	if n := len(errs); n > 4 {
		errs = []error{errs[0], errs[1], fmt.Errorf("and %d more mails", n-3), errs[n-1]}
	}
	return errors.Join(errs...)
}

// Marks of attempts that ended badly, perhaps by the mail's fault.
var (
	errNotTaken   = errors.New("mail not taken")                 // the session lives
	errNotFetched = errors.New("connection lost while fetching") // it is dead
)

// single takes one mail until it is settled or left.
func (d *drainer[T]) single(ctx context.Context, in Incoming) (Incoming, error) {
	if hasCode(in.Entry, codeUnfetchable) { // it has been left for a while: one more honest attempt
		in.Entry.Attempts = d.opts.MaxAttempts - 1
	}
	for {
		e := in.Entry
		e.Key, e.Size, e.Outcome, e.Reasons = in.Key, in.Size, Pending, nil
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
			in.Why = poisoned(err).Err.Error()
			continue
		case errors.Is(err, ErrTooBig):
			return in, errors.Join(err, d.leaveTooBig(ctx, in))
		}
		return in, err
	}
}

// attempt fetches, receives and commits one mail.
func (d *drainer[T]) attempt(ctx context.Context, in Incoming) error {
	var value T
	var fromReceiver, fromBody error
	found := false
	err := d.session.Fetch(ctx, []Item{in.item}, func(it Item, body io.Reader) error {
		if it.UID != in.item.UID {
			return nil
		}
		found = true
		watched := &watchedBody{r: body}
		value, fromReceiver = d.receive(ctx, in, watched)
		fromBody = watched.err
		return nil // the session need not die of what the receiver says
	})
	switch {
	case err != nil && errors.Is(err, ErrTooBig):
		return err
	case err != nil || fromBody != nil:
		return fmt.Errorf("%w: %w", errNotFetched, cmp.Or(err, fromBody))
	case poisoned(fromReceiver) != nil:
		return fromReceiver
	case fromReceiver != nil:
		return fmt.Errorf("%w: %w", errNotTaken, fromReceiver)
	case !found:
		return d.notHandedOver(ctx, in)
	}
	if err := commit(ctx, d.receiver.Commit, []T{value}); err != nil {
		return fmt.Errorf("%w: %w", errNotTaken, err)
	}
	d.taken(in)
	return nil
}

// A watchedBody remembers what ended it before its end.
type watchedBody struct {
	r   io.Reader
	err error
}

func (w *watchedBody) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// notHandedOver tells a mail that another client removed meanwhile from one
// that the server lists and does not send.
func (d *drainer[T]) notHandedOver(ctx context.Context, in Incoming) error {
	items, err := d.session.List(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotFetched, err)
	}
	if slices.ContainsFunc(items, func(it Item) bool { return it.UID == in.item.UID }) {
		return &PoisonError{errors.New("the server lists the mail and does not send it")}
	}
	return d.journal.Put(ctx, d.left(in, codeVanished, "another client removed the mail before it could be fetched"))
}

// giveUp leaves a mail that kills every connection that fetches it, or of
// which the server does not give out the bytes.
func (d *drainer[T]) giveUp(ctx context.Context, in Incoming) error {
	d.report.Left++
	why := cmp.Or(in.Why, "the connection was lost")
	return d.journal.Put(ctx, d.left(in, codeUnfetchable, fmt.Sprintf("%d attempts to fetch it failed: %s", in.Entry.Attempts, why)))
}

// leaveTooBig notes a mail that turned out bigger than the server had said,
// so that the next drain does not stumble over it again before the limit is
// raised.
func (d *drainer[T]) leaveTooBig(ctx context.Context, in Incoming) error {
	d.report.Left++
	limit := d.mailbox.MaxMessageBytes
	e := d.left(in, codeTooBig, fmt.Sprintf("announced with %d bytes, it is bigger than the limit of %d", in.Size, limit))
	e.Size = limit + 1
	return d.journal.Put(ctx, e)
}

// forget takes back the counts of attempts that were not the mails' fault.
// The time of the attempt stays, so that others have their turn first. If it
// cannot be written a mail may end in quarantine early, with its raw bytes.
func (d *drainer[T]) forget(ctx context.Context, failed []Incoming) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
	defer cancel()
	for _, in := range failed {
		e := in.Entry
		e.Attempts--
		_ = d.journal.Put(ctx, &e)
	}
}
