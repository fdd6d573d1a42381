package pop3box_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/pop3box"
)

// mailboxAt returns the mailbox of the test's user, without TLS.
func mailboxAt(t testing.TB, address string) mailbox.Mailbox {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return mailbox.Mailbox{
		ID: "test", Protocol: mailbox.POP3, Host: a.IP.String(), Port: a.Port, Security: mailbox.None,
		User: pop3test.User, Password: mailbox.NewSecret(pop3test.Password),
	}
}

// account returns the mailbox of a server as a test account.
func account(t *testing.T, s *pop3test.Server, opts *pop3box.Options) mailboxtest.Account {
	return mailboxtest.Account{
		Connector: pop3box.New(opts),
		Mailbox:   mailboxAt(t, s.Address),
		Add:       func(raws ...string) error { s.Add(raws...); return nil },
		Contents:  func() ([]string, error) { return s.Raws(), nil },
		Vanish:    func(n int) error { s.Vanish(n); return nil },
	}
}

// bodies returns what a fetch hands over, by UID.
func bodies(ctx context.Context, session mailbox.Session, items []mailbox.Item) (map[string]string, error) {
	got := map[string]string{}
	err := session.Fetch(ctx, items, func(it mailbox.Item, body io.Reader) error {
		raw, err := io.ReadAll(body)
		got[it.UID] = string(raw)
		return err
	})
	return got, err
}

// A recorder keeps what was sent over the connections that it dials, with a
// bar behind each packet. It is safe for concurrent use.
type recorder struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *recorder) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return recorded{conn, r}, nil
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

type recorded struct {
	net.Conn
	r *recorder
}

func (c recorded) Write(p []byte) (int, error) {
	_, _ = c.r.Write(append(slices.Clone(p), '|'))
	return c.Conn.Write(p)
}

func newRecorded(r *recorder) *pop3box.Connector {
	return pop3box.New(&pop3box.Options{Dial: r.dial})
}
