package fault

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
)

// A Break is how a connection ends.
type Break string

// The kinds of break, on both sides of the proxy at once.
const (
	Hangup Break = "hangup" // closed in order (FIN)
	Reset  Break = "reset"  // closed at once (RST)
	Stall  Break = "stall"  // stays open, and nothing comes any more
)

// A Proxy passes TCP connections on to a server, and breaks them when told.
// It is safe for concurrent use. [NewProxy] makes one.
type Proxy struct {
	listener net.Listener
	dial     func(ctx context.Context) (net.Conn, error)
	ctx      context.Context //nolint:containedctx // ends with Close, for dialling
	cancel   context.CancelFunc
	wg       sync.WaitGroup

	mu     sync.Mutex
	passed int64 // bytes, both ways
	armed  bool
	cut    int64 // at this many passed
	how    Break
	down   bool
	conns  map[*link]struct{}
}

// NewProxy listens on a free port of 127.0.0.1 for connections to a server,
// named as for [net.Dial]; it may be a Unix socket.
func NewProxy(network, address string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, conns: map[*link]struct{}{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.dial = func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	p.wg.Go(p.accept)
	return p, nil
}

// Addr returns the host:port to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Passed returns how many bytes passed so far, both ways together, over all
// connections.
func (p *Proxy) Passed() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

// CutAfter breaks the connection on which, from now on, the n-th byte would
// pass, both ways together, before that byte: 0 breaks at the next one. It does
// so once; other connections go on.
func (p *Proxy) CutAfter(n int64, how Break) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.cut, p.how = true, p.passed+n, how
}

// Armed reports whether a cut was ordered that has not come to pass.
func (p *Proxy) Armed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.armed
}

// Down resets all connections and every new one, until Up.
func (p *Proxy) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for l := range p.conns {
		l.end(Reset)
	}
}

// Up ends what Down began.
func (p *Proxy) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// Close ends the proxy and its connections, and waits for its goroutines.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.cancel()
	p.mu.Lock()
	p.down = true
	for l := range p.conns {
		l.end(Hangup)
	}
	p.mu.Unlock()
	p.wg.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.serve(client) })
	}
}

// A link is one connection through the proxy.
type link struct {
	client, server net.Conn
	broken         Break // once cut: nothing passes any more, either way; under Proxy.mu
}

func (l *link) end(how Break) {
	for _, c := range []net.Conn{l.client, l.server} {
		if tcp, ok := c.(*net.TCPConn); ok && how == Reset {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

func (p *Proxy) serve(client net.Conn) {
	server, err := p.dial(p.ctx)
	if err != nil {
		_ = client.Close()
		return
	}
	l := &link{client: client, server: server}
	p.mu.Lock()
	p.conns[l] = struct{}{}
	if p.down {
		l.end(Reset)
	}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pass(l, server, client) })
	both.Go(func() { p.pass(l, client, server) })
	both.Wait()
	p.mu.Lock()
	delete(p.conns, l)
	p.mu.Unlock()
	l.end(Hangup)
}

// pass copies what one side sends, until it ends or is cut.
func (p *Proxy) pass(l *link, to, from net.Conn) {
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		allowed, how := p.allow(l, n)
		if allowed > 0 {
			if _, err := to.Write(buf[:allowed]); err != nil {
				l.end(Hangup)
				return
			}
		}
		switch {
		case how == Stall:
			_, _ = io.Copy(io.Discard, from) // so that its sender notices nothing
			l.end(Hangup)
			return
		case how != "":
			l.end(how)
			return
		case errors.Is(err, io.EOF):
			if half, ok := to.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
			return
		case err != nil:
			l.end(Hangup)
			return
		}
	}
}

// allow counts n bytes of a connection, and says how many of them may pass and
// how it ends after them, if it does.
func (p *Proxy) allow(l *link, n int) (allowed int, how Break) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.broken != "" { // by what went the other way
		return 0, l.broken
	}
	if p.armed && p.passed+int64(n) > p.cut {
		n = int(p.cut - p.passed)
		l.broken = p.how
		p.armed = false
	}
	p.passed += int64(n)
	return n, l.broken
}
