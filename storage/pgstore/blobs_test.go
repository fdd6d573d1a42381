package pgstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// openBlobs opens a store whose tables a test looks into.
func openBlobs(t *testing.T) (*pgstore.Store, *pgxpool.Pool, string) {
	t.Helper()
	pool := sharedPool(t)
	schema := newSchema(t, pool)
	return openSchema(t, pool, schema), pool, schema
}

// rows counts the blobs and the rows of their content.
func rows(t *testing.T, pool *pgxpool.Pool, schema string) string {
	t.Helper()
	return scalar[string](t, pool, fmt.Sprintf(`SELECT concat((SELECT count(*) FROM %[1]s.tm_blobs), ' blobs, ',
		(SELECT count(*) FROM %[1]s.tm_blobs WHERE lasting), ' lasting, ', (SELECT count(*) FROM %[1]s.tm_blob_chunks), ' rows')`, schema))
}

func wantRows(t *testing.T, pool *pgxpool.Pool, schema, want string) {
	t.Helper()
	if got := rows(t, pool, schema); got != want {
		t.Errorf("there are %s, want %s", got, want)
	}
}

// age makes all that is staged older than two days.
func age(t *testing.T, pool *pgxpool.Pool, schema string) {
	t.Helper()
	execute(t, pool, "UPDATE "+schema+".tm_blobs SET staged_at = staged_at - interval '49 hours'")
}

// keep commits a reference to content.
func keep(t *testing.T, store *pgstore.Store, uid string, blob storage.Blob) {
	t.Helper()
	update(t, store, func(w storage.Writer) error { return putEntry(t.Context(), w, uid, blob) })
}

func TestBlobSizes(t *testing.T) {
	store, other, _ := twoNodes(t)
	const row = 256 << 10
	var contents [][]byte
	for _, size := range []int{0, 1, 100, row - 1, row, row + 1, 2 * row, 2*row + 1, 3<<20 + 7} {
		content := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		contents = append(contents, content)
		blob := stage(t, store, content)
		readBack(t, store, content) // staged
		keep(t, store, fmt.Sprint(size), blob)
	}
	for _, content := range contents {
		readBack(t, other, content)
	}
}

// TestSameContentOnce stages content again while it is staged, and when it is
// lasting, small and big.
func TestSameContentOnce(t *testing.T) {
	for name, tt := range map[string]struct{ size, rows int }{"small": {5000, 1}, "big": {600_000, 3}} {
		t.Run(name, func(t *testing.T) {
			store, pool, schema := openBlobs(t)
			content := bytes.Repeat([]byte("x"), tt.size)
			blob := stage(t, store, content)
			stage(t, store, content)
			wantRows(t, pool, schema, fmt.Sprintf("1 blobs, 0 lasting, %d rows", tt.rows))
			keep(t, store, "1", blob)
			keep(t, store, "2", stage(t, store, content))
			wantRows(t, pool, schema, fmt.Sprintf("1 blobs, 1 lasting, %d rows", tt.rows))
			readBack(t, store, content)
		})
	}
}

func TestUnknownContent(t *testing.T) {
	store := openNew(t)
	staged := stage(t, store, []byte("staged"))
	for name, blob := range map[string]storage.Blob{
		"never staged": {SHA256: [32]byte{1}, Size: 3},
		"other size":   {SHA256: staged.SHA256, Size: staged.Size + 1},
	} {
		t.Run(name, func(t *testing.T) {
			err := store.Update(t.Context(), func(w storage.Writer) error {
				return w.Tickets().PutComment(t.Context(), &storage.Comment{Ticket: "unknown"})
			})
			if !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("comment on an unknown ticket: %v, want storage.ErrNotFound", err)
			}
			err = store.Update(t.Context(), func(w storage.Writer) error { return putEntry(t.Context(), w, "1", blob) })
			if !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("Update = %v, want storage.ErrNotFound", err)
			}
			if _, err := store.Open(t.Context(), blob); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("Open = %v, want storage.ErrNotFound", err)
			}
		})
	}
}

