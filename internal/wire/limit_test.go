package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"example.com/ticketmail/internal/wire"
)

// A stream is a connection from which r can be read.
type stream struct {
	net.Conn
	r io.Reader
}

func (s stream) Read(p []byte) (int, error)    { return s.r.Read(p) }
func (stream) SetReadDeadline(time.Time) error { return nil }
func (stream) Close() error                    { return nil }

// through returns what a Limiter lets pass of r, which may say lines of line
// and bodies of body bytes.
func through(r io.Reader, line, body int64) ([]byte, error) {
	limit := wire.NewLimiter()
	limit.Reset(line, body)
	s := stream{r: r}
	return io.ReadAll(wire.NewConn(s, s, time.Minute, limit))
}

func TestLimiter(t *testing.T) {
	const mib = 1 << 20
	long := strings.Repeat("x", 200)
	for name, tt := range map[string]struct {
		said string
		body int64
		want error
	}{
		"short lines":                  {strings.Repeat("* OK a\r\n", 1000), 0, nil},
		"line at the limit":            {strings.Repeat("x", 98) + "\r\n* OK\r\n", 0, nil},
		"long line":                    {long + "\r\n", 0, wire.ErrLimit},
		"line without end":             {long, 0, wire.ErrLimit},
		"small literal":                {"* LIST () \"/\" {200}\r\n" + long + "\r\n", 0, nil},
		"line after a literal":         {"* LIST () \"/\" {3}\r\nabc " + long + "\r\n", 0, wire.ErrLimit},
		"two parts of one line":        {"* X " + long[:60] + " {3}\r\nabc" + long[:60] + "\r\n", 0, wire.ErrLimit},
		"big literal":                  {"* 1 FETCH (ENVELOPE {9999999999}\r\n", 0, wire.ErrLimit},
		"body":                         {"* 1 FETCH (UID 7 BODY[] {200}\r\n" + long + ")\r\n", 10, nil},
		"body, lower case":             {"* 1 fetch (body[] {2000000}\r\n" + long, 2000000, nil},
		"body over the limit":          {"* 1 FETCH (BODY[] {2000001}\r\n", 2000000, wire.ErrBody},
		"endless body":                 {"* 1 FETCH (BODY[] {9223372036854775807}\r\n", 2000000, wire.ErrBody},
		"beyond 64 bits is no literal": {"* 1 FETCH (BODY[] {9223372036854775808}\r\n" + long, 2000000, wire.ErrLimit},
		"body that looks like a line":  {"* 1 FETCH (BODY[] {40}\r\n* 1 FETCH (ENVELOPE {9999999999}\r\n1234567)\r\n", 0, nil},
		"body in a status line":        {"* OK BODY[] {2000000}\r\n", 9000000, wire.ErrLimit},
		"body of no mail":              {"*  FETCH (BODY[] {2000000}\r\n", 9000000, wire.ErrLimit},
		"bodies do not add up":         {strings.Repeat("* 1 FETCH (BODY[] {1048576}\r\n"+strings.Repeat("y", mib)+")\r\n", 20), mib, nil},
		"other literals do":            {strings.Repeat("* LIST () \"/\" {1048576}\r\n"+strings.Repeat("y", mib)+"\r\n", 20), mib, wire.ErrLimit},
		"so do short lines":            {strings.Repeat("* OK\r\n", wire.MaxAnswer/6+1), 0, wire.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			for chunk, r := range map[string]io.Reader{
				"at once":       strings.NewReader(tt.said),
				"in small ones": iotest.OneByteReader(io.LimitReader(strings.NewReader(tt.said), 1<<20)),
			} {
				if len(tt.said) > 1<<20 && chunk != "at once" {
					continue
				}
				got, err := through(r, 100, tt.body)
				if !errors.Is(err, tt.want) || !strings.HasPrefix(tt.said, string(got)) || err == nil && len(got) != len(tt.said) {
					t.Errorf("%s: passed %d bytes of %d with %v, want %v", chunk, len(got), len(tt.said), err, tt.want)
				}
			}
		})
	}
}

