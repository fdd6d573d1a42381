package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// finish is stage without Sync: small content is not on the server yet.
func finish(t *testing.T, store *pgstore.Store, content string) (storage.Blob, error) {
	t.Helper()
	spool, err := store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Discard()
	if _, err := spool.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	return spool.Finish()
}

func mustFinish(t *testing.T, store *pgstore.Store, content string) storage.Blob {
	t.Helper()
	blob, err := finish(t, store, content)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

// TestSmallContentWaits: it is read, listed and referred to all the same, and
// goes to the server with other content.
func TestSmallContentWaits(t *testing.T) {
	store, pool, schema := openBlobs(t)
	mustFinish(t, store, "one")
	two := mustFinish(t, store, "two")
	wantRows(t, pool, schema, "0 blobs, 0 lasting, 0 rows")
	readBack(t, store, []byte("one"))
	wantRows(t, pool, schema, "0 blobs, 0 lasting, 0 rows")
	keep(t, store, "2", two)
	wantRows(t, pool, schema, "1 blobs, 1 lasting, 1 rows")

	three := mustFinish(t, store, "three")
	keep(t, store, "3", three) // without Sync, as nobody should
	readBack(t, store, []byte("three"))

	mustFinish(t, store, "four")
	n := 0
	for _, err := range store.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d blobs are listed, want 4", n)
	}
	mustFinish(t, store, strings.Repeat("x", 100_000)) // not small
	wantRows(t, pool, schema, "5 blobs, 2 lasting, 5 rows")
	for i := range 150 { // more than wait
		mustFinish(t, store, fmt.Sprint("piece ", i))
	}
	wantRows(t, pool, schema, "105 blobs, 2 lasting, 105 rows")
	if err := store.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRows(t, pool, schema, "155 blobs, 2 lasting, 155 rows")
}

// TestStagedByMany: pieces of many goroutines, some of them the same, are all
// there when each one's Sync has returned.
func TestStagedByMany(t *testing.T) {
	store := openNew(t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 60 {
				content := fmt.Sprintf("piece %d of %d", i, g%4)
				if _, err := finish(t, store, content); err != nil {
					t.Error(err)
				}
				if i%7 != 0 {
					continue
				}
				if err := store.Sync(t.Context()); err != nil {
					t.Error(err)
				}
				readBack(t, store, []byte(content))
			}
		})
	}
	wg.Wait()
	if err := store.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for g := range 4 {
		for i := range 60 {
			readBack(t, store, fmt.Appendf(nil, "piece %d of %d", i, g))
		}
	}
}

// TestServerTakesNothing: while the server takes no content Sync says so, no
// more than a bounded amount waits, and all of it is there once it does.
func TestServerTakesNothing(t *testing.T) {
	store, pool, schema := openBlobs(t)
	execute(t, pool, fmt.Sprintf(`CREATE FUNCTION %s.full() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$`, schema))
	execute(t, pool, fmt.Sprintf("CREATE TRIGGER full_disk BEFORE INSERT ON %[1]s.tm_blob_chunks FOR EACH ROW EXECUTE FUNCTION %[1]s.full()", schema))
	mustFinish(t, store, "first")
	for range 2 {
		if err := store.Sync(t.Context()); err == nil {
			t.Fatal("Sync succeeded")
		}
	}
	taken := 0
	for i := range 500 {
		if _, err := finish(t, store, fmt.Sprint("piece ", i)); err != nil {
			break
		}
		taken++
	}
	if taken != 99 {
		t.Errorf("%d pieces more were taken, want 99", taken)
	}
	wantRows(t, pool, schema, "0 blobs, 0 lasting, 0 rows")
	execute(t, pool, fmt.Sprintf("DROP TRIGGER full_disk ON %s.tm_blob_chunks", schema))
	if err := store.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRows(t, pool, schema, "100 blobs, 0 lasting, 100 rows")
	readBack(t, store, []byte("first"))
	readBack(t, store, []byte("piece 98"))
}

// TestOneRefused: a piece that the server refuses for what is in it stops no
// others, and nobody refers to it.
func TestOneRefused(t *testing.T) {
	store, pool, schema := openBlobs(t)
	execute(t, pool, fmt.Sprintf("ALTER TABLE %s.tm_blob_chunks ADD CONSTRAINT short CHECK (length(data) < 100)", schema))
	mustFinish(t, store, "before")
	long := mustFinish(t, store, strings.Repeat("long ", 100))
	mustFinish(t, store, "behind")
	if err := store.Sync(t.Context()); err == nil {
		t.Error("Sync succeeded")
	}
	wantRows(t, pool, schema, "2 blobs, 0 lasting, 2 rows")
	if err := store.Sync(t.Context()); err != nil {
		t.Errorf("Sync of others: %v", err)
	}
	err := store.Update(t.Context(), func(w storage.Writer) error { return putEntry(t.Context(), w, "1", long) })
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a reference to it: %v, want storage.ErrNotFound", err)
	}
}

// TestPendingContentWaitsForNobody: an Update that has locked old content reads
// and refers to what is pending, though who stages the same content waits for it.
func TestPendingContentWaitsForNobody(t *testing.T) {
	store, pool, schema := openBlobs(t)
	old := mustFinish(t, store, "old content")
	if err := store.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	execute(t, pool, "UPDATE "+schema+".tm_blobs SET staged_at = staged_at - interval '30 hours'")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var wg sync.WaitGroup
	err := store.Update(ctx, func(w storage.Writer) error {
		if err := putEntry(ctx, w, "1", old); err != nil {
			return err
		}
		for _, err := range w.Ledger().List(ctx, mailbox.LedgerQuery{}) { // so that it is not held back
			if err != nil {
				return err
			}
		}
		mustFinish(t, store, "old content")
		wg.Go(func() {
			if err := store.Sync(t.Context()); err != nil {
				t.Error(err)
			}
		})
		awaitWaiter(t, pool)
		fresh := mustFinish(t, store, "new content")
		readBack(t, store, []byte("new content"))
		return putEntry(ctx, w, "2", fresh)
	})
	if err != nil {
		t.Error(err)
	}
	wg.Wait()
}
