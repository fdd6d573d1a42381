package imapbox

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
)

var (
	errNoSTARTTLS = errors.New("the server does not offer STARTTLS")
	errInjected   = errors.New("plain text after the answer to STARTTLS")
)

// startTLS asks for TLS on a fresh connection (RFC 9051 section 6.2.1) so
// that a handshake can follow. Nothing but that is sent. The library's own
// way gives the capabilities no look and TLS no deadline.
func startTLS(conn net.Conn) error {
	r := bufio.NewReaderSize(conn, 4096) // longer lines are refused
	greeting, err := line(r)
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if !hasWords(greeting, "*", "OK") {
		if hasWords(greeting, "*", "PREAUTH") {
			return errPreauth
		}
		return fmt.Errorf("greeting: %.100q", greeting)
	}
	caps, err := ask(conn, r, "S1", "CAPABILITY")
	if err != nil {
		return err
	}
	offered := slices.ContainsFunc(caps, func(l string) bool {
		return hasWords(l, "*", "CAPABILITY") && slices.Contains(strings.Fields(strings.ToUpper(l)), "STARTTLS")
	})
	if !offered {
		return errNoSTARTTLS
	}
	if _, err := ask(conn, r, "S2", "STARTTLS"); err != nil {
		return err
	}
	if r.Buffered() > 0 {
		return errInjected
	}
	return nil
}

// ask sends a command and returns the untagged lines that answer it.
func ask(conn net.Conn, r *bufio.Reader, tag, command string) (lines []string, err error) {
	if _, err := io.WriteString(conn, tag+" "+command+"\r\n"); err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	for range 50 {
		l, err := line(r)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", command, err)
		case hasWords(l, tag, "OK"):
			return lines, nil
		case hasWords(l, tag):
			return nil, fmt.Errorf("%s: refused: %.100q", command, l)
		}
		lines = append(lines, l)
	}
	return nil, fmt.Errorf("%s: no end of the answer", command)
}

func line(r *bufio.Reader) (string, error) {
	l, err := r.ReadSlice('\n')
	return strings.TrimRight(string(l), "\r\n"), err
}

// hasWords reports whether a line begins with these words.
func hasWords(l string, words ...string) bool {
	f := strings.Fields(l)
	return len(f) >= len(words) && slices.EqualFunc(f[:len(words)], words, strings.EqualFold)
}

// greeted returns conn with a greeting before its first byte: after STARTTLS
// the server does not greet again, which the library waits for.
func greeted(conn net.Conn) net.Conn {
	return &prefixed{Conn: conn, r: io.MultiReader(strings.NewReader("* OK secured\r\n"), conn)}
}

type prefixed struct {
	net.Conn
	r io.Reader
}

func (p *prefixed) Read(b []byte) (int, error) { return p.r.Read(b) }
