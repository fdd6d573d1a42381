package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ErrIdle reports that the server sent nothing for too long.
var ErrIdle = errors.New("the server does not answer")

const readBuffer = 64 << 10

// A Conn guards a connection to a server for a protocol library that has no
// deadlines and no limits of its own:
//
//   - While bytes are expected (see [Conn.Expect]) the server may be silent
//     for the idle time at most. A slow server that keeps sending is not cut
//     off, nor is one that waits for us. How long a server may go on sending
//     is up to the caller: servers send "* OK still here" for minutes.
//   - A [Limiter] sees every byte before the library does.
//   - The first error closes the connection and is the error of every later
//     read: a library that reads on after a timeout would wait again.
//
// Deadlines that the library sets are ignored. One goroutine may read and
// another write; the other methods are safe for concurrent use.
type Conn struct {
	net.Conn          // TLS, or raw itself
	raw      net.Conn // closed without the TLS farewell, which can block
	idle     time.Duration
	limit    *Limiter
	expected atomic.Int64 // since when bytes are expected, Unix nanoseconds; 0: they are not
	buf      []byte
	data     []byte // unread part of buf

	mu  sync.Mutex
	err error

	writes   sync.Mutex    // guards what follows
	gathered *bytes.Buffer // what is held back; nil: nothing is
}

// NewConn guards conn, whose transport is raw (for a plain connection the
// same). limit may be nil. Bytes are expected from the start.
func NewConn(conn, raw net.Conn, idle time.Duration, limit *Limiter) *Conn {
	c := &Conn{Conn: conn, raw: raw, idle: idle, limit: limit, buf: make([]byte, readBuffer)}
	c.Expect()
	return c
}

// Expect says that somebody waits for the server from now on.
func (c *Conn) Expect() {
	now := time.Now()
	c.expected.Store(now.UnixNano())
	// A read that waits already has an older deadline: it looks here then.
	// One that has none, because nothing was expected, gets its own.
	_ = c.Conn.SetReadDeadline(now.Add(c.idle))
}

// Relax says that nobody waits for the server: it may be silent.
func (c *Conn) Relax() { c.expected.Store(0) }

// Err returns the error that closed the connection, or nil.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if err := c.Err(); err != nil {
		return 0, err // what was read before counts for nothing
	}
	if len(c.data) == 0 {
		if err := c.fill(); err != nil {
			return 0, c.fail(err)
		}
	}
	n := copy(p, c.data)
	c.data = c.data[n:]
	return n, nil
}

func (c *Conn) fill() error {
	for {
		start := time.Now()
		_ = c.Conn.SetReadDeadline(start.Add(c.idle))
		n, err := c.Conn.Read(c.buf)
		if n > 0 {
			c.data = c.buf[:n]
			if c.limit != nil {
				return c.limit.see(c.data)
			}
			return nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if c.overdue(start) {
			return fmt.Errorf("%w for %s", ErrIdle, c.idle)
		}
	}
}

// overdue reports whether a read that began at start waited the idle time for
// bytes that were expected.
func (c *Conn) overdue(start time.Time) bool {
	since := c.expected.Load()
	if since == 0 {
		return false
	}
	if s := time.Unix(0, since); s.After(start) {
		start = s
	}
	return time.Since(start) >= c.idle
}

// Write implements net.Conn. The server must take the bytes within the idle
// time.
func (c *Conn) Write(p []byte) (int, error) {
	if err := c.Err(); err != nil {
		return 0, err
	}
	c.writes.Lock()
	defer c.writes.Unlock()
	if c.gathered != nil {
		return c.gathered.Write(p)
	}
	return c.write(p)
}

func (c *Conn) write(p []byte) (int, error) {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(c.idle))
	n, err := c.Conn.Write(p)
	if err != nil {
		return n, c.fail(err)
	}
	return n, nil
}

// Gather holds back what is written until send is called, which sends it in one
// piece: commands that belong together then reach the server together.
func (c *Conn) Gather() (send func() error) {
	c.writes.Lock()
	defer c.writes.Unlock()
	c.gathered = &bytes.Buffer{}
	return func() error {
		if err := c.Err(); err != nil {
			return err
		}
		c.writes.Lock()
		defer c.writes.Unlock()
		gathered := c.gathered
		c.gathered = nil
		_, err := c.write(gathered.Bytes())
		return err
	}
}

// fail closes the connection with its first error, which it returns.
func (c *Conn) fail(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		_ = c.raw.Close()
	}
	return c.err
}

// Close closes the connection at once.
func (c *Conn) Close() error {
	_ = c.fail(net.ErrClosed)
	return nil
}

// SetDeadline does nothing.
func (c *Conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }
