package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"
)

// imapServer is a mail server with one mailbox, in this process.
type imapServer struct {
	port   int
	user   *imapmemserver.User
	server *imapserver.Server
}

func startIMAP() (*imapServer, error) {
	user := imapmemserver.NewUser("support", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		return nil, err
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}, imap.CapMove: {}},
		InsecureAuth: true,
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() { _ = server.Serve(l) }()
	return &imapServer{port: l.Addr().(*net.TCPAddr).Port, user: user, server: server}, nil
}

func (s *imapServer) close() { _ = s.server.Close() }

func (s *imapServer) deliver(mails []sample) error {
	for _, m := range mails {
		if _, err := s.user.Append("INBOX", bytes.NewReader(m.raw), &imap.AppendOptions{}); err != nil {
			return fmt.Errorf("deliver %s: %w", m.name, err)
		}
	}
	return nil
}

// count returns how many mails are still on the server.
func (s *imapServer) count() (int, error) {
	st, err := s.user.Status("INBOX", &imap.StatusOptions{NumMessages: true})
	if err != nil {
		return 0, err
	}
	if st.NumMessages == nil {
		return 0, errors.New("the server does not count")
	}
	return int(*st.NumMessages), nil
}

// A sink takes every mail and keeps it.
type sink struct {
	addr   string
	server *smtp.Server

	mu    sync.Mutex
	mails []sunk
}

// sunk is a mail in the sink.
type sunk struct {
	to  string
	raw []byte
}

func startSink() (*sink, error) {
	s := &sink{}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s}, nil }))
	s.server.Domain = "sink.example"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.addr = l.Addr().String()
	go func() { _ = s.server.Serve(l) }()
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

func (s *sink) received() []sunk {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

// sinkSession is one connection to a sink.
type sinkSession struct {
	sink *sink
	to   string
}

func (s *sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *sinkSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.mails = append(s.sink.mails, sunk{s.to, raw})
	return nil
}

func (s *sinkSession) Reset()        {}
func (s *sinkSession) Logout() error { return nil }
