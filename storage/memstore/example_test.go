package memstore_test

import (
	"context"
	"fmt"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
)

func Example() {
	ctx := context.Background()
	store := memstore.New(nil)
	ticket := storage.Ticket{Subject: "Printer on fire", Status: storage.New}
	err := store.Update(ctx, func(w storage.Writer) error {
		return w.Tickets().Put(ctx, &ticket)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = store.View(ctx, func(r storage.Reader) error {
		for t, err := range r.Tickets().List(ctx, storage.TicketQuery{Status: storage.New}) {
			if err != nil {
				return err
			}
			fmt.Printf("%s: %s\n", t.ID, t.Subject)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 1: Printer on fire
}
