package message

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// bufferSize is the memory a mail is read through, whatever its size.
const bufferSize = 64 << 10

// A chunk is a line, or a piece of one that is longer than the buffer.
type chunk struct {
	data  []byte // without the line end; valid until the next call of next
	eol   []byte // the line end as it came; empty if more of the line follows, or at the end
	start bool   // data begins a line
}

// A source cuts a stream into lines and copies its bytes to tee unchanged.
type source struct {
	ctx context.Context
	r   io.Reader // nil: the buffer holds everything
	tee io.Writer // may be nil

	buf       []byte
	pos, end  int  // what of buf is not read yet
	eof       bool // r is at its end
	midLine   bool // the last chunk did not end its line
	bareCR    bool // the mail ends its lines with CR alone
	seenLF    bool
	unreadPos int // where the last chunk began
	unreadMid bool
}

// next returns the next chunk, or io.EOF.
func (s *source) next() (chunk, error) {
	scanned := 0
	for {
		window := s.buf[s.pos:s.end]
		if i := s.lineEnd(window[scanned:]); i >= 0 {
			return s.take(scanned+i+1, 1), nil
		}
		scanned = len(window)
		switch {
		case s.eof && scanned == 0:
			return chunk{}, io.EOF
		case (s.eof || scanned == len(s.buf)) && s.switchToCR(window):
			scanned = 0
		case s.eof:
			return s.take(scanned, 0), nil
		case scanned == len(s.buf):
			n := scanned
			if window[n-1] == '\r' { // its LF may come next
				n--
			}
			return s.take(n, 0), nil
		default:
			if err := s.fill(); err != nil {
				return chunk{}, err
			}
		}
	}
}

// lineEnd returns the index of the first line end in b, or -1.
func (s *source) lineEnd(b []byte) int {
	if s.bareCR {
		return bytes.IndexByte(b, '\r')
	}
	return bytes.IndexByte(b, '\n')
}

// switchToCR decides that CR alone ends a line: in a mail that begins with
// more than a buffer, or consists, of CR without any LF.
func (s *source) switchToCR(window []byte) bool {
	if s.seenLF || s.bareCR || bytes.IndexByte(window, '\r') < 0 {
		return false
	}
	s.bareCR = true
	return true
}

// take returns the next n bytes of the buffer; eol says whether the last of
// them ends a line.
func (s *source) take(n, eol int) chunk {
	s.unreadPos, s.unreadMid = s.pos, s.midLine
	data := s.buf[s.pos : s.pos+n]
	s.pos += n
	c := chunk{start: !s.midLine}
	if eol == 1 {
		cut := n - 1
		if data[cut] == '\n' {
			s.seenLF = true
			if cut > 0 && data[cut-1] == '\r' {
				cut--
			}
		}
		c.eol, data = data[cut:], data[:cut]
	}
	s.midLine = eol == 0
	c.data = data
	return c
}

// unread takes the last chunk back. No other call may stand between.
func (s *source) unread() { s.pos, s.midLine = s.unreadPos, s.unreadMid }

// lines takes as many whole lines as the buffer holds before one that begins
// with two dashes and so may be a boundary; often none.
func (s *source) lines() []byte {
	window := s.buf[s.pos:s.end]
	if s.midLine || s.bareCR || bytes.HasPrefix(window, dashes[1:]) {
		return nil
	}
	if i := bytes.Index(window, dashes); i >= 0 {
		window = window[:i+1]
	}
	n := bytes.LastIndexByte(window, '\n') + 1
	s.pos += n
	s.seenLF = s.seenLF || n > 0
	return window[:n]
}

var dashes = []byte("\n--")

// peek returns the next n bytes without taking them; fewer if the stream or
// the buffer ends. It makes the last chunk invalid.
func (s *source) peek(n int) ([]byte, error) {
	n = min(n, len(s.buf))
	for !s.eof && s.end-s.pos < n {
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	return s.buf[s.pos:min(s.end, s.pos+n)], nil
}

// fill reads more into the buffer. A reader that returns nothing a hundred
// times is broken.
func (s *source) fill() error {
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.pos, s.end = 0, s.end-s.pos
	}
	for range 100 {
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		n, err := s.r.Read(s.buf[s.end:])
		if n > 0 && s.tee != nil {
			if _, err := s.tee.Write(s.buf[s.end : s.end+n]); err != nil {
				return fmt.Errorf("spool raw mail: %w", err)
			}
		}
		s.end += n
		if err == io.EOF {
			s.eof = true
			return nil
		}
		if err != nil {
			return err
		}
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// drain reads to the end without looking for lines.
func (s *source) drain() error {
	for !s.eof {
		s.pos = s.end
		if err := s.fill(); err != nil {
			return err
		}
	}
	s.pos = s.end
	return nil
}
