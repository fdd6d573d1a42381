package ticketmail_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// guarded is an engine whose only mailbox is on server.
func guarded(ctx context.Context, server *mailboxtest.Server) (*ticketmail.Engine, error) {
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{{ID: "ada", Name: "Ada", Address: "ada@erp.example", Kind: escalation.Employee}},
		Tasks:   []memdirectory.Task{{ID: "helpdesk"}},
	})
	if err != nil {
		return nil, err
	}
	return ticketmail.New(ctx, ticketmail.Config{
		Store:              memstore.New(nil),
		Directory:          people,
		Connectors:         map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server},
		From:               message.Address{Address: "support@erp.example"},
		AllowVolatileStore: true, // tickets in memory: for this example only
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{{ID: "support", Address: "support@erp.example", Host: "mail.erp.example", User: "support"}},
			Assignments: []mailbox.Assignment{{Mailbox: "support", Task: "helpdesk"}},
		},
	})
}

// A mailbox that was in use before is looked at first. What it holds stays if
// an administrator says so, and what comes later is taken.
func ExampleEngine_Consent() {
	ctx := context.Background()
	server := mailboxtest.NewServer()
	server.Add("INBOX", "From: Grace <grace@customer.example>\r\nSubject: Last year\r\n\r\nDone long ago.\r\n")
	engine, err := guarded(ctx, server)
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := engine.Inventory(ctx, "support")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found[0].Folder, "holds", found[0].Mails, "mail, a person's own:", found[0].Personal)
	err = engine.Consent(ctx, ticketmail.Actor{Person: "ada"}, "support", ticketmail.Terms{Scope: ticketmail.LeaveThere})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		report, err := engine.Poll(ctx, "support")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(report.Tickets, "tickets,", report.Untouched, "mail untouched")
		server.Add("INBOX", "From: Grace <grace@customer.example>\r\nSubject: Today\r\n\r\nPlease help.\r\n")
	}
	// Output:
	// INBOX holds 1 mail, a person's own: false
	// 0 tickets, 1 mail untouched
	// 1 tickets, 1 mail untouched
}

// A mail that goes in circles waits in quarantine. An administrator looks at
// it, and discards it with a reason.
func ExampleEngine_Discard() {
	ctx := context.Background()
	server := mailboxtest.NewServer()
	engine, err := guarded(ctx, server)
	if err != nil {
		fmt.Println(err)
		return
	}
	ada := ticketmail.Actor{Person: "ada"}
	if err := engine.Consent(ctx, ada, "support", ticketmail.Terms{}); err != nil {
		fmt.Println(err)
		return
	}
	server.Add("INBOX", strings.Repeat("Received: from a by b\r\n", 60)+"From: bot@list.example\r\nSubject: Round and round\r\n\r\nAgain.\r\n")
	if _, err := engine.Poll(ctx, "support"); err != nil {
		fmt.Println(err)
		return
	}
	list, err := engine.Quarantine(ctx, nil, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, entry := range list {
		mail, err := engine.Quarantined(ctx, entry.Key)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q from %s: %s\n", mail.Message.Subject, mail.Message.From[0].Address, entry.Reasons[0].Text)
		gone, err := engine.Discard(ctx, ada, entry.Key, "a robot that answers itself")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(gone.Outcome, gone.Reasons[0].Text)
		raw, _, err := engine.QuarantinedRaw(ctx, entry.Key) // it stays
		if err != nil {
			fmt.Println(err)
			return
		}
		n, err := io.Copy(io.Discard, raw)
		fmt.Println(n, "bytes kept,", err, raw.Close())
	}
	// Output:
	// "Round and round" from bot@list.example: 60 Received fields: the mail goes in circles
	// record discarded by "ada": a robot that answers itself
	// 1440 bytes kept, <nil> <nil>
}
