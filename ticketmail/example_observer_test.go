package ticketmail_test

import (
	"context"
	"fmt"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// ExampleObserverFunc counts what becomes of mails, and how polls went.
func ExampleObserverFunc() {
	ctx := context.Background()
	mails, polls := map[mailbox.Outcome]int{}, map[ticketmail.Failure]int{} // guard them by a mutex: mailboxes are polled side by side
	server := mailboxtest.NewServer()
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{{ID: "bea", Name: "Bea", Address: "bea@erp.example", Kind: escalation.Employee}},
		Tasks:   []memdirectory.Task{{ID: "helpdesk", Members: []escalation.PersonID{"bea"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine, err := ticketmail.New(ctx, ticketmail.Config{
		Store:              memstore.New(nil),
		Directory:          people,
		Connectors:         map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server},
		From:               message.Address{Address: "support@erp.example"},
		AllowVolatileStore: true, // tickets in memory: for this example only
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{{ID: "support", Address: "support@erp.example", Host: "mail.erp.example", User: "support"}},
			Assignments: []mailbox.Assignment{{Mailbox: "support", Task: "helpdesk"}},
		},
		Observer: ticketmail.ObserverFunc(func(_ context.Context, e ticketmail.Event) {
			switch e := e.(type) { // there may be further kinds one day
			case ticketmail.MailEvent:
				mails[e.Outcome]++
			case ticketmail.PollEvent:
				polls[e.Failure]++
			}
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = engine.Poll(ctx, "support") // the folder is empty: from now on it is ours
	server.Add("INBOX", "From: Grace <grace@customer.example>\r\nSubject: Printer on fire\r\n\r\nPlease help!\r\n")
	server.Add("INBOX", "") // nothing can be made of it
	_, _ = engine.Poll(ctx, "support")
	_, _ = engine.Poll(ctx, "sales") // nobody has defined it
	fmt.Println(mails)
	fmt.Println(polls)
	// Output:
	// map[quarantine:1 ticket:1]
	// map[:2 settings:1]
}
