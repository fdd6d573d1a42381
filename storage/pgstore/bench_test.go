package pgstore_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// messageID names the mail n.
func messageID(n int) string { return fmt.Sprintf("%032x@mail.example", uint64(n)*0x9e3779b97f4a7c15) }

// ledgerKey is the mail n in the ledger.
func ledgerKey(n int) mailbox.Key {
	return mailbox.Key{Mailbox: "support", Folder: "INBOX", Validity: 1, UID: fmt.Sprint(n)}
}

// ingest stores what a mail brings: a ticket, its first comment, the ledger
// entry and a change.
func ingest(b testing.TB, w storage.Writer, n int) error {
	id := messageID(n)
	t := storage.Ticket{
		Subject: "Printer on the second floor", Status: storage.New, Task: "support", Project: "printers",
		Assignee: "bea", LastAssignee: "bea", Sender: message.Address{Name: "Carl", Address: "carl@customer.example"},
		Mailbox: "support", CreatedAt: noon, ChangedAt: noon,
	}
	err := w.Tickets().Put(b.Context(), &t)
	if err == nil {
		err = w.Tickets().PutComment(b.Context(), &storage.Comment{
			Ticket: t.ID, Kind: storage.ByMail, Sender: t.Sender, Text: mailText, MessageID: id, CreatedAt: noon,
		})
	}
	if err == nil {
		err = w.Tickets().AddChange(b.Context(), &storage.Change{Ticket: t.ID, At: noon, Via: id, Field: "created", New: string(t.ID)})
	}
	if err == nil {
		err = w.Ledger().Put(b.Context(), &mailbox.Entry{
			Key: ledgerKey(n), Outcome: mailbox.Ticket, Ticket: t.ID, MessageID: id, Size: 8000, ReceivedAt: noon,
			Reasons: []mailbox.Reason{{Code: "new", Text: "no reference to a ticket"}},
		})
	}
	return err
}

const mailText = "Hello,\n\nthe printer on the second floor prints everything twice since this morning.\nCould somebody have a look?\n\nKind regards\nCarl\n"

