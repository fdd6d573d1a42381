package ticketmail_test

import (
	"strings"

	"example.com/ticketmail/ticketmail"
)

// identityCases are the inputs of group B about who a mail is from.
func identityCases() []hostileCase {
	cases := []hostileCase{
		ambiguous("H20", "two fields", "From: bea@erp.example\r\nFrom: x@evil.example\r\n"),
		ambiguous("H20", "the same twice, other name", "From: A <x@evil.example>\r\nFrom: bea@erp.example\r\n"),
		ambiguous("H21", "two addresses", "From: bea@erp.example, x@evil.example\r\n"),
		ambiguous("H21", "group", "From: Staff: bea@erp.example, x@evil.example;\r\n"),
		ambiguous("H21", "undisclosed", "From: undisclosed-recipients:;\r\n"),
		identified("H22", "quoted", `"boss@corp.example" <x@evil.example>`),
		identified("H22", "an employee's", `"carl@erp.example" <x@evil.example>`),
		identified("H22", "encoded-word", `=?utf-8?q?carl=40erp.example?= <x@evil.example>`),
		identified("H22", "encoded-word with brackets", `=?utf-8?q?=3Ccarl=40erp.example=3E?= <x@evil.example>`),
		identified("H23", "", `boss@corp.example <x@evil.example>`),
		identified("H23", "an employee's", `carl@erp.example <x@evil.example>`),
		ambiguous("H24", "missing", ""),
		ambiguous("H24", "empty", "From:\r\n"),
		ambiguous("H24", "unparseable", "From: ((<;,@>\"\r\n"),
		ambiguous("H24", "a name only", "From: Carl Weber\r\n"),
		ambiguous("H24", "null", "From: <>\r\n"),
		identified("H24", "unknown charset", `=?x-none?q?J=FCrgen?= <x@evil.example>`),
		identified("H25", "", `=?utf-8?q?a=0D=0ABcc=3A_v=40x.example=00=1B[31m?= <x@evil.example>`),
		identified("H25", "raw", "\"a\x00\x1b[31m\u2028b\" <x@evil.example>"),
		foldsInto("H42", "dotted I of a contact", "m\u0130a@kunde.example", "mia@kunde.example"),
		foldsInto("H42", "Kelvin sign of a sender", "mi\u212Ae@kunde.example", "mike@kunde.example"),
		foldsInto("H42", "long s of a sender", "su\u017Fi@kunde.example", "susi@kunde.example"),
		{id: "H26", want: opens, mail: from("support@erp.example")},
		{id: "H26", form: "in capitals", want: opens, mail: from("SUPPORT@ERP.EXAMPLE")},
		{id: "H26", form: "with a mark", want: opens, mail: from("support+1-abc@erp.example"), change: func(c *ticketmail.Config) { c.Threading.PlusAddress = true }},
		{
			id: "H27", want: opens, told: toldSender(), // the victim is not
			mail: headed("Reply-To: victim@else.example\r\n\r\nThe text.\r\n"),
			check: func(s *siege) {
				if k := s.ticket(); k.Sender.Address != hostileSender {
					s.t.Errorf("sender %q", k.Sender.Address)
				}
			},
		},
		{
			id: "H27", form: "the victim writes to us too", want: opens,
			mail: whole("Reply-To: victim@else.example\r\nSender: victim@else.example\r\nReturn-Path: <victim@else.example>\r\nDisposition-Notification-To: victim@else.example\r\nReturn-Receipt-To: victim@else.example\r\nSubject: x\r\n\r\nThe text.\r\n"),
		},
	}
	return append(cases, lookAlikes()...)
}

func from(address string) func(*siege) string {
	return func(*siege) string { return mail(address, "Hello", "m@hostile.example", "The text.") }
}

// ambiguous is a mail without one sender: it is nobody's, has no right to a
// ticket and is not answered. It tries the token of a ticket in which the
// people it names take part, which makes it a stranger's.
func ambiguous(id, form, header string) hostileCase {
	return hostileCase{
		id: id, form: form, want: comments, told: []string{"mia@kunde.example"}, // the ticket's contact, not the mail's sender
		mail: func(s *siege) string {
			return header + "To: support@erp.example\r\nSubject: Re: " + s.token + "\r\n\r\nThe text.\r\n"
		},
		check: func(s *siege) {
			wantReason(s, "stranger")
			if c := s.opening(); !c.Stranger || c.Author != "" || c.Sender.Address != "" {
				s.t.Errorf("comment of author %q, sender %+v, stranger %t; want a stranger's", c.Author, c.Sender, c.Stranger)
			}
			s.noPartFor()
		},
	}
}

