package notify_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
)

// The assignee has left, so the chain finds somebody to tell instead.
func ExamplePlanner_Plan() {
	directory := newStaff("anna", "bea", "carl")
	directory.groups[escalation.TaskMembers] = []escalation.PersonID{"bea"}
	directory.groups[escalation.TaskManagers] = []escalation.PersonID{"carl"}
	directory.change("bea", func(p *escalation.Person) { p.Left = true })

	planner := notify.Planner{Directory: directory, References: marks{}} // a *thread.Referencer in a program
	plan, err := planner.Plan(context.Background(), notify.Event{
		ID: "event-1", Kind: notify.CommentAdded, Actor: "anna", At: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
		Ticket:  notify.TicketView{Ref: "4711", Subject: "Printer", Status: "new", Assignee: "bea"},
		Comment: &notify.CommentView{ID: "c1", Author: "anna", AuthorName: "Anna", Text: "It is on fire."},
	}, notify.DefaultRules()[notify.CommentAdded], notify.Envelope{From: message.Address{Address: "support@corp.example"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range plan.Mails {
		fmt.Println(m.To.Address, "-", m.Subject)
		for _, r := range m.Reasons {
			fmt.Println(" ", r.Text)
		}
	}
	// Output:
	// carl@corp.example - [4711] Printer
	//   assignee bea cannot be mailed (left)
	//   bea of task_members passed over (left)
	//   task_managers told instead of assignee bea
}

// A mail becomes one message, whatever its fields hold.
func ExampleEncode() {
	out := lines{os.Stdout}
	err := notify.Encode(out, notify.Mail{
		From:      message.Address{Name: "Büro", Address: "support@corp.example"},
		To:        message.Address{Address: "kim@customer.example"},
		Subject:   "[Ticket#4711-K7Q2PX9D] Printer\r\nBcc: victim@x.example",
		MessageID: "4711.1@tickets.example",
		Text:      "Everything is fine again.\n",
		Date:      time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
	})
	fmt.Println(err)
	// Output:
	// Date: Wed, 04 Mar 2026 12:00:00 +0000
	// From: =?utf-8?b?QsO8cm8=?= <support@corp.example>
	// To: kim@customer.example
	// Subject: [Ticket#4711-K7Q2PX9D] Printer Bcc: victim@x.example
	// Message-ID: <4711.1@tickets.example>
	// Auto-Submitted: auto-generated
	// X-Auto-Response-Suppress: All
	// MIME-Version: 1.0
	// Content-Type: text/plain; charset=utf-8
	// Content-Transfer-Encoding: quoted-printable
	//
	// Everything is fine again.
	// <nil>
}
