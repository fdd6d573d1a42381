package imapbox_test

import (
	"bufio"
	"context"
	"io"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
)

// A script is a server on the other end of a net.Pipe, which works under the
// fake time of a synctest bubble. It says the greeting and answers each
// command with that answer whose key the command contains (of several the
// longest), TAG replaced by the command's tag; "OK" if there is none. After an
// answer that contains CUT it closes the connection, after SILENCE it says no
// more, at WAIT it pauses for ten minutes.
type script struct {
	greeting string
	answers  map[string]string
	pause    time.Duration  // before each byte of an answer to BODY.PEEK
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
		tag, _, _ := strings.Cut(line, " ")
		said, _, cut := strings.Cut(strings.ReplaceAll(s.answer(line), "TAG", tag), "CUT")
		said, _, silence := strings.Cut(said, "SILENCE")
		if err := s.say(conn, said, strings.Contains(line, "BODY.PEEK")); err != nil || cut {
			return
		}
		if silence {
			s.answers = map[string]string{"": "SILENCE"}
		}
	}
}

// heard returns the lines from conn. They are taken off it at once, as a
// socket's buffer does: a blocked writer that holds a lock stops the fake time.
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
	answer, longest := "TAG OK done\r\n", -1
	for key, a := range s.answers {
		if strings.Contains(line, key) && len(key) > longest {
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

func (s *script) connector() *imapbox.Connector { return imapbox.New(&imapbox.Options{Dial: s.dial}) }

const (
	ready    = "* OK [CAPABILITY IMAP4rev1] ready\r\n"
	rev1     = "* CAPABILITY IMAP4rev1 UIDPLUS\r\nTAG OK done\r\n"
	selected = "* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [PERMANENTFLAGS (\\Deleted)] ok\r\nTAG OK done\r\n"
	listed   = "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n* 2 FETCH (UID 9 RFC822.SIZE 4)\r\nTAG OK done\r\n"
	fetched  = "* 1 FETCH (UID 7 BODY[] {5}\r\nseven)\r\n* 2 FETCH (UID 9 BODY[] {4}\r\nnine)\r\nTAG OK done\r\n"
)

// scripted returns a server that holds the mails 7 and 9. The answers are
// used before its own.
func scripted(answers map[string]string) *script {
	s := &script{greeting: ready, answers: map[string]string{
		"CAPABILITY": rev1, "LOGIN": "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS] done\r\n", "SELECT": selected, "RFC822.SIZE": listed, "BODY.PEEK": fetched, " SEARCH": "* SEARCH\r\nTAG OK done\r\n",
	}}
	maps.Copy(s.answers, answers)
	return s
}

// scriptMailbox is where a script is reached.
func scriptMailbox(security mailbox.Security) mailbox.Mailbox {
	return mailbox.Mailbox{ID: "test", Host: "mail.example", Security: security, User: user, Password: mailbox.NewSecret(password)}
}

// handed returns what a fetch hands over, as UID=body.
func handed(t *testing.T, session mailbox.Session, items []mailbox.Item) (string, error) {
	var got strings.Builder
	err := session.Fetch(t.Context(), items, func(it mailbox.Item, body io.Reader) error {
		raw, err := io.ReadAll(body)
		if err == nil {
			got.WriteString(it.UID + "=" + string(raw) + " ")
		}
		return err
	})
	return got.String(), err
}
