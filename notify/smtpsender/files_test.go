package smtpsender_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
)

// A source is a file of so many bytes, which breaks off with err behind the
// good ones.
type source struct {
	good int64
	err  error
}

func (s source) Open(context.Context, message.Blob) (io.ReadCloser, error) { return &s, nil }

func (s *source) Read(p []byte) (int, error) {
	if s.good == 0 {
		return 0, s.err
	}
	n := int(min(int64(len(p)), s.good))
	s.good -= int64(n)
	clear(p[:n])
	return n, nil
}

func (s *source) Close() error { return nil }

// withFile returns a mail with one file of so many bytes.
func withFile(to string, size int64, files notify.Opener) notify.Mail {
	m := mail(to)
	m.Attachments = []notify.Attachment{{Name: "photo.jpg", Type: "image/jpeg", Blob: message.Blob{SHA256: [32]byte{1}, Size: size}}}
	m.Files = files
	return m
}

// TestSenderBreaksOff: a file that cannot be read to its end leaves nothing at
// the server, which has seen everything but the end. The error is temporary,
// whatever it holds, and the next mail goes.
func TestSenderBreaksOff(t *testing.T) {
	damaged := errors.New("damaged")
	const size = 300_000
	for name, tt := range map[string]source{
		"at once":       {0, damaged},
		"early":         {100, damaged},
		"in the middle": {size / 2, damaged},
		"at its end":    {size, damaged},
		"too short":     {size - 1, io.EOF},
		"too long":      {size + 1, io.EOF},
		"like an answer of the server": {size / 2, fmt.Errorf("mirror: %w",
			&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such file"})},
	} {
		for _, security := range []mailbox.Security{mailbox.TLS, mailbox.STARTTLS, mailbox.None} {
			t.Run(name+" "+string(security), func(t *testing.T) {
				s := start(t, security, nil)
				sender := s.sender(t, security, nil)
				if err := sender.Send(t.Context(), mail("first@corp.example")); err != nil {
					t.Fatal(err)
				}
				err := sender.Send(t.Context(), withFile("kim@customer.example", size, tt))
				if blame(err) != "temporary" || !strings.Contains(err.Error(), "photo.jpg") {
					t.Errorf("%v, want a temporary error that names the file", err)
				}
				s.closeIdle(t)
				if err := sender.Send(t.Context(), mail("last@corp.example")); err != nil {
					t.Errorf("the mail after it: %v", err)
				}
				if got := s.received(); len(got) != 2 || got[0].To != "first@corp.example" || got[1].To != "last@corp.example" {
					t.Errorf("%d mails arrived, want the first and the last", len(got))
				}
			})
		}
	}
}

// TestSenderFileSize: what a mail will have with its files is known, and said,
// before anything is sent, and a file is not even opened if that is too much.
func TestSenderFileSize(t *testing.T) {
	s := start(t, mailbox.None, func(srv *smtp.Server, _ *server) { srv.MaxMessageBytes = 100_000 })
	sender := s.sender(t, mailbox.None, nil)
	if err := sender.Send(t.Context(), withFile("kim@customer.example", 70_000, source{70_000, io.EOF})); err != nil {
		t.Fatal(err)
	}
	got := s.received()
	if len(got) != 1 || len(s.sizes) != 1 || s.sizes[0] != int64(len(got[0].Data)) {
		t.Fatalf("%d mails; MAIL said %v", len(got), s.sizes)
	}
	opened := notify.OpenerFunc(func(context.Context, message.Blob) (io.ReadCloser, error) {
		t.Error("the file was opened")
		return nil, errors.New("no")
	})
	if err := sender.Send(t.Context(), withFile("kim@customer.example", 80_000, opened)); !errors.Is(err, notify.ErrInvalidMail) {
		t.Errorf("%v, want ErrInvalidMail", err)
	}
	if len(s.sizes) != 1 {
		t.Error("the server was asked")
	}
}

// TestSenderFileAfterIdle: a mail whose connection turns out to be closed goes
// on a new one, whole.
func TestSenderFileAfterIdle(t *testing.T) {
	s := start(t, mailbox.None, nil)
	sender := s.sender(t, mailbox.None, nil)
	m := withFile("kim@customer.example", 9_000, source{9_000, io.EOF})
	for range 2 {
		if err := sender.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		s.closeIdle(t)
	}
	got := s.received()
	if len(got) != 2 || string(got[0].Data) != string(got[1].Data) || s.count(&s.conns) != 2 {
		t.Errorf("%d mails on %d connections, or two that differ", len(got), s.count(&s.conns))
	}
}

// swallow is a server that takes every mail and keeps nothing.
func swallow(_ *script, conn net.Conn) {
	_, _ = fmt.Fprint(conn, "220 mail.example\r\n")
	r := bufio.NewReader(conn)
	for inData := false; ; {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		answer := "250 2.0.0 fine"
		switch verb, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" ")); {
		case inData && string(line) != ".\r\n":
			continue
		case inData:
			inData = false
		case string(verb) == "EHLO":
			answer = "250-mail.example\r\n250 AUTH PLAIN"
		case string(verb) == "AUTH":
			answer = "235 2.7.0 welcome"
		case string(verb) == "DATA":
			inData, answer = true, "354 go on"
		}
		_, _ = fmt.Fprint(conn, answer+"\r\n")
	}
}

// TestSenderMemory: all that is allocated for a file of 8 MiB, on both ends of
// the connection, are some buffers.
func TestSenderMemory(t *testing.T) {
	const size = 8 << 20
	sender := newSender(t, play(t, swallow), mailbox.None, nil)
	if err := sender.Send(t.Context(), mail("first@corp.example")); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := sender.Send(t.Context(), withFile("kim@customer.example", size, source{size, io.EOF}))
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 512<<10 {
		t.Errorf("%d KiB allocated, want at most 512", used>>10)
	} else {
		t.Logf("%d KiB allocated", used>>10)
	}
}
