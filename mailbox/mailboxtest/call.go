package mailboxtest

import (
	"context"
	"slices"
)

// An Op is a call that a [Server] counts and records.
type Op string

// The calls. OpBody is recorded by the server for each mail whose body a
// fetch is about to hand over.
const (
	OpConnect Op = "connect"
	OpSelect  Op = "select"
	OpList    Op = "list"
	OpFetch   Op = "fetch"
	OpBody    Op = "body"
	OpRemove  Op = "remove"
	OpClose   Op = "close"
)

// A Call is what was asked of a [Server].
type Call struct {
	Op       Op
	Folder   string   // as typed for OpSelect, else the selected one
	ReadOnly bool     // of OpSelect
	UIDs     []string // of OpFetch, OpBody and OpRemove
}

type fault struct {
	op  Op
	n   int
	err error
}

// FailCall makes the n-th call of op, counted from 1 over all sessions and
// from the making of the server, fail with err. The session is dead after it,
// as after a broken connection; nothing was done. An OpRemove that shall fail
// after the mails are gone is made with [Server.FailAfterRemove].
func (s *Server) FailCall(op Op, n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault{op, n, err})
}

// opRemoved counts removals that were done and not yet confirmed.
const opRemoved Op = "removed"

// FailAfterRemove makes the n-th removal take the mails away and fail with
// err nevertheless: the server's confirmation was lost.
func (s *Server) FailAfterRemove(n int, err error) { s.FailCall(opRemoved, n, err) }

// OnCall makes the server ask fn before each call; an error from fn is that
// of the call, and kills the session. fn may use the server, block, or cancel
// a context. nil ends it.
func (s *Server) OnCall(fn func(Call) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = fn
}

// Calls returns what was asked of the server so far, in order.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Count returns how often op was called.
func (s *Server) Count(op Op) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[op]
}

// called records a call and returns the error it shall fail with.
func (s *Server) called(ctx context.Context, c Call) error {
	s.mu.Lock()
	s.counts[c.Op]++
	if c.Op != opRemoved {
		s.calls = append(s.calls, c)
	}
	err := s.planned(c.Op)
	hook := s.hook
	s.mu.Unlock()
	if hook != nil && c.Op != opRemoved && err == nil {
		err = hook(c)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// planned returns the fault for this call. s.mu is held.
func (s *Server) planned(op Op) error {
	for _, f := range s.faults {
		if f.op == op && f.n == s.counts[op] {
			return f.err
		}
	}
	return nil
}
