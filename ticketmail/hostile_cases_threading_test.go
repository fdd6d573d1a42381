package ticketmail_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// threadingCases are the inputs of group B about subjects, tickets and
// headers.
func threadingCases() []hostileCase {
	const mia = "mia@kunde.example"
	return []hostileCase{
		{
			id: "H28", want: opens, told: []string{mia},
			mail: func(s *siege) string {
				return mail(mia, "First", "m@x", "The text.", "Subject: Re: "+s.token)
			},
			check: subjectAndText("First", "The text."),
		},
		{
			id: "H28", form: "token in the first", want: comments, told: []string{},
			mail: func(s *siege) string { return mail(mia, "Re: "+s.token, "m@x", "The text.", "Subject: Second") },
		},
		withWant(subjectOf("H29", "", strings.Repeat("long ", 40<<10), ""), opensCut, func(s *siege) {
			if n := len([]rune(s.ticket().Subject)); n < 900 || n > 998 {
				s.t.Errorf("subject of %d characters", n)
			}
		}),
		withWant(subjectOf("H29", "one word", strings.Repeat("ä", 100<<10), ""), opensCut, func(s *siege) {
			if n := len([]rune(s.ticket().Subject)); n < 900 || n > 998 {
				s.t.Errorf("subject of %d characters", n)
			}
		}),
		subjectOf("H30", "", "=?utf-8?q?Hi=0D=0ABcc=3A_v=40x.example?=", "Hi Bcc: v@x.example"),
		subjectOf("H30", "base64", "=?utf-8?b?SGkNCkJjYzogdkB4LmV4YW1wbGU=?=", "Hi Bcc: v@x.example"),
		subjectOf("H30", "twice encoded", "=?utf-8?q?=3D=3Futf-8=3Fq=3FHi=3D0D=3D0ABcc=3A=3F=3D?=", "=?utf-8?q?Hi=0D=0ABcc:?="),
		subjectOf("H31", "bare CR", "a\rBcc: v@x.example", "a Bcc: v@x.example"),
		subjectOf("H31", "VT and FF", "a\x0bb\x0cc", "a b c"),
		subjectOf("H31", "line separator", "a\u2028b\u2029c", "a b c"),
		withCheck(subjectOf("H31", "C1 controls", "a\u0085b\u009b31mc", ""), func(s *siege) {
			if k := s.ticket(); strings.ContainsFunc(k.Subject, hidden) {
				s.t.Errorf("subject %q", k.Subject)
			}
		}),
		subjectOf("H31", "escape", "a\x1b[31mb", "a[31mb"),
		{
			id: "H32", want: comments, told: []string{},
			mail: func(s *siege) string {
				return "From: " + mia + "\r\nSubject : Re: " + s.token + "\r\nMessage-ID: <m@x>\r\n\r\nThe text.\r\n"
			},
			check: func(s *siege) { wantDefect(s, "header-blank-before-colon") },
		},
		hiddenInToken("zero width space", "\u200b"),
		hiddenInToken("zero width joiner", "\u200d"),
		hiddenInToken("right-to-left override", "\u202e"),
		hiddenInToken("isolate", "\u2066"),
		hiddenInToken("soft hyphen", "\u00ad"),
		hiddenInToken("byte order mark", "\ufeff"),
		hiddenInToken("variation selector", "\ufe0f"),
		{
			id: "H34", want: opens, told: toldSender(), check: asForUnknown,
			mail: func(s *siege) string { return answerTo(fmt.Sprintf("[Ticket#%s-00000000]", s.k.ID)) },
		},
		{
			id: "H34", form: "no signature", want: opens, told: toldSender(), check: asForUnknown,
			mail: func(s *siege) string { return answerTo(fmt.Sprintf("[Ticket#%s]", s.k.ID)) },
		},
		{
			id: "H34", form: "another ticket's signature", want: opens, told: toldSender(), check: asForUnknown,
			mail: func(s *siege) string {
				return answerTo(strings.Replace(s.token, "#"+string(s.k.ID)+"-", "#"+string(s.other.ID)+"-", 1))
			},
		},
		{
			id: "H34", form: "forged Message-ID", want: opens, told: toldSender(), check: asForUnknown,
			mail: func(s *siege) string {
				id := s.Referencer().MessageID(s.k.ID, "root", false)
				return answerTo("Hello", "In-Reply-To: <"+strings.Replace(id, id[len(id)/2-1:len(id)/2+1], "zz", 1)+">")
			},
		},
		{
			id: "H35", form: "comment", want: comments, told: []string{mia}, mail: leaked,
			check: func(s *siege) {
				if c := s.opening(); !c.Stranger {
					s.t.Error("the comment is not marked as a stranger's")
				}
				s.noPartFor()
				s.strangerStaysOut()
			},
		},
		{
			id: "H35", form: "held", want: quarantined, mail: leaked, check: (*siege).noPartFor,
			change: func(c *ticketmail.Config) { c.Threading.Strangers = ticketmail.StrangerHeld },
		},
		{
			id: "H35", form: "new", want: opens, told: toldSender(), mail: leaked, check: (*siege).noPartFor,
			change: func(c *ticketmail.Config) { c.Threading.Strangers = ticketmail.StrangerOpens },
		},
		{
			id: "H35", form: "answers our mail", want: comments, told: []string{mia}, check: (*siege).noPartFor,
			mail: func(s *siege) string {
				return answerTo("Hello", "References: <"+s.Referencer().MessageID(s.k.ID, "root", false)+">")
			},
		},
		{id: "H36", form: "closed, kept", want: comments, told: []string{}, setup: closeTicket, mail: answers, check: wantStatus(storage.Done)},
		{
			id: "H36", form: "closed, reopened", want: comments, told: []string{}, setup: closeTicket, mail: answers, check: wantStatus(storage.InProcess),
			change: func(c *ticketmail.Config) { c.Threading.Closed = ticketmail.ClosedReopens },
		},
		{
			id: "H36", form: "closed, a new one", want: opens, told: []string{mia}, setup: closeTicket, mail: answers,
			change: func(c *ticketmail.Config) { c.Threading.Closed = ticketmail.ClosedOpens },
			check: func(s *siege) {
				if k := s.ticket(); k.Follows != s.k.ID {
					s.t.Errorf("the new ticket follows %q", k.Follows)
				}
			},
		},
		{
			id: "H36", form: "deleted", want: opens, told: []string{mia}, check: func(s *siege) { wantReason(s, "gone") },
			mail: func(s *siege) string { return mail(mia, "Re: "+s.Referencer().Token("4711"), "m@x", "The text.") },
		},
		{
			id: "H36", form: "moved", want: comments, told: []string{}, mail: answers,
			setup: func(s *siege) {
				if _, err := s.Edit(s.t.Context(), bea, s.k.ID, ticketmail.Edit{Task: "elsewhere"}); err != nil {
					s.t.Fatal(err)
				}
			},
		},
		{
			id: "H36", form: "merged", want: comments, told: []string{}, check: (*siege).noPartFor,
			setup: func(s *siege) {
				if err := s.Merge(s.t.Context(), bea, s.other.ID, s.k.ID); err != nil {
					s.t.Fatal(err)
				}
				s.other = s.get(s.other.ID)
			},
			mail: func(s *siege) string { return mail(mia, "Re: "+s.Referencer().Token(s.other.ID), "m@x", "The text.") },
		},
		{
			id: "H37", want: comments, told: []string{}, // the forged sender is the contact, who wrote it as far as we know
			mail: func(s *siege) string {
				return mail(mia, "Re: "+s.token, "m@x", "Please keep my colleague informed.", "Cc: attacker@evil.example", "Reply-To: attacker@evil.example")
			},
			check: func(s *siege) {
				s.noPartFor()
				s.replyGoesTo(s.k.ID, mia)
			},
		},
		{
			id: "H37", form: "a new ticket", want: opens, told: []string{mia},
			mail: func(*siege) string {
				return mail(mia, "Hello", "m@x", "Keep my colleague informed.", "Cc: attacker@evil.example, carl@erp.example", "Bcc: attacker@evil.example")
			},
			check: func(s *siege) { s.replyGoesTo(s.entry.Ticket, mia) },
		},
		{
			id: "H38", form: "two signatures", want: quarantined,
			mail: func(s *siege) string {
				return mail(mia, "Re: "+s.token, "m@x", "The text.", "In-Reply-To: <"+s.Referencer().MessageID(s.other.ID, "root", false)+">")
			},
			check: func(s *siege) { wantReason(s, "conflict") },
		},
		{
			id: "H38", form: "two tokens", want: quarantined, check: func(s *siege) { wantReason(s, "conflict") },
			mail: func(s *siege) string {
				return mail(mia, s.token+" "+s.Referencer().Token(s.other.ID), "m@x", "The text.")
			},
		},
		{
			id: "H38", form: "an unsigned id of another ticket", want: comments, told: []string{},
			setup: func(s *siege) {
				s.server.Add("INBOX", mail("other@else.example", "Another matter", "foreign@else.example", "Mine."))
				s.poll()
			},
			mail: func(s *siege) string {
				return mail(mia, "Re: "+s.token, "m@x", "The text.", "In-Reply-To: <foreign@else.example>")
			},
		},
		{
			id: "H38", form: "an unsigned id alone", want: opens, told: toldSender(), check: func(s *siege) { wantReason(s, "weak") },
			setup: func(s *siege) {
				s.server.Add("INBOX", mail("other@else.example", "Another matter", "foreign@else.example", "Mine."))
				s.poll()
			},
			mail: func(*siege) string { return answerTo("Hello", "In-Reply-To: <foreign@else.example>") },
		},
		{
			id: "H39", want: opens, told: toldSender(),
			setup: func(s *siege) {
				s.server.Add("INBOX", mail("first@else.example", "First", "same@else.example", "The first text."))
				s.poll()
			},
			mail:  func(*siege) string { return mail(hostileSender, "Second", "same@else.example", "Another text.") },
			check: subjectAndText("Second", "Another text."),
		},
		{
			id: "H39", form: "same sender and subject", want: opens, told: toldSender(),
			setup: func(s *siege) {
				s.server.Add("INBOX", mail(hostileSender, "Same", "same@else.example", "The first text."))
				s.poll()
			},
			mail:  func(*siege) string { return mail(hostileSender, "Same", "same@else.example", "Another text.") },
			check: subjectAndText("Same", "Another text."),
		},
		steering("H40", "", "X-Zammad-Ignore: true\r\nRT-Send-Cc: victim@else.example\r\nX-Ticketmail-Ticket: 1\r\nX-Ticketmail-Ignore: yes\r\nX-Ticketmail-Assignee: max\r\nX-OTRS-Ignore: yes\r\nX-OTRS-Queue: Junk\r\nX-Zammad-Ticket-Owner: max\r\nX-RT-Loop-Prevention: erp\r\nRT-Ticket: erp#1\r\nX-GitHub-Recipient: max\r\nX-Priority: 1\r\nX-Spam-Flag: YES\r\nX-Original-To: bea@erp.example\r\nDisposition-Notification-To: victim@else.example\r\nErrors-To: victim@else.example\r\nApparently-To: support@erp.example\r\nResent-From: bea@erp.example\r\n"),
		steering("H41", "forged", "Authentication-Results: erp.example; dkim=pass header.d=erp.example; spf=pass smtp.mailfrom=bea@erp.example; dmarc=pass\r\n"),
		steering("H41", "several", "Authentication-Results: erp.example; dmarc=fail\r\nAuthentication-Results: erp.example; dmarc=pass\r\n"),
		steering("H41", "below Received", "Received: from x by erp.example\r\nAuthentication-Results: erp.example; dmarc=pass\r\nARC-Authentication-Results: i=1; erp.example; dmarc=pass\r\nReceived-SPF: pass\r\n"),
		{id: "H43", want: quarantined, mail: func(*siege) string { return received(51) }, check: func(s *siege) { wantReason(s, "loop") }},
		{id: "H43", form: "with a token", want: quarantined, mail: func(s *siege) string { return strings.Replace(received(60), "Hello", s.token, 1) }},
		{id: "H43", form: "fifty are not too many", want: opens, told: toldSender(), mail: func(*siege) string { return received(50) }},
	}
}

