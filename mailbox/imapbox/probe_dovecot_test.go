package imapbox_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"github.com/google/go-cmp/cmp"
)

// R11: 100 connection tests leave an account on Dovecot as it was: every file
// with its name, which holds UID order and flags, and its bytes; that mails
// are new (\Recent) as well. Dovecot's own caches are the exception.
func TestProbeChangesNothing(t *testing.T) {
	s := dovecot.Start(t, nil)
	m := mailboxAt(t, s.Address)
	m.Folders = []string{"INBOX", "INBOX.Orders"}
	if err := errors.Join(s.Put(user, "Subject: a\r\n\r\n", "Subject: b\r\n\r\n"), put(m, "Orders", "c"), markNth(m, 1), s.Put(user, "Subject: new\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	var log recorder
	c := imapbox.New(&imapbox.Options{Dial: log.dial})
	lines, _, err := probed(t, c, m) // Dovecot takes note of what is new in its caches
	want := "folder INBOX: 3 mails; whether mails may be removed shows at the first poll: the server does not tell beforehand"
	if err != nil || !slices.Contains(lines, want) {
		t.Fatalf("Probe = %v, want the step %q:\n%s", err, want, strings.Join(lines, "\n"))
	}
	before, examined := files(t, s.Maildir(user)), rows(t, m)
	if !slices.ContainsFunc(slices.Collect(maps.Keys(before)), func(name string) bool { return strings.HasPrefix(name, "/new/") }) {
		t.Error("the mail that was new is no longer")
	}
	for range 100 {
		if _, _, err := probed(t, c, m); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, files(t, s.Maildir(user))); diff != "" {
		t.Errorf("files of the account (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(examined, rows(t, m)); diff != "" {
		t.Errorf("mails (-before +after):\n%s", diff)
	}
	for _, never := range []string{"SELECT", "STORE", "EXPUNGE", "COPY", "MOVE", "APPEND", "CREATE", "SUBSCRIBE", "FETCH", "CLOSE"} {
		if strings.Contains(log.String(), never) {
			t.Errorf("%s was sent", never)
		}
	}
	log.check(t, "EXAMINE", "")
}

// files returns the files of an account with their bytes, without caches.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if base := filepath.Base(path); strings.HasPrefix(base, "dovecot.index") || strings.HasPrefix(base, "dovecot.list.index") {
			return nil
		}
		raw, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rows returns UID, flags and size of the mails, looked at without a trace.
func rows(t *testing.T, m mailbox.Mailbox) []string {
	t.Helper()
	var all []string
	for _, folder := range []string{"INBOX", "Orders"} {
		session, err := imapbox.New(nil).Connect(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		f, err := session.Select(t.Context(), folder, true)
		if err != nil {
			t.Fatal(err)
		}
		items, err := session.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%+v", f))
		for _, it := range items {
			all = append(all, fmt.Sprintf("%+v", it))
		}
		_ = session.Close()
	}
	return all
}
