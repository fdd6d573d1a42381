package pop3box_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
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
		"login delay":   {pop3test.Options{Has: []string{"LOGIN-DELAY 60"}}, "DELE 1\r\n", "TOP 100 0"},
		"hashes":        {pop3test.Options{Hashes: true}, "UIDL\r\n", "TOP 100 0"},
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

// A server that deletes by itself what was fetched (EXPIRE 0) does not get the
// chance where nothing was to be removed: without QUIT it deletes nothing.
func TestFetchedMailsAreNotLeftToExpire(t *testing.T) {
	for name, tt := range map[string]struct {
		fetch, remove bool
		quits         int
	}{"only listed": {quits: 1}, "fetched": {fetch: true}, "fetched and removed": {true, true, 1}} {
		t.Run(name, func(t *testing.T) {
			quits := 0
			s := pop3test.Start(t, pop3test.Options{Has: []string{"EXPIRE 0"}, OnCommand: func(c pop3test.Command) string {
				if c.Verb == "QUIT" {
					quits++
				}
				return ""
			}})
			s.Add("mail\r\n")
			session, items := boxtest.Opened(t, pop3box.New(nil), mailboxAt(t, s.Address))
			if tt.fetch {
				if _, err := bodies(t.Context(), session, items); err != nil {
					t.Fatal(err)
				}
			}
			if tt.remove {
				if err := session.Remove(t.Context(), items); err != nil {
					t.Fatal(err)
				}
			}
			if err := session.Close(); err != nil {
				t.Error(err)
			}
			s.Wait()
			if quits != tt.quits {
				t.Errorf("%d times QUIT, want %d", quits, tt.quits)
			}
		})
	}
}

// THREATS S12: what the host's policy does not let us dial is not dialed.
func TestDialPolicy(t *testing.T) {
	forbidden := errors.New("169.254.169.254 is not a public address")
	asked := ""
	c := pop3box.New(&pop3box.Options{Dial: func(_ context.Context, network, address string) (net.Conn, error) {
		asked = network + " " + address
		return nil, forbidden
	}})
	m := scriptMailbox(mailbox.TLS)
	_, err := c.Connect(t.Context(), m)
	if probed := c.Probe(t.Context(), m, func(mailbox.Step) {}); !errors.Is(err, forbidden) || !errors.Is(probed, forbidden) || asked != "tcp mail.example:995" {
		t.Errorf("dialed %q: Connect = %v, Probe = %v", asked, err, probed)
	}
}
