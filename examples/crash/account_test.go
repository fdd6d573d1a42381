package crash_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox"
)

// A dialect is how the mail server is read.
type dialect string

const (
	uidplus  dialect = "IMAP with UIDPLUS"
	plainest dialect = "IMAP without UIDPLUS"
	pop3     dialect = "POP3"
)

var dialects = []dialect{uidplus, plainest, pop3}

// A slot is where a mail stood when the server was given it.
type slot struct {
	folder string
	uid    string
}

// A given mail is what the server was given.
type given struct {
	slot
	raw     string
	foreign bool // another client marked it \Deleted: it must stay
}

func (g given) sum() [32]byte { return sha256.Sum256([]byte(g.raw)) }

// A removal is a mail that is about to leave its folder.
type removal struct {
	key mailbox.Key
	given
}

// An account is a mailbox on a mail server in this process.
type account struct {
	dialect  dialect
	address  string
	lacksIDs bool // POP3 without UIDL

	// deleting is told of mails that are about to leave their folder.
	deleting func(...removal)

	mu    sync.Mutex
	given []given
	slots map[slot]int // of given

	user *imapmemserver.User
	pop  *pop3test.Server
}

const boxID = mailbox.ID("support")

// newAccount starts a server that ends with the test. Folders besides INBOX
// are for IMAP only.
func newAccount(t testing.TB, d dialect, lacksIDs bool, folders ...string) *account {
	t.Helper()
	a := &account{dialect: d, lacksIDs: lacksIDs, slots: map[slot]int{}, deleting: func(...removal) {}}
	if d == pop3 {
		opts := pop3test.Options{OnCommand: a.popCommand}
		if lacksIDs {
			opts.Lacks = []string{"UIDL"}
		}
		a.pop = pop3test.Start(t, opts)
		a.address = a.pop.Address
		return a
	}
	a.startIMAP(t, folders)
	return a
}

func (a *account) startIMAP(t testing.TB, folders []string) {
	t.Helper()
	a.user = imapmemserver.NewUser(pop3test.User, pop3test.Password)
	for _, name := range append([]string{"INBOX"}, folders...) {
		if err := a.user.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	mem := imapmemserver.New()
	mem.AddUser(a.user)
	caps := imap.CapSet{imap.CapIMAP4rev1: {}}
	if a.dialect == uidplus {
		caps[imap.CapUIDPlus], caps[imap.CapMove] = struct{}{}, struct{}{}
	}
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &watched{SessionIMAP4rev2: mem.NewSession().(imapserver.SessionIMAP4rev2), account: a, caps: caps}, nil, nil
		},
		Caps: caps, InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.address = l.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(l) })
	t.Cleanup(func() {
		_ = srv.Close()
		_ = l.Close()
		wg.Wait()
	})
}

// mailbox returns how to reach the account, at another address if one is given.
func (a *account) mailbox(address string) box {
	if address == "" {
		address = a.address
	}
	host, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	m := mailbox.Mailbox{
		ID: boxID, Address: "support@corp.example", Protocol: mailbox.IMAP, Host: host, Port: n, Security: mailbox.None,
		User: pop3test.User, MaxMessageBytes: maxMail,
	}
	if a.dialect == pop3 {
		m.Protocol = mailbox.POP3
	}
	return box{m, pop3test.Password}
}

// maxMail is the size limit: what is bigger stays on the server.
const maxMail = 3 << 20

// put delivers mails.
func (a *account) put(t testing.TB, mails ...given) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, g := range mails {
		if a.pop != nil {
			a.pop.Add(g.raw)
			g.slot = slot{uid: "id" + strconv.Itoa(len(a.given)+1)}
		} else {
			if g.folder == "" {
				g.folder = "INBOX"
			}
			var opts imap.AppendOptions
			if g.foreign {
				opts.Flags = []imap.Flag{imap.FlagDeleted}
			}
			data, err := a.user.Append(g.folder, literal{&io.LimitedReader{R: stringReader(g.raw), N: int64(len(g.raw))}, int64(len(g.raw))}, &opts)
			if err != nil {
				t.Fatal(err)
			}
			g.uid = fmt.Sprint(data.UID)
		}
		a.slots[g.slot] = len(a.given)
		a.given = append(a.given, g)
	}
}

// all returns what the server was given.
func (a *account) all() []given {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.given)
}

// find returns the mail that has stood in a slot.
func (a *account) find(s slot) given {
	a.mu.Lock()
	defer a.mu.Unlock()
	i, known := a.slots[s]
	if !known { // copied there by a client
		return given{slot: s}
	}
	return a.given[i]
}

// settle waits until the server has noticed that its client is gone.
func (a *account) settle() {
	if a.pop != nil {
		a.pop.Wait()
	}
}

// left returns the mails that are in a folder, in no order.
func (a *account) left(t testing.TB, folder string) []string {
	t.Helper()
	if a.pop != nil {
		return a.pop.Raws()
	}
	raws, err := a.imapRaws(folder)
	if err != nil {
		t.Fatalf("list %s: %v", folder, err)
	}
	return raws
}

func (a *account) popCommand(c pop3test.Command) string {
	if c.Verb == "DELE" && c.UID != "" {
		a.deleting(removal{mailbox.Key{Mailbox: boxID, UID: c.UID}, a.find(slot{uid: c.UID})})
	}
	return ""
}
