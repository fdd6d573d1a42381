package wiretest

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// A Script is a server on the other end of a net.Pipe. It says the greeting and
// answers each command with that answer whose key the command matches (of
// several the longest). After an answer that contains CUT it closes the
// connection, after SILENCE it says no more, at WAIT it pauses for ten minutes.
type Script struct {
	Dialect  Dialect
	Greeting string
	Answers  map[string]string // by what commands match; the Script may replace it
	Pause    time.Duration     // before each byte of an answer to a slow command
	Serve    func(net.Conn)    // serves instead, if not nil

	mu    sync.Mutex
	lines []string
	gone  bool
}

// A Dialect is what a Script has to know of its protocol.
type Dialect struct {
	Default string                              // answer to a command that nothing matches
	Matches func(command, key string) bool      // nil: it is never asked
	Fill    func(command, answer string) string // completes an answer; nil: it is complete
	Slow    func(command string) bool           // the commands that Pause is for; nil: none
}

// Dial opens a connection to the server, for one time.
func (s *Script) Dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		if s.Serve != nil {
			s.Serve(server)
		} else {
			s.play(server)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.gone = true
	}()
	return client, nil
}

func (s *Script) play(conn net.Conn) {
	if _, err := io.WriteString(conn, s.Greeting); err != nil {
		return
	}
	for line := range Lines(conn) {
		said, _, cut := strings.Cut(s.Answer(line), "CUT")
		said, _, silence := strings.Cut(said, "SILENCE")
		if err := s.say(conn, said, s.Dialect.Slow != nil && s.Dialect.Slow(line)); err != nil || cut {
			return
		}
		if silence {
			s.Answers = map[string]string{"": "SILENCE"}
		}
	}
}

// Lines returns the lines from conn. They are taken off it at once, as a
// socket's buffer does: a blocked writer that holds a lock stops the fake time.
func Lines(conn net.Conn) <-chan string {
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(conn); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

func (s *Script) say(conn net.Conn, text string, slowly bool) error {
	if s.Pause == 0 || !slowly {
		for i, part := range strings.Split(text, "WAIT") {
			if i > 0 {
				time.Sleep(10 * time.Minute)
			}
			if _, err := io.WriteString(conn, part); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range len(text) {
		time.Sleep(s.Pause)
		if _, err := conn.Write([]byte{text[i]}); err != nil {
			return err
		}
	}
	return nil
}

// Answer returns the answer to a command, which counts as heard.
func (s *Script) Answer(command string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, command)
	answer, longest := s.Dialect.Default, -1
	for key, a := range s.Answers {
		if s.Dialect.Matches(command, key) && len(key) > longest {
			answer, longest = a, len(key)
		}
	}
	if s.Dialect.Fill != nil {
		answer = s.Dialect.Fill(command, answer)
	}
	return answer
}

// Heard returns the commands so far, a line each.
func (s *Script) Heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// Closed reports whether the connection is closed.
func (s *Script) Closed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

// Trickle returns a server that listens to nothing and says a text again and
// again, a byte at a time.
func Trickle(text string, every time.Duration) func(net.Conn) {
	return func(conn net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		for {
			for i := range len(text) {
				time.Sleep(every)
				if _, err := conn.Write([]byte{text[i]}); err != nil {
					return
				}
			}
		}
	}
}
