// Package pop3test is a POP3 server in this process, for tests. It does what
// RFC 1939 says, with the extensions that a test wants and the faults that it
// plans.
package pop3test

import (
	"bufio"
	"crypto/tls"
	"net"
	"strconv"
	"sync"
	"testing"
)

// User and Password are those of the only account.
const (
	User     = "support"
	Password = "secret"
)

// Options say what the server knows. The zero value has CAPA, UIDL, TOP,
// USER, SASL PLAIN and PIPELINING, and no TLS.
type Options struct {
	TLS      *tls.Config // offers STLS, and lets nobody sign in without; nil: no TLS
	Implicit bool        // TLS from the first byte
	Token    string      // is taken by XOAUTH2 and OAUTHBEARER, with User; empty: no such mechanism
	Hashes   bool        // the unique-ids are hashes of the mails: copies have the same
	Lacks    []string    // commands and capabilities that it does not know, for example "UIDL"
	Has      []string    // capabilities that it announces besides

	// OnCommand is asked before a command is carried out. An answer that is
	// not empty is sent instead of that; Cut in it closes the connection
	// there. It may use the server.
	OnCommand func(Command) (answer string)
}

// Cut closes the connection, in an answer of OnCommand.
const Cut = "CUT"

// A Command is what a client sent.
type Command struct {
	Verb string   // upper case; SASL's answers are "..."
	Args []string // the words after it
	UID  string   // of the mail whose number is the first of Args, if there is one
}

// A Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	Address string

	opts Options
	mu   sync.Mutex
	next int
	box  []mail
	busy bool // a client is signed in
	free *sync.Cond
	wg   sync.WaitGroup
}

type mail struct {
	serial   int
	uid, raw string
}

// Start starts a server that ends with the test.
func Start(t testing.TB, opts Options) *Server {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Address: ln.Addr().String(), opts: opts}
	s.free = sync.NewCond(&s.mu)
	if opts.Implicit {
		ln = tls.NewListener(ln, opts.TLS)
	}
	var conns sync.Map
	s.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conns.Store(conn, nil)
			s.wg.Go(func() {
				s.Serve(conn)
				conns.Delete(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		conns.Range(func(conn, _ any) bool { return conn.(net.Conn).Close() == nil })
		s.wg.Wait()
	})
	return s
}

// Serve speaks with one client, and closes the connection.
func (s *Server) Serve(conn net.Conn) {
	c := &client{Server: s, conn: conn, secured: s.opts.Implicit || s.opts.TLS == nil}
	c.attach(conn)
	defer func() {
		c.leave()
		_ = c.conn.Close()
	}()
	c.say("+OK ready\r\n")
	for c.w.Flush() == nil {
		line, err := c.r.ReadString('\n')
		if err != nil || !c.do(line) {
			_ = c.w.Flush()
			return
		}
	}
}

// Add delivers mails. The first unique-id is "id1"; none is given twice.
func (s *Server) Add(raws ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, raw := range raws {
		s.next++
		uid := "id" + strconv.Itoa(s.next)
		if s.opts.Hashes {
			uid = hash(raw)
		}
		s.box = append(s.box, mail{s.next, uid, raw})
	}
}

// Raws returns the mails that are left.
func (s *Server) Raws() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	raws := make([]string, len(s.box))
	for i, m := range s.box {
		raws[i] = m.raw
	}
	return raws
}

// Vanish removes the n-th mail, from 0, under the hands of whoever is signed
// in.
func (s *Server) Vanish(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.box = append(s.box[:n:n], s.box[n+1:]...)
}

// Wait waits until nobody is signed in: a server may notice late that a client
// has gone.
func (s *Server) Wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy {
		s.free.Wait()
	}
}

// A client is one connection.
type client struct {
	*Server
	conn    net.Conn
	r       *bufio.Reader
	w       *bufio.Writer
	secured bool
	user    string
	inside  bool
	list    []mail       // at the sign-in
	deleted map[int]bool // numbers of the list
}

func (c *client) attach(conn net.Conn) {
	c.conn, c.r, c.w = conn, bufio.NewReader(conn), bufio.NewWriter(conn)
}

func (c *client) say(text string) { _, _ = c.w.WriteString(text) }