// TestDamage changes what is in the database.
func TestDamage(t *testing.T) {
	for name, damage := range map[string]string{
		"a byte":          "UPDATE %s.tm_blob_chunks SET data = set_byte(data, 100, 0) WHERE n = 1",
		"a row cut":       "UPDATE %s.tm_blob_chunks SET data = substring(data from 2) WHERE n = 1",
		"a row longer":    "UPDATE %s.tm_blob_chunks SET data = data || data WHERE n = 2",
		"an empty row":    "UPDATE %s.tm_blob_chunks SET data = '' WHERE n = 0",
		"the first gone":  "DELETE FROM %s.tm_blob_chunks WHERE n = 0",
		"the second gone": "DELETE FROM %s.tm_blob_chunks WHERE n = 1",
		"the last gone":   "DELETE FROM %s.tm_blob_chunks WHERE n = 2",
		"two swapped":     "UPDATE %s.tm_blob_chunks SET n = n + 10; UPDATE %[1]s.tm_blob_chunks SET n = 11 - n WHERE n < 12; UPDATE %[1]s.tm_blob_chunks SET n = 2 WHERE n = 12",
	} {
		t.Run(name, func(t *testing.T) {
			store, pool, schema := openBlobs(t)
			content := bytes.Repeat([]byte("mail "), 120_000)
			blob := stage(t, store, content)
			readBack(t, store, content)
			for stmt := range strings.SplitSeq(fmt.Sprintf(strings.Replace(damage, "%s", "%[1]s", 1), schema), ";") {
				execute(t, pool, stmt)
			}
			r, err := store.Open(t.Context(), blob)
			if err == nil {
				_, err = io.Copy(io.Discard, r)
				r.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("reading: %v, want an error that says damaged", err)
			}
		})
	}
}

// TestSweep: what is staged stays for a day after it was last staged, and what
// is referred to for ever.
func TestSweep(t *testing.T) {
	store, pool, schema := openBlobs(t)
	sweep := func(want string) {
		t.Helper()
		if err := store.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantRows(t, pool, schema, want)
	}
	big := bytes.Repeat([]byte("b"), 600_000)
	stage(t, store, []byte("never referred to"))
	stage(t, store, []byte("staged again"))
	keep(t, store, "1", stage(t, store, big))
	unfinished, err := store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unfinished.Write(append(big, 'x')); err != nil {
		t.Fatal(err)
	}
	sweep("4 blobs, 1 lasting, 7 rows") // two rows are in unfinished's, and one in its buffer
	age(t, pool, schema)
	again := stage(t, store, []byte("staged again"))
	sweep("2 blobs, 1 lasting, 4 rows")
	keep(t, store, "2", again)
	readBack(t, store, big)
	if _, err := unfinished.Finish(); err == nil {
		t.Error("what was swept meanwhile, after more than a day, finished")
	}
}

// TestLostChunk: content of which the server has lost a part is not finished.
func TestLostChunk(t *testing.T) {
	store, pool, schema := openBlobs(t)
	spool, err := store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spool.Write(make([]byte, 900_000)); err != nil {
		t.Fatal(err)
	}
	execute(t, pool, fmt.Sprintf("DELETE FROM %s.tm_blob_chunks WHERE n = 1", schema))
	if _, err := spool.Finish(); err == nil {
		t.Error("content without its second chunk finished")
	}
	wantRows(t, pool, schema, "0 blobs, 0 lasting, 0 rows")
}

// TestDiscardRemoves: content thrown away leaves nothing.
func TestDiscardRemoves(t *testing.T) {
	store, pool, schema := openBlobs(t)
	spool, err := store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spool.Write(make([]byte, 600_000)); err != nil {
		t.Fatal(err)
	}
	spool.Discard()
	wantRows(t, pool, schema, "0 blobs, 0 lasting, 0 rows")
}

// TestDiscardSparesWhatHasAName: where the answer to naming the content was
// lost, others may refer to it already.
func TestDiscardSparesWhatHasAName(t *testing.T) {
	store, pool, schema := openBlobs(t)
	spool, err := store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spool.Write(make([]byte, 600_000)); err != nil {
		t.Fatal(err)
	}
	execute(t, pool, fmt.Sprintf("UPDATE %s.tm_blobs SET sha256 = decode(repeat('ab', 32), 'hex'), size = 600000", schema))
	spool.Discard()
	wantRows(t, pool, schema, "1 blobs, 0 lasting, 2 rows")
}

