package pop3box_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/pop3box"
)

func TestSessionInProcess(t *testing.T) {
	for name, tt := range map[string]struct {
		opts        pop3test.Options
		sent, never string // commands
	}{
		"all":           {pop3test.Options{}, "RETR 1\r\nRETR 2\r\n", "USER "},
		"no PIPELINING": {pop3test.Options{Lacks: []string{"PIPELINING"}}, "|RETR 1\r\n|RETR 2\r\n|", "RETR 1\r\nRETR 2\r\n"},
		"no CAPA":       {pop3test.Options{Lacks: []string{"CAPA"}}, "USER support\r\n|PASS secret\r\n|", "AUTH"},
		"no UIDL":       {pop3test.Options{Lacks: []string{"UIDL"}}, "TOP 1 0\r\n", "APOP"},
		"no SASL":       {pop3test.Options{Lacks: []string{"SASL", "AUTH"}}, "USER support\r\n", "AUTH"},
		"login delay":   {pop3test.Options{Has: []string{"LOGIN-DELAY 60"}}, "DELE 1\r\n", "TOP"},
		"hashes":        {pop3test.Options{Hashes: true}, "UIDL\r\n", "TOP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log recorder
			mailboxtest.Run(t, func(t *testing.T) mailboxtest.Account {
				return account(t, pop3test.Start(t, tt.opts), &pop3box.Options{Dial: log.dial})
			})
			log.check(t, tt.sent, tt.never)
		})
	}
}

// check holds the commands against one that has to be among them and one that
// must not.
func (r *recorder) check(t *testing.T, sent, never string) {
	t.Helper()
	log := r.String()
	if !strings.Contains(log, sent) {
		t.Errorf("%q was never sent", sent)
	}
	if strings.Contains(log, never) {
		t.Errorf("%q was sent", never)
	}
}