// noPartFor checks that nothing in who takes part in the tickets has changed.
func (s *siege) noPartFor() {
	s.t.Helper()
	for _, before := range []ticketmail.Ticket{s.k, s.other} {
		now := s.get(before.ID)
		if now.Creator != before.Creator || now.Assignee != before.Assignee || now.CustomerContact != before.CustomerContact || now.Sender != before.Sender || now.Status != before.Status {
			s.t.Errorf("ticket %s was %+v, is %+v", before.ID, before, now)
		}
	}
}

// identified is a mail from x@evil.example, whatever it calls itself, everywhere
// an identity is compared, kept or shown.
func identified(id, form, stated string) hostileCase {
	const evil = "x@evil.example"
	return hostileCase{
		id: id, form: form, want: opens, told: []string{evil}, mail: from(stated),
		check: func(s *siege) {
			k, c := s.ticket(), s.opening()
			if k.Sender.Address != evil || c.Sender.Address != evil || k.Creator != "" || k.CustomerContact != "" || c.Author != "" {
				s.t.Errorf("ticket of %+v, creator %q, contact %q, author %q; want the address and nobody", k.Sender, k.Creator, k.CustomerContact, c.Author)
			}
			for _, m := range s.exit.sent { // whoever is shown, is shown with the true address
				if m.Ticket == k.ID && strings.Contains(m.Text, "carl@erp.example") && !strings.Contains(m.Text, evil) {
					s.t.Errorf("mail to %s shows an employee's address as the writer:\n%s", m.To.Address, m.Text)
				}
			}
		},
	}
}

// foldsInto is a mail on somebody's ticket from an address that becomes his if
// Unicode is folded: it is a stranger's.
func foldsInto(id, form, stated, like string) hostileCase {
	return hostileCase{
		id: id, form: form, want: comments, told: []string{like}, // who opened it, and not the one who is none of his people
		setup: func(s *siege) {
			s.server.Add("INBOX", mail(like, "Mine", "mine@x", "My own matter."))
			s.poll()
			s.k = s.tickets()[2]
		},
		mail: func(s *siege) string { return mail(stated, "Re: "+s.Referencer().Token(s.k.ID), "m@x", "The text.") },
		check: func(s *siege) {
			wantReason(s, "stranger")
			s.noPartFor()
		},
	}
}

// lookAlikes is H42: none of these is carl@erp.example. Who is told is the
// address as it stands, if it is one.
func lookAlikes() []hostileCase {
	var cases []hostileCase
	for form, tt := range map[string]struct{ stated, told string }{
		"quoted local part":          {`"carl@erp.example"@evil.example`, `"carl@erp.example"@evil.example`},
		"IP literal":                 {`carl@[192.0.2.1]`, "carl@[192.0.2.1]"},
		"route":                      {`<@erp.example:carl@evil.example>`, "carl@evil.example"},
		"two at signs":               {`<carl@erp.example@evil.example>`, ""},
		"percent hack":               {`carl%erp.example@evil.example`, "carl%erp.example@evil.example"},
		"UUCP":                       {`erp.example!carl@evil.example`, "erp.example!carl@evil.example"},
		"Cyrillic a":                 {"c\u0430rl@erp.example", "c\u0430rl@erp.example"},
		"Cyrillic domain":            {"carl@\u0435rp.example", "carl@\u0435rp.example"},
		"punycode":                   {"carl@xn--rp-nlc.example", "carl@xn--rp-nlc.example"},
		"zero width":                 {"ca\u200brl@erp.example", "ca\u200brl@erp.example"},
		"full width at sign":         {"carl\uff20erp.example", ""},
		"trailing dot":               {"carl@erp.example.", ""},
		"comment":                    {"carl(@erp.example)@evil.example", "carl@evil.example"},
		"plus":                       {"carl+x@erp.example", "carl+x@erp.example"},
		"Cyrillic in the last label": {"carl@erp.\u0435xample", "carl@erp.\u0435xample"},
		"sub-domain":                 {"carl@x.erp.example", "carl@x.erp.example"},
		"encoded-word":               {"=?utf-8?q?carl=40erp.example?=@evil.example", "=?utf-8?q?carl=40erp.example?=@evil.example"},
		"dotted I":                   {"CARL@ERP.EXAMPLE\u0130", "CARL@ERP.EXAMPLE\u0130"},
		"long s":                     {"carl@erp.example\u017f", "carl@erp.example\u017f"},
	} {
		c := hostileCase{
			id: "H42", form: form, want: opens, mail: from(tt.stated),
			check: func(s *siege) {
				k, c := s.ticket(), s.opening()
				if k.Creator != "" || c.Author != "" {
					s.t.Errorf("%s counts as %q (author %q), sender kept as %q", tt.stated, k.Creator, c.Author, k.Sender.Address)
				}
			},
		}
		if tt.told != "" {
			c.told = []string{tt.told}
		}
		cases = append(cases, c)
	}
	return cases
}
