package pop3box_test

import (
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/pop3box"
)

// A said is a connection to a server that says just this.
type said struct {
	net.Conn
	io.Reader
}

func (s said) Read(p []byte) (int, error) { return s.Reader.Read(p) }
func (said) Write(p []byte) (int, error)  { return len(p), nil }
func (said) Close() error                 { return nil }

func (said) SetDeadline(time.Time) error      { return nil }
func (said) SetReadDeadline(time.Time) error  { return nil }
func (said) SetWriteDeadline(time.Time) error { return nil }

func TestStatus(t *testing.T) {
	for line, want := range map[string]struct {
		ok   bool
		code string
		bad  bool
	}{
		"+OK\r\n":                            {ok: true},
		"+OK [LOGIN-DELAY] text\n":           {ok: true},
		"+ok lower case\r\n":                 {ok: true},
		"-ERR\r\n":                           {},
		"-ERR no\r\n":                        {},
		"-ERR [IN-USE] busy\r\n":             {code: "IN-USE"},
		"-ERR [sys/temp] later\r\n":          {code: "SYS/TEMP"},
		"-ERR text [AUTH]\r\n":               {},
		"-ERR [half\r\n":                     {},
		"+OKAY\r\n":                          {bad: true},
		"* OK IMAP4rev1\r\n":                 {bad: true},
		"220 mail.example ESMTP\r\n":         {bad: true},
		"\r\n":                               {bad: true},
		"+OK":                                {bad: true},
		strings.Repeat("x", 40<<10):          {bad: true},
		strings.Repeat("+", 20<<10) + "\r\n": {bad: true},
	} {
		ok, code, err := pop3box.NewAnswers(said{Reader: strings.NewReader(line)}).Status()
		if ok != want.ok || code != want.code || (err != nil) != want.bad {
			t.Errorf("%.50q: %t, %q, %v, want %+v", line, ok, code, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "mail.example") {
			t.Errorf("the error tells what another service said: %v", err)
		}
	}
}

// FuzzAnswers: whatever a server says, the answer is read to an end, names no
// mail twice, and every line of it is short.
func FuzzAnswers(f *testing.F) {
	f.Add("+OK\r\n1 10\r\n2 20 x\r\n.\r\n")
	f.Add("+OK\r\nSASL PLAIN XOAUTH2\r\nLOGIN-DELAY 5 USER\r\nEXPIRE NEVER\r\n..\r\n.\r\n")
	f.Add("-ERR [SYS/TEMP] x\r\n")
	f.Add("+OK\r\n1 a\r\n1 b\r\n.\r\n")
	f.Add("+ \r\n")
	f.Fuzz(func(t *testing.T, text string) {
		answers := func() pop3box.Answers { return pop3box.NewAnswers(said{Reader: strings.NewReader(text)}) }
		if ok, code, _ := answers().Status(); ok && code != "" {
			t.Errorf("+OK with the code %q", code)
		}
		names, err := answers().Capabilities()
		if err == nil && len(names) > 200 {
			t.Errorf("%d capabilities", len(names))
		}
		seen := map[int]bool{}
		err = answers().Listing(func(number int, rest string) error {
			if number < 1 || seen[number] || len(rest) > 512 || strings.Contains(rest, "\n") {
				t.Errorf("mail %d, %q", number, rest)
			}
			seen[number] = true
			return nil
		})
		if err == nil && !strings.Contains(text, ".\r\n") && !strings.Contains(text, ".\n") {
			t.Errorf("a listing without an end: %q", text)
		}
		if errors.Is(err, io.EOF) {
			t.Errorf("a listing that breaks off ends with io.EOF")
		}
	})
}

// FuzzSession: whatever a server says in the course of a whole poll, it ends,
// and every mail that is handed over is one that the server sent.
func FuzzSession(f *testing.F) {
	const begin = "+OK\r\n+OK\r\nUSER\r\n.\r\n+OK\r\n+OK\r\n"
	for _, caps := range []string{"+OK\r\nPIPELINING\r\n.\r\n", "-ERR\r\n"} {
		f.Add(begin + caps + "+OK 2 9\r\n+OK\r\n1 5\r\n2 4\r\n.\r\n+OK\r\n1 a\r\n2 b\r\n.\r\n+OK\r\n..seven\r\n.\r\n-ERR\r\n+OK\r\n+OK\r\n+OK\r\n")
		f.Add(begin + caps + "+OK 1 9\r\n+OK\r\n1 5\r\n.\r\n-ERR\r\n+OK\r\nSubject: x\r\n\r\n.\r\n+OK\r\nx\n.\r\n\r\n.\r\n-ERR\r\n+OK\r\n+OK\r\n")
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := pop3box.New(&pop3box.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			return said{Reader: strings.NewReader(text)}, nil
		}})
		session, err := c.Connect(t.Context(), scriptMailbox(mailbox.None))
		if err != nil {
			return
		}
		got, err := cycle(t.Context(), session)
		for uid, body := range got {
			if sent := "\n" + body; !strings.Contains(undotted(text), undotted(sent)) {
				t.Errorf("mail %q is %q, which nobody sent", uid, body)
			}
		}
		if errors.Is(err, io.EOF) {
			t.Error("a poll that breaks off ends with io.EOF")
		}
	})
}

// undotted leaves out the dots that lines begin with, stuffed or not.
func undotted(text string) string { return dots.ReplaceAllString(text, "\n") }

var dots = regexp.MustCompile(`\n\.+`)
