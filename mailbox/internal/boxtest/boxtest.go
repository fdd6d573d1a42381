// Package boxtest is what tests of the adapters of package mailbox share, and
// is about no protocol.
package boxtest

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
)

// Opened returns a session on INBOX, for the length of the test, and its
// listing.
func Opened(t testing.TB, c mailbox.Connector, m mailbox.Mailbox) (mailbox.Session, []mailbox.Item) {
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

// Dial is how a connector dials; nil: by itself.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// PublicOnly checks that, with a policy that allows public addresses alone,
// nobody connects to what is not, and a connection test says why, but not where
// the name leads (THREATS S12, H68). connector makes the one to be tested.
func PublicOnly(t *testing.T, protocol mailbox.Protocol, connector func(mailbox.DialPolicy, Dial) mailbox.Prober) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan struct{}, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			heard <- struct{}{}
			_ = conn.Close()
		}
	}()
	m := mailbox.Mailbox{
		ID: "box", Protocol: protocol, Host: "localhost", Port: ln.Addr().(*net.TCPAddr).Port,
		User: "u", Password: mailbox.NewSecret("secret"),
	}
	for name, dial := range map[string]Dial{"own dialer": nil, "host's dialer": new(net.Dialer).DialContext} {
		c := connector(mailbox.DialPolicy{PublicOnly: true}, dial)
		_, err = c.Connect(t.Context(), m)
		if _, refused := errors.AsType[*mailbox.RefusedAddressError](err); !refused {
			t.Errorf("%s: Connect = %v, want a *RefusedAddressError", name, err)
		}
		var last mailbox.Step
		err = c.Probe(t.Context(), m, func(s mailbox.Step) {
			if text := strings.Join(s.Facts, " ") + s.Cause + s.Cure; strings.Contains(text, "127.0.0.1") || strings.Contains(text, "::1") {
				t.Errorf("%s: the test tells where the name leads: %q", name, text)
			}
			last = s
		})
		_, refused := errors.AsType[*mailbox.RefusedAddressError](last.Err)
		if !refused || last.Name != mailbox.StepDial || err == nil || !strings.Contains(last.Cause, "public") || !strings.Contains(last.Cure, "DialPolicy") {
			t.Errorf("%s: Probe = %v, last step %+v", name, err, last)
		}
	}
	_ = ln.Close()
	<-done
	if len(heard) > 0 {
		t.Errorf("%d connections", len(heard))
	}
}
