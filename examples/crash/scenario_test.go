package crash_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/thread"
)

func idsOf(ids ...escalation.PersonID) []escalation.PersonID { return ids }

// A scenario is a mailbox and what comes into it.
type scenario struct {
	name     string
	only     mailbox.Protocol // empty: both
	moves    bool             // needs MOVE or UIDPLUS
	lacksIDs bool             // POP3 without UIDL
	folders  []string         // that are polled besides INBOX
	window   int              // mails fetched with one marker; 0: the default
	box      func(*mailbox.Mailbox)
	mails    func(answers marks) []given
	stays    func(g given) bool // it stays in its folder; nil: none does
}

// marks are what makes an answer one.
type marks struct {
	token    string // of theTicket
	notified string // Message-ID of a mail about it
}

func newMarks(notified string) marks {
	r, err := thread.New(keys(), &thread.Options{Domain: "corp.example"})
	if err != nil {
		panic(err) // the keys are ours
	}
	return marks{r.Token(theTicket), notified}
}

// eml returns a mail with CRLF line ends.
func eml(from, subject, id, text string, fields ...string) string {
	head := fmt.Sprintf("From: %s\nTo: support@corp.example\nDate: Mon, 2 Nov 2026 10:00:00 +0100\nSubject: %s\nMessage-ID: <%s>\n", from, subject, id)
	return crlf(head + strings.Join(fields, "") + "\n" + text + "\n")
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

const customer = "Carla <carla@customer.example>"

// in puts mails into INBOX.
func inbox(raws ...string) []given {
	mails := make([]given, len(raws))
	for i, raw := range raws {
		mails[i].raw = raw
	}
	return mails
}

func few(n int) []string {
	raws := make([]string, n)
	for i := range raws {
		raws[i] = eml(customer, fmt.Sprint("Matter ", i), fmt.Sprintf("few%d@customer.example", i), fmt.Sprintf("Text %d.", i))
	}
	return raws
}

// withFiles is a mail with a small file and one of size bytes.
func withFiles(id string, size int) string {
	big := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(big)
	body := "--b\nContent-Type: text/plain\n\nSee the files.\n" +
		"--b\nContent-Type: application/pdf; name=small.pdf\nContent-Disposition: attachment; filename=small.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQ=\n" +
		"--b\nContent-Type: application/zip; name=big.zip\nContent-Disposition: attachment; filename=big.zip\nContent-Transfer-Encoding: base64\n\n" +
		wrapped(base64.StdEncoding.EncodeToString(big)) + "\n--b--"
	return eml(customer, "With files", id, body, "MIME-Version: 1.0\n", "Content-Type: multipart/mixed; boundary=b\n")
}

func wrapped(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return b.String() + s
}

func bounceOf(id string) string {
	return eml("MAILER-DAEMON@mx.example", "Undelivered", "dsn@mx.example", `--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; bert@corp.example
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <`+id+`>
--b--`, "Return-Path: <>\n", "MIME-Version: 1.0\n", "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n")
}

func scenarios() []scenario {
	reply := func(a marks) string {
		return eml(customer, "Re: The printer "+a.token, "re@customer.example", "It still burns.", "In-Reply-To: <"+a.notified+">\n")
	}
	loop := eml(customer, "Round and round", "loop@customer.example", "Again.", strings.Repeat("Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0100\n", 60))
	big := eml(customer, "Too big", "big@customer.example", strings.Repeat(strings.Repeat("x", 70)+"\n", maxMail/70))
	fixed := func(raws ...string) func(marks) []given { return func(marks) []given { return inbox(raws...) } }
	return []scenario{
		{name: "new ticket", mails: fixed(few(1)...)},
		{name: "reply", mails: func(a marks) []given { return inbox(reply(a)) }},
		{name: "answer from within", mails: func(a marks) []given {
			return inbox(eml("bert@corp.example", "Re: "+a.token, "bert@corp.example", "I look at it."), reply(a))
		}},
		{name: "bounce", mails: func(a marks) []given { return inbox(bounceOf(a.notified)) }},
		{name: "duplicate", mails: fixed(few(1)[0], few(2)[1], few(1)[0])},
		{name: "oversized", mails: fixed(few(1)[0], big, few(2)[1]), stays: func(g given) bool { return len(g.raw) > maxMail }},
		{name: "poison", mails: fixed(few(1)[0], eml(customer, "Poison", "poison@customer.example", "Boom."), few(2)[1])},
		{name: "files", mails: fixed(withFiles("files@customer.example", 1200<<10), few(1)[0])},
		{name: "quarantine", mails: fixed(loop, few(1)[0])},
		{name: "broken mail", mails: fixed(crlf("Subject: 1\nContent-Type: multipart/mixed; boundary=\n\n--\n\x00\xff\n"), crlf("Subject: nothing else\n\n"))},
		{name: "several batches", mails: fixed(few(11)...), window: 4},
		{name: "two folders", only: mailbox.IMAP, folders: []string{"Orders"}, mails: func(a marks) []given {
			mails := inbox(few(3)...)
			mails[1].folder = "Orders"
			return append(mails, given{slot: slot{folder: "Orders"}, raw: reply(a)})
		}},
		{name: "move", only: mailbox.IMAP, moves: true, box: moving, mails: fixed(few(2)[0], loop, few(2)[1])},
		{name: "flag", only: mailbox.IMAP, box: func(m *mailbox.Mailbox) { m.After = mailbox.AfterFlag }, mails: fixed(few(3)...),
			stays: func(given) bool { return true }},
		{name: "marked by others", only: mailbox.IMAP, mails: func(marks) []given {
			mails := inbox(few(4)...)
			mails[1].foreign, mails[2].foreign = true, true
			return mails
		}, stays: func(g given) bool { return g.foreign }},
		{name: "POP3 without UIDL", only: mailbox.POP3, lacksIDs: true, mails: fixed(few(3)...)},
	}
}

const (
	movedTo      = "Done"
	movedFailing = "Failing"
)

func moving(m *mailbox.Mailbox) {
	m.After, m.MoveTo, m.MoveFailing = mailbox.AfterMove, movedTo, movedFailing
}

// fits reports whether a dialect can do what the scenario needs.
func (s scenario) fits(d dialect) bool {
	if s.moves && d != uidplus {
		return false
	}
	return s.only == "" || (s.only == mailbox.POP3) == (d == pop3)
}
