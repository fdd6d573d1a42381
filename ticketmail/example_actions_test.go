package ticketmail_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
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
