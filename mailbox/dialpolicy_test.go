package mailbox_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
)

// notPublic are addresses that a host with foreign tenants must not connect to
// (THREATS S12, H68).
const notPublic = `
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.254 127.0.0.1 127.0.0.53 127.255.255.255
168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 169.254.169.123 172.16.0.1 172.17.0.1 172.31.255.255
192.0.0.1 192.0.0.170 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.254 255.255.255.255
:: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:0:127.0.0.1 100::1 200::1 400::1 1000::1 4000::1 8000::1 e000::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:192.168.1.1 ::ffff:0.0.0.0 ::ffff:168.63.129.16
64:ff9b::127.0.0.1 64:ff9b::8.8.8.8 64:ff9b::a9fe:a9fe 64:ff9b:1::1 64:ff9b:1:ffff::10.0.0.1
2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:30::1 2001:1ff:ffff::1
2001:db8::1 2001:db8:ffff::1 2002:7f00:1::1 2002:a00:1::1 2002:808:808::1 3ffe::1 3fff::1 3fff:fff::1
fc00::1 fd00:ec2::254 fd12:3456:789a::1 fe80::1 fe80::1%lo fe80::a9fe:a9fe%eth0 febf::1 fec0::1 ff02::1 ff0e::1 5f00::1`

// public ones stand right beside those.
const public = `
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15 168.63.129.17
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0
198.17.255.255 198.20.0.0 203.0.112.255 203.0.114.0 223.255.255.255 ::ffff:8.8.8.8
2000::1 2001:200::1 2001:4860:4860::8888 2001:db7:ffff::1 2001:db9::1 2003::1 2606:4700:4700::1111 2a00:1450:4001::1
3ffd:ffff::1 3fff:1000::1 3ffe:ffff::`

func TestPublicAddress(t *testing.T) {
	for text := range strings.FieldsSeq(notPublic) {
		if ok, reason := mailbox.PublicAddress(netip.MustParseAddr(text)); ok || reason == "" {
			t.Errorf("%s: public = %t, %q; want a reason why not", text, ok, reason)
		}
	}
	for text := range strings.FieldsSeq(public) {
		want := text != "3ffe:ffff::" // the former 6bone, to its end
		if ok, reason := mailbox.PublicAddress(netip.MustParseAddr(text)); ok != want || ok != (reason == "") {
			t.Errorf("%s: public = %t, %q; want %t", text, ok, reason, want)
		}
	}
	if ok, reason := mailbox.PublicAddress(netip.Addr{}); ok || reason == "" {
		t.Errorf("no address: public = %t, %q", ok, reason)
	}
}

// Not one of the addresses is connected to, as it stands and as the only one
// or one of several of a name.
func TestPublicOnlyConnectsNowhereElse(t *testing.T) {
	n := 0
	for text := range strings.FieldsSeq(notPublic) {
		a := netip.MustParseAddr(text)
		n++
		var dialled []string
		dial := func(_ context.Context, _, address string) (net.Conn, error) {
			dialled = append(dialled, address)
			return nil, errors.New("nobody there")
		}
		hosts := []string{text}
		if a.Zone() == "" {
			hosts = append(hosts, "mail.example")
		}
		for _, host := range hosts {
			policy := mailbox.DialPolicy{PublicOnly: true, Resolver: names(func(string) []netip.Addr { return []netip.Addr{a} })}
			for name, connect := range map[string]func(context.Context, string, string) (net.Conn, error){"own": policy.DialContext, "over": policy.Over(dial)} {
				_, err := connect(t.Context(), "tcp", net.JoinHostPort(host, "993"))
				refused, ok := errors.AsType[*mailbox.RefusedAddressError](err)
				if !ok || refused.Address != a.WithZone("").Unmap() || refused.Reason == "" {
					t.Errorf("%s %s at %s: %v, want a *RefusedAddressError for it", name, host, a, err)
				}
				if host != text && err != nil && strings.Contains(err.Error(), refused.Address.String()) {
					t.Errorf("the error tells where the name leads: %v", err)
				}
			}
		}
		if len(dialled) > 0 {
			t.Errorf("%s was connected to", dialled)
		}
	}
	if n < 60 {
		t.Errorf("%d addresses tried, want 60 at least", n)
	}
}

