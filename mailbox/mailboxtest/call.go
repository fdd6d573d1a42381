package mailboxtest

import (
	"context"
	"slices"
	"strings"
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
	OpMove    Op = "move"
	OpFlag    Op = "flag"
	OpWait    Op = "wait"
	OpSurvey  Op = "survey"
	OpSince   Op = "since"
	OpClose   Op = "close"
)

// A Call is what was asked of a [Server].
type Call struct {
	Op       Op
	Folder   string   // as typed for OpSelect and OpWait, else the selected one
	To       string   // of OpMove: the folder moved to
	ReadOnly bool     // of OpSelect
	UIDs     []string // of OpFetch, OpBody, OpRemove, OpMove, OpFlag and OpSurvey
}

type fault struct {
	op  Op
	n   int
	err error
}

// FailCall makes the n-th call of op, counted from 1 over all sessions and
// from the making of the server, fail with err. The session is dead after it,
// as after a broken connection; nothing was done. One that shall fail after it
// was done is made with [Server.FailAfter].
func (s *Server) FailCall(op Op, n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault{op, n, err})
}

// done is what the server counts once an op was done and not yet confirmed.
func done(op Op) Op { return op + ", done" }

func (op Op) confirms() bool { return strings.HasSuffix(string(op), ", done") }

// FailAfter makes the n-th call of OpRemove, OpMove or OpFlag do its work and
// fail with err nevertheless: the server's confirmation was lost.
func (s *Server) FailAfter(op Op, n int, err error) { s.FailCall(done(op), n, err) }

// FailAfterRemove is FailAfter for OpRemove.
func (s *Server) FailAfterRemove(n int, err error) { s.FailAfter(OpRemove, n, err) }

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
	if !c.Op.confirms() {
		s.calls = append(s.calls, c)
	}
	err := s.planned(c.Op)
	hook := s.hook
	s.mu.Unlock()
	if hook != nil && !c.Op.confirms() && err == nil {
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
