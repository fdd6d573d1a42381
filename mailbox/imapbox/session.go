package imapbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

var (
	_ mailbox.Keeper = (*session)(nil)
	_ mailbox.Waiter = (*session)(nil)
)

// A session is a signed-in connection.
type session struct {
	client  *imapclient.Client
	conn    *wire.Conn
	limiter *wire.Limiter
	caps    imap.CapSet
	max     int64  // MaxMessageBytes
	user    string // signed in
	log     *slog.Logger

	dead      bool
	folder    string // selected; empty: none
	typed     string // what it was selected as
	readOnly  bool
	keywords  bool              // the folder keeps ours
	deletable bool              // and \Deleted, by what it says, however it was opened
	trash     *string           // folder for removed mails; nil: not looked up
	targets   map[string]string // folders that mails are moved to, as typed: the server's names
	bySeq     bool              // the server puts the UID after the body

	news    chan struct{}       // holds something once mails were announced after the last List
	uidNext imap.UID            // of the selected folder, when it was selected
	listed  map[string]imap.UID // the same of folders when they were listed
}

var (
	errDead     = errors.New("the connection is closed")
	errSelected = errors.New("no folder is selected")
)

// do runs the commands of one method. fn may send several, but has to wait
// for all of them, also where it fails.
func (s *session) do(ctx context.Context, op string, fn func() error) error {
	if s.dead {
		return fmt.Errorf("%s: %w", op, errDead)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	defer stop()
	s.await(wire.MaxLine, 0)
	err := fn()
	s.conn.Relax()
	if err == nil {
		return nil
	}
	err = clip(s.explain(ctx, err))
	if !usable(err) || s.conn.Err() != nil {
		s.abort()
	}
	return fmt.Errorf("%s: %w", op, err)
}

// await begins a new answer of the server.
func (s *session) await(line, body int64) {
	s.limiter.Reset(line, body)
	s.conn.Expect()
}

// explain returns the reason behind err, which the library does not tell.
func (s *session) explain(ctx context.Context, err error) error {
	broken := s.conn.Err()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case broken == nil || usable(err) || errors.Is(err, mailbox.ErrTooBig):
		return err
	case errors.Is(broken, wire.ErrBody):
		return fmt.Errorf("%w: %w", mailbox.ErrTooBig, broken)
	case errors.Is(broken, wire.ErrIdle), errors.Is(broken, wire.ErrLimit):
		return broken
	}
	return err
}

// A clippedError is an error with a shorter text.
type clippedError struct {
	error
	text string
}

func (e clippedError) Error() string { return e.text }
func (e clippedError) Unwrap() error { return e.error }

const maxErrorText = 1000

// clip shortens the text of an error: it may hold what the server said, and
// the library names every level of a nested list.
func clip(err error) error {
	if text := err.Error(); len(text) > maxErrorText {
		return clippedError{err, strings.ToValidUTF8(text[:maxErrorText], "") + " ..."}
	}
	return err
}

// usable reports whether the session is usable after err.
func usable(err error) bool {
	if _, ok := errors.AsType[*mailbox.FolderError](err); ok {
		return true
	}
	return refused(err) || errors.Is(err, mailbox.ErrReadOnly) || errors.Is(err, mailbox.ErrCannotKeep) || errors.Is(err, errSameFolder)
}

// abort closes the connection without a farewell. No command may be pending.
func (s *session) abort() {
	s.dead = true
	_ = s.conn.Close()
	_ = s.client.Close()
}

const farewell = 5 * time.Second

// Close implements mailbox.Session. It never expunges: LOGOUT does not, and
// CLOSE, which does, is not sent.
func (s *session) Close() error {
	if s.dead {
		return nil
	}
	timer := time.AfterFunc(farewell, func() { _ = s.conn.Close() })
	defer timer.Stop()
	s.await(wire.MaxLine, 0)
	err := s.client.Logout().Wait()
	s.abort()
	if err != nil {
		return fmt.Errorf("sign off: %w", err)
	}
	return nil
}
