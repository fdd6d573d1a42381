package pop3box

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
)

// A session is a signed-in connection, in the state TRANSACTION.
type session struct {
	conn *conn
	caps capabilities
	max  int64 // MaxMessageBytes
	log  *slog.Logger

	dead      bool
	selected  bool
	readOnly  bool
	retrieved bool           // a mail was fetched
	numbers   map[string]int // UID -> message number; nil: not listed yet
	marked    map[int]bool   // message numbers that are deleted when the session ends well
	forget    func() bool    // ends the watch over the context of a removal
}

var (
	_ mailbox.Session  = (*session)(nil)
	_ mailbox.Surveyor = (*session)(nil)
)

func (c *Connector) session(a *approach) *session {
	return &session{
		conn:   a.conn,
		caps:   a.caps,
		max:    a.m.MaxMessageBytes,
		log:    c.opts.Logger.With(slog.String("mailbox", string(a.m.ID))),
		marked: map[int]bool{},
		forget: func() bool { return true },
	}
}

var (
	errDead     = errors.New("the connection is closed")
	errSelected = errors.New("no folder is selected")
	errUndone   = errors.New("the session broke: nothing was removed")
)

// do runs the commands of one method. fn has to read all answers, or fail with
// an error that is not one of those in usable.
func (s *session) do(ctx context.Context, op string, fn func() error) error {
	if s.dead {
		return fmt.Errorf("%s: %w", op, errDead)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	stop := context.AfterFunc(ctx, func() { _ = s.conn.net.Close() })
	defer stop()
	s.conn.expect()
	err := fn()
	s.conn.relax()
	if err == nil {
		return nil
	}
	if !usable(err) || s.conn.guard.Err() != nil {
		s.abort()
	}
	return fmt.Errorf("%s: %w", op, because(ctx, err))
}

// usable reports whether the session is usable after err.
func usable(err error) bool {
	if _, ok := errors.AsType[*mailbox.FolderError](err); ok {
		return true
	}
	return refused(err) != nil || errors.Is(err, mailbox.ErrReadOnly) || errors.Is(err, errSelected)
}

// abort closes the connection without a farewell, which keeps all mails.
func (s *session) abort() {
	s.dead = true
	s.forget()
	_ = s.conn.net.Close()
}

// farewell is how long a server may take to say goodbye where nothing depends
// on it, or where the caller is gone. Together with the last command that has
// to end within five seconds.
const farewell = 4 * time.Second

// Close implements mailbox.Session. What was given to Remove is removed if it
// returns nil; if not, the server may have removed it nevertheless, or a part
// of it.
func (s *session) Close() error {
	if s.dead {
		if len(s.marked) > 0 {
			clear(s.marked)
			return fmt.Errorf("sign off: %w", errUndone)
		}
		return nil
	}
	if len(s.marked) == 0 {
		if s.retrieved && s.caps.forgetful() {
			s.abort() // QUIT would delete what was only looked at
			return nil
		}
		defer time.AfterFunc(farewell, s.closeConn).Stop()
	}
	clear(s.marked)
	s.conn.expect()
	_, err := s.conn.ask("QUIT")
	s.abort()
	if err != nil {
		return fmt.Errorf("sign off: %w", err)
	}
	return nil
}

func (s *session) closeConn() { _ = s.conn.net.Close() }

// hurry bounds what comes after ctx is done: from then on the server has
// little time.
func (s *session) hurry(ctx context.Context) {
	s.forget()
	s.forget = context.AfterFunc(ctx, func() { time.AfterFunc(farewell, s.closeConn) })
}

// errProtocol reports an answer that means nothing.
func errProtocol(command string, answer []byte) error {
	return fmt.Errorf("%s: the server answers %.100q", command, answer)
}

// longest returns how long a mail may be: what was announced, with a margin
// for servers that count line ends otherwise, or the limit.
func (s *session) longest(it mailbox.Item) int64 {
	return max(s.max, it.Size+it.Size/10+64<<10)
}

var errEndless = fmt.Errorf("%w: over %d mails", wire.ErrLimit, listMost)
