package pop3box_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
)

// Connect refuses what it should, in time, and before it says who it is.
func TestConnectRefuses(t *testing.T) {
	offered := capa("USER", "STLS")
	for name, tt := range map[string]struct {
		security mailbox.Security
		greeting string
		answers  map[string]string
		want     string
	}{
		"STLS not offered":       {mailbox.STARTTLS, ready, map[string]string{"CAPA": capa("USER")}, "does not offer STLS"},
		"no CAPA before STLS":    {mailbox.STARTTLS, ready, map[string]string{"CAPA": "-ERR what?\r\n"}, "does not offer STLS"},
		"STLS refused":           {mailbox.STARTTLS, ready, map[string]string{"CAPA": offered, "STLS": "-ERR no\r\n"}, "no"},
		"STLS unanswered":        {mailbox.STARTTLS, ready, map[string]string{"CAPA": offered, "STLS": "SILENCE"}, wire.ErrIdle.Error()},
		"text after STLS":        {mailbox.STARTTLS, ready, map[string]string{"CAPA": offered, "STLS": "+OK go\r\n+OK welcome\r\n"}, "plain text after"},
		"half a line after STLS": {mailbox.STARTTLS, ready, map[string]string{"CAPA": offered, "STLS": "+OK go\r\n+"}, "plain text after"},
		"busy":                   {mailbox.None, "-ERR [IN-USE] come back\r\n", nil, "later"},
		"no password":            {mailbox.None, ready, map[string]string{"CAPA": capa("UIDL")}, "takes no password"},
		"endless capabilities":   {mailbox.None, ready, map[string]string{"CAPA": "+OK\r\n" + strings.Repeat("X\r\n", 100_000)}, wire.ErrLimit.Error()},
		"endless capability":     {mailbox.None, ready, map[string]string{"CAPA": "+OK\r\n" + strings.Repeat("X", 100_000)}, wire.ErrLimit.Error()},
		"challenge at CAPA":      {mailbox.None, ready, map[string]string{"CAPA": "+ go on\r\n"}, "challenge"},
		"TLS handshake hangs":    {mailbox.TLS, "", map[string]string{"": "SILENCE"}, "TLS handshake"},
		"no TLS at all":          {mailbox.TLS, ready, nil, "TLS handshake"},
		"greeting hangs":         {mailbox.None, "", nil, wire.ErrIdle.Error()},
		"greeting hangs, STLS":   {mailbox.STARTTLS, "", nil, wire.ErrIdle.Error()},
		"greeting of another":    {mailbox.None, "220 secret.example ESMTP\r\n", nil, "does not speak POP3"},
		"endless greeting":       {mailbox.None, "+OK " + strings.Repeat("x", 100_000), nil, wire.ErrLimit.Error()},
		"endless greeting, STLS": {mailbox.STARTTLS, "+OK " + strings.Repeat("x", 100_000), nil, wire.ErrLimit.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(tt.greeting, tt.answers)
				_, err := s.connector().Connect(t.Context(), scriptMailbox(tt.security))
				if err == nil || !strings.Contains(err.Error(), tt.want) && (tt.want != "later" || !errors.Is(err, mailbox.ErrLater)) {
					t.Errorf("Connect = %v, want an error with %q", err, tt.want)
				}
				if err != nil && strings.Contains(err.Error(), "secret.example") {
					t.Errorf("the error tells what another service said: %v", err)
				}
				synctest.Wait()
				if log := s.Heard(); strings.Contains(log, pop3test.Password) || strings.Contains(log, "USER") || strings.Contains(log, "AUTH") {
					t.Errorf("credentials were sent:\n%s", log)
				}
				if !s.Closed() {
					t.Error("the connection is still open")
				}
			})
		})
	}
}

// However a server delays the start of a connection, it ends after the sum of
// the timeouts (THREATS H67).
func TestConnectEndsInTime(t *testing.T) {
	const whole = 80 * time.Second // 10 + 10 + 60
	for name, tt := range map[string]struct {
		security mailbox.Security
		serve    func(net.Conn)
	}{
		"greeting, a byte per 30 s":               {mailbox.None, wiretest.Trickle("+OK ready when you are\r\n", 30*time.Second)},
		"greeting before STLS":                    {mailbox.STARTTLS, wiretest.Trickle("+OK ready when you are\r\n", 30*time.Second)},
		"endless answers":                         {mailbox.None, wiretest.Trickle("+OK ready\r\n", time.Second)},
		"endless answers before STLS":             {mailbox.STARTTLS, wiretest.Trickle("+OK ready\r\n", time.Second)},
		"TLS handshake, a byte of a record per s": {mailbox.TLS, wiretest.Trickle("\x16\x03\x03\x40\x00\x02\x00\x3f\xf0", time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := serving(tt.serve)
				_, err := s.connector().Connect(t.Context(), scriptMailbox(tt.security))
				if took := time.Since(start); err == nil || took > whole {
					t.Errorf("Connect = %v after %s, want an error within %s", err, took, whole)
				}
				if !errors.Is(err, wire.ErrIdle) {
					t.Errorf("Connect = %v, want %v", err, wire.ErrIdle)
				}
				time.Sleep(time.Minute) // until the server notices
				if tt.security == mailbox.None && strings.Contains(s.Heard(), pop3test.Password) {
					t.Error("credentials were sent")
				}
			})
		})
	}
}

// What a refusal of the sign-in is depends on its code (RFC 2449, RFC 3206).
func TestRefusedSignIn(t *testing.T) {
	for said, want := range map[string]struct{ auth, later bool }{
		"-ERR no\r\n":                 {auth: true},
		"-ERR [AUTH] no\r\n":          {auth: true},
		"-ERR [SYS/PERM] broken\r\n":  {auth: true},
		"-ERR [IN-USE] busy\r\n":      {later: true},
		"-ERR [LOGIN-DELAY] no\r\n":   {later: true},
		"-ERR [SYS/TEMP] trouble\r\n": {later: true},
		"CUT":                         {},
		"* BYE\r\n":                   {},
	} {
		for _, command := range []string{"USER", "PASS"} {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(map[string]string{command: said})
				_, err := s.connector().Connect(t.Context(), scriptMailbox(mailbox.None))
				refused, auth := errors.AsType[*mailbox.AuthError](err)
				if err == nil || auth != want.auth || auth && refused.User != pop3test.User || errors.Is(err, mailbox.ErrLater) != want.later {
					t.Errorf("%s answered with %q: %v, want %+v", command, said, err, want)
				}
				if err != nil && strings.Contains(err.Error(), pop3test.Password) {
					t.Errorf("the error shows the password: %v", err)
				}
			})
		}
	}
}

// A user name cannot bring commands along.
func TestControlCharactersAreRefused(t *testing.T) {
	for _, user := range []string{"a\r\nDELE 1", "a\x00b", "a\nb", "a\x01b"} {
		for _, how := range []mailbox.Auth{mailbox.AuthAuto, mailbox.AuthLogin} {
			s := pop3test.Start(t, pop3test.Options{})
			m := mailboxAt(t, s.Address)
			m.User, m.Auth = user, how
			var log recorder
			if _, err := newRecorded(&log).Connect(t.Context(), m); err == nil || !strings.Contains(err.Error(), "control character") {
				t.Errorf("user %q: %v", user, err)
			}
			if sent := log.String(); sent != "CAPA\r\n|" {
				t.Errorf("user %q: sent %q", user, sent)
			}
		}
	}
}
