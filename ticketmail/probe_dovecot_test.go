package ticketmail_test

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/pop3box"
	"example.com/ticketmail/ticketmail"
)

// TestProbesChangeNothing is THREATS R11 through the engine: 100 tests of each
// protocol, of the stored mailbox and of its draft in turn, leave an account on
// Dovecot as it was, and a poll afterwards takes in every mail.
func TestProbesChangeNothing(t *testing.T) {
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	s := dovecot.Start(t, &dovecot.Options{POP3: true, TLS: true})
	trust := &tls.Config{RootCAs: s.Roots}
	for protocol, address := range map[mailbox.Protocol]string{mailbox.IMAP: s.AddressTLS, mailbox.POP3: s.POP3TLS} {
		t.Run(string(protocol), func(t *testing.T) {
			h := build(t, func(c *ticketmail.Config) {
				c.Sealer = ring(t)
				c.Connectors = map[mailbox.Protocol]mailbox.Connector{
					mailbox.IMAP: imapbox.New(&imapbox.Options{TLS: trust}), mailbox.POP3: pop3box.New(&pop3box.Options{TLS: trust}),
				}
			})
			ctx := t.Context()
			host, port, err := net.SplitHostPort(address)
			must(t, err)
			number, err := strconv.Atoi(port)
			must(t, err)
			user := string(protocol) + "-probed"
			m := mailbox.Mailbox{ID: "sales", Protocol: protocol, Host: host, Port: number, User: user, Password: mailbox.NewSecret(dovecot.Password)}
			must(t, s.Put(user, mail("x@y.example", "Order", "a@x", "We need paper."), mail("x@y.example", "Delivery", "b@x", "Where is it?")))
			must(t, h.PutMailbox(ctx, m))
			draft := m
			draft.Password = mailbox.Secret{}
			must(t, h.ProbeMailbox(ctx, "sales", nil)) // Dovecot takes note of what is new in its caches
			before, listed := filesOf(t, s.Maildir(user)), listing(t, s, user)
			if len(before) < 2 || len(listed) != 2 {
				t.Fatalf("files of the account: %v, mails %v", before, listed)
			}
			for range rounds {
				var s steps
				if err := errors.Join(h.ProbeMailbox(ctx, "sales", s.add), h.ProbeDraft(ctx, draft, s.add)); err != nil {
					t.Fatalf("%v, steps %+v", err, s)
				}
				if !slices.ContainsFunc(s.last().Facts, func(f string) bool { return strings.HasPrefix(f, "2 mails") }) {
					t.Fatalf("the last step is %+v", s.last())
				}
			}
			if diff := cmp.Diff(before, filesOf(t, s.Maildir(user))); diff != "" {
				t.Errorf("files of the account (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(listed, listing(t, s, user)); diff != "" {
				t.Errorf("mails (-before +after):\n%s", diff)
			}
			must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
			must(t, h.Consent(ctx, ticketmail.Actor{}, "sales", ticketmail.Terms{}))
			if r, err := h.Poll(ctx, "sales"); err != nil || r.Tickets != 2 || r.Deleted != 2 {
				t.Errorf("Poll = %+v, %v", r, err)
			}
		})
	}
}

// filesOf returns the files of an account with their bytes, without what
// Dovecot keeps for itself; the names of mails hold their flags.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "dovecot") {
			return err
		}
		raw, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = string(raw)
		return err
	}))
	return all
}

// listing returns UIDs and sizes of an INBOX, looked at without a trace.
func listing(t *testing.T, s *dovecot.Server, user string) []mailbox.Item {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", s.Address)
	must(t, err)
	session, err := imapbox.New(nil).Connect(t.Context(), mailbox.Mailbox{
		ID: "look", Host: a.IP.String(), Port: a.Port, Security: mailbox.None, User: user, Password: mailbox.NewSecret(dovecot.Password),
	})
	must(t, err)
	defer func() { _ = session.Close() }()
	if _, err := session.Select(t.Context(), "INBOX", true); err != nil {
		t.Fatal(err)
	}
	items, err := session.List(t.Context())
	must(t, err)
	return items
}