// TestSweepAndUpdate: a sweep leaves what an Update is about to refer to, and
// an Update does not refer to what a sweep has removed.
func TestSweepAndUpdate(t *testing.T) {
	store, pool, schema := openBlobs(t)
	kept := stage(t, store, []byte("kept"))
	swept := stage(t, store, []byte("swept"))
	age(t, pool, schema)
	update(t, store, func(w storage.Writer) error {
		if err := putEntry(t.Context(), w, "1", kept); err != nil {
			return err
		}
		if _, err := w.Ledger().Lookup(t.Context(), nil); err != nil { // with it goes what was held back
			return err
		}
		return store.Sweep(t.Context())
	})
	readBack(t, store, []byte("kept"))
	err := store.Update(t.Context(), func(w storage.Writer) error { return putEntry(t.Context(), w, "2", swept) })
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("reference to what was swept: %v, want storage.ErrNotFound", err)
	}
	keep(t, store, "2", stage(t, store, []byte("swept")))
	readBack(t, store, []byte("swept"))
}

// TestSweptMeanwhile: an Update that waits for a sweep to end does not refer to
// what that has removed, although it was there when the Update looked.
func TestSweptMeanwhile(t *testing.T) {
	store, pool, schema := openBlobs(t)
	blob := stage(t, store, []byte("mail"))
	sweeper, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sweeper.Rollback(t.Context()) }()
	execute(t, sweeper, "DELETE FROM "+schema+".tm_blobs")
	done := make(chan error, 1)
	go func() {
		done <- store.Update(t.Context(), func(w storage.Writer) error { return putEntry(t.Context(), w, "1", blob) })
	}()
	awaitWaiter(t, pool)
	if err := sweeper.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("reference to what was swept meanwhile: %v, want storage.ErrNotFound", err)
	}
}

// TestStageWhileReferred: content that an Update refers to is staged again
// without waiting for it, as by a mail with the same file, even in itself.
func TestStageWhileReferred(t *testing.T) {
	store := openNew(t)
	for _, size := range []int{10, 600_000} {
		content := bytes.Repeat([]byte{byte(size)}, size)
		blob := stage(t, store, content)
		update(t, store, func(w storage.Writer) error {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := putEntry(ctx, w, fmt.Sprint(size), blob); err != nil {
				return err
			}
			_, err := tryStage(ctx, store, content)
			return err
		})
		readBack(t, store, content)
	}
}

// TestRolledBackReference: content of an Update that failed is staged still.
func TestRolledBackReference(t *testing.T) {
	store, pool, schema := openBlobs(t)
	blob := stage(t, store, []byte("mail"))
	undo := errors.New("undo")
	err := store.Update(t.Context(), func(w storage.Writer) error {
		return errors.Join(putEntry(t.Context(), w, "1", blob), undo)
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
	wantRows(t, pool, schema, "1 blobs, 0 lasting, 1 rows")
	keep(t, store, "1", blob)
	wantRows(t, pool, schema, "1 blobs, 1 lasting, 1 rows")
}

// TestSyncFlushes: what is staged is in the log, on disk, when Sync returns.
func TestSyncFlushes(t *testing.T) {
	store, pool, _ := openBlobs(t)
	for n := range 20 {
		mustFinish(t, store, fmt.Sprint(strings.Repeat("mail ", 20_000), n)) // committed, not flushed
		mustFinish(t, store, fmt.Sprint("mail ", n))                         // not sent yet
		written := scalar[string](t, pool, "SELECT pg_current_wal_insert_lsn()::text")
		if err := store.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !scalar[bool](t, pool, "SELECT pg_current_wal_flush_lsn() >= $1::text::pg_lsn", written) {
			t.Fatalf("the log is not flushed up to %s", written)
		}
	}
}

func TestReadAfterClose(t *testing.T) {
	store := openNew(t)
	blob := stage(t, store, make([]byte, 600_000))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := store.Open(ctx, blob)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := r.Read(make([]byte, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("Read after the end of Open's context: %v", err)
	}
	r.Close()
	if _, err := r.Read(make([]byte, 10)); err == nil {
		t.Error("Read after Close succeeded")
	}
}
