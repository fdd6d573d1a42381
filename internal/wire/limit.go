package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
)

// ErrLimit reports that a server sent more than a sane one does, ErrBody that
// it announced a body that is longer than allowed.
var (
	ErrLimit = errors.New("the server sends too much")
	ErrBody  = errors.New("the server sends too long a body")
)

// The limits of what an IMAP server sends (THREATS part 3).
const (
	MaxLine    = 64 << 10 // one line, literals apart
	MaxLiteral = 1 << 20  // a literal that is not a body
	MaxAnswer  = 16 << 20 // all that answers one command, bodies apart
)

// A Limiter follows what an IMAP server sends and stops it when a line, a
// literal or the whole answer to a command grows too long. Literals after
// "BODY[] " in an answer to FETCH are bodies: they have a limit of their own
// and do not count for the others.
type Limiter struct {
	total   atomic.Int64 // bytes since the last Reset
	line    int          // bytes of the present line
	maxLine atomic.Int64
	maxBody atomic.Int64
	literal int64  // bytes left of the present literal
	body    bool   // the present literal is a body
	head    []byte // begin of the present line, at most headLength bytes
	tail    []byte // end of it since the last literal, at most tailLength bytes
}

// NewLimiter returns a Limiter for the start of a connection.
func NewLimiter() *Limiter {
	l := &Limiter{head: make([]byte, 0, headLength), tail: make([]byte, 0, 2*tailLength)}
	l.maxLine.Store(MaxLine)
	return l
}

const (
	headLength = len("* 4294967295 FETCH (")
	tailLength = 48 // "BODY[] {9223372036854775807}\r\n" with room to spare
)

// Reset begins a new answer, whose lines may have line bytes and its bodies
// body bytes each.
func (l *Limiter) Reset(line, body int64) {
	l.maxLine.Store(line)
	l.maxBody.Store(body)
	l.total.Store(0)
}

// see follows the next bytes.
func (l *Limiter) see(p []byte) error {
	for len(p) > 0 {
		n := len(p)
		var err error
		switch {
		case l.literal > 0:
			n = int(min(l.literal, int64(n)))
			l.literal -= int64(n)
			err = l.count(n, l.body)
		default:
			if i := bytes.IndexByte(p, '\n'); i >= 0 {
				n = i + 1
			}
			err = errors.Join(l.count(n, false), l.text(p[:n]))
		}
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

func (l *Limiter) count(n int, body bool) error {
	if body {
		return nil
	}
	if l.total.Add(int64(n)) > MaxAnswer {
		return fmt.Errorf("%w: over %d bytes for one command", ErrLimit, MaxAnswer)
	}
	return nil
}

// text follows p, a line or a part of one.
func (l *Limiter) text(p []byte) error {
	if l.line += len(p); int64(l.line) > l.maxLine.Load() {
		return fmt.Errorf("%w: a line of over %d bytes", ErrLimit, l.maxLine.Load())
	}
	l.head = append(l.head, p[:min(len(p), headLength-len(l.head))]...)
	l.tail = append(l.tail, p[max(0, len(p)-tailLength):]...)
	if extra := len(l.tail) - tailLength; extra > 0 {
		l.tail = append(l.tail[:0], l.tail[extra:]...)
	}
	if p[len(p)-1] != '\n' {
		return nil
	}
	size, body, ok := literalAt(l.tail)
	body = body && isFetch(l.head)
	l.tail = l.tail[:0]
	if !ok {
		l.line, l.head = 0, l.head[:0]
		return nil
	}
	if body && size > max(l.maxBody.Load(), MaxLiteral) {
		return fmt.Errorf("%w: %d bytes", ErrBody, size)
	}
	if !body && size > MaxLiteral {
		return fmt.Errorf("%w: a literal of %d bytes", ErrLimit, size)
	}
	l.literal, l.body = size, body
	return nil
}

// isFetch reports whether a line that begins so is an answer to FETCH.
func isFetch(head []byte) bool {
	number, ok := bytes.CutPrefix(head, []byte("* "))
	rest := bytes.TrimLeft(number, "0123456789")
	return ok && len(rest) < len(number) && bytes.HasPrefix(bytes.ToUpper(rest), []byte(" FETCH ("))
}

// literalAt reports whether a line, of which tail is the end, announces a
// literal (RFC 9051 section 4.3), how long it is and whether it is a body.
func literalAt(tail []byte) (size int64, body, ok bool) {
	tail = bytes.TrimRight(tail, "\r\n")
	open := bytes.LastIndexByte(tail, '{')
	if open < 0 || tail[len(tail)-1] != '}' {
		return 0, false, false
	}
	n, err := strconv.ParseUint(string(tail[open+1:len(tail)-1]), 10, 63)
	if err != nil {
		return 0, false, false
	}
	before := bytes.ToUpper(bytes.TrimRight(tail[:open], " "))
	return int64(n), bytes.HasSuffix(before, []byte("BODY[]")), true
}
