package fault_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest/fault"
)

// A count is raised in a store that fails once, at each of its points in turn.
// The last one is where the change was committed and nobody told: whoever tries
// again then raises it twice.
func Example() {
	ctx := context.Background()
	raise := func(w storage.Writer) error {
		b, err := w.Settings().Get(ctx, "count", "it")
		if errors.Is(err, storage.ErrNotFound) {
			b, err = []byte{}, nil
		}
		if err != nil {
			return err
		}
		return w.Settings().Put(ctx, "count", "it", append(b, '|'))
	}
	for n := 1; n <= 3; n++ {
		plain := memstore.New(nil)
		broken := &fault.Injector{Plan: fault.At(n, fault.Fail(errors.New("broken")))}
		store := broken.Store(plain)
		if err := store.Update(ctx, raise); err != nil {
			err = store.Update(ctx, raise)
			fmt.Println("tried again:", err)
		}
		_ = plain.View(ctx, func(r storage.Reader) error {
			b, err := r.Settings().Get(ctx, "count", "it")
			fmt.Printf("point %d: %s\n", n, b)
			return err
		})
	}
	// Output:
	// tried again: <nil>
	// point 1: |
	// tried again: <nil>
	// point 2: |
	// tried again: <nil>
	// point 3: ||
}
