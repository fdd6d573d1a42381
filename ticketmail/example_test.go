package ticketmail_test

import (
	"context"
	"fmt"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// Example empties a mailbox into tickets and tells the task's member, all in
// memory.
func Example() {
	ctx := context.Background()
	server := mailboxtest.NewServer() // a real one is reached without Connectors
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{{ID: "bea", Name: "Bea", Address: "bea@erp.example", Kind: escalation.Employee}},
		Tasks:   []memdirectory.Task{{ID: "helpdesk", Members: []escalation.PersonID{"bea"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	sender := &memsender.Sender{}
	engine, err := ticketmail.New(ctx, ticketmail.Config{
		Store:              memstore.New(nil),
		Directory:          people,
		Sender:             sender,
		Connectors:         map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server},
		From:               message.Address{Name: "Support", Address: "support@erp.example"},
		AllowVolatileStore: true, // tickets in memory: for this example only
		Keys:               [][]byte{[]byte("sixteen bytes or more")},
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{{ID: "support", Address: "support@erp.example", Host: "mail.erp.example", User: "support"}},
			Assignments: []mailbox.Assignment{{Mailbox: "support", Task: "helpdesk"}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := engine.Poll(ctx, "support"); err != nil { // the folder is empty: from now on it is ours
		fmt.Println(err)
		return
	}
	server.Add("INBOX", "From: Grace <grace@customer.example>\r\nSubject: Printer on fire\r\n\r\nPlease help!\r\n")
	report, err := engine.Poll(ctx, "support")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Tickets, "ticket,", len(server.UIDs("INBOX")), "mails left on the server")
	if _, err := engine.Deliver(ctx); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range sender.Mails() {
		fmt.Printf("%s: %s\n", m.To.Address, m.Subject)
	}
	// Output:
	// 1 ticket, 0 mails left on the server
	// bea@erp.example: [Ticket#1-M21DQ8B9] Printer on fire
}
