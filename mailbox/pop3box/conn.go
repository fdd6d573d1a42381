package pop3box

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"example.com/ticketmail/internal/wire"
)

const (
	maxLine    = 16 << 10 // of an answer; a challenge may have 12,288 (RFC 5034 section 4)
	readBuffer = 2 * maxLine
	pipelined  = 16 // commands under way where the server has PIPELINING
)

// A conn speaks POP3 (RFC 1939): commands out, lines in.
type conn struct {
	net    net.Conn
	guard  *wire.Conn // what net is, but for the plain text before STLS
	r      *bufio.Reader
	w      *bufio.Writer
	limit  time.Duration // for one line to arrive
	window int           // commands that may be under way
}

func newConn(c net.Conn, limit time.Duration) *conn {
	guard, _ := c.(*wire.Conn)
	return &conn{net: c, guard: guard, r: bufio.NewReaderSize(c, readBuffer), w: bufio.NewWriter(c), limit: limit, window: 1}
}

// expect and relax say whether we wait for the server.
func (c *conn) expect() {
	if c.guard != nil {
		c.guard.Expect()
	}
}

func (c *conn) relax() {
	if c.guard != nil {
		c.guard.Relax()
	}
}

// errGone is a connection that ends where an answer is due.
var errGone = fmt.Errorf("the server closed the connection: %w", io.ErrUnexpectedEOF)

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return errGone
	}
	return err
}

// line returns the next line without its end, which is valid until the next
// read. It must arrive in time as a whole, and not only its bytes one by one.
func (c *conn) line() ([]byte, error) {
	var started time.Time
	for {
		got, _ := c.r.Peek(c.r.Buffered())
		if i := bytes.IndexByte(got, '\n'); i >= 0 && i <= maxLine {
			_, _ = c.r.Discard(i + 1)
			return bytes.TrimSuffix(got[:i], []byte("\r")), nil
		}
		switch {
		case len(got) > maxLine:
			return nil, fmt.Errorf("%w: a line of over %d bytes", wire.ErrLimit, maxLine)
		case started.IsZero():
			started = time.Now()
		case time.Since(started) >= c.limit:
			return nil, fmt.Errorf("%w: no whole line within %s", wire.ErrIdle, c.limit)
		}
		if _, err := c.r.Peek(len(got) + 1); err != nil {
			return nil, ended(err)
		}
	}
}

// errChallenge: nothing was asked that wants one.
var errChallenge = errors.New("the server answers with a challenge")

// status returns the answer to a command; -ERR is a *refusal.
func (c *conn) status() (reply, error) {
	r, err := c.reply()
	if err == nil && r.more {
		err = errChallenge
	}
	return r, err
}

// reply is status where a challenge may be the answer.
func (c *conn) reply() (reply, error) {
	l, err := c.line()
	if err != nil {
		return reply{}, err
	}
	r, err := parseReply(l)
	if err == nil && r.refusal != nil {
		err = r.refusal
	}
	return r, err
}

// queue buffers a command.
func (c *conn) queue(command string) {
	_, _ = c.w.WriteString(command) // an error stays until Flush
	_, _ = c.w.WriteString("\r\n")
}

// send sends a line.
func (c *conn) send(line string) error {
	c.queue(line)
	return c.w.Flush()
}

// ask sends a command and returns the answer.
func (c *conn) ask(command string) (reply, error) {
	name, _, _ := strings.Cut(command, " ")
	return c.exchange(name, command, c.status)
}

// exchange sends a line and returns the answer that read gets. name stands in
// the error, since the line may hold a secret.
func (c *conn) exchange(name, line string, read func() (reply, error)) (reply, error) {
	err := c.send(line)
	var r reply
	if err == nil {
		r, err = read()
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// lines calls each with the lines that follow a +OK, at most most of them. A
// line is valid until each returns.
func (c *conn) lines(most int, each func(line []byte) error) error {
	for range most + 1 {
		l, err := c.line()
		switch {
		case err != nil:
			return err
		case len(l) == 1 && l[0] == '.':
			return nil
		case len(l) > 0 && l[0] == '.':
			l = l[1:]
		}
		if err := each(l); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: over %d lines", wire.ErrLimit, most)
}

// pipeline sends n commands, several at a time where the server can take them,
// and reads the answers in order. An error from answer ends it; answers may
// then be under way, and the connection is closed.
func (c *conn) pipeline(n int, command func(i int) string, answer func(i int) error) error {
	sent := 0
	for i := range n {
		if sent < n && sent-i <= c.window/2 {
			for ; sent < n && sent-i < c.window; sent++ {
				c.queue(command(sent))
			}
			if err := c.w.Flush(); err != nil {
				return err
			}
		}
		if err := answer(i); err != nil {
			_ = c.net.Close()
			return err
		}
	}
	return nil
}
