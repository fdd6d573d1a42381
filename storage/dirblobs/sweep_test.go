package dirblobs_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/dirblobs"
	"example.com/ticketmail/storage/memstore"
)

// records is a store whose content is kept elsewhere.
func records(b storage.Blobs) storage.Store { return memstore.New(&memstore.Options{Blobs: b}) }

func entry(uid string, raw storage.Blob) *mailbox.Entry {
	return &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", Folder: "INBOX", Validity: 1, UID: uid}, Outcome: mailbox.Record, Raw: raw}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	now := open(t, dir, nil)
	store, second := records(now), records(now)
	used, usedBySecond, orphan := keep(t, now, "used"), keep(t, now, "used by the second"), keep(t, now, "orphan")
	refer(t, store, "1", used)
	refer(t, second, "1", usedBySecond)
	left := filepath.Join(dir, "spool", "DEAD")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(left, "MAIL"), []byte("of a dead process"), 0o600); err != nil {
		t.Fatal(err)
	}

	living := stage(t, now, "staged by a living process")
	if _, err := now.Sweep(t.Context()); err == nil {
		t.Error("a sweep without a store went ahead")
	}
	if n, err := now.Sweep(t.Context(), store, second); n != 0 || err != nil {
		t.Errorf("a sweep removed %d young files, %v", n, err)
	}
	dayOn := open(t, dir, later(24*time.Hour))
	if n, err := dayOn.Sweep(t.Context(), store, second); n != 0 || err != nil {
		t.Errorf("a sweep a day later removed %d files, %v", n, err)
	}
	later := open(t, dir, later(26*time.Hour))
	again := keep(t, later, "staged again")
	if n, err := later.Sweep(t.Context(), store, second); n != 1 || err != nil {
		t.Errorf("a sweep removed %d files, want the orphan; %v", n, err)
	}
	for what, b := range map[string]storage.Blob{"used": used, "used by the second": usedBySecond, "staged again": again} {
		if got, err := read(t, later, b); got != what || err != nil {
			t.Errorf("%s reads %q, %v", what, got, err)
		}
	}
	if got, err := read(t, now, living); got != "staged by a living process" || err != nil {
		t.Errorf("what a living process has staged reads %q, %v", got, err)
	}
	if _, err := read(t, later, orphan); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the orphan is still there: %v", err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a dead process left is still there: %v", err)
	}
}

// Writers of two processes stage old orphans anew and refer to them while
// others sweep without a pause: no reference may ever dangle. Each round all
// content is old and unreferenced, so that every sweep wants to remove it.
func TestSweepRace(t *testing.T) {
	const rounds, writers, contents = 6, 4, 24
	dir := t.TempDir()
	var passed atomic.Int64
	clock := &dirblobs.Options{Now: func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }}
	procs := []*dirblobs.Blobs{open(t, dir, clock), open(t, dir, clock)}
	store := records(procs[0])
	removed := 0
	for round := range rounds {
		passed.Add(int64(48 * time.Hour))
		done := make(chan struct{})
		var sweeping, writing sync.WaitGroup
		sweeping.Go(func() {
			for {
				n, err := procs[0].Sweep(t.Context(), store)
				if err != nil {
					t.Error(err)
					return
				}
				removed += n
				select {
				case <-done:
					return
				default:
				}
			}
		})
		for w := range writers {
			writing.Go(func() {
				for i := range contents {
					blob := keep(t, procs[w%2], fmt.Sprint("content ", i))
					key := fmt.Sprint(round, " ", w, " ", i)
					refer(t, store, key, blob)
					if _, err := read(t, procs[(w+1)%2], blob); err != nil {
						t.Errorf("round %d: a reference dangles: %v", round, err)
					}
				}
			})
		}
		writing.Wait()
		close(done)
		sweeping.Wait()
		forget(t, store)
	}
	passed.Add(int64(48 * time.Hour))
	n, err := procs[1].Sweep(t.Context(), store)
	if removed += n; err != nil || removed < contents {
		t.Errorf("all sweeps removed %d files, %v: the race was not run", removed, err)
	}
}

// forget takes all references away.
func forget(t *testing.T, store storage.Store) {
	t.Helper()
	err := store.Update(t.Context(), func(w storage.Writer) error {
		for e, err := range w.Ledger().List(t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			e.Raw = storage.Blob{}
			if err := w.Ledger().Put(t.Context(), &e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
