package pop3box_test

import (
	"bufio"
	"context"
	"io"
	"maps"
	"net"
	"strings"
	"sync"
	"time"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/pop3box"
)

// A script is a server on the other end of a net.Pipe, which works under the
// fake time of a synctest bubble. It says the greeting and answers each
// command with that answer whose key the command begins with (of several the
// longest); "+OK" if there is none. After an answer that contains CUT it
// closes the connection, after SILENCE it says no more, at WAIT it pauses for
// ten minutes.
type script struct {
	greeting string
	answers  map[string]string
	pause    time.Duration  // before each byte of an answer to RETR
	serve    func(net.Conn) // serves instead, if not nil

	mu    sync.Mutex
	lines []string
	gone  bool
}

// dial opens a connection to the server, for one time.
func (s *script) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		if s.serve != nil {
			s.serve(server)
		} else {
			s.play(server)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.gone = true
	}()
	return client, nil
}

func (s *script) play(conn net.Conn) {
	if _, err := io.WriteString(conn, s.greeting); err != nil {
		return
	}
	for line := range heard(conn) {
		said, _, cut := strings.Cut(s.answer(line), "CUT")
		said, _, silence := strings.Cut(said, "SILENCE")
		if err := s.say(conn, said, strings.HasPrefix(line, "RETR")); err != nil || cut {
			return
		}
		if silence {
			s.answers = map[string]string{"": "SILENCE"}
		}
	}
}

// heard returns the lines from conn. They are taken off it at once, as a
// socket's buffer does.
func heard(conn net.Conn) <-chan string {
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(conn); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

func (s *script) say(conn net.Conn, text string, slowly bool) error {
	if s.pause == 0 || !slowly {
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
		time.Sleep(s.pause)
		if _, err := conn.Write([]byte{text[i]}); err != nil {
			return err
		}
	}
	return nil
}

func (s *script) answer(line string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	answer, longest := "+OK\r\n", -1
	for key, a := range s.answers {
		if strings.HasPrefix(line, key) && len(key) > longest {
			answer, longest = a, len(key)
		}
	}
	return answer
}

// heard returns the commands so far, a line each.
func (s *script) heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// closed reports whether the connection is closed.
func (s *script) closed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

func (s *script) connector() *pop3box.Connector { return pop3box.New(&pop3box.Options{Dial: s.dial}) }

const ready = "+OK ready\r\n"

// capa is the answer to CAPA.
func capa(lines ...string) string {
	return "+OK\r\n" + strings.Join(append(lines, "."), "\r\n") + "\r\n"
}

// scripted returns a server that holds the mails "a" and "b". The answers are
// used before its own.
func scripted(answers map[string]string) *script {
	s := &script{greeting: ready, answers: map[string]string{
		"CAPA": capa("USER", "UIDL", "TOP", "PIPELINING"), "STAT": "+OK 2 9\r\n",
		"LIST": "+OK\r\n1 5\r\n2 4\r\n.\r\n", "UIDL": "+OK\r\n1 a\r\n2 b\r\n.\r\n",
		"RETR 1": "+OK\r\nseven\r\n.\r\n", "RETR 2": "+OK\r\nnine\r\n.\r\n",
	}}
	maps.Copy(s.answers, answers)
	return s
}

// scriptMailbox is where a script is reached.
func scriptMailbox(security mailbox.Security) mailbox.Mailbox {
	return mailbox.Mailbox{
		ID: "test", Protocol: mailbox.POP3, Host: "mail.example", Security: security,
		User: pop3test.User, Password: mailbox.NewSecret(pop3test.Password), MaxMessageBytes: 100_000,
	}
}
