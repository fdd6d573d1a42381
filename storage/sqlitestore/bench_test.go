package sqlitestore_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// ingest stores what a mail brings: a ticket, its first comment, the ledger
// entry and a change.
func ingest(b testing.TB, w storage.Writer, n int) {
	id := fmt.Sprintf("%032x@mail.example", uint64(n)*0x9e3779b97f4a7c15)
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
			Key:     mailbox.Key{Mailbox: "support", Folder: "INBOX", Validity: 1, UID: fmt.Sprint(n)},
			Outcome: mailbox.Ticket, Ticket: t.ID, MessageID: id, Size: 8000, ReceivedAt: noon,
			Reasons: []mailbox.Reason{{Code: "new", Text: "no reference to a ticket"}},
		})
	}
	if err != nil {
		b.Fatal(err)
	}
}

const mailText = "Hello,\n\nthe printer on the second floor prints everything twice since this morning.\nCould somebody have a look?\n\nKind regards\nCarl\n"

// ingestMany stores groups from..to-1, 100 a transaction.
func ingestMany(b testing.TB, store *sqlitestore.Store, from, to int) {
	for ; from < to; from += 100 {
		update(b, store, func(w storage.Writer) error {
			for n := from; n < min(from+100, to); n++ {
				ingest(b, w, n)
			}
			return nil
		})
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

// TestIngestFlat measures that a commit costs the same whatever the store
// holds. It is long, and about time: only with TICKETMAIL_LONG.
func TestIngestFlat(t *testing.T) {
	if os.Getenv("TICKETMAIL_LONG") == "" {
		t.Skip("set TICKETMAIL_LONG=1 to fill a store with 100,000 tickets")
	}
	store := openNew(t)
	const step = 10_000
	var first, last time.Duration
	for n := 0; n < 100_000; n += step {
		began := time.Now()
		ingestMany(t, store, n, n+step)
		last = time.Since(began)
		if n == 0 {
			first = last
		}
		t.Logf("%6d to %6d: %.0f groups/s", n, n+step, step/last.Seconds())
	}
	if ratio := last.Seconds() / first.Seconds(); ratio > 1.3 {
		t.Errorf("the last %d tickets took %.2f times the first ones, want at most 1.3", step, ratio)
	}
}