// withWant is a case with another verdict and check.
func withWant(c hostileCase, want verdict, check func(*siege)) hostileCase {
	c.want = want
	return withCheck(c, check)
}

// answerTo is a mail of the usual sender that claims to be an answer.
func answerTo(subject string, header ...string) string {
	return mail(hostileSender, "Re: "+subject, "m@hostile.example", "The text.", header...)
}

func leaked(s *siege) string { return answerTo(s.token + " x") }

// answers is the contact's answer on the standing ticket.
func answers(s *siege) string { return mail("mia@kunde.example", "AW: "+s.token, "m@x", "The text.") }

func received(n int) string {
	return strings.Repeat("Received: from a by b\r\n", n) + mail(hostileSender, "Hello", "m@x", "The text.")
}

func closeTicket(s *siege) {
	s.t.Helper()
	for _, status := range []ticketmail.Status{storage.InProcess, storage.Done} {
		if _, err := s.SetStatus(s.t.Context(), bea, s.k.ID, status); err != nil {
			s.t.Fatal(err)
		}
	}
}

func wantStatus(want ticketmail.Status) func(*siege) {
	return func(s *siege) {
		if got := s.get(s.k.ID).Status; got != want {
			s.t.Errorf("the ticket is %s, want %s", got, want)
		}
	}
}