// A listener on loopback hears nothing, whatever name or form leads there; with
// the zero policy it does.
func TestRebinding(t *testing.T) {
	heard, port := listener(t)
	loopback, elsewhere := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("8.8.8.8")
	for name, tt := range map[string]struct {
		host      string
		at, first []netip.Addr // where the name is; what was said when it was looked at
	}{
		"address":             {host: "127.0.0.1"},
		"IPv4 in IPv6":        {host: "::ffff:127.0.0.1"},
		"unspecified":         {host: "0.0.0.0"},
		"unspecified in IPv6": {host: "::"},
		"name":                {host: "mail.example", at: []netip.Addr{loopback}},
		"several":             {host: "mail.example", at: []netip.Addr{loopback, netip.MustParseAddr("127.0.0.2")}},
		"rebound":             {host: "mail.example", at: []netip.Addr{loopback}, first: []netip.Addr{elsewhere}},
	} {
		t.Run(name, func(t *testing.T) {
			before := heard.Load()
			for _, only := range []bool{true, false} {
				var looked atomic.Bool
				policy := mailbox.DialPolicy{PublicOnly: only, Resolver: names(func(string) []netip.Addr {
					if tt.first != nil && !looked.Load() {
						return tt.first
					}
					return tt.at
				})}
				if tt.first != nil {
					facts, err := policy.Describe(t.Context(), tt.host)
					if diff := cmp.Diff([]string{"8.8.8.8"}, facts); diff != "" || err != nil {
						t.Errorf("Describe: %v (-want +got):\n%s", err, diff)
					}
					looked.Store(true)
				}
				conn, err := policy.DialContext(t.Context(), "tcp", net.JoinHostPort(tt.host, port))
				if conn != nil {
					_, _ = io.Copy(io.Discard, conn) // until it was heard
					_ = conn.Close()
				}
				if _, refused := errors.AsType[*mailbox.RefusedAddressError](err); refused != only || (err == nil) == only {
					t.Errorf("PublicOnly %t: %v", only, err)
				}
			}
			if n := heard.Load() - before; n != 1 {
				t.Errorf("%d connections, want one, without the policy", n)
			}
		})
	}
}

