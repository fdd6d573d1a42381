package smtpsender_test

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/emersion/go-smtp"

	"example.com/ticketmail/internal/postfix"
)

// A post is a mail server that delivers to some addresses, without TLS and
// log-in, and refuses all others of their domain.
type post struct {
	addr  string
	mails func(to string) []delivery // all that it has taken for an address
}

// A delivery is a mail as it lies in the mailbox of its recipient.
type delivery struct {
	from, to string // of the envelope
	raw      []byte // with LF line ends
	data     []byte // raw without the fields that the server put in front
}

// posts are the servers that the same is tested with: a program that is used
// everywhere, where it can be had, and the library's server always.
var posts = map[string]func(t *testing.T, addresses ...string) post{"postfix": postfixPost, "go-smtp": keeperPost}

func postfixPost(t *testing.T, addresses ...string) post {
	s := postfix.Start(t, addresses...)
	return post{s.Address, func(to string) (found []delivery) {
		for _, raw := range s.Mails(t, to) {
			found = append(found, deliveryOf(t, raw))
		}
		return found
	}}
}

// deliveryOf takes a mail apart that begins with the server's own fields.
// Ours begin with the date.
func deliveryOf(t *testing.T, raw []byte) delivery {
	t.Helper()
	trace, _, ok := bytes.Cut(raw, []byte("\nDate: "))
	if !ok {
		t.Fatalf("no Date field behind the server's own in %q", raw)
	}
	d := delivery{raw: raw, data: raw[len(trace)+1:]}
	for line := range strings.Lines(string(trace)) {
		switch name, value, _ := strings.Cut(strings.TrimSpace(line), ": "); name {
		case "Return-Path":
			d.from = strings.Trim(value, "<>")
		case "X-Original-To":
			d.to = value
		}
	}
	return d
}

// A keeper is the backend of a go-smtp server that keeps mails in memory.
type keeper struct {
	addresses []string
	mu        sync.Mutex
	kept      []delivery
}

func keeperPost(t *testing.T, addresses ...string) post {
	k := &keeper{addresses: addresses}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &keeperSession{keeper: k}, nil }))
	srv.Domain, srv.EnableSMTPUTF8 = "mail.example", true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(l) })
	t.Cleanup(func() {
		_ = srv.Close()
		_ = l.Close() // Serve may not have begun
		wg.Wait()
	})
	return post{l.Addr().String(), k.mails}
}

func (k *keeper) mails(to string) (found []delivery) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, d := range k.kept {
		if d.to == to {
			found = append(found, d)
		}
	}
	return found
}

type keeperSession struct {
	*keeper
	from string
	utf8 bool
	to   []string
}

func (s *keeperSession) Mail(from string, opts *smtp.MailOptions) error {
	s.from, s.utf8 = from, opts.UTF8
	return nil
}

func (s *keeperSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !s.utf8 && strings.ContainsFunc(to, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 6, 7}, Message: "SMTPUTF8 was not asked for"}
	}
	if !slices.Contains(s.addresses, to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *keeperSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, to := range s.to {
		s.kept = append(s.kept, delivery{from: s.from, to: to, raw: data, data: data})
	}
	return nil
}

func (s *keeperSession) Reset()        { s.from, s.utf8, s.to = "", false, nil }
func (s *keeperSession) Logout() error { return nil }
