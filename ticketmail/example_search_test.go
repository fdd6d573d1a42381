package ticketmail_test

import (
	"context"
	"fmt"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// An employee finds tickets by what stands in internal comments, a customer by
// public ones only.
func ExampleEngine_Search() {
	ctx := context.Background()
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{{ID: "bea", Name: "Bea", Address: "bea@erp.example", Kind: escalation.Employee}},
		Tasks:   []memdirectory.Task{{ID: "helpdesk", Members: []escalation.PersonID{"bea"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine, err := ticketmail.New(ctx, ticketmail.Config{
		Store: memstore.New(nil), Directory: people, From: message.Address{Address: "support@erp.example"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	bea := ticketmail.Actor{Person: "bea"}
	k, err := engine.CreateTicket(ctx, bea, ticketmail.NewTicket{Subject: "Printer on the 2nd floor", Text: "It prints everything twice.", Task: "helpdesk"})
	if err == nil {
		_, err = engine.AddComment(ctx, bea, k.ID, ticketmail.NewComment{Text: "Too old to be repaired.", Internal: true})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"print*", `"everything twice"`, "twice repaired"} {
		for _, internal := range []bool{false, true} {
			found, err := engine.Search(ctx, text, internal, storage.TicketQuery{Newest: true})
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Printf("%s, internal %t: %d\n", text, internal, len(found))
		}
	}
	// Output:
	// print*, internal false: 1
	// print*, internal true: 1
	// "everything twice", internal false: 1
	// "everything twice", internal true: 1
	// twice repaired, internal false: 0
	// twice repaired, internal true: 1
}