// A new command begins a new count.
func TestLimiterReset(t *testing.T) {
	limit := wire.NewLimiter()
	s := stream{r: strings.NewReader(strings.Repeat("* OK\r\n", wire.MaxAnswer/3))}
	guard := wire.NewConn(s, s, time.Minute, limit)
	if _, err := io.CopyN(io.Discard, guard, wire.MaxAnswer*2/3); err != nil {
		t.Fatal(err)
	}
	limit.Reset(wire.MaxLine, 0)
	if _, err := io.CopyN(io.Discard, guard, wire.MaxAnswer*2/3); err != nil {
		t.Errorf("after Reset: %v", err)
	}
	if _, err := io.Copy(io.Discard, guard); !errors.Is(err, wire.ErrLimit) {
		t.Errorf("without a further Reset: %v, want %v", err, wire.ErrLimit)
	}
}

// FuzzLimiter: what passes is what was said, and in it no line is longer than
// allowed but for literals that were announced within the limits. How the
// bytes are parted does not matter for the verdict.
func FuzzLimiter(f *testing.F) {
	f.Add([]byte("* OK hello\r\n* 1 FETCH (UID 7 BODY[] {5}\r\nseven FLAGS ())\r\nT1 OK done\r\n"), uint8(40))
	f.Add([]byte("* LIST () \"/\" {3}\r\nabc\r\n* 1 FETCH (ENVELOPE ({9999999999}\r\n"), uint8(60))
	f.Add([]byte("* OK BODY[] {99}\n{1}\n{2}\n"+strings.Repeat("x", 100)), uint8(50))
	f.Add([]byte("* 12 fetch (body[]  {07}\r\n1234567 BODY[] {0}\r\n\r\n{}\r\n{-1}\r\n"), uint8(30))
	f.Fuzz(func(t *testing.T, said []byte, line uint8) {
		got, err := through(bytes.NewReader(said), int64(line), 100)
		if !bytes.HasPrefix(said, got) {
			t.Fatalf("passed %q of %q", got, said)
		}
		if err == nil && len(got) != len(said) {
			t.Fatalf("passed %d bytes of %d, and no error", len(got), len(said))
		}
		slow, slowErr := through(iotest.OneByteReader(bytes.NewReader(said)), int64(line), 100)
		if !bytes.HasPrefix(slow, got) || (err == nil) != (slowErr == nil) || errors.Is(err, wire.ErrBody) != errors.Is(slowErr, wire.ErrBody) {
			t.Fatalf("at once: %d bytes, %v; byte by byte: %d bytes, %v", len(got), err, len(slow), slowErr)
		}
		if n := longest(slow); n > int(line) {
			t.Fatalf("passed a line of %d bytes, %d are allowed: %q", n, line, slow)
		}
	})
}

// longest returns the length of the longest line of s, literals apart. It
// reads as a client does.
func longest(s []byte) (n int) {
	line := 0
	for len(s) > 0 {
		i := bytes.IndexByte(s, '\n')
		if i < 0 {
			return max(n, line+len(s))
		}
		text := s[:i+1]
		s = s[i+1:]
		line += len(text)
		n = max(n, line)
		size, ok := announced(string(text))
		if !ok {
			line = 0
		}
		s = s[min(size, len(s)):]
	}
	return n
}

// announced returns the length of the literal that a line announces.
func announced(line string) (size int, ok bool) {
	line = strings.TrimRight(line, "\r\n")
	i := strings.LastIndexByte(line, '{')
	if i < 0 || !strings.HasSuffix(line, "}") || len(line) < i+3 {
		return 0, false
	}
	for _, c := range line[i+1 : len(line)-1] {
		if c < '0' || c > '9' || size > wire.MaxLiteral {
			return 0, false
		}
		size = size*10 + int(c-'0')
	}
	return size, true
}
