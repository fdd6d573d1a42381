package mailboxtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/ticketmail/mailbox"
)

var _ mailbox.Waiter = (*session)(nil)

// SetIdle makes the server tell waiting sessions of new mail. A server does
// not from the start.
func (s *Server) SetIdle(idle bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = idle
}

// Wait implements mailbox.Waiter, as a server with IDLE does after SetIdle.
func (s *session) Wait(ctx context.Context, folder string, most time.Duration) error {
	s.server.mu.Lock()
	idle := s.server.idle
	s.server.mu.Unlock()
	if !idle {
		return fmt.Errorf("%s: %w", OpWait, errors.ErrUnsupported)
	}
	return s.call(ctx, Call{Op: OpWait, Folder: folder}, func() error {
		timer := time.NewTimer(most)
		defer timer.Stop()
		for {
			news, arrived := s.server.arrived(folder, s.listed[folder])
			if news {
				return nil
			}
			select {
			case <-timer.C:
				return nil
			case <-arrived:
			case <-ctx.Done():
				s.dead = true
				return context.Cause(ctx)
			}
		}
	})
}

// arrived reports whether a folder got mail since its next UID was that, and
// else returns what is closed at the next delivery.
func (s *Server) arrived(name string, next uint32) (news bool, arrived <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.arrival == nil {
		s.arrival = make(chan struct{})
	}
	return s.folder(name).nextUID > next, s.arrival
}

// announce wakes the sessions that wait. s.mu is held.
func (s *Server) announce() {
	if s.arrival != nil {
		close(s.arrival)
		s.arrival = nil
	}
}
