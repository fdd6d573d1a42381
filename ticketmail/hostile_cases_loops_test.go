package ticketmail_test

import (
	"strings"

	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// loopCases are the inputs of group D. Those that need several engines, or a
// responder that goes on, stand in loops_test.go.
func loopCases() []hostileCase {
	cases := []hostileCase{
		{
			id: "H51", want: comments, setup: closeTicket,
			change: func(c *ticketmail.Config) { c.Threading.Closed = ticketmail.ClosedReopens },
			mail: func(s *siege) string {
				return mail(hostileSender, "Re: "+s.token, "m@x", "I am away.", "Auto-Submitted: auto-replied")
			},
			check: wantStatus(storage.Done),
		},
		{
			id: "H51", form: "of the contact", want: comments, setup: closeTicket,
			change: func(c *ticketmail.Config) { c.Threading.Closed = ticketmail.ClosedReopens },
			mail: func(s *siege) string {
				return mail("mia@kunde.example", "Re: "+s.token, "m@x", "I am away.", "Auto-Submitted: auto-replied")
			},
			check: wantStatus(storage.Done),
		},
		{
			id: "H52", want: recorded, mail: func(s *siege) string { return bounce("bea@erp.example", s.lastMessageID()) },
			check: func(s *siege) {
				wantReason(s, "bounce")
				if n := len(s.exit.to("bea@erp.example")); n > 2*healthy {
					s.t.Errorf("%d mails to the address that bounces, want those of the healthy mails before at most", n)
				}
			},
		},
		{id: "H52", form: "about nothing of ours", want: opens, mail: whole(bounce("bea@erp.example", "x@else.example"))},
		{id: "H51", form: "simulation", where: "../ticketmail TestResponders"},
		{id: "H52", form: "simulation", where: "../ticketmail TestBouncingExit"},
		{id: "H54", where: "../ticketmail TestResponders"},
		{id: "H54", form: "new tickets", where: "../ticketmail TestResponderThatOpensTickets"},
		{id: "H55", where: "../ticketmail TestTwoInstancesEnd"},
		{id: "H56", where: "../ticketmail TestForgedSenders"},
		{
			id: "H57", want: recorded, check: func(s *siege) { wantReason(s, "own-mail") },
			setup: func(s *siege) {
				s.exit.forget()
				if _, err := s.AddComment(s.t.Context(), bea, s.k.ID, ticketmail.NewComment{Text: "Which floor?", Reply: true}); err != nil {
					s.t.Fatal(err)
				}
				s.deliver()
				s.uid = s.exit.to("mia@kunde.example")[0].raw // what comes back
			},
			mail: func(s *siege) string { return "Received: from forwarder by erp.example\r\n" + s.uid },
		},
		{id: "H57", form: "simulation", where: "../ticketmail TestOwnMailComesBack"},
		{
			id: "H58", want: opens,
			mail: func(s *siege) string {
				id := s.Referencer().MessageID(s.k.ID, "root", false)
				return mail(hostileSender, "Hello", strings.ToUpper(id[:3])+id[3:], "The text.", "Precedence: bulk", "Auto-Submitted: auto-generated", "X-Mailer: ticketmail")
			},
			check: func(s *siege) { wantReason(s, "automatic") },
		},
		{id: "H58", form: "several", where: "../ticketmail TestFalseClaim"},
	}
	for form, header := range map[string]string{
		"Precedence bulk": "Precedence: bulk", "Precedence list": "Precedence: list", "Precedence junk": "Precedence: junk",
		"List-Id": "List-Id: <x.else.example>", "X-Auto-Response-Suppress": "X-Auto-Response-Suppress: All",
		"null return path": "Return-Path: <>", "generated": "Auto-Submitted: auto-generated",
	} {
		cases = append(cases, hostileCase{
			id: "H53", form: form, want: opens, check: func(s *siege) { wantReason(s, "automatic") },
			mail: func(*siege) string { return mail(hostileSender, "Hello", "m@x", "The text.", header) },
		})
	}
	return cases
}
