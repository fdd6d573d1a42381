package imapbox_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
)

// scripted starts a server for one connection. It says the greeting and
// answers each command with that answer whose key the command contains,
// TAG replaced by the command's tag; "OK" if there is none. After an answer
// that contains CUT it closes the connection, after SILENCE it says no more.
// heard returns the commands once the connection is closed.
func scripted(t *testing.T, greeting string, answers map[string]string) (address string, heard func() string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, greeting)
		serve(conn, &log, answers)
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	return ln.Addr().String(), func() string { <-done; return log.String() }
}

func serve(conn net.Conn, log *strings.Builder, answers map[string]string) {
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		log.WriteString(lines.Text() + "\n")
		tag, _, _ := strings.Cut(lines.Text(), " ")
		answer, longest := "TAG OK done\r\n", -1
		for key, a := range answers { // the longest key is the most exact
			if strings.Contains(lines.Text(), key) && len(key) > longest {
				answer, longest = a, len(key)
			}
		}
		said, _, cut := strings.Cut(strings.ReplaceAll(answer, "TAG", tag), "CUT")
		said, _, silence := strings.Cut(said, "SILENCE")
		_, _ = io.WriteString(conn, said)
		if cut {
			return
		}
		if silence {
			_, _ = io.Copy(io.Discard, conn)
			return
		}
	}
}

const ready = "* OK ready\r\n"

var quick = &imapbox.Options{DialTimeout: time.Second, TLSTimeout: 100 * time.Millisecond, CommandTimeout: 100 * time.Millisecond}

func TestConnectRefuses(t *testing.T) {
	caps := "* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n"
	for name, tt := range map[string]struct {
		security mailbox.Security
		greeting string
		answers  map[string]string
		want     string
	}{
		"STARTTLS not offered": {mailbox.STARTTLS, ready, map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"}, "does not offer STARTTLS"},
		"STARTTLS refused":     {mailbox.STARTTLS, ready, map[string]string{"CAPABILITY": caps, "STARTTLS": "TAG NO no\r\n"}, "refused"},
		"text after STARTTLS":  {mailbox.STARTTLS, ready, map[string]string{"CAPABILITY": caps, "STARTTLS": "TAG OK go\r\n* CAPABILITY IMAP4rev1\r\n"}, "plain text after"},
		"PREAUTH, STARTTLS":    {mailbox.STARTTLS, "* PREAUTH hello\r\n", nil, "PREAUTH"},
		"PREAUTH, plain":       {mailbox.None, "* PREAUTH hello\r\n", nil, "PREAUTH"},
		"BYE":                  {mailbox.None, "* BYE go away\r\n", nil, "go away"},
		"LOGINDISABLED":        {mailbox.None, ready, map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n"}, "LOGINDISABLED"},
		"TLS handshake hangs":  {mailbox.TLS, "", map[string]string{"": "SILENCE"}, "TLS handshake"},
		"greeting hangs":       {mailbox.None, "", nil, wire.ErrIdle.Error()},
		"endless greeting":     {mailbox.None, "* OK " + strings.Repeat("x", 100_000), nil, wire.ErrLimit.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			address, heard := scripted(t, tt.greeting, tt.answers)
			m := mailboxAt(t, address)
			m.Security = tt.security
			_, err := imapbox.New(quick).Connect(t.Context(), m)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Connect = %v, want an error with %q", err, tt.want)
			}
			if log := heard(); strings.Contains(log, password) || strings.Contains(log, "LOGIN") || strings.Contains(log, "AUTHENTICATE") {
				t.Errorf("credentials were sent:\n%s", log)
			}
		})
	}
}

const (
	selected = "* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [PERMANENTFLAGS (\\Deleted)] ok\r\nTAG OK done\r\n"
	listed   = "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n* 2 FETCH (UID 9 RFC822.SIZE 5)\r\nTAG OK done\r\n"
)

func TestFetchFromBrokenServers(t *testing.T) {
	for name, tt := range map[string]struct {
		fetch string            // the answer to UID FETCH
		more  map[string]string // to other commands
		got   string
		want  error
	}{
		"sound":        {"* 1 FETCH (UID 7 BODY[] {5}\r\nseven)\r\n* 2 FETCH (UID 9 BODY[] {4}\r\nnine)\r\nTAG OK done\r\n", nil, "7=seven 9=nine ", nil},
		"EXPUNGE amid": {"* 1 FETCH (UID 7 BODY[] {5}\r\nseven)\r\n* 1 EXPUNGE\r\n* 1 FETCH (UID 9 BODY[] {4}\r\nnine)\r\nTAG OK done\r\n", nil, "7=seven 9=nine ", nil},
		"vanished":     {"* 1 FETCH (UID 7 BODY[] NIL)\r\n* 2 FETCH (UID 9 BODY[] {4}\r\nnine)\r\nTAG OK done\r\n", nil, "9=nine ", nil},
		"cut body":     {"* 1 FETCH (UID 7 BODY[] {5}\r\nsevCUT", nil, "", io.ErrUnexpectedEOF},
		"silence":      {"* 1 FETCH (UID 7 BODY[] {5}\r\nsevSILENCE", nil, "", wire.ErrIdle},
		"too big":      {"* 1 FETCH (UID 7 BODY[] {9999999999}\r\nsevSILENCE", nil, "", mailbox.ErrTooBig},
		"big literal":  {"* 1 FETCH (UID 7 ENVELOPE ({9999999999}\r\nsevSILENCE", nil, "", wire.ErrLimit},
		"UID after the body": {"* 1 FETCH (BODY[] {5}\r\nseven UID 7)\r\n* 2 FETCH (BODY[] {4}\r\nnine UID 9)\r\nTAG OK done\r\n", map[string]string{
			" SEARCH":            "* SEARCH 1 2\r\nTAG OK done\r\n",
			"FETCH 1:2 (UID)":    "* 1 FETCH (UID 7)\r\n* 2 FETCH (UID 9)\r\nTAG OK done\r\n",
			" FETCH 1 (UID BODY": "* 1 FETCH (BODY[] {5}\r\nseven UID 7)\r\nTAG OK done\r\n",
			" FETCH 2 (UID BODY": "* 2 FETCH (BODY[] {4}\r\nnine UID 9)\r\nTAG OK done\r\n",
		}, "7=seven 9=nine ", nil},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{"SELECT": selected, "RFC822.SIZE": listed, "BODY.PEEK": tt.fetch, " SEARCH": "* SEARCH\r\nTAG OK done\r\n", "CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"}
			for k, a := range tt.more {
				answers[k] = a
			}
			address, _ := scripted(t, ready, answers)
			session, items := opened(t, imapbox.New(quick), mailboxAt(t, address))
			var got strings.Builder
			err := session.Fetch(t.Context(), items, func(it mailbox.Item, body io.Reader) error {
				raw, err := io.ReadAll(body)
				if err == nil {
					got.WriteString(it.UID + "=" + string(raw) + " ")
				}
				return err
			})
			if !errors.Is(err, tt.want) || got.String() != tt.got {
				t.Errorf("Fetch = %v, handed over %q, want %v, %q", err, got.String(), tt.want, tt.got)
			}
		})
	}
}
