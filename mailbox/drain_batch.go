package mailbox

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// batches reads fresh in windows. Each window is fetched under a durable
// marker; a committer works beside the fetching.
func (d *drainer[T]) batches(ctx context.Context, fresh []Incoming) error {
	if len(fresh) == 0 {
		return nil
	}
	c := newCommitter(ctx, d.receiver.Commit, d.opts.BatchMails, d.opts.BatchBytes)
	var err error
	var flying string // the mail being received when the fetch ended
	left := len(fresh)
	for window := range d.windows(fresh) {
		if left < len(fresh) && d.enough() {
			break
		}
		left -= len(window)
		if err = d.mark(c.ctx, window, c.uncommitted()); err != nil {
			break
		}
		if flying, err = d.fetch(c, window); err != nil {
			break
		}
		d.take(c.committed())
		if err = d.removeSome(c.ctx); err != nil {
			break
		}
	}
	failed := c.finish()
	d.take(c.committed())
	if err = errors.Join(failed, err); err != nil {
		d.calm(ctx, flying, failed, c.uncommitted())
		return firstCause(err)
	}
	d.report.More = d.report.More || left > 0
	return nil // the marker may stand: its mails are settled, or suspects with rows of their own
}

// windows parts fresh into windows of at most so many mails, and not much more
// than two commits' worth of bytes: others may have to wait for the end of one.
func (d *drainer[T]) windows(fresh []Incoming) iter.Seq[[]Incoming] {
	return func(yield func([]Incoming) bool) {
		for len(fresh) > 0 {
			n, bytes := 0, int64(0)
			for n < min(len(fresh), d.opts.Window) && bytes < 2*d.opts.BatchBytes {
				bytes += max(fresh[n].Size, 0)
				n++
			}
			if !yield(fresh[:n]) {
				return
			}
			fresh = fresh[n:]
		}
	}
}

// enough reports whether the rest is for another drain.
func (d *drainer[T]) enough() bool { return d.opts.Enough != nil && !d.atClose() && d.opts.Enough() }

// fetch reads one window into the committer. Mails that cannot be read, and
// those that the server does not hand over, become suspects. It returns the
// UID of the mail that was being received or expected when the fetch failed, if
// any.
func (d *drainer[T]) fetch(c *committer[T], window []Incoming) (flying string, err error) {
	items := make([]Item, len(window))
	unseen := make(map[string]Incoming, len(window))
	for i, in := range window {
		items[i] = in.item
		unseen[in.item.UID] = in
	}
	err = d.session.Fetch(c.ctx, items, func(it Item, body io.Reader) error {
		in, asked := unseen[it.UID]
		if !asked {
			return nil
		}
		weight := mailWeight(in.Size)
		if err := c.reserve(weight); err != nil {
			return err
		}
		flying = it.UID
		delete(unseen, it.UID)
		v, err := d.receive(c.ctx, in, body)
		if err != nil {
			c.release(weight)
			if poisoned(err) != nil {
				d.suspects = append(d.suspects, in)
				flying = ""
				return nil //nolint:nilerr // noted: the mail is taken alone later
			}
			return err
		}
		flying = ""
		c.add(received[T]{in, v, weight})
		return nil
	})
	for _, it := range items { // in their order
		in, missing := unseen[it.UID]
		switch {
		case !missing:
		case err == nil:
			d.suspects = append(d.suspects, in)
		case flying == "" && c.ctx.Err() == nil: // it was this one's turn: servers crash of a mail before they send it
			return it.UID, err
		}
	}
	return flying, err
}

// mark notes durably what is read next: this window, what is received but not
// committed yet, and what is under suspicion anyway.
func (d *drainer[T]) mark(ctx context.Context, window []Incoming, uncommitted []string) error {
	uids := append(d.suspectUIDs(), uncommitted...)
	for _, in := range window {
		uids = append(uids, in.item.UID)
	}
	return d.journal.Open(ctx, d.folder, uids)
}

// calm narrows the marker after an orderly end: nobody crashed, so only the
// mail that was being received, and those of a failed commit, stay under
// suspicion; nobody does if the caller ended it, or the receiver withdrew. If that cannot be written the
// wide marker stands, and costs time only.
func (d *drainer[T]) calm(ctx context.Context, flying string, failed error, uncommitted []string) {
	uids := d.suspectUIDs()
	if ctx.Err() == nil && !errors.Is(failed, ErrWithdrawn) {
		if failed != nil { // one of them may be what the store chokes on
			uids = append(uids, uncommitted...)
		}
		if flying != "" {
			uids = append(uids, flying)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
	defer cancel()
	_ = d.journal.Open(ctx, d.folder, uids)
}

// tidyTime bounds what is written after the context has ended.
const tidyTime = 2 * time.Second

func (d *drainer[T]) suspectUIDs() []string {
	uids := make([]string, len(d.suspects))
	for i, in := range d.suspects {
		uids[i] = in.item.UID
	}
	return uids
}

func (d *drainer[T]) take(committed []received[T]) {
	for _, r := range committed {
		d.taken(r.in)
	}
}

// taken counts a mail whose outcome is durable: it may be removed.
func (d *drainer[T]) taken(in Incoming) {
	d.done = append(d.done, in)
	d.report.Received++
	d.report.Bytes += max(in.Size, 0)
}

// firstCause drops the errors that only say that another one ended the work.
func firstCause(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var first error
	for _, e := range joined.Unwrap() {
		if !errors.Is(e, context.Canceled) {
			return e
		}
		first = e
	}
	return first
}