// hiddenInToken is H33: what cannot be seen makes a token none.
func hiddenInToken(form, char string) hostileCase {
	return hostileCase{
		id: "H33", form: form, want: opens, told: []string{"mia@kunde.example"},
		mail: func(s *siege) string {
			half := len(s.token) - 5
			return mail("mia@kunde.example", "Re: "+s.token[:half]+char+s.token[half:], "m@x", "The text.")
		},
		check: (*siege).noPartFor,
	}
}

// asForUnknown checks that who guesses at a ticket gets what he would get for
// one that does not exist.
func asForUnknown(s *siege) {
	s.t.Helper()
	known := s.exit.to(hostileSender)
	s.exit.forget()
	guessed := strings.NewReplacer("#"+string(s.k.ID)+"-", "#987-", "#"+string(s.k.ID)+"]", "#987]", "#"+string(s.other.ID)+"-", "#987-").Replace(s.raw)
	uid := s.server.Add("INBOX", strings.Replace(guessed, "m@hostile", "n@hostile", 1))
	s.poll()
	s.deliver()
	unknown := s.exit.to(hostileSender)
	if len(known) != 1 || len(unknown) != 1 {
		s.t.Fatalf("%d and %d answers", len(known), len(unknown))
	}
	plain := func(m sentMail, own ticketmail.TicketID) string {
		text := strings.ReplaceAll(m.Subject+"\n"+m.Text, s.Referencer().Token(own), "TOKEN")
		return strings.NewReplacer("#"+string(s.k.ID), "#987", "#"+string(s.other.ID), "#987", " "+string(own)+".", " OWN.").Replace(text)
	}
	if diff := cmp.Diff(plain(unknown[0], s.entryOf(uid).Ticket), plain(known[0], s.entry.Ticket)); diff != "" {
		s.t.Errorf("the answer tells whether the ticket exists (-unknown +known):\n%s", diff)
	}
	s.noPartFor()
}

