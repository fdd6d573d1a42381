// Quickstart shows the main job without any account: it starts an IMAP server
// and a mail sink in its own process, puts a dozen mails of real life into a
// mailbox, empties it into tickets in a temporary SQLite file, delivers the
// notifications, and tells what became of every mail, and why.
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// supportAddress is where customers write to.
const supportAddress = "support@erp.example"

func run(ctx context.Context, out io.Writer) error {
	imap, err := startIMAP()
	if err != nil {
		return err
	}
	defer imap.close()
	sink, err := startSink()
	if err != nil {
		return err
	}
	defer sink.close()
	store, closeStore, err := temporaryStore(ctx)
	if err != nil {
		return err
	}
	defer closeStore()

	engine, err := newEngine(ctx, store, imap.port, sink.addr)
	if err != nil {
		return err
	}
	k, internal, err := ticketOfToday(ctx, engine, store)
	if err != nil {
		return err
	}
	mails, err := samples(engine.Referencer().Token(k.ID), internal)
	if err != nil {
		return err
	}
	if err := imap.deliver(mails); err != nil {
		return err
	}
	// The folder holds mail already: without this consent Poll would only
	// report it and touch nothing.
	if err := engine.Consent(ctx, ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
		return err
	}
	report, err := engine.Poll(ctx, "support")
	if err != nil {
		return err
	}
	if _, err := engine.Deliver(ctx); err != nil {
		return err
	}
	left, err := imap.count()
	if err != nil {
		return err
	}
	a := account{out: out, store: store, names: names(mails)}
	return a.print(ctx, report, left, sink.received())
}

// newEngine wires the engine as a host would: its store, its people, its mail
// exit, its mailboxes.
func newEngine(ctx context.Context, store storage.Store, imapPort int, smtpAddr string) (*ticketmail.Engine, error) {
	people, err := memdirectory.New(company())
	if err != nil {
		return nil, err
	}
	sender, err := smtpsender.New(smtpsender.Options{Addr: smtpAddr, Security: mailbox.None})
	if err != nil {
		return nil, err
	}
	return ticketmail.New(ctx, ticketmail.Config{
		Store:     store,
		Directory: people,
		Sender:    sender,
		Routes: mailbox.Routes{
			Mailboxes: []mailbox.Mailbox{{
				ID: "support", Address: supportAddress,
				Host: "127.0.0.1", Port: imapPort, Security: mailbox.None, // loopback, inside this process
				User: "support", Password: mailbox.NewSecret("secret"),
				MaxMessageBytes: 64 << 10,
			}},
			Assignments: []mailbox.Assignment{{Mailbox: "support", Task: "helpdesk", Creator: "bea"}},
		},
		From: message.Address{Name: "Muster Support", Address: supportAddress},
		Keys: [][]byte{[]byte("a key for this demonstration only")}, // so that it prints the same every time
	})
}

// company is the host's directory: who works where, and for whom.
func company() memdirectory.Data {
	return memdirectory.Data{
		Language: "en",
		Persons: []memdirectory.Person{
			{ID: "bea", Name: "Bea Braun", Address: "bea@erp.example", Language: "de", Kind: escalation.Employee},
			{ID: "carl", Name: "Carl Weber", Address: "carl@erp.example", Language: "en", Kind: escalation.Employee},
			{ID: "dora", Name: "Dora Long", Address: "dora@erp.example", Kind: escalation.Employee, Left: true},
			{ID: "mia", Name: "Mia Kunde", Address: "mia@kunde.example", Language: "de", Kind: escalation.Contact},
		},
		Projects: []memdirectory.Project{{ID: "service", Language: "de", Members: []escalation.PersonID{"bea"}, Managers: []escalation.PersonID{"carl"}}},
		Tasks:    []memdirectory.Task{{ID: "helpdesk", Project: "service", Members: []escalation.PersonID{"bea", "dora"}}},
	}
}

// ticketOfToday is a ticket that exists before any mail comes: of a customer,
// in Carl's hands, with an internal comment of Bea's that he was told about.
// internal is the Message-ID of that mail.
func ticketOfToday(ctx context.Context, e *ticketmail.Engine, store storage.Store) (k ticketmail.Ticket, internal string, err error) {
	bea := ticketmail.Actor{Person: "bea"}
	k, err = e.CreateTicket(ctx, bea, ticketmail.NewTicket{
		Subject: "Beamer im Raum 3 flackert", Text: "Bitte einmal das Kabel tauschen.",
		Task: "helpdesk", Assignee: "carl", CustomerContact: "mia",
	})
	if err != nil {
		return k, "", err
	}
	c, err := e.AddComment(ctx, bea, k.ID, ticketmail.NewComment{Text: "Is it still under warranty?", Internal: true})
	if err != nil {
		return k, "", err
	}
	err = store.View(ctx, func(r storage.Reader) error {
		for m, err := range r.Outbox().List(ctx, notify.MailQuery{Ticket: k.ID}) {
			if err != nil {
				return err
			}
			if m.Comment == c.ID {
				internal = m.MessageID
			}
		}
		return nil
	})
	return k, internal, err
}
