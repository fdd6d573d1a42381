package main

import (
	"io"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
)

// A sink is an SMTP server that keeps what it gets.
type sink struct {
	mu    sync.Mutex
	mails []caught
}

// A caught mail is one the sink got for one recipient.
type caught struct{ to, raw string }

// listen starts a sink on loopback.
func listen(t *testing.T) (*sink, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{}
	srv := smtp.NewServer(s)
	srv.Domain = "localhost"
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Serve(l)
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-ended
	})
	return s, l.Addr().String()
}

// NewSession implements smtp.Backend.
func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s}, nil }

func (s *sink) caught() []caught {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]caught(nil), s.mails...)
}

type sinkSession struct {
	*sink
	to []string
}

func (s *sinkSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *sinkSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, to := range s.to {
		s.mails = append(s.mails, caught{to, string(raw)})
	}
	return nil
}

func (s *sinkSession) Reset()        { s.to = nil }
func (s *sinkSession) Logout() error { return nil }

// TestReply: the notification about a new ticket goes out, and the answer to
// it, that keeps nothing but the token in its subject, finds the ticket.
func TestReply(t *testing.T) {
	exit, addr := listen(t)
	s := newSite(t, nil)
	service := []string{
		"-directory", writePeople(t, people), "-smtp", addr, "-smtp-security", "none", "-from", "support@corp.example",
	}
	s.put(newMail("1@customer.example", "Carla <carla@customer.example>", "Printer is on fire", "Please help."))
	first := s.once(append(service, "-import-existing")...)
	if got := first.summary; got.Tickets != 1 || got.Notified != 2 {
		t.Fatalf("counted %+v, want one ticket, and both members of the task told", got)
	}
	var told []string
	subject := ""
	for _, m := range exit.caught() {
		told = append(told, m.to)
		parsed, err := mail.ReadMessage(strings.NewReader(m.raw))
		if err != nil {
			t.Fatal(err)
		}
		subject = parsed.Header.Get("Subject")
		if got := parsed.Header.Get("Reply-To") + parsed.Header.Get("From"); !strings.Contains(got, "support@corp.example") {
			t.Errorf("an answer to %q does not reach the mailbox", m.raw)
		}
	}
	slices.Sort(told)
	if diff := cmp.Diff([]string{"anna@corp.example", "ben@corp.example"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	number := s.tickets()[0].Number
	if !strings.Contains(subject, "[Ticket#"+number+"-") {
		t.Fatalf("subject %q has no token of ticket %s", subject, number)
	}

	s.put(newMail("2@corp.example", "Ben <ben@corp.example>", "AW: "+subject+" - solved", "I took the extinguisher."))
	second := s.once(service...)
	if got := second.summary; got.Comments != 1 || got.Tickets != 0 {
		t.Errorf("counted %+v, want a comment", got)
	}
	tickets := s.tickets()
	if len(tickets) != 1 || len(tickets[0].Comments) != 2 {
		t.Fatalf("tickets: %+v, want one with two comments", tickets)
	}
	reply := tickets[0].Comments[1]
	if reply.Author != "ben" || !strings.Contains(reply.Text, "extinguisher") || reply.Kind != "mail" {
		t.Errorf("the reply became %+v", reply)
	}
	for _, m := range s.outbox() {
		if m.State != "sent" || m.Attempts != 1 || m.Ticket == nil || *m.Ticket != number {
			t.Errorf("outbox: %+v, want it sent at once, of ticket %s", m, number)
		}
	}
}

// TestWaiting: without -smtp notifications wait, and go out with the first run
// that has it.
func TestWaiting(t *testing.T) {
	exit, addr := listen(t)
	s := newSite(t, nil)
	directory := writePeople(t, people)
	s.put(newMail("1@customer.example", "carla@customer.example", "Printer", "Please help."))
	s.once("-import-existing", "-directory", directory, "-from", "support@corp.example")
	for _, m := range s.outbox() {
		if m.State != "waiting" || m.Attempts != 0 {
			t.Errorf("outbox: %+v, want it to wait", m)
		}
	}
	o := s.once("-directory", directory, "-from", "support@corp.example", "-smtp", addr, "-smtp-security", "none")
	if o.summary.Notified != 2 || len(exit.caught()) != 2 {
		t.Errorf("%d notified, %d caught, want 2", o.summary.Notified, len(exit.caught()))
	}
}
