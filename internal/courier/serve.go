package courier

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A session is what a sign-in leads to.
type session struct {
	binary string
	user   string
	tag    string // of the command that signed in; IMAP only
}

// listen serves connections until the test ends, and returns the address.
func (s *Server) listen(t testing.TB, greet func(*line) (session, bool)) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			end := s.note(conn)
			wg.Go(func() {
				defer end()
				defer conn.Close()
				if session, ok := greet(&line{conn}); ok {
					s.run(t, conn, session)
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		s.hangUp()
		wg.Wait()
	})
	return ln.Addr().String()
}

// note remembers a connection until end is called.
func (s *Server) note(conn net.Conn) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ended := make(chan struct{})
	s.conns[conn] = ended
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, conn)
		close(ended)
	}
}

// AwaitPOP3 waits until all POP3 connections have ended, or for as long as
// most: Courier confirms QUIT first and removes mails then.
func (s *Server) AwaitPOP3(most time.Duration) {
	s.mu.Lock()
	var open []chan struct{}
	for conn, ended := range s.conns {
		if conn.LocalAddr().String() == s.POP3 {
			open = append(open, ended)
		}
	}
	s.mu.Unlock()
	over := time.After(most)
	for _, ended := range open {
		select {
		case <-ended:
		case <-over:
			return
		}
	}
}

// hangUp ends all connections, and so the processes behind them.
func (s *Server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseRead()
			_ = tcp.CloseWrite()
		}
	}
}

// run gives a connection to a process and waits for its end.
func (s *Server) run(t testing.TB, conn net.Conn, to session) {
	if err := s.makeMaildir(to.user); err != nil {
		t.Error(err)
		return
	}
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		return // it is closed
	}
	defer file.Close()
	cmd := exec.Command(filepath.Join(s.root, to.binary), "Maildir") //nolint:noctx // it ends with its connection
	cmd.Dir = filepath.Dir(s.maildir(to.user))
	cmd.Stdin, cmd.Stdout = file, file
	cmd.Env = []string{
		libraries(s.root), "PATH=/usr/bin", "HOME=" + cmd.Dir, "AUTHENTICATED=" + to.user, "GAM_CLIENT_ID=" + s.watcher,
		"TCPREMOTEIP=127.0.0.1", "TCPREMOTEPORT=1", "PROTOCOL=IMAP", "IMAPLOGINTAG=" + to.tag,
		"IMAP_CAPABILITY=" + s.capability, "IMAP_KEYWORDS=1", "IMAP_ACL=1", "IMAP_IDLE_TIMEOUT=60", "IMAP_ENHANCEDIDLE=1",
	}
	_ = cmd.Run() // it fails where the client hangs up
}

// A line reads lines from a connection and not a byte more, which belongs to
// the process that comes after us.
type line struct{ net.Conn }

func (l *line) next() (string, bool) {
	var b strings.Builder
	for one := make([]byte, 1); b.Len() < 1<<10; {
		if _, err := io.ReadFull(l, one); err != nil {
			return "", false
		}
		if one[0] == '\n' {
			return strings.TrimSuffix(b.String(), "\r"), true
		}
		b.WriteByte(one[0])
	}
	return "", false
}

func (l *line) say(format string, args ...any) { _, _ = fmt.Fprintf(l, format+"\r\n", args...) }

// greetIMAP says what Courier's own sign-in says, as far as clients need it.
func (s *Server) greetIMAP(l *line) (session, bool) {
	l.say("* OK [CAPABILITY %s] Courier-IMAP ready. Copyright 1998-2023 Double Precision, Inc.  See COPYING for distribution information.", s.capability)
	for {
		said, ok := l.next()
		words := strings.Fields(strings.ReplaceAll(said, `"`, ""))
		switch {
		case !ok || len(words) < 2:
			return session{}, false
		case strings.EqualFold(words[1], "LOGIN") && len(words) == 4 && words[3] == Password:
			return session{imapd, words[2], words[0]}, true
		case strings.EqualFold(words[1], "LOGIN"):
			l.say("%s NO Login failed.", words[0])
		case strings.EqualFold(words[1], "CAPABILITY"):
			l.say("* CAPABILITY %s", s.capability)
			l.say("%s OK CAPABILITY completed", words[0])
		case strings.EqualFold(words[1], "LOGOUT"):
			l.say("* BYE Courier-IMAP server shutting down")
			l.say("%s OK LOGOUT completed", words[0])
			return session{}, false
		default:
			l.say("%s NO Error in IMAP command received by server.", words[0])
		}
	}
}

// greetPOP3 does the same for POP3.
func (s *Server) greetPOP3(l *line) (session, bool) {
	l.say("+OK Hello there.")
	user := ""
	for {
		said, ok := l.next()
		command, arg, _ := strings.Cut(said, " ")
		switch strings.ToUpper(command) {
		case "CAPA":
			l.say("+OK Here's what I can do:\r\nTOP\r\nUSER\r\nLOGIN-DELAY 10\r\nPIPELINING\r\nUIDL\r\nUTF8 USER\r\nIMPLEMENTATION Courier Mail Server\r\n.")
		case "USER":
			user = arg
			l.say("+OK Password required.")
		case "PASS":
			if user != "" && arg == Password {
				return session{pop3d, user, ""}, true
			}
			l.say("-ERR Login failed.")
		case "QUIT":
			l.say("+OK Better luck next time.")
			return session{}, false
		default:
			l.say("-ERR Invalid command.")
		}
		if !ok {
			return session{}, false
		}
	}
}
