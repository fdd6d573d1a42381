package main

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/storetest"
	"example.com/ticketmail/ticketmail"
)

// ---- What every adapter needs: the suite -----------------------------------

func TestStore(t *testing.T) {
	var clock storetest.Clock
	storetest.Run(t, func(t *testing.T) storage.Store {
		store, _ := open(t, t.TempDir(), clock.Now)
		return store
	}, &storetest.Options{Advance: clock.Advance})
}

func TestDurable(t *testing.T) {
	storetest.RunDurable(t, func(t *testing.T, dir string) (storage.Store, func() error) {
		store, db := open(t, dir, time.Now)
		return store, db.Close
	}, nil)
}

func TestBlobs(t *testing.T) {
	storetest.RunBlobs(t, func(t *testing.T) storage.Blobs {
		store, _ := open(t, t.TempDir(), time.Now)
		return store
	}, nil)
}

func open(t *testing.T, dir string, now func() time.Time) (*Store, *sql.DB) {
	t.Helper()
	db, err := openERP(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, err := New(t.Context(), db, filepath.Join(dir, "blobs"), now)
	if err != nil {
		t.Fatal(err)
	}
	return store, db
}

// ---- What the suite cannot know: the ERP's own rows ------------------------

// TestERPChange: the ERP writes its tables behind the store's back.
func TestERPChange(t *testing.T) {
	ctx := t.Context()
	db, err := openERP(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	mustExec(t, db, erpCases)
	store, err := New(ctx, db, filepath.Join(t.TempDir(), "blobs"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	old := get(t, store, "10002")
	if old.Status != storage.New || old.Task != "returns" || old.LastAssignee != "carl" || old.CreatedAt.IsZero() {
		t.Errorf("an old case is %+v", old)
	}

	mustExec(t, db, `UPDATE erp_case SET shelf = 'B7', state = 'WIP' WHERE case_no = '10002'`)
	mustExec(t, db, `INSERT INTO erp_case_note (case_id, author, body) VALUES (2, 'bea', 'by SQL')`)
	mustExec(t, db, `UPDATE erp_case_note SET body = 'by SQL, edited' WHERE body = 'by SQL'`)
	old.Subject = "would overwrite"
	if err := put(t, store, &old); !errors.Is(err, storage.ErrConflict) {
		t.Errorf("putting a case that the ERP changed meanwhile: %v, want ErrConflict", err)
	}
	now := get(t, store, "10002")
	now.Subject = "Right valve on its way"
	if err := put(t, store, &now); err != nil {
		t.Fatal(err)
	}
	var shelf, state, title string
	err = db.QueryRowContext(ctx, `SELECT shelf, state, title FROM erp_case WHERE case_no = '10002'`).Scan(&shelf, &state, &title)
	if err != nil || shelf != "B7" || state != "WIP" || title != now.Subject {
		t.Errorf("the ERP sees %q %q %q (%v), want its own shelf and state and the new title", shelf, state, title, err)
	}

	ids := map[string]bool{}
	var last storage.Comment
	err = store.View(ctx, func(r storage.Reader) error {
		for c, err := range r.Tickets().Comments(ctx, "10002") {
			if err != nil {
				return err
			}
			ids[c.ID], last = true, c
		}
		return nil
	})
	if err != nil || len(ids) != 2 || ids[""] || last.Text != "by SQL, edited" || last.Kind != storage.ByPerson || last.Version != 2 {
		t.Errorf("notes %v, the last %+v (%v), want two with ids, the last in its second version", ids, last, err)
	}
}

// TestWithinRollback: what the ERP rolls back never happened.
func TestWithinRollback(t *testing.T) {
	ctx := t.Context()
	store, db := open(t, t.TempDir(), time.Now)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	made := storage.Ticket{Subject: "s", Status: storage.New}
	var kept storage.Writer
	err = store.Within(tx).Update(ctx, func(w storage.Writer) error { kept = w; return w.Tickets().Put(ctx, &made) })
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Settings().Put(ctx, "kind", "key", nil); err == nil {
		t.Error("a Writer was used after its Update, in the ERP's transaction")
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	err = store.View(ctx, func(r storage.Reader) error { _, err := r.Tickets().Get(ctx, made.ID); return err })
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("after the ERP's rollback: %v, want ErrNotFound", err)
	}
}

// TestTwoProcesses: stores that share nothing but the database count together.
func TestTwoProcesses(t *testing.T) {
	const rounds = 25
	ctx, dir := t.Context(), t.TempDir()
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i := range errs {
		store, _ := open(t, dir, time.Now)
		wg.Go(func() {
			for range rounds {
				errs[i] = errors.Join(errs[i], store.Update(ctx, func(w storage.Writer) error {
					v, err := w.Settings().Get(ctx, "counter", "n")
					if err != nil && !errors.Is(err, storage.ErrNotFound) {
						return err
					}
					return w.Settings().Put(ctx, "counter", "n", append(v, 'x'))
				}))
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	store, _ := open(t, dir, time.Now)
	err := store.View(ctx, func(r storage.Reader) error {
		v, err := r.Settings().Get(ctx, "counter", "n")
		if err == nil && len(v) != 2*rounds {
			t.Errorf("two processes counted to %d, want %d", len(v), 2*rounds)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLoopThatAdds: a loop over tickets that adds one for each comes to its end.
func TestLoopThatAdds(t *testing.T) {
	ctx := t.Context()
	store, _ := open(t, t.TempDir(), time.Now)
	const rows = pageRows + 1
	for range rows {
		if err := put(t, store, &storage.Ticket{}); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	err := store.Update(ctx, func(w storage.Writer) error {
		for _, err := range w.Tickets().List(ctx, storage.TicketQuery{}) {
			if seen++; err != nil || seen > 2*rows {
				return err
			}
			if err := w.Tickets().Put(ctx, &storage.Ticket{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || seen != rows {
		t.Errorf("a loop over %d tickets saw %d (%v)", rows, seen, err)
	}
}

// TestConnections: a database opened without dsnOptions loses mails.
func TestConnections(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "erp.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	mustExec(t, db, erpSchema)
	if _, err := New(t.Context(), db, filepath.Join(dir, "blobs"), time.Now); err == nil {
		t.Error("New took a database whose commits are not durable")
	}
}

func TestSweep(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	store, _ := open(t, dir, time.Now)
	orphan, kept := stage(t, store, "orphan"), stage(t, store, "kept")
	err := store.Update(ctx, func(w storage.Writer) error {
		t := storage.Ticket{ID: "1"}
		if err := w.Tickets().Put(ctx, &t); err != nil {
			return err
		}
		return w.Tickets().PutComment(ctx, &storage.Comment{Ticket: "1", Raw: kept})
	})
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour)
	for _, b := range []storage.Blob{orphan, kept} {
		if err := os.Chtimes(store.path(b.SHA256), old, old); err != nil {
			t.Fatal(err)
		}
	}
	fresh := stage(t, store, "fresh")
	if err := store.Sweep(ctx, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		blob storage.Blob
		want error
	}{{"orphan", orphan, storage.ErrNotFound}, {"kept", kept, nil}, {"fresh", fresh, nil}} {
		if err := store.has(tt.blob); !errors.Is(err, tt.want) {
			t.Errorf("after a sweep %s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestDamagedBlob(t *testing.T) {
	store, _ := open(t, t.TempDir(), time.Now)
	b := stage(t, store, "content")
	if err := os.WriteFile(store.path(b.SHA256), []byte("CONTENT"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := store.Open(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.Copy(io.Discard, r); err == nil {
		t.Error("damaged content was read to its end")
	}
}

func stage(t *testing.T, store *Store, text string) storage.Blob {
	t.Helper()
	s, err := store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	if _, err := io.WriteString(s, text); err != nil {
		t.Fatal(err)
	}
	b, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func get(t *testing.T, store storage.Store, id ticketmail.TicketID) (k storage.Ticket) {
	t.Helper()
	err := store.View(t.Context(), func(r storage.Reader) (err error) {
		k, err = r.Tickets().Get(t.Context(), id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func put(t *testing.T, store storage.Store, k *storage.Ticket) error {
	t.Helper()
	return store.Update(t.Context(), func(w storage.Writer) error { return w.Tickets().Put(t.Context(), k) })
}

func mustExec(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

// Example runs the whole program.
func Example() {
	if err := demo(context.Background(), os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// A mail becomes a case:
	//   10001 CLOSED returns bea     Pump 7 leaks, notes: 0
	//   10002 OPEN   returns carl    Wrong valve delivered, notes: 1
	//   10003 OPEN   returns         Motor hums but does not turn, notes: 1
	//   mailed to bea@erp.example: [Ticket#10003-VZJM7R50] Motor hums but does not turn
	// The ERP changes a case of its own, and the engine tells of it, in one transaction:
	//   10001 CLOSED returns bea     Pump 7 leaks, notes: 0
	//   10002 WIP    returns carl B7 Wrong valve delivered, notes: 2
	//   10003 OPEN   returns         Motor hums but does not turn, notes: 1
	//   mailed to carl@erp.example: [Ticket#10002-61W0YEFS] Wrong valve delivered
}
