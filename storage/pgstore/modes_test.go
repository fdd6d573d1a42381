package pgstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/pgstore"
)

// TestExecModes: a store keeps the same in each of the ways in which a host may
// have pgx send statements, as behind PgBouncer, and with hardly room for
// prepared ones.
func TestExecModes(t *testing.T) {
	memory := memstore.New(nil)
	want := fillRich(t, memory)
	for _, tt := range []struct {
		mode     pgx.QueryExecMode
		capacity int
	}{
		{pgx.QueryExecModeCacheStatement, 2},
		{pgx.QueryExecModeCacheDescribe, 512},
		{pgx.QueryExecModeDescribeExec, 0},
		{pgx.QueryExecModeExec, 0},
		{pgx.QueryExecModeSimpleProtocol, 0},
	} {
		t.Run(tt.mode.String(), func(t *testing.T) {
			cfg, err := pgxpool.ParseConfig(server.DSN(t) + " pool_max_conns=4")
			if err != nil {
				t.Fatal(err)
			}
			cfg.ConnConfig.DefaultQueryExecMode, cfg.ConnConfig.StatementCacheCapacity = tt.mode, tt.capacity
			pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pool.Close)
			store := openWith(t, pool, &pgstore.Options{Schema: newSchema(t, pool), Search: true})
			if diff := cmp.Diff(want, fillRich(t, store)); diff != "" {
				t.Errorf("-memory +postgres:\n%s", diff)
			}
		})
	}
}

// fillRich puts records of all kinds in an Update and returns what is stored.
func fillRich(t *testing.T, store storage.Store) (lines []string) {
	t.Helper()
	update(t, store, func(w storage.Writer) error {
		if _, err := putMuch(t.Context(), w, rand.New(rand.NewPCG(1, 1)), 200); err != nil {
			return err
		}
		return putRich(t.Context(), w)
	})
	err := store.View(t.Context(), func(r storage.Reader) (err error) {
		lines, err = everything(t.Context(), r.Tickets(), r.Outbox(), r.Ledger(), r.Settings())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// putRich puts records whose columns are all NULL, all set, or each in turn, and
// hold what quoting must know of: the rows of one statement share a type for each
// column.
func putRich(ctx context.Context, w storage.Writer) error {
	const odd = "it's \\ \" $1 \x00 \xff é --\n"
	for n := range 150 {
		has := func(part int) bool { return n >= 100 || n >= 50 && n%part == 0 }
		ticket := storage.Ticket{Subject: odd, Status: storage.New}
		if has(2) {
			ticket.CreatedAt, ticket.ChangedAt = noon, noon
		}
		if err := w.Tickets().Put(ctx, &ticket); err != nil {
			return err
		}
		comment := storage.Comment{Ticket: ticket.ID, Text: odd}
		if has(3) {
			comment.References = []string{`a"b`, "{", "NULL", "", odd}
			comment.Attachments = []storage.Attachment{{Name: `a'b\`, Display: "é\x00"}}
			comment.CreatedAt, comment.EditedAt = noon, noon
		}
		if err := w.Tickets().PutComment(ctx, &comment); err != nil {
			return err
		}
		mail := &notify.Mail{ID: fmt.Sprint("rich", n), Ticket: ticket.ID, State: notify.Waiting, Subject: odd}
		if has(4) {
			mail.Due, mail.SentAt, mail.ClaimedUntil = noon, noon, noon
			mail.To = message.Address{Address: "x@example.com"}
		}
		if err := w.Outbox().Put(ctx, mail); err != nil {
			return err
		}
		entry := &mailbox.Entry{Key: mailbox.Key{Mailbox: "rich", Folder: "INBOX", Validity: 1, UID: fmt.Sprint(n)}, Outcome: mailbox.Record}
		if has(2) {
			entry.ReceivedAt, entry.Reasons = noon, []mailbox.Reason{{Code: "code", Text: "it's \\ \x00"}}
		}
		if err := w.Ledger().Put(ctx, entry); err != nil {
			return err
		}
	}
	return nil
}
