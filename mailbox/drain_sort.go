package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Codes of the reasons why a mail stays on the server.
const (
	codeTooBig      = "too-big"
	codeUnfetchable = "unfetchable"
	codeVanished    = "vanished"
)

// unfetchableFor is how long a mail that could not be fetched is left alone.
const unfetchableFor = time.Hour

// lookupKeys is how many mails are looked up in the journal in one go.
const lookupKeys = 1000

// sort parts the mails of the folder by what is to be done with them. It
// returns those to be read in batches.
func (d *drainer[T]) sort(ctx context.Context, items []Item) (fresh []Incoming, err error) {
	opened, err := d.journal.Opened(ctx, d.folder)
	if err != nil {
		return nil, err
	}
	suspect := make(map[string]bool, len(opened))
	for _, uid := range opened {
		suspect[uid] = true
	}
	var leave []*Entry
	for chunk := range slices.Chunk(items, lookupKeys) {
		incoming, err := d.incoming(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, in := range incoming {
			e := in.Entry
			switch {
			case e.Settled() && d.staysMarked(in.item):
				d.report.Kept++
			case e.Settled() && !e.EmptiedAt.IsZero() && !d.opts.Keep: // perhaps another mail: not removed unread
				d.report.Left++
			case e.Settled():
				d.done = append(d.done, in)
			case in.item.Deleted:
				d.report.Foreign++
			case d.stays(e):
				d.report.Left++
			case in.Size > d.mailbox.MaxMessageBytes:
				d.report.Left++
				if e.Outcome != LeftThere {
					leave = append(leave, d.left(in, codeTooBig, fmt.Sprintf("%d bytes, the limit is %d", in.Size, d.mailbox.MaxMessageBytes)))
				}
			case suspect[in.item.UID], e.Outcome == Pending, hasCode(e, codeUnfetchable):
				d.suspects = append(d.suspects, in)
			default:
				fresh = append(fresh, in)
			}
		}
	}
	if len(leave) > 0 {
		if err := d.journal.Put(ctx, leave...); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// incoming looks up what the journal knows of mails. Where a UID was given to
// several mails, one after the other, it is the latest of them.
func (d *drainer[T]) incoming(ctx context.Context, items []Item) ([]Incoming, error) {
	all := make([]Incoming, len(items))
	unknown := make([]*Incoming, len(items))
	for i, it := range items {
		all[i] = Incoming{Key: d.folder.Key(d.uid(it)), Size: it.Size, item: it}
		unknown[i] = &all[i]
	}
	for life := 2; len(unknown) > 0; life++ {
		known, err := d.known(ctx, unknown)
		if err != nil {
			return nil, err
		}
		var again []*Incoming
		for _, in := range unknown {
			in.Entry = known[in.Key]
			if d.another(*in, life > 2) {
				in.Earlier, in.Entry = in.Entry, Entry{}
				in.UID = d.uid(in.item) + anotherLife + strconv.Itoa(life)
				again = append(again, in)
			}
		}
		unknown = again
	}
	return all, nil
}

// uid returns the UID of a mail for the ledger.
func (d *drainer[T]) uid(it Item) string {
	if d.opts.Account == 0 {
		return it.UID
	}
	return it.UID + onAccount + strconv.Itoa(d.opts.Account)
}

// anotherLife, with a number from 2, marks the ledger key of a mail whose UID
// was used before.
const anotherLife = "~"

// cameBack reports whether a settled mail is listed that should be gone: the
// server confirmed its removal, or it has another size now. Perhaps the server
// gave its UID to another mail, as one does that was restored from a backup.
// So it is read, and only removed if it is the mail we have. The size of one
// that is kept says nothing: some servers never announce the true one, and our
// mark on it, or that it stays anyway, is reason enough to believe the UID.
func (d *drainer[T]) cameBack(e Entry, it Item) bool {
	switch {
	case !e.Settled() || d.opts.Keep:
		return false
	case !e.EmptiedAt.IsZero():
		return true
	case it.Kept || d.mailbox.After == AfterFlag:
		return false
	}
	return it.Size >= 0 && e.RawName().Size > 0 && it.Size != e.Size
}

func (d *drainer[T]) known(ctx context.Context, mails []*Incoming) (map[Key]Entry, error) {
	keys := make([]Key, len(mails))
	for i, in := range mails {
		keys[i] = in.Key
	}
	entries, err := d.journal.Lookup(ctx, keys)
	known := make(map[Key]Entry, len(entries))
	for _, e := range entries {
		known[e.Key] = e
	}
	return known, err
}

// stays reports whether a mail left on the server is left there still: it is
// bigger than was announced, or could not be fetched a short while ago.
func (d *drainer[T]) stays(e Entry) bool {
	switch {
	case e.Outcome != LeftThere:
		return false
	case hasCode(e, codeTooBig):
		return e.Size > d.mailbox.MaxMessageBytes
	}
	return hasCode(e, codeUnfetchable) && d.recently(e.ReceivedAt)
}

// recently reports whether a time is less than an hour ago. One that is yet to
// come, beyond what clocks differ by, was told by a clock that has been put
// right since: nothing waits for it.
func (d *drainer[T]) recently(at time.Time) bool {
	return d.opts.Now().Sub(at).Abs() < unfetchableFor
}

func hasCode(e Entry, code string) bool {
	return e.Outcome == LeftThere && slices.ContainsFunc(e.Reasons, func(r Reason) bool { return r.Code == code })
}

// left returns the entry of a mail that stays on the server.
func (d *drainer[T]) left(in Incoming, code, text string) *Entry {
	e := in.Entry
	e.Key, e.Size, e.Outcome = in.Key, in.Size, LeftThere
	e.Reasons = []Reason{{Code: code, Text: text}}
	e.ReceivedAt = d.opts.Now().UTC()
	return &e
}