// Over gives away the very address that was judged, and goes on to the next
// where one does not answer.
func TestPolicyOver(t *testing.T) {
	var dialled []string
	dial := func(_ context.Context, network, address string) (net.Conn, error) {
		dialled = append(dialled, network+" "+address)
		if strings.Contains(address, "8.8.4.4") {
			client, server := net.Pipe()
			t.Cleanup(func() { _ = server.Close() })
			return client, nil
		}
		return nil, errors.New("nobody there")
	}
	answer := []netip.Addr{
		netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("10.1.0.1"), netip.MustParseAddr("8.8.4.4"), netip.MustParseAddr("1.1.1.1"),
	}
	resolver := names(func(string) []netip.Addr { return answer })
	for name, tt := range map[string]struct {
		policy mailbox.DialPolicy
		want   map[string]bool // of the answer
	}{
		"all":      {mailbox.DialPolicy{}, nil},
		"public":   {mailbox.DialPolicy{PublicOnly: true}, map[string]bool{"8.8.8.8": true, "8.8.4.4": true}},
		"own site": {mailbox.DialPolicy{PublicOnly: true, Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}, map[string]bool{"8.8.8.8": true, "10.1.0.1": true, "8.8.4.4": true}},
		"denied":   {mailbox.DialPolicy{Deny: []netip.Prefix{netip.MustParsePrefix("8.8.8.0/24"), netip.MustParsePrefix("::ffff:10.1.0.0/112")}}, map[string]bool{"10.0.0.1": true, "8.8.4.4": true}},
		"deny wins": {mailbox.DialPolicy{
			PublicOnly: true, Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Deny: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")},
		}, map[string]bool{"10.0.0.1": true, "8.8.8.8": true, "8.8.4.4": true}},
	} {
		t.Run(name, func(t *testing.T) {
			dialled = nil
			tt.policy.Resolver = resolver
			conn, err := tt.policy.Over(dial)(t.Context(), "tcp", "mail.example:993")
			if tt.want == nil {
				if diff := cmp.Diff([]string{"tcp mail.example:993"}, dialled); diff != "" {
					t.Errorf("dialled (-want +got):\n%s", diff)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
			for _, d := range dialled { // until one answers
				if a := strings.TrimSuffix(strings.TrimPrefix(d, "tcp "), ":993"); !tt.want[a] {
					t.Errorf("dialled %q, want only %v", d, tt.want)
				}
			}
		})
	}
	want := []string{"1.1.1.1", "8.8.4.4", "8.8.8.8", "2 of its addresses are closed to this program"}
	if diff := cmp.Diff(want, mailbox.DialPolicy{PublicOnly: true}.Tell(answer)); diff != "" {
		t.Errorf("Tell (-want +got):\n%s", diff)
	}
	want = []string{"1 of its addresses is closed to this program"}
	if diff := cmp.Diff(want, mailbox.DialPolicy{PublicOnly: true}.Tell([]netip.Addr{netip.MustParseAddr("10.0.0.1")})); diff != "" {
		t.Errorf("Tell of one (-want +got):\n%s", diff)
	}
}

// A policy that restricts has no say about what has no address.
func TestPolicyRefusesSockets(t *testing.T) {
	_, err := mailbox.DialPolicy{PublicOnly: true}.DialContext(t.Context(), "unix", t.TempDir()+"/socket")
	if _, refused := errors.AsType[*mailbox.RefusedAddressError](err); !refused {
		t.Errorf("a Unix socket: %v, want a *RefusedAddressError", err)
	}
}

func ExampleDialPolicy() {
	policy := mailbox.DialPolicy{
		PublicOnly: true,
		Allow:      []netip.Prefix{netip.MustParsePrefix("10.20.30.0/28")}, // our own mail servers
	}
	for _, a := range []string{"8.8.8.8", "10.20.30.4", "169.254.169.254"} {
		err := policy.Check(netip.MustParseAddr(a))
		if refused, ok := errors.AsType[*mailbox.RefusedAddressError](err); ok {
			fmt.Println(a, "is", refused.Reason)
		} else {
			fmt.Println(a, "is fine")
		}
	}
	// Output:
	// 8.8.8.8 is fine
	// 10.20.30.4 is fine
	// 169.254.169.254 is link-local
}

// listener counts the connections to a port of loopback.
func listener(t *testing.T) (heard *atomic.Int32, port string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard = &atomic.Int32{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			heard.Add(1)
			_ = conn.Close()
		}
	})
	t.Cleanup(func() { _ = ln.Close(); wg.Wait() })
	_, port, err = net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return heard, port
}

// names is a resolver whose name server answers every question about addresses
// with those of answer that fit.
func names(answer func(name string) []netip.Addr) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			buf := make([]byte, 2+1<<10) // a stream: as over TCP, with a length before each message
			for {
				n, err := server.Read(buf)
				if err != nil || n < 14 {
					return
				}
				if _, err := server.Write(reply(buf[2:n], answer)); err != nil {
					return
				}
			}
		}()
		return client, nil
	}}
}

// reply answers a question as a name server does (RFC 1035 section 4), with
// the length before it.
func reply(question []byte, answer func(name string) []netip.Addr) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5 // the root, type and class
	kind := binary.BigEndian.Uint16(question[end-4:])
	var found []netip.Addr
	for _, a := range answer(string(question[13 : end-5])) {
		if a.Is4() == (kind == 1) && (kind == 1 || kind == 28) {
			found = append(found, a)
		}
	}
	m := append([]byte{}, question[:end]...)
	m[2], m[3] = 0x84, 0 // an answer, and the last word
	binary.BigEndian.PutUint16(m[6:], uint16(len(found)))
	m[8], m[9], m[10], m[11] = 0, 0, 0, 0
	for _, a := range found {
		raw := a.AsSlice()
		m = append(m, 0xc0, 12) // the name of the question
		m = binary.BigEndian.AppendUint16(m, kind)
		m = append(m, 0, 1, 0, 0, 0, 0) // class IN, not to be kept
		m = binary.BigEndian.AppendUint16(m, uint16(len(raw)))
		m = append(m, raw...)
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...)
}
