package smtpsender_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/smtpsender"
)

// answers is a server that answers each command with a fixed line.
func answers(fixed map[string]string) func(*script, net.Conn) {
	return func(s *script, conn net.Conn) {
		say := func(verb, otherwise string) {
			if a, ok := fixed[verb]; ok {
				otherwise = a
			}
			_, _ = fmt.Fprint(conn, otherwise+"\r\n")
		}
		say("greeting", "220 mail.example")
		r := bufio.NewReader(conn)
		for inData := false; ; {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			s.hear(line)
			switch verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); {
			case inData && line == ".\r\n":
				inData = false
				say("end", "250 2.0.0 taken")
			case inData:
			case verb == "DATA":
				say("DATA", "354 go on")
				inData = fixed["DATA"] == ""
			case verb == "EHLO":
				say("EHLO", "250-mail.example\r\n250 AUTH PLAIN")
			case verb == "AUTH":
				say("AUTH", "235 2.7.0 welcome")
			default:
				say(verb, "250 2.0.0 fine")
			}
		}
	}
}

// TestSenderBlames is DESIGN's rule of whose fault an answer is.
func TestSenderBlames(t *testing.T) {
	for name, tt := range map[string]struct{ at, answer, want string }{
		"nothing":              {"", "", "sent"},
		"greeting 5xx":         {"greeting", "554 5.7.1 go away", "config greeting"},
		"greeting 4xx":         {"greeting", "421 4.3.2 later", "temporary"},
		"EHLO 5xx":             {"EHLO", "550 5.7.1 go away", "config EHLO"},
		"AUTH 5xx":             {"AUTH", "535 5.7.8 no", "config AUTH"},
		"AUTH 4xx":             {"AUTH", "454 4.7.0 later", "temporary"},
		"MAIL 5xx":             {"MAIL", "550 5.1.8 bad sender", "config MAIL"},
		"MAIL 4xx":             {"MAIL", "451 4.3.0 later", "temporary"},
		"RCPT 5xx":             {"RCPT", "550 5.1.1 unknown", "recipient 5.1.1"},
		"RCPT 5xx, no status":  {"RCPT", "550 unknown user", "recipient "},
		"RCPT 5xx, policy":     {"RCPT", "554 5.7.1 Client host rejected: Access denied", "deferred 5.7.1 4"},
		"RCPT wants sign-in":   {"RCPT", "530 5.7.0 Must authenticate first", "config RCPT"},
		"RCPT wants TLS":       {"RCPT", "538 5.7.11 Encryption required", "config RCPT"},
		"RCPT bad sender":      {"RCPT", "550 5.1.8 Sender address rejected: Domain not found", "deferred 5.1.8 4"},
		"RCPT sender syntax":   {"RCPT", "553 5.1.7 bad sender's mailbox", "deferred 5.1.7 4"},
		"RCPT bad name":        {"RCPT", "504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname", "deferred 5.5.2 4"},
		"RCPT strange":         {"RCPT", "501 5.5.4 Invalid Address", "deferred 5.5.4 4"},
		"RCPT full":            {"RCPT", "552 5.2.2 full", "recipient 5.2.2"},
		"RCPT full, no status": {"RCPT", "552 no room", "recipient 5.2.2"},
		"RCPT 4xx":             {"RCPT", "450 4.2.0 greylisted", "deferred 4.2.0 0"},
		"RCPT busy":            {"RCPT", "451 4.3.0 later", "temporary"},
		"RCPT 4xx, no status":  {"RCPT", "450 later", "temporary"},
		"DATA 5xx mailbox":     {"DATA", "552 5.2.2 full", "recipient 5.2.2"},
		"end 5xx address":      {"end", "550 5.1.1 unknown", "recipient 5.1.1"},
		"end 5xx mailbox":      {"end", "552 5.2.2 full", "recipient 5.2.2"},
		"end bad sender":       {"end", "550 5.1.8 Access denied, bad outbound sender", "config DATA"},
		"end may not send as":  {"end", "554 5.2.252 SendAsDenied; a@corp.example not allowed to send as b@corp.example", "temporary"},
		"end of submission":    {"end", "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException", "temporary"},
		"end 5xx policy":       {"end", "554 5.7.1 spam", "temporary"},
		"end 5xx, no status":   {"end", "554 rejected", "temporary"},
		"MAIL too large":       {"MAIL", "552 5.3.4 message too big", "invalid"},
		"RCPT too large":       {"RCPT", "552 5.2.3 too big for this mailbox", "invalid"},
		"end too large":        {"end", "552 5.3.4 message too big", "invalid"},
		"end too large, his":   {"end", "554 5.2.3 too big for this mailbox", "invalid"},
		"end 4xx":              {"end", "451 4.3.0 later", "temporary"},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, answers(map[string]string{tt.at: tt.answer}))
			sender := newSender(t, s, mailbox.None, nil)
			if got := blame(sender.Send(t.Context(), mail("kim@customer.example"))); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func blame(err error) string {
	if err == nil {
		return "sent"
	}
	if e, ok := errors.AsType[*notify.RecipientError](err); ok {
		return "recipient " + e.Status
	}
	if e, ok := errors.AsType[*notify.DeferredError](err); ok {
		return fmt.Sprint("deferred ", e.Status, " ", e.Tries)
	}
	if e, ok := errors.AsType[*notify.ConfigError](err); ok {
		return "config " + e.Step
	}
	if errors.Is(err, notify.ErrInvalidMail) {
		return "invalid"
	}
	return "temporary"
}

func newSender(t *testing.T, s *script, security mailbox.Security, change func(*smtpsender.Options)) *smtpsender.Sender {
	t.Helper()
	opts := smtpsender.Options{Addr: s.addr, Security: security, User: "user", Password: mailbox.NewSecret("canary"), LocalName: "tickets.example"}
	if change != nil {
		change(&opts)
	}
	sender, err := smtpsender.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	return sender
}

// TestSenderIsNotDowngraded: promise S11. Without STARTTLS, with STARTTLS
// refused, and with words behind its answer, no credential leaves.
func TestSenderIsNotDowngraded(t *testing.T) {
	for name, fixed := range map[string]map[string]string{
		"H61 not offered":   {},
		"refused":           {"EHLO": "250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN", "STARTTLS": "502 5.5.1 no"},
		"H59 plain text":    {"EHLO": "250-mail.example\r\n250 STARTTLS", "STARTTLS": "220 go\r\n250-mail.example\r\n250 AUTH PLAIN"},
		"offer in greeting": {"greeting": "220-mail.example\r\n220 STARTTLS"},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, answers(fixed))
			err := newSender(t, s, mailbox.STARTTLS, nil).Send(t.Context(), mail("kim@customer.example"))
			if blame(err) != "config STARTTLS" {
				t.Errorf("%v, want ConfigError of STARTTLS", err)
			}
			for _, l := range s.lines() {
				if !strings.HasPrefix(l, "EHLO tickets.example\r\n") && l != "STARTTLS\r\n" {
					t.Errorf("said %q in plain text", l)
				}
			}
		})
	}
}

