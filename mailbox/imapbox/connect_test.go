package imapbox_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
)

// Connect refuses what it should, in time, and before it says who it is.
func TestConnectRefuses(t *testing.T) {
	caps := "* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n"
	for name, tt := range map[string]struct {
		security mailbox.Security
		greeting string
		answers  map[string]string
		want     string
	}{
		"STARTTLS not offered": {mailbox.STARTTLS, ready, map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"}, "does not offer STARTTLS"},
		"STARTTLS refused":     {mailbox.STARTTLS, ready, map[string]string{"CAPABILITY": caps, "STARTTLS": "TAG NO no\r\n"}, "refused"},
		"STARTTLS unanswered":  {mailbox.STARTTLS, ready, map[string]string{"CAPABILITY": caps, "STARTTLS": "SILENCE"}, "STARTTLS"},
		"text after STARTTLS":  {mailbox.STARTTLS, ready, map[string]string{"CAPABILITY": caps, "STARTTLS": "TAG OK go\r\n* CAPABILITY IMAP4rev1\r\n"}, "plain text after"},
		"PREAUTH, STARTTLS":    {mailbox.STARTTLS, "* PREAUTH hello\r\n", nil, "PREAUTH"},
		"PREAUTH, plain":       {mailbox.None, "* PREAUTH hello\r\n", nil, "PREAUTH"},
		"BYE":                  {mailbox.None, "* BYE go away\r\n", nil, "go away"},
		"LOGINDISABLED":        {mailbox.None, ready, map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n"}, "LOGINDISABLED"},
		"TLS handshake hangs":  {mailbox.TLS, "", map[string]string{"": "SILENCE"}, "TLS handshake"},
		"no TLS at all":        {mailbox.TLS, ready, nil, "TLS handshake"},
		"greeting hangs":       {mailbox.None, "", nil, wire.ErrIdle.Error()},
		"greeting is no IMAP":  {mailbox.None, "+OK POP3 ready\r\n", nil, "greeting"},
		"endless greeting":     {mailbox.None, "* OK " + strings.Repeat("x", 100_000), nil, wire.ErrLimit.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(tt.greeting, tt.answers)
				_, err := s.connector().Connect(t.Context(), scriptMailbox(tt.security))
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("Connect = %v, want an error with %q", err, tt.want)
				}
				synctest.Wait()
				if log := s.Heard(); strings.Contains(log, password) || strings.Contains(log, "LOGIN") || strings.Contains(log, "AUTHENTICATE") {
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
// the timeouts.
func TestConnectEndsInTime(t *testing.T) {
	const whole = 80 * time.Second // 10 + 10 + 60
	for name, tt := range map[string]struct {
		security mailbox.Security
		serve    func(net.Conn)
	}{
		"greeting, a byte per 30 s":               {mailbox.None, wiretest.Trickle("* OK ready when you are\r\n", 30*time.Second)},
		"greeting before STARTTLS":                {mailbox.STARTTLS, wiretest.Trickle("* OK ready when you are\r\n", 30*time.Second)},
		"endless answers":                         {mailbox.None, wiretest.Trickle("* OK ready\r\n", time.Second)},
		"endless answers before STARTTLS":         {mailbox.STARTTLS, wiretest.Trickle("* OK ready\r\n", time.Second)},
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
				if tt.security == mailbox.None && strings.Contains(s.Heard(), password) {
					t.Error("credentials were sent")
				}
			})
		})
	}
}
