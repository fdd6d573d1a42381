package main

import (
	"context"
	"fmt"
	"io"
	"testing"

	"example.com/ticketmail/examples/internal/plainimap"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// checkWhole wants every mail that the server ever held in exactly one place:
// in the journal once with the bytes the server sent, these bytes in the
// store, its comment in the ticket the journal names, and nothing left on the
// server but what the journal calls left.
func checkWhole(t *testing.T, s *site, sent []plainimap.Mail) {
	t.Helper()
	journal := s.journal()
	left := make(map[string]bool)
	taken := journal[:0:0]
	for _, j := range journal {
		if j.Outcome == "left" {
			left[fmt.Sprint(j.UID)] = true
		} else {
			taken = append(taken, j)
		}
	}
	for _, m := range s.holds("INBOX") {
		if uid := fmt.Sprint(m.UID); !left[uid] {
			t.Errorf("mail %s is on the server, and not called left", uid)
		}
	}
	var fetched []plainimap.Mail
	for _, m := range sent {
		if !left[fmt.Sprint(m.UID)] {
			fetched = append(fetched, m)
		}
	}
	wantJournal(t, taken, fetched)
	checkTickets(t, taken, s.tickets())
	checkBytes(t, s)
}

// checkTickets compares the tickets with what the journal says of them.
func checkTickets(t *testing.T, journal []journalLine, tickets []ticketLine) {
	t.Helper()
	type mail struct{ ticket, sha256 string }
	told, made := make(map[mail]int), make(map[mail]int)
	opened := make(map[string]int)
	for _, j := range journal {
		switch j.Outcome {
		case "ticket", "comment":
			if j.Ticket == nil {
				t.Errorf("mail %v became a %s of no ticket", j.UID, j.Outcome)
				continue
			}
			told[mail{*j.Ticket, j.SHA256}]++
			if j.Outcome == "ticket" {
				opened[*j.Ticket]++
			}
		case "record", "quarantine":
		default:
			t.Errorf("mail %v has the outcome %q", j.UID, j.Outcome)
		}
	}
	for _, k := range tickets {
		if opened[k.Number] != 1 {
			t.Errorf("ticket %s was opened by %d mails, want 1", k.Number, opened[k.Number])
		}
		for _, c := range k.Comments {
			made[mail{k.Number, c.SHA256}]++
		}
	}
	for m, n := range told {
		if made[m] != n {
			t.Errorf("the journal puts mail %.12s into ticket %s %d times, the ticket has it %d times", m.sha256, m.ticket, n, made[m])
		}
	}
	for m, n := range made {
		if told[m] != n {
			t.Errorf("ticket %s has mail %.12s %d times, by the journal %d times", m.ticket, m.sha256, n, told[m])
		}
	}
}

// checkBytes reads every raw mail back: the store compares it with its hash.
func checkBytes(t *testing.T, s *site) {
	t.Helper()
	ctx := t.Context()
	at := place{file: s.db, dsn: s.dsn}
	store, done, err := at.openExisting(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var raws []storage.Blob
	err = store.View(ctx, func(r storage.Reader) error {
		for e, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			if e.Settled() {
				raws = append(raws, e.Raw)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range raws {
		if err := readBack(ctx, store, raw); err != nil {
			t.Errorf("raw mail %x: %v", raw.SHA256[:6], err)
		}
	}
}

func readBack(ctx context.Context, blobs storage.Blobs, b storage.Blob) error {
	r, err := blobs.Open(ctx, b)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	n, err := io.Copy(io.Discard, r)
	if err == nil && n != b.Size {
		err = fmt.Errorf("%d bytes, want %d", n, b.Size)
	}
	return err
}
