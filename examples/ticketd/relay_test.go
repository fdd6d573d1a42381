package main

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A relay is the way to a mail server, and knows when that is done: it carries
// out what it was asked for also when its client was killed meanwhile, and may be
// at it still when the next client asks for the same.
type relay struct {
	address string

	mu   sync.Mutex
	open int // connections
	idle *sync.Cond
}

// newRelay starts a relay that ends with the test.
func newRelay(t *testing.T, server string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{address: l.Addr().String()}
	r.idle = sync.NewCond(&r.mu)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			r.count(1)
			all.Go(func() {
				defer r.count(-1)
				pass(client, server)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return r
}

// pass passes on what both sides say, and returns when the server has ended.
func pass(client net.Conn, server string) {
	defer client.Close()
	conn, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer conn.Close()
	var asking sync.WaitGroup
	asking.Go(func() {
		_, _ = io.Copy(conn, client)
		_ = conn.(*net.TCPConn).CloseWrite()
	})
	_, _ = io.Copy(client, conn)     // as long as somebody listens
	_, _ = io.Copy(io.Discard, conn) // and until all is said
	_ = client.Close()
	asking.Wait()
}

func (r *relay) count(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open += n
	r.idle.Broadcast()
}

// settle waits until the server is done with all that it was asked for.
func (r *relay) settle(t testing.TB) {
	t.Helper()
	late := false
	timer := time.AfterFunc(3*time.Minute, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		late = true
		r.idle.Broadcast()
	})
	defer timer.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.open > 0 && !late {
		r.idle.Wait()
	}
	if r.open > 0 {
		t.Fatalf("the server keeps %d connections open whose client is dead", r.open)
	}
}
