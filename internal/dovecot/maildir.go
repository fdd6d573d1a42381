package dovecot

import (
	"fmt"
	"os"
	"path/filepath"
)

// Maildir returns the directory of a user's INBOX. A folder F stands in its
// subdirectory ".F".
func (s *Server) Maildir(name string) string { return filepath.Join(s.dir, "mail", name, "Maildir") }

// Own hands files of the test to the user the server works as.
func (s *Server) Own(files ...string) error {
	for _, f := range files {
		if err := os.Chown(f, s.uid, -1); err != nil {
			return err
		}
	}
	return nil
}

// Link delivers mails that stand in files into the INBOX of a user, in order,
// without copying them: the way to fill a mailbox fast and often. The files
// must be on the same file system and belong to the server (Own).
func (s *Server) Link(name string, files ...string) error {
	if err := s.Put(name); err != nil {
		return err
	}
	for _, f := range files {
		s.puts++
		to := filepath.Join(s.Maildir(name), "new", fmt.Sprintf("%010d.M%06dP1.test", 1_700_000_000+s.puts, s.puts))
		if err := os.Link(f, to); err != nil {
			return err
		}
	}
	return nil
}
