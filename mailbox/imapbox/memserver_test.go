package imapbox_test

import (
	"bytes"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

const user, password = "support", "secret"

// A wireLog keeps what a server heard and said.
type wireLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *wireLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *wireLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func capSet(caps ...imap.Cap) imap.CapSet {
	set := imap.CapSet{}
	for _, c := range caps {
		set[c] = struct{}{}
	}
	return set
}

type memServer struct {
	address string
	log     wireLog
}

// startMem starts a server in this process with one user, whose folders are
// INBOX and those named.
func startMem(t testing.TB, caps imap.CapSet, folders ...string) *memServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := imapmemserver.NewUser(user, password)
	for _, name := range append(folders, "INBOX") {
		if err := u.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	mem := imapmemserver.New()
	mem.AddUser(u)
	s := &memServer{address: ln.Addr().String()}
	opts := &imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps:         caps,
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	}
	if _, bench := t.(*testing.B); !bench {
		opts.DebugWriter = &s.log
	}
	srv := imapserver.New(opts)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(ln)
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return s
}

func mailboxAt(t testing.TB, address string) mailbox.Mailbox {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return mailbox.Mailbox{
		ID: "test", Host: a.IP.String(), Port: a.Port, Security: mailbox.None,
		User: user, Password: mailbox.NewSecret(password),
	}
}

// other runs fn as another client that has INBOX selected.
func other(address string, fn func(c *imapclient.Client, mails uint32) error) error {
	c, err := imapclient.DialInsecure(address, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Login(user, password).Wait(); err != nil {
		return err
	}
	inbox, err := c.Select("INBOX", nil).Wait()
	if err != nil {
		return err
	}
	return fn(c, inbox.NumMessages)
}

func addMails(address string, raws ...string) error {
	return other(address, func(c *imapclient.Client, _ uint32) error {
		for _, raw := range raws {
			cmd := c.Append("INBOX", int64(len(raw)), nil)
			if _, err := io.WriteString(cmd, raw); err != nil {
				return err
			}
			if err := cmd.Close(); err != nil {
				return err
			}
			if _, err := cmd.Wait(); err != nil {
				return err
			}
		}
		return nil
	})
}

func contents(address string) (raws []string, err error) {
	err = other(address, func(c *imapclient.Client, mails uint32) error {
		if mails == 0 {
			return nil
		}
		all := imap.SeqSet{{Start: 1, Stop: mails}}
		section := &imap.FetchItemBodySection{Peek: true}
		list, err := c.Fetch(all, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
		for _, m := range list {
			raws = append(raws, string(m.FindBodySection(section)))
		}
		return err
	})
	return raws, err
}

func markNth(address string, n int) error {
	return other(address, func(c *imapclient.Client, _ uint32) error {
		flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
		return c.Store(imap.SeqSetNum(uint32(n+1)), flags, nil).Close()
	})
}

func vanishNth(address string, n int) error {
	return other(address, func(c *imapclient.Client, _ uint32) error {
		flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
		if err := c.Store(imap.SeqSetNum(uint32(n+1)), flags, nil).Close(); err != nil {
			return err
		}
		return c.Expunge().Close()
	})
}

func wipe(address string) error {
	return other(address, func(c *imapclient.Client, mails uint32) error {
		if mails == 0 {
			return nil
		}
		flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
		if err := c.Store(imap.SeqSet{{Start: 1, Stop: mails}}, flags, nil).Close(); err != nil {
			return err
		}
		return c.Expunge().Close()
	})
}

func accountAt(t testing.TB, address string) mailboxtest.Account {
	return mailboxtest.Account{
		Connector: imapbox.New(nil),
		Mailbox:   mailboxAt(t, address),
		Add:       func(raws ...string) error { return addMails(address, raws...) },
		Contents:  func() ([]string, error) { return contents(address) },
		Vanish:    func(n int) error { return vanishNth(address, n) },
		Mark:      func(n int) error { return markNth(address, n) },
	}
}

func TestSessionInProcess(t *testing.T) {
	rev1 := imap.CapIMAP4rev1
	for name, tt := range map[string]struct {
		caps        imap.CapSet
		sent, never string
	}{
		"rev1":                {caps: capSet(rev1), sent: " EXPUNGE", never: "UID EXPUNGE"},
		"rev1 uidplus":        {caps: capSet(rev1, imap.CapUIDPlus, imap.CapSASLIR), sent: "UID EXPUNGE"},
		"rev1 move, no trash": {caps: capSet(rev1, imap.CapMove), never: "UID MOVE"},
		"rev2":                {caps: capSet(imap.CapIMAP4rev2), sent: "UID EXPUNGE"},
		"rev1 and rev2":       {caps: capSet(rev1, imap.CapIMAP4rev2), sent: "ENABLE IMAP4rev2"},
	} {
		t.Run(name, func(t *testing.T) {
			var servers []*memServer
			mailboxtest.Run(t, func(t *testing.T) mailboxtest.Account {
				s := startMem(t, tt.caps)
				servers = append(servers, s)
				return accountAt(t, s.address)
			})
			var log strings.Builder
			for _, s := range servers {
				log.WriteString(ours(s.log.String()))
			}
			if !strings.Contains(log.String(), tt.sent) {
				t.Errorf("%q was never sent", tt.sent)
			}
			if tt.never != "" && strings.Contains(log.String(), tt.never) {
				t.Errorf("%q was sent", tt.never)
			}
		})
	}
}

// ours returns what went over the wire, but for the lines of untagged answers.
func ours(log string) string {
	var b strings.Builder
	for l := range strings.Lines(log) {
		if !strings.HasPrefix(l, "* ") {
			b.WriteString(l)
		}
	}
	return b.String()
}

// opened returns a session on INBOX and its listing.
func opened(t testing.TB, c *imapbox.Connector, m mailbox.Mailbox) (mailbox.Session, []mailbox.Item) {
	t.Helper()
	session, err := c.Connect(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	if _, err := session.Select(t.Context(), "INBOX", false); err != nil {
		t.Fatal(err)
	}
	items, err := session.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return session, items
}
