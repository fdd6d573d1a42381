package memstore

import (
	"context"
	"fmt"
	"iter"
	"time"

	"example.com/ticketmail/notify"
)

type outbox struct{ tx *tx }

// List implements [notify.OutboxReader].
func (p outbox) List(ctx context.Context, q notify.MailQuery) iter.Seq2[notify.Mail, error] {
	rows := func() (iter.Seq2[number, *row[notify.Mail]], error) {
		var after number
		if q.After != "" {
			var err error
			if after, err = p.tx.state.mails.seqOf(text(q.After)); err != nil {
				return nil, fmt.Errorf("outbox after %q: %w", q.After, err)
			}
		}
		return p.tx.state.mails.bySeq.behind(after), nil
	}
	return listing(ctx, p.tx, q.Limit, rows, func(r *row[notify.Mail]) (m notify.Mail, ok bool) {
		if q.State != "" && q.State != r.value.State || q.Ticket != "" && q.Ticket != r.value.Ticket {
			return m, false
		}
		return copyMail(r.value), true
	})
}

// Put implements [notify.Outbox]. When it fails nothing of it is written.
func (p outbox) Put(ctx context.Context, mails ...*notify.Mail) error {
	before := p.tx.state
	for _, m := range mails {
		if err := p.put(ctx, m); err != nil {
			p.tx.state = before
			return fmt.Errorf("put mail %q: %w", m.ID, err)
		}
	}
	for _, m := range mails {
		m.Version++
	}
	return nil
}

func (p outbox) put(ctx context.Context, m *notify.Mail) error {
	if err := p.tx.usable(ctx); err != nil {
		return err
	}
	has, ok := p.tx.state.mails.byKey.get(text(m.ID))
	if !ok {
		has = &row[notify.Mail]{}
	}
	rec := copyMail(*m)
	var err error
	if rec.Version, err = version(m.Version, has.value.Version, ok); err != nil {
		return err
	}
	p.write(rec)
	return nil
}

func (p outbox) write(rec notify.Mail) {
	s := &p.tx.state
	now, was := s.mails.put(text(rec.ID), rec)
	if was != nil {
		s.open = s.open.remove(turn(was))
	}
	if rec.State == notify.Waiting || rec.State == notify.Sending {
		s.open = s.open.put(turn(now), now)
	}
}

// turn returns a mail's place among those that are open.
func turn(r *row[notify.Mail]) due { return due{r.value.Due.UnixMicro(), r.seq} }

// Claim implements [notify.Outbox].
func (p outbox) Claim(ctx context.Context, owner string, now, until time.Time, n int) ([]notify.Mail, error) {
	if err := p.tx.usable(ctx); err != nil {
		return nil, fmt.Errorf("claim mails: %w", err)
	}
	var claimed []notify.Mail
	for _, r := range p.tx.state.open.behind(due{at: minMicro}) {
		if len(claimed) >= n {
			break
		}
		if !claimable(&r.value, now) {
			continue
		}
		m := copyMail(r.value)
		m.State, m.ClaimedBy, m.ClaimedUntil = notify.Sending, owner, stored(until)
		m.Attempts++
		m.Version++
		claimed = append(claimed, m)
	}
	for _, m := range claimed {
		p.write(copyMail(m))
	}
	return claimed, nil
}

// minMicro stands before every time, the zero time among them.
const minMicro = -1 << 63

func claimable(m *notify.Mail, now time.Time) bool {
	if m.State == notify.Sending {
		return !m.ClaimedUntil.After(now)
	}
	return !m.Due.After(now)
}
