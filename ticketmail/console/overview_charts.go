package console

import (
	"slices"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

const (
	lastHours = 24
	lastDays  = 14
	chartTo   = 10_000 // mails that charts are made of, where the store does not count
)

// overviewCharts are mails by hours and by days.
type overviewCharts struct{ hours, days *chart }

// charts counts the mails of the last hours and days.
func (v *visit) charts(b *overviewBody) error {
	ctx := v.r.Context()
	c := overviewCharts{v.newChart("overview.hours", lastHours, true), v.newChart("overview.days", lastDays, false)}
	bounds := c.bounds(v.now())
	err := v.engine.View(ctx, func(r storage.Reader) error {
		if l, ok := r.Ledger().(storage.EntryCounter); ok {
			counts, err := l.CountReceived(ctx, bounds)
			if err != nil {
				return err
			}
			c.addAll(bounds, counts, true)
		} else if err := v.readReceived(r.Ledger(), c, b); err != nil {
			return err
		}
		if o, ok := r.Outbox().(storage.MailCounter); ok {
			counts, err := o.CountSent(ctx, bounds)
			c.addAll(bounds, counts, false)
			return err
		}
		return v.readSent(r.Outbox(), c, b)
	})
	b.Charts = []*chart{c.hours.draw(), c.days.draw()}
	return err
}

// bounds returns where the spans of both charts begin, and the end of the last:
// clocks of other nodes may be ahead.
func (c overviewCharts) bounds(now time.Time) []time.Time {
	var all []time.Time
	for _, b := range slices.Concat(c.days.Bars, c.hours.Bars) {
		all = append(all, b.From)
	}
	all = append(all, now.AddDate(0, 0, 1))
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// addAll adds what was counted between bounds.
func (c overviewCharts) addAll(bounds []time.Time, counts []int, in bool) {
	for i, n := range counts {
		c.add(bounds[i], in, n)
	}
}

func (c overviewCharts) add(at time.Time, in bool, n int) {
	c.hours.count(at, in, n)
	c.days.count(at, in, n)
}

// readReceived counts by reading: newest first and not without end. It reads on
// where they are older than the charts: one that was left on the server for long
// may have been received today.
func (v *visit) readReceived(l mailbox.LedgerReader, c overviewCharts, b *overviewBody) error {
	n, oldest := 0, time.Time{}
	for e, err := range l.List(v.r.Context(), mailbox.LedgerQuery{Newest: true, Limit: chartTo}) {
		if err != nil {
			return err
		}
		if n++; !e.ReceivedAt.IsZero() {
			oldest = e.ReceivedAt
		}
		if e.Outcome != mailbox.LeftThere && e.Outcome != mailbox.Pending {
			c.add(e.ReceivedAt, true, 1)
		}
	}
	b.reached(c, n, oldest)
	return nil
}

// readSent does the same for mails sent, also for those that came back, as
// storage.MailCounter counts them. One that was held for long may have been sent
// today.
func (v *visit) readSent(o notify.OutboxReader, c overviewCharts, b *overviewBody) error {
	for _, state := range []notify.State{notify.Sent, notify.Returned} {
		n, oldest := 0, time.Time{}
		for m, err := range o.List(v.r.Context(), notify.MailQuery{State: state, Newest: true, Limit: chartTo}) {
			if err != nil {
				return err
			}
			n++
			oldest = m.Date
			c.add(m.SentAt, false, 1)
		}
		b.reached(c, n, oldest)
	}
	return nil
}

// reached notes that the n mails that were read do not reach back to where the
// charts begin.
func (b *overviewBody) reached(c overviewCharts, n int, oldest time.Time) {
	if n == chartTo && !oldest.Before(c.days.Bars[0].From) {
		b.Partial = chartTo
	}
}
