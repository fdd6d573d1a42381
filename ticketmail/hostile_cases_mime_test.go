package ticketmail_test

import (
	"strings"
)

// mimeCases are the inputs of group A that are broken rather than large.
func mimeCases() []hostileCase {
	long := strings.Repeat("x", 10<<10)
	base64 := "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	mixed := "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	return []hostileCase{
		reads("H08", "no padding", base64+"aGVsbG8", "hello"),
		reads("H08", "blanks", base64+"aGV sbG\t8g\r\n d29y\r\n\r\nbGQ=", "hello world"),
		reads("H08", "trailing text", base64+"aGVsbG8=\r\n-- \r\nSent by a list\r\n", "hello"),
		reads("H08", "two ends", base64+"aGVsbG8=\r\nIHdvcmxk\r\n", "hello world"),
		reads("H08", "a file", "Content-Type: a/b; name=f\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8", "", "f=hello"),
		reads("H09", "= at the end", "Content-Transfer-Encoding: quoted-printable\r\n\r\nall of it=", "all of it"),
		reads("H10", "never closed", mixed+"--b\r\n\r\nup to\r\nthe end", "up to\nthe end"),
		reads("H10", "absent", mixed+"no part at all\r\n", "no part at all"),
		reads("H10", "not named", "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nup to the end\r\n--b--\r\n", "up to the end"),
		reads("H10", "empty", "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\njust text\r\n", "just text"),
		reads("H11", "type", "Content-Type: text/plain; charset=utf-8; charset=utf-16\r\n\r\nkept\r\n", "kept"),
		reads("H11", "boundary", "Content-Type: multipart/mixed; boundary=b; boundary=c\r\n\r\n--b\r\n\r\nkept\r\n--b--\r\n", "kept"),
		reads("H11", "disposition", mixed+"--b\r\n\r\nsee file\r\n--b\r\nContent-Type: a/b\r\nContent-Disposition: attachment; filename=one; filename=two\r\n\r\nkept\r\n--b--\r\n", "see file", "one=kept"),
		reads("H12", "unknown charset", "Content-Type: text/plain; charset=x-none\r\n\r\nJ\xfcrgen\r\n", "Jürgen"),
		reads("H12", "utf-7", "Content-Type: text/plain; charset=utf-7\r\n\r\nJ+APw-rgen\r\n", "Jürgen"),
		reads("H12", "charset of 10 KiB", "Content-Type: text/plain; charset="+long+"\r\n\r\nkept\r\n", "kept"),
		subjectOf("H12", "unknown charset in the subject", "=?x-none?q?J=FCrgen?=", "J\uFFFDrgen"),
		subjectOf("H12", "utf-7 in the subject", "=?utf-7?q?J+APw-rgen?=", "Jürgen"),
		withCheck(subjectOf("H12", "charset of 10 KiB in the subject", "=?"+long+"?q?Hello?= world", ""), func(s *siege) {
			if k := s.ticket(); !strings.Contains(k.Subject, "Hello") || !strings.Contains(s.reads().Header.Get("Subject"), long) {
				s.t.Errorf("subject %.100q, want a readable one, and the raw one kept", k.Subject)
			}
		}),
		reads("H13", "8 bit in us-ascii", "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\nJ\xfcrgen\r\n", "Jürgen"),
		reads("H13", "invalid UTF-8", "Content-Type: text/plain; charset=utf-8\r\n\r\nJürgen \xff\xfe\r\n", ""),
		withCheck(reads("H14", "", "X: a\x00b\r\nContent-Type: a/b; name=\"f\x00.txt\"\r\n\r\ny\x00z", "", "f.txt=y\x00z"), nil),
		reads("H14", "text", "\r\nbe\x00fore\r\n", "before"),
		subjectOf("H14", "subject", "be\x00fore", "before"),
		{id: "H17", form: "0 bytes", mail: whole(""), want: quarantined},
		{id: "H17", form: "header only", mail: headed(""), want: opens, told: toldSender(), check: subjectAndText("Bomb", "")},
		{id: "H17", form: "header and its end", mail: headed("\r\n"), want: opens, told: toldSender(), check: subjectAndText("Bomb", "")},
		{id: "H17", form: "body only", mail: whole("\r\njust a text\r\n"), want: opens, check: subjectAndText("(no subject)", "just a text")},
		{id: "H17", form: "no header at all", mail: whole("just a text\r\nof two lines\r\n"), want: opens, check: subjectAndText("(no subject)", "just a text\nof two lines")},
		{id: "H17", form: "only CRLF", mail: whole("\r\n"), want: opens, check: subjectAndText("(no subject)", "")},
		{id: "H17", form: "one byte", mail: whole("x"), want: opens, check: subjectAndText("(no subject)", "x")},
		{
			id: "H18", form: "mbox line", want: opens, told: toldSender(), check: subjectAndText("Bomb", "The text."),
			mail: whole("From h@hostile.example Mon Nov 23 12:00:00 2026\r\nFrom: " + hostileSender + "\r\nSubject: Bomb\r\n\r\nThe text.\r\n"),
		},
		{
			id: "H18", form: "empty line", want: opens, told: toldSender(), check: subjectAndText("Bomb", "The text."),
			mail: whole("\r\nFrom: " + hostileSender + "\r\nSubject: Bomb\r\n\r\nThe text.\r\n"),
		},
		{
			id: "H18", form: "first line indented", want: opens, told: toldSender(), check: subjectAndText("Bomb", "The text."),
			mail: whole(" X: y\r\nFrom: " + hostileSender + "\r\nSubject: Bomb\r\n\r\nThe text.\r\n"),
		},
		{
			id: "H19", want: opens, told: toldSender(),
			mail: whole("From: " + hostileSender + "\r\nno colon in here\r\nSubject: Bomb\r\nMessage-ID: <h19@hostile.example>\r\n\r\nThe text.\r\n"),
			check: func(s *siege) {
				subjectAndText("Bomb", "The text.")(s)
				wantDefect(s, "header-line-without-colon")
				if s.opening().MessageID != "h19@hostile.example" {
					s.t.Errorf("Message-ID %q", s.opening().MessageID)
				}
			},
		},
	}
}

// whole is a mail as it stands.
func whole(raw string) func(*siege) string { return func(*siege) string { return raw } }

// reads is a mail that is accepted and becomes this text and these files,
// "name=content"; an empty text is whatever it is.
func reads(id, form, rest, text string, files ...string) hostileCase {
	return hostileCase{
		id: id, form: form, want: opens, told: toldSender(), mail: headed(rest),
		check: func(s *siege) {
			if text != "" {
				subjectAndText("Bomb", text)(s)
			}
			for i, a := range s.opening().Attachments {
				if got := a.Name + "=" + s.content(a.Blob); i >= len(files) || got != files[i] {
					s.t.Errorf("file %d is %q, want %q", i, got, files)
				}
			}
			if len(s.opening().Attachments) != len(files) {
				s.t.Errorf("files %+v, want %q", s.opening().Attachments, files)
			}
		},
	}
}

// subjectOf is a mail whose raw subject becomes this one.
func subjectOf(id, form, raw, want string) hostileCase {
	return hostileCase{
		id: id, form: form, want: opens, told: toldSender(),
		mail:  whole("From: " + hostileSender + "\r\nSubject: " + raw + "\r\n\r\nThe text.\r\n"),
		check: subjectAndText(want, "The text."),
	}
}

// withCheck is a case with another check.
func withCheck(c hostileCase, check func(*siege)) hostileCase {
	if check != nil {
		c.check = check
	}
	return c
}
