package fault_test

import (
	"io"
	"net"
	"runtime"
	"sync"
	"testing"

	"example.com/ticketmail/storage/storetest/fault"
)

// newEcho starts a server that sends back what it gets, and a proxy before it.
func newEcho(t *testing.T) *fault.Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			})
		}
	})
	p, err := fault.NewProxy("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Close()
		_ = l.Close()
		wg.Wait()
	})
	return p
}

func dial(t *testing.T, p *fault.Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// echo sends a text, signs off and returns what came back.
func echo(c net.Conn, text string) (string, error) {
	if _, err := io.WriteString(c, text); err != nil {
		return "", err
	}
	_ = c.(*net.TCPConn).CloseWrite()
	b, err := io.ReadAll(c)
	return string(b), err
}

func TestProxyPasses(t *testing.T) {
	p := newEcho(t)
	if got, err := echo(dial(t, p), "hello"); got != "hello" || err != nil {
		t.Errorf("echo = %q, %v", got, err)
	}
	if n := p.Passed(); n != 10 {
		t.Errorf("Passed() = %d, want 10", n)
	}
}

func TestProxyCuts(t *testing.T) {
	for name, tt := range map[string]struct {
		after int64
		how   fault.Break
		want  string
		fails bool
	}{
		"on the way there": {3, fault.Hangup, "", false},
		"on the way back":  {8, fault.Hangup, "hel", false},
		"reset":            {0, fault.Reset, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newEcho(t)
			p.CutAfter(tt.after, tt.how)
			got, err := echo(dial(t, p), "hello")
			if got != tt.want || (err != nil) != tt.fails {
				t.Errorf("echo = %q, %v, want %q", got, err, tt.want)
			}
			if p.Armed() || p.Passed() != tt.after {
				t.Errorf("%d bytes passed, want %d", p.Passed(), tt.after)
			}
			if got, err := echo(dial(t, p), "hello"); got != "hello" || err != nil { // once only
				t.Errorf("the next echo = %q, %v", got, err)
			}
		})
	}
}

// A stalled connection is open, and silent: what is sent on it is swallowed.
func TestProxyStalls(t *testing.T) {
	p := newEcho(t)
	c := dial(t, p)
	p.CutAfter(0, fault.Stall)
	if _, err := io.WriteString(c, "hello"); err != nil {
		t.Fatal(err)
	}
	for p.Armed() { // until that has come
		runtime.Gosched()
	}
	if got, err := echo(dial(t, p), "others"); got != "others" || err != nil {
		t.Errorf("another connection echoes %q, %v", got, err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Errorf("the stalled connection: %v", err)
	}
	if b, err := io.ReadAll(c); len(b) > 0 || err != nil { // until we hang up ourselves
		t.Errorf("on the stalled connection came %q, %v", b, err)
	}
}

func TestProxyDown(t *testing.T) {
	p := newEcho(t)
	c := dial(t, p)
	if _, err := io.WriteString(c, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	p.Down()
	if _, err := io.ReadAll(c); err == nil {
		t.Error("an open connection was not reset")
	}
	if c, err := net.Dial("tcp", p.Addr()); err == nil { // or it was reset before that
		if got, _ := echo(c, "hello"); got != "" {
			t.Errorf("while down, a new connection echoes %q", got)
		}
		_ = c.Close()
	}
	p.Up()
	if got, err := echo(dial(t, p), "hello"); got != "hello" || err != nil {
		t.Errorf("up again: %q, %v", got, err)
	}
}
