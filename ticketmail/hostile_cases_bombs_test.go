package ticketmail_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/internal/cputime"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/message/safehtml"
	"example.com/ticketmail/ticketmail"
)

// headed puts the header of a mail from the usual sender before what follows:
// further header lines and, behind an empty line, the body.
func headed(rest string) func(*siege) string {
	return func(*siege) string { return "From: " + hostileSender + "\r\nSubject: Bomb\r\n" + rest }
}

// lazily is headed for what is made when it is needed: all large mails
// together would be a GiB.
func lazily(rest func() string) func(*siege) string {
	return func(s *siege) string { return headed(rest())(s) }
}

// toldSender is who is told of a ticket of the usual sender.
func toldSender() []string { return []string{hostileSender} }

// bombCases are the inputs of group A that are large, or look so.
func bombCases() []hostileCase {
	return []hostileCase{
		{
			id: "H01", large: true, want: opensCut, told: toldSender(),
			mail:  lazily(func() string { return "X: " + strings.Repeat("x", 20<<20) + "\r\n\r\nThe text.\r\n" }),
			check: subjectAndText("Bomb", "The text."),
		},
		{
			id: "H01", form: "the subject", large: true, want: opensCut, told: toldSender(),
			mail: func(*siege) string {
				return "From: " + hostileSender + "\r\nSubject: " + strings.Repeat("long ", 4<<20) + "\r\n\r\nThe text.\r\n"
			},
			check: func(s *siege) { wantText(s, "The text.") },
		},
		{
			id: "H02", large: true, want: opensCut, told: toldSender(),
			mail:  lazily(func() string { return strings.Repeat("X: y and some more\r\n", 1_000_000) + "\r\nThe text.\r\n" }),
			check: subjectAndText("Bomb", "The text."),
		},
		{
			id: "H02", form: "Received", large: true, want: quarantined, // it loops as well: H43
			mail: lazily(func() string { return strings.Repeat("Received: x\r\n", 1_000_000) + "\r\nThe text.\r\n" }),
		},
		{
			id: "H03", want: opensCut, told: toldSender(),
			mail: lazily(func() string {
				return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\n1234567\r\n", 100_000) + "--b--\r\n"
			}),
			check: func(s *siege) {
				if n := strings.Count(s.opening().Text, "1234567"); n != 1000 {
					s.t.Errorf("%d parts are shown, want the first 1,000", n)
				}
			},
		},
		{
			id: "H03", form: "files", want: opensCut, told: toldSender(),
			mail: lazily(func() string {
				return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: a/b; name=c\r\n\r\n1234567\r\n", 100_000)
			}),
			check: func(s *siege) {
				if n := len(s.opening().Attachments); n != 1000 {
					s.t.Errorf("%d files, want the first 1,000", n)
				}
			},
		},
		{
			id: "H04", want: opensCut, told: toldSender(),
			mail: lazily(func() string { return deep(3000, "The text.") }),
			check: func(s *siege) {
				if a := s.opening().Attachments; len(a) != 1 || !strings.Contains(s.content(a[0].Blob), "The text.") {
					s.t.Errorf("attachments %+v, want what is below level 100 as one", a)
				}
			},
		},
		{id: "H04", form: "far too deep", large: true, want: opensCut, told: toldSender(), mail: lazily(func() string { return deep(200_000, "The text.") })},
		{
			id: "H05", want: leftThere, mail: lazily(func() string { return "\r\n" + strings.Repeat("too much\r\n", 30_000) }),
			change: func(c *ticketmail.Config) { c.Routes.Mailboxes[0].MaxMessageBytes = 200 << 10 },
			check: func(s *siege) {
				if s.entry.Version != 1 || !s.entry.Raw.IsZero() {
					s.t.Errorf("journal %+v, want one row, written once", s.entry)
				}
			},
		},
		{id: "H06", form: "the literal", where: "../mailbox/imapbox TestLiteralBeyondItsAnnouncement"},
		{id: "H06", form: "other mails", where: "../ticketmail TestLiarAmongMailboxes"},
		{
			id: "H07", large: true, want: opens, told: toldSender(),
			mail: lazily(func() string {
				return "Content-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("QUJD", 6<<20)
			}),
			check: func(s *siege) {
				if a := s.opening().Attachments; len(a) != 1 || a[0].Blob.Size != 18<<20 {
					s.t.Errorf("attachments %+v, want one of 18 MiB", a)
				}
			},
		},
		{
			id: "H07", form: "a text", large: true, want: opensCut, told: toldSender(),
			mail: lazily(func() string { return "Content-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("QUJD", 6<<20) }),
		},
		{
			id: "H09", form: "one line", large: true, want: opensCut, told: toldSender(),
			mail: lazily(func() string {
				return "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("=C3=A4 ", 3<<20)
			}),
			check: func(s *siege) {
				if text := s.opening().Text; !strings.HasPrefix(text, "ä ä") || !strings.HasSuffix(text, "[…]") {
					s.t.Errorf("text %.50q ... %q", text, text[max(0, len(text)-50):])
				}
			},
		},
		{
			id: "H15", large: true, want: opensCut, told: toldSender(),
			mail: lazily(func() string { return "\r\n" + strings.Repeat("a\n", 12<<20) }),
			check: func(s *siege) {
				if text := s.opening().Text; len(text) < 2<<20-10 || !strings.HasSuffix(text, "[…]") {
					s.t.Errorf("text of %d bytes, ends with %q", len(text), text[max(0, len(text)-50):])
				}
			},
		},
		htmlBomb("elements", func() string {
			return strings.Repeat("<div>", 100_000) + "deep down" + strings.Repeat("</div>", 100_000)
		}, false),
		htmlBomb("formatting", func() string { return strings.Repeat("<b><i><font color=red>", 80_000) + "deep down" }, false),
		htmlBomb("tables", func() string { return strings.Repeat("<table><tr><td>", 100_000) + "deep down" }, false),
		htmlBomb("links", func() string {
			return strings.Repeat(`<a href="https://x.example/?q=1">link</a> `, 20_000) + "deep down"
		}, false),
		htmlBomb("attribute", func() string { return `<p title="` + strings.Repeat("x", 1<<20) + `">deep down</p>` }, false),
		htmlBomb("cut in a tag", func() string { return strings.Repeat("<b><i><font color=red>", 1_000_000) }, true),
		htmlBomb("20 MiB", func() string { return strings.Repeat(`<p class="x">some text</p>`+"\n", 20<<20/27) }, true),
		htmlBomb("brackets", func() string { return strings.Repeat("<", 20<<20) }, true),
	}
}

// htmlBomb is H16. A view that is cut says so; one that is whole is shown.
func htmlBomb(form string, html func() string, large bool) hostileCase {
	c := hostileCase{
		id: "H16", form: form, large: large, want: opens, told: toldSender(),
		mail: lazily(func() string { return "Content-Type: text/html\r\n\r\n" + html() }),
		check: func(s *siege) {
			start := cputime.Process()
			safe := safehtml.Sanitize(s.reads().HTML, nil)
			if took := cputime.Process() - start; took > 2*time.Second && !raced {
				s.t.Errorf("sanitised in %v", took)
			}
			if large && (!strings.HasSuffix(s.opening().Text, "[…]") || len(s.opening().Text) > 2<<20) {
				s.t.Errorf("text of %d bytes, no mark where it is cut", len(s.opening().Text))
			}
			if !large && (!strings.Contains(s.opening().Text, "deep down") || !strings.Contains(safe, "deep down")) {
				s.t.Errorf("text %.100q, HTML %.100q lack what is inside", s.opening().Text, safe)
			}
		},
	}
	if large {
		c.want = opensCut
	}
	return c
}

// deep returns the rest of a mail of multiparts in each other around a text.
func deep(levels int, text string) string {
	var b strings.Builder
	for i := range levels {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	return b.String() + "\r\n" + text + "\r\n"
}

func subjectAndText(subject, text string) func(*siege) {
	return func(s *siege) {
		s.t.Helper()
		if got := s.ticket().Subject; got != subject {
			s.t.Errorf("subject %.200q, want %q", got, subject)
		}
		wantText(s, text)
	}
}

// wantText checks the text that the hostile mail became.
func wantText(s *siege, want string) {
	s.t.Helper()
	if got := strings.TrimSpace(s.opening().Text); got != want {
		s.t.Errorf("text %.200q, want %q", got, want)
	}
}

// wantReason checks that the decision record gives a reason.
func wantReason(s *siege, code string) {
	s.t.Helper()
	if !slices.ContainsFunc(s.entry.Reasons, func(r mailbox.Reason) bool { return r.Code == code }) {
		s.t.Errorf("reasons %v lack %s", s.entry.Reasons, code)
	}
}

// wantDefect checks that the reader notes what is wrong.
func wantDefect(s *siege, code string) {
	s.t.Helper()
	if d := s.reads().Defects; !slices.ContainsFunc(d, func(d message.Defect) bool { return d.Code == code }) {
		s.t.Errorf("defects %v lack %s", d, code)
	}
}
