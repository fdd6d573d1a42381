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
	folders  []string     // besides INBOX
	lenient  bool         // knows UID EXPUNGE also where it does not announce it
	wrap     func(imapserver.SessionIMAP4rev2) imapserver.Session
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
	for _, name := range append([]string{"INBOX"}, s.folders...) {
		if err := u.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	mem := imapmemserver.New()
	mem.AddUser(u)
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			h := hooked{mem.NewSession().(imapserver.SessionIMAP4rev2), s}
			if s.wrap != nil {
				return s.wrap(h), nil, nil
			}
			return h, nil, nil
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

// A hooked session tells before it works, refuses commands that the server
// does not announce, and spares the client what the library writes where it
// copied nothing.
type hooked struct {
	imapserver.SessionIMAP4rev2
	server *memServer
}

var errUnannounced = &imap.Error{Type: imap.StatusResponseTypeBad, Text: "this server has no such command"}

func (h hooked) tell(command string) {
	if h.server.before != nil {
		h.server.before(command)
	}
}

func (h hooked) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, options *imap.SearchOptions) (*imap.SearchData, error) {
	h.tell("SEARCH")
	return h.SessionIMAP4rev2.Search(kind, criteria, options)
}

func (h hooked) Expunge(w *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	if uids != nil && !h.server.caps.Has(imap.CapUIDPlus) && !h.server.lenient {
		return errUnannounced
	}
	h.tell("EXPUNGE")
	return h.SessionIMAP4rev2.Expunge(w, uids)
}

func (h hooked) Copy(set imap.NumSet, to string) (*imap.CopyData, error) {
	data, err := h.SessionIMAP4rev2.Copy(set, to)
	if err == nil && len(data.SourceUIDs) == 0 {
		return nil, nil
	}
	return data, err
}

func (h hooked) Move(w *imapserver.MoveWriter, set imap.NumSet, to string) error {
	if !h.server.caps.Has(imap.CapMove) {
		return errUnannounced
	}
	if uids, ok := set.(imap.UIDSet); ok {
		found, err := h.SessionIMAP4rev2.Search(imapserver.NumKindUID, &imap.SearchCriteria{UID: []imap.UIDSet{uids}}, &imap.SearchOptions{})
		if err != nil || len(found.AllUIDs()) == 0 {
			return err
		}
	}
	return h.SessionIMAP4rev2.Move(w, set, to)
}
