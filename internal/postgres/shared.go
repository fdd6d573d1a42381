package postgres

import (
	"os"
	"sync"
	"testing"
)

// Shared is a server that the tests of a package share, started by the first
// one that needs it. TestMain calls Close at the end.
type Shared struct {
	mu     sync.Mutex
	server *Server
	err    error
}

// DSN returns where the server is: at TICKETMAIL_TEST_POSTGRES, if that is set,
// else it is started. The user may make schemas there, which tests keep apart
// from each other's. For a missing server see [Start].
func (s *Shared) DSN(t testing.TB) string {
	t.Helper()
	if dsn := os.Getenv("TICKETMAIL_TEST_POSTGRES"); dsn != "" {
		return dsn
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil && s.err == nil {
		s.server, s.err = launch(nil)
	}
	give(t, s.err)
	return s.server.DSN
}

// Close ends the server, if it was started.
func (s *Shared) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		s.server.remove()
		s.server = nil
	}
}
