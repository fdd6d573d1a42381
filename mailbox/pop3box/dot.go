package pop3box

import (
	"bufio"
	"bytes"
	"io"
)

// A dotReader reads a multi-line answer as it was before it was sent, byte for
// byte: without the dots that were stuffed and the final one (RFC 1939 section
// 3). An end before that is io.ErrUnexpectedEOF, after which nothing more may
// be read.
//
// Only CR LF ends a line. Whoever took a bare LF for one would let a mail with
// ".\r\n" after it end itself, and speak for the server from then on.
type dotReader struct {
	r     *bufio.Reader
	amid  bool // a line has begun
	cr    bool // the last byte was CR
	ended error
}

var (
	finalDot  = []byte(".\r\n")
	dottedEnd = []byte("\r\n.")
)

// Read implements io.Reader.
func (d *dotReader) Read(p []byte) (int, error) {
	if d.ended != nil || len(p) == 0 {
		return 0, d.ended
	}
	if !d.amid {
		if err := d.begin(); err != nil {
			d.ended = err
			return 0, err
		}
	}
	if _, err := d.r.Peek(1); err != nil {
		d.ended = ended(err)
		return 0, d.ended
	}
	chunk, _ := d.r.Peek(min(d.r.Buffered(), len(p)))
	if d.cr && chunk[0] == '\n' {
		chunk = chunk[:1] // the next line may have a dot
	} else if i := bytes.Index(chunk, dottedEnd); i >= 0 {
		chunk = chunk[:i+2]
	}
	n := copy(p, chunk)
	d.follow(chunk)
	_, _ = d.r.Discard(n)
	return n, nil
}

// begin looks at the begin of a line. io.EOF: the answer ends here.
func (d *dotReader) begin() error {
	first, err := d.r.Peek(1)
	if err != nil {
		return ended(err)
	}
	d.amid = true
	if first[0] != '.' {
		return nil
	}
	three, err := d.r.Peek(len(finalDot))
	if err != nil {
		return ended(err)
	}
	if bytes.Equal(three, finalDot) {
		_, _ = d.r.Discard(len(finalDot))
		return io.EOF
	}
	_, _ = d.r.Discard(1)
	return nil
}

// follow notes where p, which is not empty, ends.
func (d *dotReader) follow(p []byte) {
	last := len(p) - 1
	before := d.cr
	if last > 0 {
		before = p[last-1] == '\r'
	}
	d.amid = p[last] != '\n' || !before
	d.cr = p[last] == '\r'
}