// strangerStaysOut checks that whoever used a leaked mark takes no part
// afterwards.
func (s *siege) strangerStaysOut() {
	s.t.Helper()
	s.exit.forget()
	if _, err := s.AddComment(s.t.Context(), bea, s.k.ID, ticketmail.NewComment{Text: canary, Reply: true}); err != nil {
		s.t.Fatal(err)
	}
	s.deliver()
	if sent := s.exit.to(hostileSender); len(sent) > 0 {
		s.t.Errorf("the stranger gets what is answered to the customer:\n%s", sent[0].raw)
	}
}

// replyGoesTo checks that what is answered on a ticket goes to one address
// outside and to no other.
func (s *siege) replyGoesTo(id ticketmail.TicketID, address string) {
	s.t.Helper()
	s.exit.forget()
	if _, err := s.AddComment(s.t.Context(), bea, id, ticketmail.NewComment{Text: "The answer.", Reply: true}); err != nil {
		s.t.Fatal(err)
	}
	s.deliver()
	var got []string
	for _, m := range s.exit.sent {
		if !strings.HasSuffix(m.To.Address, "@erp.example") {
			got = append(got, m.To.Address)
		}
	}
	if !slices.Equal(got, []string{address}) {
		s.t.Errorf("the answer goes to %v, want %s alone", got, address)
	}
}

// steering is a mail whose header tries to decide what becomes of it: nothing
// differs from the same mail without.
func steering(id, form, header string) hostileCase {
	plain := mail(hostileSender, "Hello", "m@hostile.example", "The text.")
	return hostileCase{
		id: id, form: form, want: opens, told: toldSender(), mail: whole(header + plain),
		check: func(s *siege) {
			other := newSiege(s.t, nil)
			other.attack(hostileCase{mail: whole(plain)})
			if diff := cmp.Diff(other.effects(other.uid), s.effects(s.uid)); diff != "" {
				s.t.Errorf("the header has an effect (-without +with):\n%s", diff)
			}
		},
	}
}

// effects is all that became of a mail, but for its bytes.
type effects struct {
	Outcome  mailbox.Outcome
	Reasons  []mailbox.Reason
	Ticket   ticketmail.Ticket
	Comments []ticketmail.Comment
	Told     []string
}

func (s *siege) effects(uid string) effects {
	s.t.Helper()
	e := s.entryOf(uid)
	got := effects{Outcome: e.Outcome, Reasons: e.Reasons}
	if e.Ticket != "" {
		got.Ticket, got.Comments = s.get(e.Ticket), s.comments(e.Ticket)
	}
	for i := range got.Comments {
		got.Comments[i].Raw = storage.Blob{}
	}
	for _, m := range s.exit.sent {
		if m.Ticket == e.Ticket {
			got.Told = append(got.Told, string(m.Event)+" "+m.To.Address+" "+m.Subject)
		}
	}
	slices.Sort(got.Told)
	return got
}
