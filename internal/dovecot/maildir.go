package dovecot

import (
	"fmt"
	"os"
	"path/filepath"
)

// Put delivers mails into the INBOX of a user, in order, with their bytes; a
// bare LF is told to clients as CRLF.
func (s *Server) Put(name string, raws ...string) error {
	maildir := s.Maildir(name)
	for _, d := range []string{filepath.Dir(maildir), maildir, filepath.Join(maildir, "tmp"), filepath.Join(maildir, "new"), filepath.Join(maildir, "cur")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
		if err := os.Chown(d, s.uid, -1); err != nil {
			return err
		}
	}
	for _, raw := range raws {
		if err := s.deliver(maildir, s.next(name), raw); err != nil {
			return err
		}
	}
	return nil
}

// deliver writes a mail where the server does not look, and then moves it: a
// session that is still open would find it half written, or take it from under
// our hands.
func (s *Server) deliver(maildir, file, raw string) error {
	tmp := filepath.Join(maildir, "tmp", filepath.Base(file))
	if err := os.WriteFile(tmp, []byte(raw), 0o644); err != nil {
		return err
	}
	if err := os.Chown(tmp, s.uid, -1); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}

// Count returns how many mails are left in the INBOX of a user.
func (s *Server) Count(name string) (int, error) {
	n := 0
	for _, d := range []string{"new", "cur"} {
		files, err := os.ReadDir(filepath.Join(s.dir, "mail", name, "Maildir", d))
		if err != nil && !os.IsNotExist(err) {
			return 0, err
		}
		n += len(files)
	}
	return n, nil
}

// next names a new file of a user's INBOX, whose mails are in the order of
// the names.
func (s *Server) next(name string) string {
	n := s.puts.Add(1)
	return filepath.Join(s.Maildir(name), "new", fmt.Sprintf("%010d.M%06dP1.test", 1_700_000_000+n, n))
}

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
		if err := os.Link(f, s.next(name)); err != nil {
			return err
		}
	}
	return nil
}
