package imapbox_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

func capSet(caps ...imap.Cap) imap.CapSet {
	set := imap.CapSet{}
	for _, c := range caps {
		set[c] = struct{}{}
	}
	return set
}

// A memServer is an IMAP server in this process with one user.
type memServer struct {
	caps     imap.CapSet
	tls      *tls.Config  // offers STARTTLS, and takes passwords only under TLS
	implicit bool         // TLS from the first byte
	before   func(string) // is called before a command is carried out, where it is SEARCH or EXPUNGE
}

// start starts the server and returns its address.
func (s *memServer) start(t testing.TB) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = ln.Addr().String()
	if s.implicit {
		ln = tls.NewListener(ln, s.tls)
	}
	u := imapmemserver.NewUser(user, password)
	if err := u.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(u)
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return hooked{mem.NewSession().(imapserver.SessionIMAP4rev2), s.before}, nil, nil
		},
		Caps:         s.caps,
		TLSConfig:    s.tls,
		InsecureAuth: s.tls == nil,
		Logger:       log.New(io.Discard, "", 0),
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(ln)
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return address
}

type hooked struct {
	imapserver.SessionIMAP4rev2
	before func(command string)
}

func (h hooked) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, options *imap.SearchOptions) (*imap.SearchData, error) {
	if h.before != nil {
		h.before("SEARCH")
	}
	return h.SessionIMAP4rev2.Search(kind, criteria, options)
}

func (h hooked) Expunge(w *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	if h.before != nil {
		h.before("EXPUNGE")
	}
	return h.SessionIMAP4rev2.Expunge(w, uids)
}
