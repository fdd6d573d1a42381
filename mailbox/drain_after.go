package mailbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// keeps finds what the mailbox needs beyond deleting, before anything is read.
func (d *drainer[T]) keeps() error {
	if d.mailbox.After == AfterDelete || d.opts.Keep {
		return nil
	}
	var able bool
	if d.keeper, able = d.session.(Keeper); !able {
		return fmt.Errorf("%w: the session knows no %q", ErrCannotKeep, d.mailbox.After)
	}
	return nil
}

// changesNothing reports whether a folder may be read-only: nothing has to be
// taken out of it.
func (d *drainer[T]) changesNothing() bool {
	return d.opts.Keep || d.mailbox.After == AfterFlag
}

// staysMarked reports whether a settled mail is where it shall be.
func (d *drainer[T]) staysMarked(it Item) bool {
	return d.mailbox.After == AfterFlag && it.Kept && !d.opts.Keep
}

// remove does with the committed mails what the mailbox says, once there are
// at least n.
func (d *drainer[T]) remove(ctx context.Context, n int) error {
	if len(d.done) < n || len(d.done) == 0 {
		return nil
	}
	done := d.done
	d.done = nil
	switch {
	case d.opts.Keep:
		return nil
	case d.mailbox.After == AfterFlag:
		return d.flag(ctx, done)
	case d.mailbox.After == AfterMove:
		return d.move(ctx, done)
	}
	if err := d.session.Remove(ctx, onServer(done)); err != nil {
		return err
	}
	d.report.Removed += len(done)
	return d.emptied(ctx, done)
}

// flag marks mails that stay. The ledger does not note it: they are not gone,
// and are found again by their bytes if the folder gets another UIDVALIDITY.
func (d *drainer[T]) flag(ctx context.Context, done []Incoming) error {
	if err := d.keeper.Flag(ctx, onServer(done)); err != nil {
		return err
	}
	d.report.Kept += len(done)
	return nil
}

// move takes mails to the folder for their outcome.
func (d *drainer[T]) move(ctx context.Context, done []Incoming) error {
	well, failing, err := d.byOutcome(ctx, done)
	if err != nil {
		return err
	}
	for _, g := range []struct {
		mails  []Incoming
		folder string
	}{{well, d.mailbox.MoveTo}, {failing, d.mailbox.MoveFailing}} {
		if len(g.mails) == 0 {
			continue
		}
		if err := d.keeper.Move(ctx, onServer(g.mails), g.folder); err != nil {
			return fmt.Errorf("move to %q: %w", g.folder, err)
		}
		d.report.Moved += len(g.mails)
		if err := d.emptied(ctx, g.mails); err != nil {
			return err
		}
	}
	return nil
}

// byOutcome parts mails by whether they are in quarantine, which the ledger
// alone knows: the receiver decided it.
func (d *drainer[T]) byOutcome(ctx context.Context, done []Incoming) (well, failing []Incoming, err error) {
	if cmp.Or(d.mailbox.MoveFailing, d.mailbox.MoveTo) == d.mailbox.MoveTo {
		return done, nil, nil
	}
	for chunk := range slices.Chunk(done, lookupKeys) {
		entries, err := d.journal.Lookup(ctx, keysOf(chunk))
		if err != nil {
			return nil, nil, err
		}
		quarantined := map[Key]bool{}
		for _, e := range entries {
			quarantined[e.Key] = e.Outcome == Quarantine
		}
		for _, in := range chunk {
			if quarantined[in.Key] {
				failing = append(failing, in)
			} else {
				well = append(well, in)
			}
		}
	}
	return well, failing, nil
}

// emptied notes that mails are gone from the folder.
func (d *drainer[T]) emptied(ctx context.Context, done []Incoming) error {
	return d.journal.Emptied(ctx, keysOf(done), d.opts.Now().UTC())
}

func keysOf(mails []Incoming) []Key {
	keys := make([]Key, len(mails))
	for i, in := range mails {
		keys[i] = in.Key
	}
	return keys
}

func onServer(done []Incoming) []Item {
	items := make([]Item, len(done))
	for i, in := range done {
		items[i] = in.item
	}
	return items
}
