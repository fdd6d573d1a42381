package storetest

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// hostile is text as it comes in mails: NUL, marks that turn the direction of
// writing, invalid UTF-8, quotes of SQL and JSON, a character outside the BMP.
const hostile = "a\x00b \u202Egnp.exe\u202C \u200F\xff\xc3( 'x'; -- \"\\ \U0001F5A8 e\u0301 é %_*"

// at returns a time with microseconds, n minutes after a fixed one, in a zone
// that is not UTC.
func at(n int) time.Time {
	return time.Date(2026, 10, 25, 2, n, 7, 123_456_000, time.FixedZone("", 2*60*60))
}

func key(uid int) mailbox.Key {
	return mailbox.Key{Mailbox: "m1", Folder: "INBOX", Validity: 4_294_967_295, UID: strconv.Itoa(uid)}
}

func ticket(subject string) *storage.Ticket {
	return &storage.Ticket{Subject: subject, Status: storage.New, Task: "task", Project: "project", CreatedAt: at(0), ChangedAt: at(0)}
}

func pending(uid int) *mailbox.Entry { return &mailbox.Entry{Key: key(uid), Outcome: mailbox.Pending} }

func mail(id string, due int) *notify.Mail {
	return &notify.Mail{ID: id, State: notify.Waiting, Due: at(due)}
}

// blob returns the name of content that the store accepts references to.
func (e *env) blob(content string) (storage.Blob, error) {
	blobs, ok := e.store.(storage.Blobs)
	if !ok {
		return blobOf(content), nil
	}
	b, err := write(e.ctx, blobs, content)
	if err == nil {
		err = blobs.Sync(e.ctx)
	}
	return b, err
}

// collect reads a listing to its end.
func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for v, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}

// putAll writes tickets in one Update.
func (e *env) putAll(tickets ...*storage.Ticket) error {
	return e.update(func(w storage.Writer) error {
		for _, t := range tickets {
			t.Version = 0
			if err := w.Tickets().Put(e.ctx, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *env) putMails(mails ...*notify.Mail) error {
	return e.update(func(w storage.Writer) error {
		for _, m := range mails {
			m.Version = 0
		}
		return w.Outbox().Put(e.ctx, mails...)
	})
}

func (e *env) putEntries(entries ...*mailbox.Entry) error {
	return e.update(func(w storage.Writer) error {
		for _, en := range entries {
			en.Version = 0
		}
		return w.Ledger().Put(e.ctx, entries...)
	})
}

// diff compares records as the doc of storage.Store allows: NUL and invalid
// UTF-8 may have become U+FFFD, times are the same instant and in UTC.
func diff(what string, want, got any) error {
	d := cmp.Diff(want, got, cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b string) bool { return a == b || readable(a) == readable(b) }),
		cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) && a.Location() == b.Location() }))
	if d != "" {
		return fmt.Errorf("%s is not what was put (-want +got):\n%s", what, shorten(d))
	}
	return nil
}

// readable makes of each run of NUL, invalid bytes and U+FFFD one U+FFFD.
func readable(s string) string {
	const mark = "\uFFFD"
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", mark), mark)
	for strings.Contains(s, mark+mark) {
		s = strings.ReplaceAll(s, mark+mark, mark)
	}
	return s
}

func shorten(s string) string {
	const most = 4000
	if len(s) > most {
		return s[:most] + " …"
	}
	return s
}

// same compares lists of names.
func same(what string, got, want []string) error {
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		return fmt.Errorf("%s (-want +got):\n%s", what, shorten(d))
	}
	return nil
}

var person = message.Address{Name: hostile, Address: "ada@example.com"}

// subjects returns the subjects that a query finds.
func subjects(ctx context.Context, r storage.TicketReader, q storage.TicketQuery) ([]string, error) {
	all, err := collect(r.List(ctx, q))
	var names []string
	for _, t := range all {
		names = append(names, t.Subject)
	}
	return names, err
}
