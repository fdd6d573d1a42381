package ticketmail

import (
	"context"
	"encoding/json"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// comments takes the raw mails out of comments made before a time.
func (p *pruning) comments(before time.Time) batch {
	return func(ctx context.Context, w storage.PruneWriter, after string, done *Pruned) (last string, more bool, err error) {
		return eachRaw(ctx, w.Tickets(), after, before, func(c *Comment) error {
			done.Comments++
			return dropRaw(ctx, w, c)
		})
	}
}

// rawsBefore looks for comments made before a time that have their raw mail.
func rawsBefore(before time.Time) look {
	return func(ctx context.Context, r storage.Reader, after string) (last string, more, found bool, err error) {
		last, more, err = eachRaw(ctx, r.Tickets(), after, before, func(*Comment) error {
			found = true
			return nil
		})
		return last, more, found, err
	}
}

// eachRaw calls fn for the comments of a batch of tickets that were made before
// a time and have their raw mail.
func eachRaw(ctx context.Context, tickets storage.TicketReader, after string, before time.Time, fn func(*Comment) error) (last string, more bool, err error) {
	n := 0
	for k, err := range tickets.List(ctx, storage.TicketQuery{After: TicketID(after), Limit: pruneBatch}) {
		if err != nil {
			return "", false, err
		}
		n++
		last = string(k.ID)
		if !k.CreatedAt.Before(before) {
			continue
		}
		for c, err := range tickets.Comments(ctx, k.ID) {
			if err != nil {
				return "", false, err
			}
			if c.Raw.IsZero() || !c.CreatedAt.Before(before) {
				continue
			}
			if err := fn(&c); err != nil {
				return "", false, err
			}
		}
	}
	return last, n == pruneBatch, nil
}

// dropRaw takes the raw mail out of a comment.
func dropRaw(ctx context.Context, w storage.PruneWriter, c *Comment) error {
	raw := c.Raw
	c.Raw = storage.Blob{}
	if err := w.Tickets().PutComment(ctx, c); err != nil {
		return err
	}
	return w.Release(ctx, raw)
}

// ledger takes raw mails out of entries decided before a time, and makes
// tombstones of those decided before another.
func (p *pruning) ledger(raw, journal time.Time) batch {
	return func(ctx context.Context, w storage.PruneWriter, after string, done *Pruned) (string, bool, error) {
		q := mailbox.LedgerQuery{Limit: pruneBatch}
		if after != "" {
			q.After = &mailbox.Key{}
			if err := json.Unmarshal([]byte(after), q.After); err != nil {
				return "", false, err
			}
		}
		var last mailbox.Key
		n := 0
		for entry, err := range w.Ledger().List(ctx, q) {
			if err != nil {
				return "", false, err
			}
			n++
			last = entry.Key
			pruned, ok := prunedEntry(entry, raw, journal)
			if !ok {
				continue
			}
			if err := w.Ledger().Put(ctx, &pruned); err != nil {
				return "", false, err
			}
			if !entry.Raw.IsZero() {
				if err := w.Release(ctx, entry.Raw); err != nil {
					return "", false, err
				}
			}
			done.Entries++
		}
		b, err := json.Marshal(last)
		return string(b), n == pruneBatch, err
	}
}

// prunedEntry returns what stays of an entry, and whether that is less. A raw
// mail that is still kept is kept whole: Journal alone takes no raw mail.
func prunedEntry(e mailbox.Entry, raw, journal time.Time) (mailbox.Entry, bool) {
	if !e.Settled() || e.Outcome == mailbox.Quarantine {
		return e, false
	}
	rest := e
	if e.ReceivedAt.Before(raw) {
		rest.ForgetRaw()
	}
	if e.ReceivedAt.Before(journal) {
		kept := rest.Raw
		if rest = e.Tombstone(); !kept.IsZero() {
			rest.Raw, rest.Reasons = kept, nil
		}
	}
	return rest, rest.Raw != e.Raw || rest.MessageID != e.MessageID || rest.Content != e.Content || len(rest.Reasons) != len(e.Reasons)
}

// outbox deletes mails that were done with before a time.
func (p *pruning) outbox(before time.Time) batch {
	return func(ctx context.Context, w storage.PruneWriter, after string, done *Pruned) (last string, more bool, err error) {
		var gone []string
		n := 0
		last = after
		for m, err := range w.Outbox().List(ctx, notify.MailQuery{After: after, Limit: pruneBatch}) {
			if err != nil {
				return "", false, err
			}
			n++
			if (m.State != notify.Sent && m.State != notify.Returned) || m.SentAt.IsZero() || !m.SentAt.Before(before) {
				last = m.ID // stays, and so is a place to go on from
				continue
			}
			if !m.Internal {
				gone = append(gone, m.ID)
				done.Mails++
				continue
			}
			last = m.ID
			if m.Text == "" {
				continue
			}
			emptied := emptyMail(m)
			if err := w.Outbox().Put(ctx, &emptied); err != nil {
				return "", false, err
			}
			done.Mails++
		}
		return last, n == pruneBatch, w.DeleteMails(ctx, gone...)
	}
}

// emptyMail returns what must stay of a mail about something internal: that the
// person got it, and when.
func emptyMail(m notify.Mail) notify.Mail {
	return notify.Mail{
		ID: m.ID, Event: m.Event, Ticket: m.Ticket, Comment: m.Comment, Person: m.Person, Audience: m.Audience, Internal: m.Internal,
		MessageID: m.MessageID, Date: m.Date, State: m.State, Attempts: m.Attempts, Due: m.Due, SentAt: m.SentAt, Version: m.Version,
	}
}

// emptiedMail reports a mail of which only that is left.
func emptiedMail(m notify.Mail) bool { return m.To.Address == "" }