// ingestMany stores groups from..to-1, 100 a transaction.
func ingestMany(b testing.TB, store *pgstore.Store, from, to int) {
	for ; from < to; from += 100 {
		err := store.Update(b.Context(), func(w storage.Writer) error {
			for n := from; n < min(from+100, to); n++ {
				if err := ingest(b, w, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Error(err)
			return
		}
	}
}

// BenchmarkIngest measures groups of ticket, comment, entry and change, 100 a
// transaction.
func BenchmarkIngest(b *testing.B) {
	store := openNew(b)
	n := 0
	for b.Loop() {
		ingestMany(b, store, n, n+100)
		n += 100
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "groups/s")
}

// BenchmarkIngestSingle measures them one a transaction.
func BenchmarkIngestSingle(b *testing.B) {
	store := openNew(b)
	n := 0
	for b.Loop() {
		update(b, store, func(w storage.Writer) error { return ingest(b, w, n) })
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "groups/s")
}

// BenchmarkIngestParallel measures what several workers store at once, in
// transactions of some groups each.
func BenchmarkIngestParallel(b *testing.B) {
	for _, size := range []int{1, 100} {
		for _, workers := range []int{1, 2, 4} {
			b.Run(fmt.Sprintf("groups=%d/workers=%d", size, workers), func(b *testing.B) {
				store := openNew(b)
				var next atomic.Int64
				b.SetParallelism(workers)
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						from := int(next.Add(int64(size))) - size
						err := store.Update(b.Context(), func(w storage.Writer) error {
							for n := from; n < from+size; n++ {
								if err := ingest(b, w, n); err != nil {
									return err
								}
							}
							return nil
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
				b.ReportMetric(float64(next.Load())/b.Elapsed().Seconds(), "groups/s")
			})
		}
	}
}

// BenchmarkBlobs measures 100 pieces of 8 KB and one Sync.
func BenchmarkBlobs(b *testing.B) {
	store := openNew(b)
	content := make([]byte, 8<<10)
	n := 0
	b.SetBytes(100 * int64(len(content)))
	for b.Loop() {
		for range 100 {
			n++
			copy(content, fmt.Sprintf("%020d", n))
			stage(b, store, content)
		}
		if err := store.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "blobs/s")
}

// fillOutbox puts mails from..to-1, due a second apart from noon on.
func fillOutbox(b testing.TB, store storage.Store, from, to int) {
	for ; from < to; from += 1000 {
		update(b, store, func(w storage.Writer) error {
			var mails []*notify.Mail
			for n := from; n < min(from+1000, to); n++ {
				mails = append(mails, &notify.Mail{
					ID: fmt.Sprintf("mail-%d", n), Ticket: "1", Subject: "s", Text: mailText, State: notify.Waiting, Due: noon.Add(time.Duration(n) * time.Second),
				})
			}
			return w.Outbox().Put(b.Context(), mails...)
		})
	}
}

// BenchmarkClaim measures the claim of 100 due mails among 20,000.
func BenchmarkClaim(b *testing.B) {
	store := openNew(b)
	fillOutbox(b, store, 0, 20_000)
	now := noon.Add(100 * time.Second)
	for b.Loop() {
		update(b, store, func(w storage.Writer) error {
			// Claims that have run out, so that the next round finds them again.
			mails, err := w.Outbox().Claim(b.Context(), "node", now, now, 100)
			if err == nil && len(mails) != 100 {
				err = fmt.Errorf("%d mails claimed, want 100", len(mails))
			}
			return err
		})
	}
}

// BenchmarkLookup measures looking for 100 keys of a ledger of 20,000, half of
// which are there.
func BenchmarkLookup(b *testing.B) {
	store := openNew(b)
	ingestMany(b, store, 0, 20_000)
	n := 0
	for b.Loop() {
		var keys []mailbox.Key
		for range 50 {
			n = (n + 7919) % 20_000
			keys = append(keys, ledgerKey(n), ledgerKey(n+20_000))
		}
		err := store.View(b.Context(), func(r storage.Reader) error {
			found, err := r.Ledger().Lookup(b.Context(), keys)
			if err == nil && len(found) != 50 {
				err = fmt.Errorf("%d entries found, want 50", len(found))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// TestIngestFlat measures that a mail costs the same whatever the store holds:
// in pages looked at, since a clock would measure the machine's other work. It
// is long: only with TICKETMAIL_LONG.
func TestIngestFlat(t *testing.T) {
	if os.Getenv("TICKETMAIL_LONG") == "" {
		t.Skip("set TICKETMAIL_LONG=1 to fill a store with 100,000 tickets")
	}
	store, pool, schema := openBlobs(t)
	const step = 10_000
	var first, last int64
	for n := 0; n < 100_000; n += step {
		before, began := pagesTouched(t, pool, schema), time.Now()
		ingestMany(t, store, n, n+step)
		last = pagesTouched(t, pool, schema) - before
		if n == 0 {
			first = last
		}
		t.Logf("%6d to %6d: %.0f pages a group, %.0f groups/s", n, n+step, float64(last)/step, step/time.Since(began).Seconds())
	}
	if ratio := float64(last) / float64(first); ratio > 1.5 {
		t.Errorf("the last %d tickets took %.2f times the pages of the first ones, want at most 1.5", step, ratio)
	}
}

// pagesTouched returns how many pages of the tables and indexes of a schema
// were looked at so far. Sessions report that once a second.
func pagesTouched(t *testing.T, pool *pgxpool.Pool, schema string) int64 {
	t.Helper()
	for _, conn := range pool.AcquireAllIdle(t.Context()) {
		_, err := conn.Exec(t.Context(), "SELECT pg_stat_force_next_flush()")
		conn.Release()
		if err != nil {
			t.Fatal(err)
		}
	}
	return scalar[int64](t, pool, `SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read, 0) + coalesce(idx_blks_hit, 0))::bigint
		FROM pg_statio_user_tables WHERE schemaname = $1`, schema)
}
