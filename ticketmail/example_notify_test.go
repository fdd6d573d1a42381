package ticketmail_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// office is an engine in memory: bea and carl work on the task helpdesk, dora
// has left, mia is a customer's contact.
func office(change func(*ticketmail.Config)) *ticketmail.Engine {
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{
			{ID: "bea", Name: "Bea", Address: "bea@erp.example", Kind: escalation.Employee},
			{ID: "carl", Name: "Carl", Address: "carl@erp.example", Kind: escalation.Employee},
			{ID: "dora", Name: "Dora", Address: "dora@erp.example", Kind: escalation.Employee, Left: true},
			{ID: "mia", Name: "Mia", Address: "mia@customer.example", Kind: escalation.Contact},
		},
		Projects: []memdirectory.Project{{ID: "service"}},
		Tasks:    []memdirectory.Task{{ID: "helpdesk", Project: "service", Members: []escalation.PersonID{"bea", "carl"}}},
	})
	if err != nil {
		panic(err)
	}
	cfg := ticketmail.Config{
		Store: memstore.New(nil), Directory: people,
		From: message.Address{Name: "Support", Address: "support@erp.example"},
		Keys: [][]byte{[]byte("sixteen bytes or more")},
	}
	if change != nil {
		change(&cfg)
	}
	engine, err := ticketmail.New(context.Background(), cfg)
	if err != nil {
		panic(err)
	}
	return engine
}

// printMails shows what waits in the outbox.
func printMails(e *ticketmail.Engine) {
	mails, err := e.Outbox(context.Background(), notify.MailQuery{})
	if err != nil {
		fmt.Println(err)
	}
	for _, m := range mails {
		fmt.Println(m.Event, "to", m.To.Address)
	}
}

// Dora has left, so somebody else would be told; the explanation says who was
// passed over, and nothing is sent.
func ExampleEngine_Explain() {
	ctx, e := context.Background(), office(nil)
	k, err := e.CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{Subject: "Printer", Task: "helpdesk", Assignee: "dora"})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := e.Explain(ctx, k.ID, notify.CommentAdded, ticketmail.Actor{Person: "mia"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range x.Mails {
		fmt.Println(m.To.Address, m.Language, m.Template)
	}
	for _, s := range x.Skipped {
		fmt.Println("not", s.Person, s.Reason)
	}
	// Output:
	// bea@erp.example en comment_added
	// carl@erp.example en comment_added
	// not dora left
}

// In one project the customer's contact is told of comments too.
func ExampleEngine_PatchRule() {
	ctx, e := context.Background(), office(nil)
	roles := []notify.Role{notify.RoleAssignee, notify.RoleCustomerContact}
	if err := e.PatchRule(ctx, "service", notify.CommentAdded, notify.RulePatch{Roles: &roles}); err != nil {
		fmt.Println(err)
		return
	}
	k, err := e.CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{Subject: "Printer", Task: "helpdesk", Assignee: "bea", CustomerContact: "mia"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := e.AddComment(ctx, ticketmail.Actor{Person: "carl"}, k.ID, ticketmail.NewComment{Text: "It is the fuser."}); err != nil {
		fmt.Println(err)
		return
	}
	printMails(e)
	// Output:
	// comment_added to bea@erp.example
	// comment_added to mia@customer.example
}

// A template with a typing error is refused where it is typed.
func ExampleEngine_PutTemplate() {
	ctx, e := context.Background(), office(nil)
	words := notify.Template{
		Name: string(notify.TicketCreated), Audience: notify.Staff, Language: "en", Subject: "{{ticket.subject}}",
		Text: "Hi {{recipient.name}},\nlook at {{tickets.number}}.",
	}
	fmt.Println(e.PutTemplate(ctx, words))
	words.Text = "Hi {{recipient.name}},\nlook at {{ticket.number}}."
	shown, err := e.Preview(ctx, words, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(shown.Text)
	fmt.Println(e.PutTemplate(ctx, words))
	// Output:
	// put template "ticket_created": Text:2:9: unknown placeholder "tickets.number"
	// Hi Robin Keller,
	// look at 4711.
	// <nil>
}

// Carl asks somebody outside about a comment; the answer comes back into the
// ticket by its subject.
func ExampleEngine_Forward() {
	ctx, e := context.Background(), office(nil)
	k, err := e.CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{Subject: "Printer", Task: "helpdesk", Text: "It shows error 49."})
	if err != nil {
		fmt.Println(err)
		return
	}
	secret, err := e.AddComment(ctx, ticketmail.Actor{Person: "bea"}, k.ID, ticketmail.NewComment{Text: "They pay late.", Internal: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	carl := ticketmail.Actor{Person: "carl"}
	err = e.Forward(ctx, carl, k.ID, ticketmail.Forward{Comment: secret.ID, To: []string{"expert@vendor.example"}})
	if no, ok := errors.AsType[*ticketmail.UndeliverableError](err); ok {
		fmt.Println(no)
	}
	err = e.Forward(ctx, carl, k.ID, ticketmail.Forward{Comment: "1", To: []string{"expert@vendor.example"}, Note: "Have you seen this?"})
	if err != nil {
		fmt.Println(err)
		return
	}
	mails, err := e.Outbox(ctx, notify.MailQuery{Ticket: k.ID})
	if err != nil {
		fmt.Println(err)
		return
	}
	last := mails[len(mails)-1]
	fmt.Println(last.To.Address, last.Subject)
	// Output:
	// "expert@vendor.example" may not see what is internal
	// expert@vendor.example [Ticket#1-M21DQ8B9] Printer
}

// A host's own event runs through the same rules as the seed's.
func ExampleEngine_Raise() {
	ctx := context.Background()
	e := office(func(c *ticketmail.Config) {
		c.Rules = map[notify.Kind]notify.Rule{"overdue": {Kind: "overdue", Active: true, Roles: []notify.Role{notify.RoleAssignee}}}
	})
	k, err := e.CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{Subject: "Printer", Task: "helpdesk", Assignee: "bea"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 { // a timer that fires twice tells nobody twice
		o := ticketmail.Occurrence{Kind: "overdue", Old: "2026-11-23", New: "2 days", Once: "2026-11-25"}
		if err := e.Raise(ctx, ticketmail.Actor{}, k.ID, o); err != nil {
			fmt.Println(err)
			return
		}
	}
	printMails(e)
	// Output:
	// overdue to bea@erp.example
}

// An ERP keeps its own copy of the tickets in step.
func ExampleEngine_Follow() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	e := office(nil)
	k, err := e.CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{Subject: "Printer", Task: "helpdesk"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := e.SetStatus(ctx, ticketmail.Actor{Person: "carl"}, k.ID, storage.InProcess); err != nil {
		fmt.Println(err)
		return
	}
	err = e.Follow(ctx, "erp", func(_ context.Context, changes []storage.Change) error {
		for _, c := range changes {
			fmt.Printf("%d %s: %q -> %q by %s\n", c.Seq, c.Field, c.Old, c.New, c.Actor)
		}
		stop()
		return nil
	})
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// 1 created: "" -> "new" by bea
	// 2 status: "new" -> "in_process" by carl
	// 3 assignee: "" -> "carl" by carl
	// true
}
