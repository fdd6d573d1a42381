package mailboxtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
)

// A Server is a mail server in memory with one account. It implements
// [mailbox.Connector] and is safe for concurrent use; every session sees the
// same folders.
type Server struct {
	mu             sync.Mutex
	user, password string // empty user: everybody may sign in
	folders        map[string]*folder
	faults         []fault
	hook           func(Call) error
	calls          []Call
	counts         map[Op]int
	open           int
	deleteOnly     bool
	idle           bool
	arrival        chan struct{} // closed at the next delivery; nil: nobody waits
}

type folder struct {
	validity uint32
	nextUID  uint32
	readOnly bool
	wordless bool    // keeps no keywords
	after    int     // Folder.CloseAfter
	weak     bool    // Item.Weak
	mails    []*mail // by ascending UID
}

type mail struct {
	uid       uint32
	raw       string
	announced int64
	deleted   bool
	kept      bool // marked with mailbox.KeptFlag
	seen      bool
	answered  bool
	arrived   time.Time
	cut       int // bytes sent before the connection breaks; -1: all
}

var _ mailbox.Connector = (*Server)(nil)

// NewServer returns a server with an empty INBOX where everybody may sign in.
func NewServer() *Server {
	s := &Server{folders: map[string]*folder{}, counts: map[Op]int{}}
	s.AddFolder("INBOX")
	return s
}

// SetCredentials makes the server refuse every other user and password with a
// *[mailbox.AuthError].
func (s *Server) SetCredentials(user, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user, s.password = user, password
}

// AddFolder creates an empty folder unless there is one.
func (s *Server) AddFolder(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folder(name)
}

// folder returns the folder, made at need. s.mu is held.
func (s *Server) folder(name string) *folder {
	f := s.folders[name]
	if f == nil {
		f = &folder{validity: 1, nextUID: 1}
		s.folders[name] = f
	}
	return f
}

// Add delivers a mail into a folder, which is made at need, and returns its
// UID. The first UID of a folder is "1"; none is given twice.
func (s *Server) Add(name, raw string) (uid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folder(name)
	m := &mail{uid: f.nextUID, raw: raw, announced: int64(len(raw)), cut: -1, arrived: time.Now().UTC()}
	f.nextUID++
	f.mails = append(f.mails, m)
	s.announce()
	return m.name()
}

// SetReadOnly makes the mails of a folder impossible to remove.
func (s *Server) SetReadOnly(name string, readOnly bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folder(name).readOnly = readOnly
}

// SetDeleteOnly makes the server refuse mailboxes whose mails shall stay in
// the account, as one without safe means for it.
func (s *Server) SetDeleteOnly(deleteOnly bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleteOnly = deleteOnly
}

// SetWordless makes a folder one that keeps no keywords.
func (s *Server) SetWordless(name string, wordless bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folder(name).wordless = wordless
}

// Kept returns the mails of a folder that are marked with
// [mailbox.KeptFlag], ascending.
func (s *Server) Kept(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var uids []string
	for _, m := range s.folder(name).mails {
		if m.kept {
			uids = append(uids, m.name())
		}
	}
	return uids
}

// SetCloseAfter makes removals from a folder take effect when the session is
// closed, as over POP3. 0: at once.
func (s *Server) SetCloseAfter(name string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folder(name).after = n
}

// SetWeak makes the UIDs of a folder such that were computed: the next mail
// that is added has the UID "1" again, as a mail that looks like an earlier one
// has over POP3 without unique-ids.
func (s *Server) SetWeak(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folder(name)
	f.weak, f.nextUID = true, 1
}

// SetValidity gives the folder another UIDVALIDITY and numbers its mails anew
// from 1, as a server does that was restored from a backup.
func (s *Server) SetValidity(name string, validity uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folder(name)
	f.validity, f.nextUID = validity, 1
	for _, m := range f.mails {
		m.uid = f.nextUID
		f.nextUID++
	}
}

// SetDeleted sets or clears the mark \Deleted of a mail, as another client.
func (s *Server) SetDeleted(name, uid string, deleted bool) {
	s.change(name, uid, func(m *mail) { m.deleted = deleted })
}

// SetArrived sets when a mail came into its folder, which is when it was added
// if nobody says otherwise. The zero time is not told.
func (s *Server) SetArrived(name, uid string, at time.Time) {
	s.change(name, uid, func(m *mail) { m.arrived = at })
}

// SetRead marks a mail as read, and as answered if so, as a mail program does.
func (s *Server) SetRead(name, uid string, answered bool) {
	s.change(name, uid, func(m *mail) { m.seen, m.answered = true, answered })
}

// Announce makes the server lie about the size of a mail; -1 is unknown.
func (s *Server) Announce(name, uid string, size int64) {
	s.change(name, uid, func(m *mail) { m.announced = size })
}

// CutBody breaks the connection after n bytes of the mail, at every fetch of
// it; n < 0 mends it.
func (s *Server) CutBody(name, uid string, n int) {
	s.change(name, uid, func(m *mail) { m.cut = n })
}

// Vanish removes a mail as another client. Nothing happens if it is gone.
func (s *Server) Vanish(name, uid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folder(name)
	f.mails = slices.DeleteFunc(f.mails, func(m *mail) bool { return m.name() == uid })
}

// UIDs returns the mails that are left in a folder, ascending.
func (s *Server) UIDs(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var uids []string
	for _, m := range s.folder(name).mails {
		uids = append(uids, m.name())
	}
	return uids
}

// Raws returns the bytes of the mails that are left in a folder.
func (s *Server) Raws(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var raws []string
	for _, m := range s.folder(name).mails {
		raws = append(raws, m.raw)
	}
	return raws
}

// Open returns how many sessions were connected and not yet closed.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

func (s *Server) change(name, uid string, fn func(*mail)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.folder(name).find(uid)
	if m == nil {
		panic(fmt.Sprintf("mailboxtest: no mail %s in folder %q", uid, name))
	}
	fn(m)
}

func (f *folder) find(uid string) *mail {
	n, err := strconv.ParseUint(uid, 10, 32)
	if err != nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(f.mails, uint32(n), func(m *mail, n uint32) int { return cmp.Compare(m.uid, n) })
	if !ok {
		return nil
	}
	return f.mails[i]
}

func (m *mail) name() string { return strconv.FormatUint(uint64(m.uid), 10) }

// errRefused is what the server says to wrong credentials.
var errRefused = errors.New("wrong user or password")

// Connect opens a session.
func (s *Server) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	if err := s.called(ctx, Call{Op: OpConnect}); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.user != "" && (m.User != s.user || m.Password.Reveal() != s.password) {
		return nil, &mailbox.AuthError{User: m.User, Err: errRefused}
	}
	if s.deleteOnly && m.After != mailbox.AfterDelete {
		return nil, fmt.Errorf("connect: %w", mailbox.ErrCannotKeep)
	}
	s.open++
	return &session{server: s, max: m.WithDefaults().MaxMessageBytes, listed: map[string]uint32{}}, nil
}
