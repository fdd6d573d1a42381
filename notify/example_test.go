package notify_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
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

// Anna comments, and hands the ticket over to Bea: two events, one mail.
func ExamplePlanner_PlanAll() {
	planner := notify.Planner{Directory: newStaff("anna", "bea"), References: marks{}} // a *thread.Referencer in a program
	ticket := notify.TicketView{Ref: "4711", Subject: "Printer", Status: "in_process", Assignee: "bea"}
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	plan, err := planner.PlanAll(context.Background(), []notify.Event{
		{ID: "event-1", Kind: notify.CommentAdded, Ticket: ticket, Actor: "anna", ActorName: "Anna", At: at,
			Comment: &notify.CommentView{ID: "c1", Author: "anna", AuthorName: "Anna", Text: "It is on fire."}},
		{ID: "event-2", Kind: notify.AssigneeChanged, Ticket: ticket, Actor: "anna", ActorName: "Anna", At: at},
	}, func(k notify.Kind) notify.Rule { return notify.DefaultRules()[k] },
		notify.Envelope{From: message.Address{Address: "support@corp.example"}, ReplyTo: "support@corp.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range plan.Mails {
		fmt.Println("To:", m.To.Address)
		fmt.Println(m.Text)
	}
	// Output:
	// To: bea@corp.example
	// Hello Bea,
	//
	// Several things happened to this ticket:
	//
	// Anna added a comment on 2026-03-04 at 12:00:
	//
	// It is on fire.
	//
	// Anna changed the assignee. The new assignee is Bea.
	//
	// Number: 4711 (ticket)
	// Subject: Printer
	// Status: in process
	// Assignee: Bea
	//
	// Replies to support@corp.example are added to this ticket as comments.
}

// What happens within the rule's Delay becomes one mail.
func ExampleMerge() {
	planner := notify.Planner{Directory: newStaff("anna", "bea"), References: marks{}}
	rule := notify.DefaultRules()[notify.CommentAdded]
	rule.Delay = 5 * time.Minute
	var outbox []notify.Mail // in a program: the ticket's waiting mails
	for i, text := range []string{"It is on fire.", "It is out."} {
		plan, err := planner.Plan(context.Background(), notify.Event{
			ID: fmt.Sprint("event-", i), Kind: notify.CommentAdded, At: time.Date(2026, 3, 4, 12, i, 0, 0, time.UTC),
			Ticket:  notify.TicketView{Ref: "4711", Subject: "Printer", Assignee: "bea"},
			Comment: &notify.CommentView{ID: fmt.Sprint("c", i), AuthorName: "Anna", Text: text},
		}, rule, notify.Envelope{From: message.Address{Address: "support@corp.example"}})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, m := range plan.Mails {
			if len(outbox) > 0 {
				if joined, ok := notify.Merge(outbox[0], m); ok {
					outbox[0] = joined
					continue
				}
			}
			outbox = append(outbox, m)
		}
	}
	fmt.Println(len(outbox), "mail, due at", outbox[0].Due.Format(time.TimeOnly))
	fmt.Println(outbox[0].Digest.Text.Changes)
	// Output:
	// 1 mail, due at 12:05:00
	// Anna added a comment on 2026-03-04 at 12:00:
	//
	// It is on fire.
	//
	// Anna added a comment on 2026-03-04 at 12:01:
	//
	// It is out.
}

// A project tells the customer of comments too; everything else stays as the
// company has it.
func ExampleRuleBook() {
	book := notify.RuleBook{Projects: map[escalation.ProjectID]map[notify.Kind]notify.RulePatch{
		"erp": {notify.CommentAdded: {Roles: &[]notify.Role{notify.RoleAssignee, notify.RoleCustomerContact}}},
	}}
	if err := book.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("erp:", book.Rule(notify.CommentAdded, "erp").Roles)
	fmt.Println("crm:", book.Rule(notify.CommentAdded, "crm").Roles)
	for _, f := range book.Origins(notify.CommentAdded, "erp") {
		if f.Differs {
			fmt.Println(f.Field, "is decided by the", f.Origin)
		}
	}
	// Output:
	// erp: [assignee customer_contact]
	// crm: [assignee]
	// Roles is decided by the project
}

// Words are checked before they are saved, and shown as they would be read.
func ExampleTemplates_Preview() {
	own := notify.Template{
		Name: "status_done", Audience: notify.Customer, Language: "en",
		Subject: "Done: {{ticket.subject}}", Text: "Dear {{recipient.name}},\n\nit is done.\n\n{{module:closing}}\n",
	}
	templates, err := notify.NewTemplates(notify.Template{
		Name: "module:closing", Audience: notify.Customer, Language: "en", Text: "Yours, the help desk",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if templates, err = templates.With(own); err != nil {
		fmt.Println(err)
		return
	}
	preview, err := templates.Preview("status_done", notify.Customer, "en", nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(preview.Subject)
	fmt.Print(preview.Text)

	own.Text = "Dear {{recipient.name}},\n\n{{ticket.sender}} wrote"
	_, err = templates.With(own)
	fmt.Println(err)
	// Output:
	// Done: Printer on the second floor
	// Dear Robin Keller,
	//
	// it is done.
	//
	// Yours, the help desk
	// Text:3:1: placeholder "ticket.sender" is for employees only
}

// A file goes along; its content is read only while the message is written.
func ExamplePrepare() {
	content := "all of it\n"
	mail, err := notify.Prepare(notify.Mail{
		From:      message.Address{Address: "support@corp.example"},
		To:        message.Address{Address: "kim@customer.example"},
		Subject:   "[Ticket#4711-K7Q2PX9D] Printer",
		MessageID: "4711.2@tickets.example",
		Text:      "Here it is.\n",
		Date:      time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
		Attachments: []notify.Attachment{{
			Name: "../Übersicht.txt", Type: "text/plain",
			Blob: message.Blob{SHA256: sha256.Sum256([]byte(content)), Size: int64(len(content))},
		}},
		Files: notify.OpenerFunc(func(context.Context, message.Blob) (io.ReadCloser, error) { // storage.Blobs in a program
			return io.NopCloser(strings.NewReader(content)), nil
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var out strings.Builder
	err = mail.Encode(context.Background(), &out)
	fmt.Println("size was known:", int64(out.Len()) == mail.Size(), err)
	_, file, _ := strings.Cut(out.String(), "Here it is.\r\n")
	fmt.Print(strings.ReplaceAll(file, "\r\n", "\n"))
	// Output:
	// size was known: true <nil>
	//
	// --=_efa1d8b4ddb611e45b0cf3ae
	// Content-Type: text/plain; name="_bersicht.txt"
	// Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.txt
	// Content-Transfer-Encoding: base64
	//
	// YWxsIG9mIGl0Cg==
	// --=_efa1d8b4ddb611e45b0cf3ae--
}

// A mail becomes one message, whatever its fields hold.
func ExampleEncode() {
	out := lines{os.Stdout}
	err := notify.Encode(context.Background(), out, notify.Mail{
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
	// X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply
	// MIME-Version: 1.0
	// Content-Type: text/plain; charset=utf-8
	// Content-Transfer-Encoding: quoted-printable
	//
	// Everything is fine again.
	// <nil>
}
