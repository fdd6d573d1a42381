package cloudblobs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/cloudblobs"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest"
)

func memory(t *testing.T) *blob.Bucket {
	t.Helper()
	b := memblob.OpenBucket(nil)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func files(t *testing.T) *blob.Bucket {
	t.Helper()
	b, err := fileblob.OpenBucket(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestBlobs(t *testing.T) {
	t.Run("Memory", func(t *testing.T) {
		storetest.RunBlobs(t, func(t *testing.T) storage.Blobs { return cloudblobs.New(memory(t), nil) },
			&storetest.Options{Skip: map[string]string{"BoundedMemory": "the bucket itself is in memory"}})
	})
	t.Run("Files", func(t *testing.T) {
		storetest.RunBlobs(t, func(t *testing.T) storage.Blobs { return cloudblobs.New(files(t), nil) }, nil)
	})
}

// A store whose content is in a bucket passes the checks of a store.
func TestStore(t *testing.T) {
	var clock storetest.Clock
	storetest.Run(t, func(t *testing.T) storage.Store {
		return memstore.New(&memstore.Options{Now: clock.Now, Blobs: cloudblobs.New(memory(t), nil)})
	}, &storetest.Options{Advance: clock.Advance, Skip: map[string]string{
		"References": "a bucket is not asked for each reference: that would be a request within the transaction",
	}})
}

func keep(t *testing.T, b storage.Blobs, content string) storage.Blob {
	t.Helper()
	s, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	if _, err := io.WriteString(s, content); err != nil {
		t.Fatal(err)
	}
	blob, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func read(t *testing.T, b storage.Blobs, blob storage.Blob) (string, error) {
	t.Helper()
	r, err := b.Open(t.Context(), blob)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), errors.Join(err, r.Close())
}

// objects counts what is in a bucket.
func objects(t *testing.T, b *blob.Bucket) (n int) {
	t.Helper()
	for it := b.List(nil); ; n++ {
		if _, err := it.Next(t.Context()); errors.Is(err, io.EOF) {
			return n
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func refer(t *testing.T, store storage.Store, uid string, raw storage.Blob) {
	t.Helper()
	err := store.Update(t.Context(), func(w storage.Writer) error {
		return w.Ledger().Put(t.Context(), &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: uid}, Outcome: mailbox.Record, Raw: raw})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Time is that of the bubble, for the bucket too.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bucket := memory(t)
		b := cloudblobs.New(bucket, nil)
		store := memstore.New(&memstore.Options{Blobs: b})
		big := strings.Repeat("big mail ", 1<<18) // goes through the spool
		used, orphan := keep(t, b, big), keep(t, b, "orphan")
		again := keep(t, b, "staged again")
		refer(t, store, "1", used)
		for range 3 {
			keep(t, b, big) // one copy serves a day
		}
		if n := objects(t, bucket); n != 3 {
			t.Errorf("%d objects, want one for each content", n)
		}
		if _, err := b.Sweep(t.Context()); err == nil {
			t.Error("a sweep without a store went ahead")
		}
		time.Sleep(47 * time.Hour)
		if n, err := b.Sweep(t.Context(), store); n != 0 || err != nil {
			t.Errorf("a sweep removed %d young objects, %v", n, err)
		}
		keep(t, b, "staged again")
		keep(t, b, big)
		if err := bucket.WriteAll(t.Context(), "spool/left", []byte("of a dead process"), nil); err != nil {
			t.Fatal(err)
		}
		if n := objects(t, bucket); n != 6 {
			t.Errorf("%d objects, want a second copy of what was staged two days later", n)
		}
		time.Sleep(2 * time.Hour)
		if n, err := b.Sweep(t.Context(), store); n != 3 || err != nil {
			t.Errorf("a sweep removed %d objects, %v; want the orphan and two old copies", n, err)
		}
		if _, err := read(t, b, orphan); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("the orphan is still there: %v", err)
		}
		for what, blob := range map[string]storage.Blob{big: used, "staged again": again} {
			if got, err := read(t, b, blob); got != what || err != nil {
				t.Errorf("content of %d bytes has %d, %v", len(what), len(got), err)
			}
		}
		time.Sleep(72 * time.Hour)
		if n, err := b.Sweep(t.Context(), store); n != 2 || err != nil { // and what a dead process left
			t.Errorf("a sweep removed %d objects, %v; want all but what is referred to", n, err)
		}
		v, err := storage.Verify(t.Context(), store, b, func(d storage.Damage) error { return d.Err })
		if err != nil || v.Blobs != 1 || objects(t, bucket) != 1 {
			t.Errorf("verified %+v, %v; %d objects", v, err, objects(t, bucket))
		}
	})
}

// A meantime is a store that lets something happen between the moment at which
// a sweep reads what is referred to and the removal that follows.
type meantime struct {
	storage.Store
	happens func()
}

func (m meantime) View(ctx context.Context, fn func(storage.Reader) error) error {
	err := m.Store.View(ctx, fn)
	m.happens()
	return err
}

// A writer stages content again, of every age, and refers to it just after the
// sweep has seen that nobody does: no reference may ever dangle.
func TestSweepRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ages = 100 // hours
		b := cloudblobs.New(memory(t), nil)
		for age := range ages {
			keep(t, b, fmt.Sprint("content ", ages-age))
			time.Sleep(time.Hour)
		}
		store := memstore.New(&memstore.Options{Blobs: b})
		n, err := b.Sweep(t.Context(), meantime{store, func() {
			for age := range ages {
				refer(t, store, fmt.Sprint(age), keep(t, b, fmt.Sprint("content ", age+1)))
			}
		}})
		if err != nil || n != 53 {
			t.Errorf("a sweep removed %d copies, %v; want those of 48 to 100 hours", n, err)
		}
		v, err := storage.Verify(t.Context(), store, b, func(d storage.Damage) error { return d.Err })
		if err != nil || v.References != ages {
			t.Errorf("verified %+v, %v", v, err)
		}
	})
}
