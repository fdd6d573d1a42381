package mailboxtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"example.com/ticketmail/mailbox"
)

// A session is a connection to a Server.
type session struct {
	server   *Server
	max      int64 // MaxMessageBytes
	busy     atomic.Bool
	dead     bool
	closed   bool
	name     string // of the selected folder
	readOnly bool
	listed   map[string]uint32 // the next UID of folders when they were listed
	marked   []string          // UIDs to be removed by Close
}

var (
	errDead     = errors.New("mailboxtest: the session is dead")
	errBusy     = errors.New("mailboxtest: the session is used by two goroutines, or inside of Fetch")
	errSelected = errors.New("mailboxtest: no folder is selected")
)

// call runs do as the call c of a session that must be alive and idle.
func (s *session) call(ctx context.Context, c Call, do func() error) error {
	if !s.busy.CompareAndSwap(false, true) {
		return errBusy
	}
	defer s.busy.Store(false)
	if s.dead || s.closed {
		return errDead
	}
	if c.Op != OpSelect && s.name == "" {
		return errSelected
	}
	err := s.server.called(ctx, c)
	if err == nil {
		return do()
	}
	s.dead = true
	return fmt.Errorf("%s: %w", c.Op, err)
}

// Select implements mailbox.Session.
func (s *session) Select(ctx context.Context, folder string, readOnly bool) (found mailbox.Folder, err error) {
	err = s.call(ctx, Call{Op: OpSelect, Folder: folder, ReadOnly: readOnly}, func() error {
		found, err = s.choose(folder, readOnly)
		return err
	})
	return found, err
}

func (s *session) choose(name string, readOnly bool) (mailbox.Folder, error) {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.name = ""
	f := s.server.folders[name]
	if f == nil {
		return mailbox.Folder{}, &mailbox.FolderError{Folder: name, Candidates: s.server.names()}
	}
	s.name, s.readOnly = name, readOnly || f.readOnly
	return mailbox.Folder{Name: name, Validity: f.validity, Messages: len(f.mails), CanRemove: !s.readOnly, CloseAfter: f.after}, nil
}

// names returns the names of the folders, at most 50. s.mu is held.
func (s *Server) names() []string {
	var names []string
	for name := range s.folders {
		names = append(names, name)
	}
	slices.Sort(names)
	return names[:min(len(names), 50)]
}

// List implements mailbox.Session.
func (s *session) List(ctx context.Context) (items []mailbox.Item, err error) {
	err = s.call(ctx, Call{Op: OpList, Folder: s.name}, func() error {
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		f := s.server.folder(s.name)
		s.listed[s.name] = f.nextUID
		for _, m := range f.mails {
			if !slices.Contains(s.marked, m.name()) {
				items = append(items, mailbox.Item{UID: m.name(), Weak: f.weak, Size: m.announced, Deleted: m.deleted, Kept: m.kept})
			}
		}
		return nil
	})
	return items, err
}

// Fetch implements mailbox.Session.
func (s *session) Fetch(ctx context.Context, items []mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	return s.call(ctx, Call{Op: OpFetch, Folder: s.name, UIDs: uids(items)}, func() error {
		for _, it := range items {
			if err := s.fetch(ctx, it, each); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *session) fetch(ctx context.Context, it mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	raw, cut, ok := s.body(it.UID)
	if !ok {
		return nil
	}
	if err := s.server.called(ctx, Call{Op: OpBody, Folder: s.name, UIDs: []string{it.UID}}); err != nil {
		s.dead = true
		return fmt.Errorf("fetch %s: %w", it.UID, err)
	}
	if tooBig(int64(len(raw)), it.Size, s.max) {
		s.dead = true
		return fmt.Errorf("fetch %s: %w", it.UID, mailbox.ErrTooBig)
	}
	body := &reader{ctx: ctx, r: strings.NewReader(raw), end: io.EOF}
	if cut >= 0 && cut < len(raw) {
		s.dead = true
		body.r, body.end = strings.NewReader(raw[:cut]), io.ErrUnexpectedEOF
	}
	err := each(it, body)
	body.ended = true
	if err == nil && s.dead {
		err = fmt.Errorf("fetch %s: %w", it.UID, io.ErrUnexpectedEOF)
	}
	return err
}

// tooBig reports whether a body is larger than was announced, with a margin
// for servers that count line ends differently, and than the limit.
func tooBig(size, announced, limit int64) bool {
	return size > limit && size > announced+announced/10+64<<10
}

func (s *session) body(uid string) (raw string, cut int, ok bool) {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	m := s.server.folder(s.name).find(uid)
	if m == nil {
		return "", 0, false
	}
	return m.raw, m.cut, true
}

// Remove implements mailbox.Session.
func (s *session) Remove(ctx context.Context, items []mailbox.Item) error {
	return s.call(ctx, Call{Op: OpRemove, Folder: s.name, UIDs: uids(items)}, func() error {
		if s.readOnly {
			return mailbox.ErrReadOnly
		}
		if s.atClose() {
			s.marked = append(s.marked, uids(items)...)
			return nil
		}
		return s.remove(ctx, uids(items))
	})
}

// remove takes mails away.
func (s *session) remove(ctx context.Context, uids []string) error {
	for _, uid := range uids {
		s.server.Vanish(s.name, uid)
	}
	return s.confirm(ctx, OpRemove)
}

// confirm returns the error that an op fails with although it was done.
func (s *session) confirm(ctx context.Context, op Op) error {
	err := s.server.called(ctx, Call{Op: done(op)})
	if err != nil {
		s.dead = true
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// atClose reports whether the selected folder removes mails at Close.
func (s *session) atClose() bool {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return s.server.folder(s.name).after > 0
}

// errUndone is that of a Close whose removals did not take effect.
var errUndone = errors.New("mailboxtest: the session broke: nothing was removed")

// Close implements mailbox.Session. A second one does nothing.
func (s *session) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.server.called(context.Background(), Call{Op: OpClose, Folder: s.name})
	if len(s.marked) > 0 {
		switch {
		case s.dead:
			err = cmp.Or(err, errUndone)
		case err == nil:
			err = s.remove(context.Background(), s.marked)
		}
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.open--
	return err
}

func uids(items []mailbox.Item) []string {
	uids := make([]string, len(items))
	for i, it := range items {
		uids[i] = it.UID
	}
	return uids
}

// A reader is a body. It ends with end, and is void after the fetch went on.
type reader struct {
	ctx   context.Context
	r     io.Reader
	end   error
	ended bool
}

func (r *reader) Read(p []byte) (int, error) {
	if r.ended {
		return 0, errors.New("mailboxtest: a body was read after its mail was done with")
	}
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	n, err := r.r.Read(p)
	if err == io.EOF {
		err = r.end
	}
	return n, err
}
