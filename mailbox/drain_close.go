package mailbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// atClose reports whether mails are removed when the session is closed.
func (d *drainer[T]) atClose() bool { return d.report.Folder.CloseAfter > 0 && !d.opts.Keep }

// removeSome removes committed mails amid the work, once there are many.
func (d *drainer[T]) removeSome(ctx context.Context) error {
	if d.atClose() {
		return nil
	}
	return d.remove(ctx, d.opts.Window/2)
}

// part does what one session can do whose removals take effect at its end. A
// session that breaks takes them back, so nothing risky stands before them:
// what earlier sessions settled goes first, with nothing fetched; then come
// fresh mails, some at a time; the suspects, which may kill the connection,
// have a session of their own. Mails that the server said it removed, and
// lists again, keep nobody waiting: those to be read again come last. Nor do
// those that it has refused to remove for an hour.
func (d *drainer[T]) part(ctx context.Context, fresh []Incoming) error {
	stuck := slices.ContainsFunc(d.done, func(in Incoming) bool {
		at := in.Entry.ReceivedAt
		return !at.IsZero() && !d.recently(at)
	})
	if len(d.done) > 0 && !(stuck && len(fresh) > 0) {
		d.report.More = len(fresh)+len(d.suspects) > 0
		return d.close(ctx)
	}
	slices.SortStableFunc(fresh, func(a, b Incoming) int { return cmp.Compare(min(a.Earlier.Version, 1), min(b.Earlier.Version, 1)) })
	now := fresh[:min(len(fresh), d.report.Folder.CloseAfter)]
	if err := d.batches(ctx, now); err != nil {
		return err
	}
	if d.report.Received > 0 {
		d.report.More = len(now) < len(fresh) || len(d.suspects) > 0
		return d.close(ctx)
	}
	if err := d.singly(ctx); err != nil {
		return err
	}
	return d.close(ctx)
}

// close removes the committed mails and closes the session, which is what
// takes them off the server. Between the two nothing may happen.
func (d *drainer[T]) close(ctx context.Context) error {
	if len(d.done) == 0 {
		return nil
	}
	items, keys := make([]Item, len(d.done)), make([]Key, len(d.done))
	for i, in := range d.done {
		items[i], keys[i] = in.item, in.Key
	}
	if err := d.session.Remove(ctx, items); err != nil {
		return err
	}
	if err := d.session.Close(); err != nil {
		return fmt.Errorf("mails committed, and perhaps not removed: %w", err)
	}
	d.report.Removed += len(items)
	return d.journal.Emptied(ctx, keys, d.opts.Now().UTC())
}

// another reports whether a mail has to be read although its UID is that of a
// settled one: it may be another mail. If it is the same, the receiver finds
// that out (Incoming.Earlier).
//
// A UID that was computed always makes it doubtful. One of the server's own
// that was seen again before is read at once if the size differs, else an hour
// after its removal was confirmed, and stays until then: a server that goes on
// listing what it says it removed would have it read at each poll.
func (d *drainer[T]) another(in Incoming, again bool) bool {
	switch e := in.Entry; {
	case !e.Settled() || d.opts.Keep:
		return false
	case in.item.Weak:
		return true
	case again:
		differs := in.item.Size >= 0 && e.RawName().Size > 0 && in.item.Size != e.Size
		return differs || !e.EmptiedAt.IsZero() && !d.recently(e.EmptiedAt)
	}
	return d.cameBack(in.Entry, in.item)
}