// TestSenderDeadlines: every wait has an end.
func TestSenderDeadlines(t *testing.T) {
	short := func(o *smtpsender.Options) {
		o.Timeouts = smtpsender.Timeouts{Connect: 100 * time.Millisecond, Command: 100 * time.Millisecond, Write: 100 * time.Millisecond, Submit: 100 * time.Millisecond}
	}
	silence := func(_ *script, conn net.Conn) { _, _ = bufio.NewReader(conn).ReadString(0) }
	for name, tt := range map[string]struct {
		security mailbox.Security
		serve    func(*script, net.Conn)
	}{
		"greeting":          {mailbox.None, silence},
		"greeting STARTTLS": {mailbox.STARTTLS, silence},
		"handshake":         {mailbox.TLS, silence},
		"answer":            {mailbox.None, answers(map[string]string{"MAIL": "250-and"})},
		"end of mail":       {mailbox.None, answers(map[string]string{"end": "250-and"})},
		"body not read": {mailbox.None, func(s *script, conn net.Conn) {
			_, _ = fmt.Fprint(conn, "220 x\r\n250-x\r\n250 AUTH PLAIN\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")
			<-s.over // and reads nothing
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mail("kim@customer.example")
			if name == "body not read" {
				m.Text = strings.Repeat("a line of text\n", 1<<19) // more than the kernel's buffers take
			}
			start := time.Now()
			err := newSender(t, play(t, tt.serve), tt.security, short).Send(t.Context(), m)
			if took := time.Since(start); blame(err) != "temporary" || took > 50*time.Second { // the default limits of answers are longer
				t.Errorf("%v after %s", err, took)
			}
		})
	}
}

func TestSenderEndlessAnswer(t *testing.T) {
	s := play(t, func(_ *script, conn net.Conn) {
		for {
			if _, err := fmt.Fprint(conn, "220-and so on\r\n"); err != nil {
				return
			}
		}
	})
	if err := newSender(t, s, mailbox.None, nil).Send(t.Context(), mail("kim@customer.example")); err == nil || !strings.Contains(err.Error(), "no end") {
		t.Errorf("%v, want the answer's length refused", err)
	}
}
