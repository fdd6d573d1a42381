//go:build linux

package speed_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// TestSpeedScale: a mail costs about the same however much the store holds.
func TestSpeedScale(t *testing.T) {
	small, large, mails, rounds := 100, 1000, 100, 1
	if long() {
		small, large, mails, rounds = 1000, 100_000, 700, 5
	}
	b := newBench(t, mails*rounds) // the same again would be recorded as delivered twice
	dir := t.TempDir()
	stores := map[int]string{small: filepath.Join(dir, "small.db"), large: filepath.Join(dir, "large.db")}
	for n, file := range stores {
		if err := populate(t.Context(), file, n); err != nil {
			t.Fatal(err)
		}
	}
	runs := make(map[int][]cost)
	for round := range rounds {
		for _, n := range []int{small, large} {
			b.refill(b.files[round*mails:][:mails])
			runs[n] = append(runs[n], b.drain(stores[n]))
			b.wantEmpty("ticketd")
		}
	}
	few, many := median(runs[small]), median(runs[large])
	wall, cpu := many.wall.Seconds()/few.wall.Seconds(), many.cpu.Seconds()/few.cpu.Seconds()
	t.Logf("%d mails with %d tickets in the store %v (%v of the processor), with %d %v (%v): %.2f (%.2f) times as much",
		mails, small, few.wall.Round(time.Millisecond), few.cpu.Round(time.Millisecond), large, many.wall.Round(time.Millisecond),
		many.cpu.Round(time.Millisecond), wall, cpu)
	if long() && min(wall, cpu) > 1.3 { // one of them alone is the mood of the machine
		t.Errorf("a mail costs %.2f times as much with %d tickets as with %d, want 1.3 at most", wall, large, small)
	}
}

// populate writes n tickets, each opened by a mail.
func populate(ctx context.Context, file string, n int) error {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	store, err := sqlitestore.New(ctx, db, nil)
	if err != nil {
		return err
	}
	const each = 1000
	for from := 0; from < n; from += each {
		err := store.Update(ctx, func(w storage.Writer) error {
			for i := from; i < min(from+each, n); i++ {
				if err := receive(ctx, w, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return store.Close()
}

// receive writes what one old mail left behind.
func receive(ctx context.Context, w storage.Writer, i int) error {
	at := time.Date(2025, 1, 1, 0, 0, i, 0, time.UTC)
	sender := message.Address{Name: "Carla", Address: fmt.Sprintf("person%d@customer%d.example", i%400, i%40)}
	k := storage.Ticket{
		Subject: fmt.Sprintf("Old matter %d", i), Status: storage.New, Task: "inbox", Mailbox: "ticketd", Sender: sender, CreatedAt: at, ChangedAt: at,
	}
	if err := w.Tickets().Put(ctx, &k); err != nil {
		return err
	}
	id := fmt.Sprintf("old.%d@customer.example", i)
	c := storage.Comment{Ticket: k.ID, Kind: storage.ByMail, Sender: sender, Text: "It was long ago.", MessageID: id, CreatedAt: at}
	if err := w.Tickets().PutComment(ctx, &c); err != nil {
		return err
	}
	change := storage.Change{Ticket: k.ID, At: at, Field: "created", New: "new"}
	if err := w.Tickets().AddChange(ctx, &change); err != nil {
		return err
	}
	e := mailbox.Entry{
		Key:     mailbox.Key{Mailbox: "ticketd", Folder: "INBOX", Validity: 1, UID: fmt.Sprint(i + 1)},
		Outcome: mailbox.Ticket, Ticket: k.ID, Reasons: []mailbox.Reason{{Code: "new", Text: "no mark of a ticket"}},
		MessageID: id, Size: 5000, ReceivedAt: at, EmptiedAt: at,
	}
	binary.BigEndian.PutUint64(e.Content[:], uint64(i+1))
	return w.Ledger().Put(ctx, &e)
}
