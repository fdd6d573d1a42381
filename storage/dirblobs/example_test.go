package dirblobs_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/dirblobs"
	"example.com/ticketmail/storage/memstore"
)

// A store whose content stands in a directory, swept and verified as a nightly
// job would do.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "blobs")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()

	blobs, err := dirblobs.New(dir, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = blobs.Close() }()
	store := memstore.New(&memstore.Options{Blobs: blobs}) // or sqlitestore, pgstore

	spool, err := blobs.Create(ctx)
	if err != nil {
		log.Fatal(err)
	}
	_, _ = io.WriteString(spool, "Subject: printer\r\n\r\nIt burns.\r\n")
	raw, err := spool.Finish()
	if err != nil {
		log.Fatal(err)
	}
	err = store.Update(ctx, func(w storage.Writer) error { // syncs blobs first
		return w.Ledger().Put(ctx, &mailbox.Entry{Key: mailbox.Key{Mailbox: "support", UID: "1"}, Outcome: mailbox.Quarantine, Raw: raw})
	})
	if err != nil {
		log.Fatal(err)
	}

	removed, err := blobs.Sweep(ctx, store)
	fmt.Println(removed, "removed", err)
	v, err := storage.Verify(ctx, store, blobs, func(d storage.Damage) error {
		fmt.Println("damaged:", d.Err)
		return nil
	})
	fmt.Printf("%d blobs, %d bytes, %d damaged, %v\n", v.Blobs, v.Bytes, v.Damaged, err)
	// Output:
	// 0 removed <nil>
	// 1 blobs, 31 bytes, 0 damaged, <nil>
}
