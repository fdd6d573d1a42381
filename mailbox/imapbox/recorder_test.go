package imapbox_test

import (
	"bytes"
	"context"
	"net"
	"sync"
)

// A recorder keeps what was sent over the connections that it dials. It is
// safe for concurrent use.
type recorder struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *recorder) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	return recorded{conn, r}, err
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
	_, _ = c.r.Write(p)
	return c.Conn.Write(p)
}
