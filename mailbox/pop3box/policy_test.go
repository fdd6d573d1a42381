package pop3box_test

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/pop3box"
)

// With a policy that allows public addresses alone, nobody connects to what is
// not, and a connection test says why, but not where the name leads (THREATS
// S12, H68).
func TestPolicy(t *testing.T) {
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
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	m := mailbox.Mailbox{ID: "box", Protocol: mailbox.POP3, Host: "localhost", User: "u", Password: mailbox.NewSecret("secret")}
	if m.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	for name, dial := range map[string]*net.Dialer{"own dialer": nil, "host's dialer": {}} {
		opts := &pop3box.Options{Policy: mailbox.DialPolicy{PublicOnly: true}}
		if dial != nil {
			opts.Dial = dial.DialContext
		}
		c := pop3box.New(opts)
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
