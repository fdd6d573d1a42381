package crash_test

import (
	"bytes"
	"io"
	"log"
	"maps"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// A sink is a mail exit in this process that takes everything, and counts.
type sink struct {
	address string

	mu   sync.Mutex
	got  map[string]int // by "recipient Message-ID"
	open int            // sessions
	idle *sync.Cond
}

// newSink starts a sink that ends with the test.
func newSink(t testing.TB) *sink {
	t.Helper()
	s := &sink{got: map[string]int{}}
	s.idle = sync.NewCond(&s.mu)
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		s.count(1)
		return &delivery{sink: s}, nil
	}))
	srv.Domain = "exit.example"
	srv.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(l) })
	t.Cleanup(func() {
		_ = srv.Close()
		_ = l.Close()
		wg.Wait()
	})
	return s
}

func (s *sink) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += n
	s.idle.Broadcast()
}

// settle waits until nobody is connected: what a client has sent before it was
// killed may come after that.
func (s *sink) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.open > 0 {
		s.idle.Wait()
	}
}

// counts returns how often each mail was taken.
func (s *sink) counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.got)
}

type delivery struct {
	sink *sink
	to   string
}

func (d *delivery) Reset()                                    { d.to = "" }
func (d *delivery) Logout() error                             { d.sink.count(-1); return nil }
func (d *delivery) Mail(string, *smtp.MailOptions) error      { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error { d.to = to; return nil }

// Data takes a mail once its final dot has come.
func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	d.sink.mu.Lock()
	defer d.sink.mu.Unlock()
	d.sink.got[d.to+" "+strings.Trim(m.Header.Get("Message-ID"), "<>")]++
	return nil
}
