package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// Two customers report the same: their tickets become one, and whoever goes on
// with the first is told where it went.
func ExampleEngine_Merge() {
	ctx, e, bea := context.Background(), office(nil), ticketmail.Actor{Person: "bea"}
	var ids []ticketmail.TicketID
	for _, subject := range []string{"Printer on fire", "Smoke in the hall"} {
		k, err := e.CreateTicket(ctx, bea, ticketmail.NewTicket{Subject: subject, Task: "helpdesk", Assignee: "carl"})
		if err != nil {
			fmt.Println(err)
			return
		}
		ids = append(ids, k.ID)
	}
	if err := e.Merge(ctx, bea, ids[1], ids[0]); err != nil {
		fmt.Println(err)
		return
	}
	_, err := e.SetStatus(ctx, bea, ids[1], storage.InProcess)
	if merged, ok := errors.AsType[*ticketmail.MergedError](err); ok {
		fmt.Println("ticket", merged.Ticket, "is part of ticket", merged.Into)
	}
	// An answer to a mail about the second one is now a comment on the first.
	// To take it back:
	if err := e.Merge(ctx, bea, ids[1], ""); err != nil {
		fmt.Println(err)
	}
	_, err = e.SetStatus(ctx, bea, ids[1], storage.InProcess)
	fmt.Println(err)
	// Output:
	// ticket 2 is part of ticket 1
	// <nil>
}

// A comment is a reply if it is mailed to the customer: the answer to that
// mail is the next comment.
func ExampleEngine_AddComment_reply() {
	ctx, e, bea := context.Background(), office(nil), ticketmail.Actor{Person: "bea"}
	k, err := e.CreateTicket(ctx, bea, ticketmail.NewTicket{Subject: "Printer on fire", Task: "helpdesk", Assignee: "bea", CustomerContact: "mia"})
	if err != nil {
		fmt.Println(err)
		return
	}
	reply := ticketmail.NewComment{Text: "Please switch it off.", Reply: true}
	if _, err := e.AddComment(ctx, bea, k.ID, reply); err != nil {
		fmt.Println(err)
		return
	}
	mails, err := e.Outbox(ctx, notify.MailQuery{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range mails {
		fmt.Println(m.Event, "to", m.To.Address, m.Subject)
	}
	// What is internal is never a reply.
	_, err = e.AddComment(ctx, bea, k.ID, ticketmail.NewComment{Text: "They smoke in there.", Internal: true, Reply: true})
	fmt.Println(errors.Is(err, ticketmail.ErrInvalid))
	// Output:
	// reply to mia@customer.example [Ticket#1-M21DQ8B9] Printer on fire
	// true
}

// A program's own "doctor": everything is tried, and what is not well is told
// with its cure. This office has no mailbox and no mail exit yet.
func ExampleEngine_Check() {
	for c := range office(nil).Check(context.Background()) {
		if c.Level == ticketmail.LevelOK {
			continue
		}
		fmt.Printf("%s: %s: %s\n", c.Level, c.Where, c.Text)
		if c.Cure != "" {
			fmt.Println("  " + c.Cure)
		}
	}
	// Output:
	// failure: store: is not durable, so no mailbox is emptied into it
	//   use a durable store; on PostgreSQL switch fsync on
	// warning: mailboxes: none is defined
	//   define one: until then tickets are made by people only
	// warning: mail exit: there is none: notifications wait in the outbox
	//   configure a Sender
	// warning: Routes.Default: answers about tickets moved to a task without a mailbox have nowhere to go
}

// Whoever looks at the store sees which process empties which mailbox, or
// follows what happens.
func ExampleHoldings() {
	ctx, store := context.Background(), memstore.New(nil)
	e := office(func(c *ticketmail.Config) { c.Store = store })
	if _, err := e.CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{Subject: "Printer", Task: "helpdesk"}); err != nil {
		fmt.Println(err)
		return
	}
	seen := errors.New("seen")
	err := e.Follow(ctx, "erp", func(context.Context, []storage.Change) error {
		held, err := ticketmail.Holdings(ctx, store)
		if err != nil {
			return err
		}
		for _, h := range held {
			fmt.Println(h.Lease.Name, "follower", h.Follower, "ours:", h.Process == os.Getpid())
		}
		return seen
	})
	fmt.Println(errors.Is(err, seen))
	// Output:
	// feed/erp follower erp ours: true
	// true
}
