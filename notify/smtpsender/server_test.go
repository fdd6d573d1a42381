package smtpsender_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify/notifytest"
	"example.com/ticketmail/notify/smtpsender"
)

// A server is go-smtp's, with a view of what it took and faults to order.
type server struct {
	addr  string
	roots *x509.CertPool

	mu       sync.Mutex
	got      []notifytest.Received
	from     []string
	sizes    []int64 // as MAIL said them
	conns    int
	auths    int
	fault    notifytest.Fault
	mechs    []string
	newest   net.Conn
	logouts  chan struct{}
	released chan struct{} // closed at the end of the test
}

// start runs a server. configure may change it before it listens.
func start(t *testing.T, security mailbox.Security, configure func(*smtp.Server, *server)) *server {
	t.Helper()
	s := &server{mechs: []string{sasl.Plain}, logouts: make(chan struct{}, 100), released: make(chan struct{})}
	srv := smtp.NewServer(smtp.BackendFunc(s.session))
	srv.Domain = "mail.example"
	srv.ErrorLog = log.New(io.Discard, "", 0)
	if security == mailbox.None {
		srv.AllowInsecureAuth = true
	} else {
		srv.TLSConfig, s.roots = certificate(t)
	}
	if configure != nil {
		configure(srv, s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	if security == mailbox.TLS {
		l = tls.NewListener(l, srv.TLSConfig)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(l) })
	t.Cleanup(func() {
		close(s.released)
		_ = srv.Close()
		_ = l.Close() // Serve may not have begun
		wg.Wait()
	})
	return s
}

// certificate borrows the one that net/http tests with, for 127.0.0.1 and example.com.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	h := httptest.NewTLSServer(nil)
	defer h.Close()
	pool := x509.NewCertPool()
	pool.AddCert(h.Certificate())
	return &tls.Config{Certificates: h.TLS.Certificates}, pool
}

// sender returns a sender for the server. change may change its options.
func (s *server) sender(t *testing.T, security mailbox.Security, change func(*smtpsender.Options)) *smtpsender.Sender {
	t.Helper()
	opts := smtpsender.Options{
		Addr: s.addr, Security: security, User: "user", Password: mailbox.NewSecret("pa55word"),
		MaxIdle: time.Hour, // a test that gets no processor time does not need another connection
	}
	if s.roots != nil {
		opts.TLSConfig = &tls.Config{RootCAs: s.roots}
	}
	if change != nil {
		change(&opts)
	}
	sender, err := smtpsender.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	return sender
}

func (s *server) received() []notifytest.Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]notifytest.Received(nil), s.got...)
}

func (s *server) refuse(f notifytest.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

func (s *server) state() notifytest.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

func (s *server) session(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	s.conns++
	s.newest = c.Conn()
	s.mu.Unlock()
	return &session{server: s}, nil
}

type session struct {
	*server
	authenticated bool
	from, to      string
}

func (s *session) AuthMechanisms() []string { return s.mechs }

func (s *session) Auth(mech string) (sasl.Server, error) {
	check := func(user, password string) error {
		s.server.mu.Lock()
		s.auths++
		s.server.mu.Unlock()
		if user != "user" || password != "pa55word" {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "bad password " + password}
		}
		s.authenticated = true
		return nil
	}
	if mech == sasl.Login {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// loginServer asks in its own words, as some do.
type loginServer struct {
	check func(user, password string) error
	user  string
	step  int
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	switch l.step++; l.step {
	case 1:
		return []byte("User Name\x00"), false, nil
	case 2:
		l.user = string(response)
		return []byte("password?"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

func (s *session) Mail(from string, opts *smtp.MailOptions) error {
	s.server.mu.Lock()
	s.sizes = append(s.sizes, opts.Size)
	s.server.mu.Unlock()
	if !s.authenticated {
		return smtp.ErrAuthRequired
	}
	s.from = from
	switch s.state() {
	case notifytest.BadConfig:
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "sender not allowed"}
	case notifytest.Temporary:
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "busy"}
	case notifytest.Silent:
		<-s.released
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.state() == notifytest.BadRecipient && to == notifytest.Refused {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.got = append(s.got, notifytest.Received{To: s.to, Data: data})
	s.server.from = append(s.server.from, s.from)
	return nil
}

func (s *session) Reset() {}

func (s *session) Logout() error {
	s.logouts <- struct{}{}
	return nil
}

// closeIdle ends the newest session as a server does that waited for too long,
// and waits for its end.
func (s *server) closeIdle(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	conn := s.newest
	s.mu.Unlock()
	_, _ = io.WriteString(conn, "421 4.4.2 Idle timeout, bye bye\r\n")
	_ = conn.Close()
	select {
	case <-s.logouts:
	case <-time.After(3 * time.Minute):
		t.Fatal("the session does not end")
	}
}

var _ smtp.AuthSession = (*session)(nil)

// A script is a server that says what a test wants, and nothing else.
type script struct {
	addr string
	mu   sync.Mutex
	said []string // lines of the client
	over chan struct{}
}

// play serves each connection with serve.
func play(t *testing.T, serve func(s *script, conn net.Conn)) *script {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &script{addr: l.Addr().String(), over: make(chan struct{})}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			wg.Go(func() {
				defer func() { _ = conn.Close() }()
				serve(s, conn)
			})
		}
	})
	t.Cleanup(func() {
		close(s.over)
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return s
}

func (s *script) hear(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, line)
}

func (s *script) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.said...)
}

// count reads a counter of the server.
func (s *server) count(n *int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *n
}
