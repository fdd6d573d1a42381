package memstore

import (
	"slices"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// The functions below make the copies that go in and out, so that nobody holds
// memory of the store. Times get the precision that SQL databases have: a test
// on this store must not pass for nanoseconds.

func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func copyTicket(t storage.Ticket) storage.Ticket {
	t.Categories = slices.Clone(t.Categories)
	t.CreatedAt, t.ChangedAt = stored(t.CreatedAt), stored(t.ChangedAt)
	return t
}

func copyComment(c storage.Comment) storage.Comment {
	c.References = slices.Clone(c.References)
	c.Attachments = slices.Clone(c.Attachments)
	c.CreatedAt, c.EditedAt = stored(c.CreatedAt), stored(c.EditedAt)
	return c
}

func copyChange(c storage.Change) storage.Change {
	c.At = stored(c.At)
	return c
}

func copyEntry(e mailbox.Entry) mailbox.Entry {
	e.Reasons = slices.Clone(e.Reasons)
	e.ReceivedAt, e.EmptiedAt = stored(e.ReceivedAt), stored(e.EmptiedAt)
	return e
}

func copyMail(m notify.Mail) notify.Mail {
	m.Reasons = slices.Clone(m.Reasons)
	m.Causes = slices.Clone(m.Causes)
	for i := range m.Causes {
		m.Causes[i].Roles = slices.Clone(m.Causes[i].Roles)
	}
	m.References = slices.Clone(m.References)
	m.Attachments, m.Files = slices.Clone(m.Attachments), nil
	m.Date, m.Due = stored(m.Date), stored(m.Due)
	m.ClaimedUntil, m.SentAt = stored(m.ClaimedUntil), stored(m.SentAt)
	return m
}
