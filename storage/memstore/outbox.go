package memstore

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/notify"
)

type outbox struct{ tx *tx }

// List implements [notify.OutboxReader].
func (p outbox) List(ctx context.Context, q notify.MailQuery) iter.Seq2[notify.Mail, error] {
	return p.list(ctx, q, copyMail)
}

// list yields what of makes of the mails that fit q.
func (p outbox) list(ctx context.Context, q notify.MailQuery, of func(notify.Mail) notify.Mail) iter.Seq2[notify.Mail, error] {
	rows := func() (iter.Seq2[number, *row[notify.Mail]], error) {
		var after *text
		if q.After != "" {
			after = new(text(q.After))
		}
		rows, err := p.tx.state.mails.rows(after, q.Newest)
		if err != nil {
			return nil, fmt.Errorf("outbox after %q: %w", q.After, err)
		}
		return rows, nil
	}
	return listing(ctx, p.tx, q.Limit, rows, func(r *row[notify.Mail]) (m notify.Mail, ok bool) {
		if !matchesMail(q, &r.value) {
			return m, false
		}
		return of(r.value), true
	})
}

func matchesMail(q notify.MailQuery, m *notify.Mail) bool {
	return (q.State == "" || q.State == m.State) &&
		(q.Ticket == "" || q.Ticket == m.Ticket) &&
		holds(q.Text, m.Subject, m.To.Address, string(m.Ticket))
}

// holds reports whether text stands in one of fields, A to Z in either case.
func holds(text string, fields ...string) bool {
	return text == "" || slices.ContainsFunc(fields, func(f string) bool { return strings.Contains(lower(f), lower(text)) })
}

// lower folds A to Z only, as the lower of SQLite and of PostgreSQL's "C" does.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
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
	if rec.State == notify.Waiting {
		p.tx.news.Outbox = true
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
