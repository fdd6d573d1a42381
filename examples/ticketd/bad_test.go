package main

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/internal/dovecot"
)

// people knows one employee, who is the one member of the task.
const people = `{
  "language": "en",
  "persons": [
    {"id": "anna", "name": "Anna", "address": "anna@corp.example", "language": "en", "kind": "employee"},
    {"id": "ben", "name": "Ben", "address": "ben@corp.example", "language": "de", "kind": "employee"}
  ],
  "projects": [{"id": "support"}],
  "tasks": [{"id": "inbox", "project": "support", "members": ["anna", "ben"]}],
  "mailbox": {"task": "inbox"}
}
`

func writePeople(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "people.json")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestBadInput: a clear error that names what and where, and a mailbox that
// stays as it was.
func TestBadInput(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("This is no database. ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	wrongPassword := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(wrongPassword, []byte("wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := dovecot.Start(t, nil)
	untrusted := httptest.NewUnstartedServer(nil) // it fails before a word of HTTP is said
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	stranger := untrusted.Listener.Addr().String()
	for name, tt := range map[string]struct {
		args []string // the later of two equal flags counts
		code int
		want []string // in the message
	}{
		"password":       {[]string{"-password-file", wrongPassword}, 1, []string{"sign-in", "refused", "badinput-password"}},
		"passwordFile":   {[]string{"-password-file", "/does/not/exist"}, 2, []string{"-password-file", "/does/not/exist"}},
		"noServer":       {[]string{"-addr", "127.0.0.1:1"}, 1, []string{"127.0.0.1:1", "refused"}},
		"certificate":    {[]string{"-addr", stranger, "-security", "tls"}, 1, []string{stranger, "certificate"}},
		"noStarttls":     {[]string{"-security", "starttls"}, 1, []string{srv.Address, "STARTTLS"}},
		"tlsOnPlainPort": {[]string{"-security", "tls"}, 1, []string{srv.Address, "tls"}},
		"folder":         {[]string{"-folder", "Supprot"}, 1, []string{`"Supprot"`, "INBOX", "Orders"}},
		"security":       {[]string{"-security", "ssl"}, 2, []string{"ssl"}},
		"protocol":       {[]string{"-protocol", "imap5"}, 2, []string{"imap5"}},
		"addr":           {[]string{"-addr", "localhost"}, 2, []string{"-addr", "localhost", "port"}},
		"dbDirectory":    {[]string{"-db", dir}, 1, []string{"-db", dir}},
		"dbGarbage":      {[]string{"-db", garbage}, 1, []string{"-db", garbage, "not a database"}},
		"dbNowhere":      {[]string{"-db", "/does/not/exist/t.db"}, 1, []string{"-db", "/does/not/exist/t.db"}},
		"people":         {[]string{"-directory", "/does/not/exist.json"}, 1, []string{"-directory", "/does/not/exist.json"}},
		"peopleSyntax":   {[]string{"-directory", writePeople(t, "{\n\"persons\": [\n}")}, 1, []string{"people.json", "line 3"}},
		"peopleField": {
			[]string{"-directory", writePeople(t, strings.Replace(people, `"kind": "employee"}`+"\n", `"kind": "boss"}`+"\n", 1))},
			1, []string{"people.json", "line 5", "persons[1].kind", "boss"},
		},
		"peopleUnknown": {
			[]string{"-directory", writePeople(t, strings.Replace(people, `["anna", "ben"]`, `["anna", "zoe"]`, 1))},
			1, []string{"people.json", "line 8", "tasks[0].members[1]", "zoe"},
		},
		"smtpWithoutFrom": {[]string{"-smtp", "127.0.0.1:25"}, 2, []string{"-from"}},
		"maxBytes":        {[]string{"-max-message-bytes", "-1"}, 2, []string{"-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, srv)
			s.put(newMail("1@x.example", "a@x.example", "Keep me", "text"))
			before := s.holds("INBOX")
			o := s.start(s.args(append([]string{"-once", "-import-existing"}, tt.args...)...)...).wantCode(t, tt.code)
			for _, want := range tt.want {
				if !strings.Contains(o.stderr, want) {
					t.Errorf("the message does not say %q:\n%s", want, o.stderr)
				}
			}
			if strings.Contains(o.stderr, "goroutine ") {
				t.Errorf("ticketd crashed:\n%s", o.stderr)
			}
			if diff := cmp.Diff(before, s.holds("INBOX")); diff != "" {
				t.Errorf("the folder changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestFolders: a folder that does not exist does not stop the others.
func TestFolders(t *testing.T) {
	s := newSite(t, nil)
	s.put(newMail("1@x.example", "a@x.example", "Hello", "text"))
	o := s.start(s.args("-once", "-import-existing", "-folder", "Nowhere", "-folder", "INBOX")...).wantCode(t, 1)
	if !strings.Contains(o.stderr, `"Nowhere"`) || o.summary.Tickets != 1 || o.summary.Deleted != 1 {
		t.Errorf("counted %+v, want one ticket, one mail deleted, and an error:\n%s", o.summary, o.stderr)
	}
}

// TestReadOnly: what cannot be deleted is not taken, and the other folder is.
func TestReadOnly(t *testing.T) {
	s := newSite(t, nil)
	s.put(newMail("1@x.example", "a@x.example", "Hello", "text"))
	c, err := s.account.Dial()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Create("Archive", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	old := newMail("2@x.example", "a@x.example", "Old", "text")
	a := c.Append("Archive", int64(len(old)), nil)
	_, _ = a.Write([]byte(old))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Wait(); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	cur := filepath.Join(s.server.Maildir(s.account.User), ".Archive", "cur")
	if err := os.Chmod(cur, 0o555); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(cur, 0o755) }()
	before := s.holds("Archive")
	o := s.start(s.args("-once", "-import-existing", "-folder", "Archive", "-folder", "INBOX")...).wantCode(t, 1)
	if !strings.Contains(o.stderr, "read-only") || !strings.Contains(o.stderr, `"Archive"`) {
		t.Errorf("the message does not name the folder as read-only:\n%s", o.stderr)
	}
	if o.summary.Tickets != 1 || o.summary.Deleted != 1 {
		t.Errorf("counted %+v, want the mail of the other folder", o.summary)
	}
	if diff := cmp.Diff(before, s.holds("Archive")); diff != "" || len(before) != 1 {
		t.Errorf("the folder changed (-before +after):\n%s", diff)
	}
}

// TestTooBig: a mail over the limit stays, is reported once, and is taken when
// the limit is raised.
func TestTooBig(t *testing.T) {
	s := newSite(t, nil)
	s.put(
		newMail("1@x.example", "a@x.example", "Small", "text"),
		newMail("2@x.example", "a@x.example", "Big", strings.Repeat("0123456789\n", 1000)),
		newMail("3@x.example", "a@x.example", "Small too", "text"),
	)
	sent := s.holds("INBOX")
	small := sent[0].Size + sent[2].Size
	limit := []string{"-import-existing", "-max-message-bytes", "10000"}
	s.once(limit...).wantCounts(t, summary{Received: 2, Tickets: 2, Left: 1, Deleted: 2, Bytes: small})
	s.once(limit...).wantCounts(t, summary{Left: 1})
	if diff := cmp.Diff(sent[1:2], s.holds("INBOX")); diff != "" {
		t.Errorf("on the server (-want +got):\n%s", diff)
	}
	var left []journalLine
	for _, j := range s.journal() {
		if j.Outcome == "left" {
			left = append(left, j)
		}
	}
	if len(left) != 1 || left[0].Size != sent[1].Size || left[0].SHA256 != "" || left[0].Ticket != nil ||
		!strings.Contains(left[0].Reasons[0].Text, "10000") {
		t.Errorf("journal of the mail left: %+v", left)
	}
	s.once("-max-message-bytes", "20000").wantCounts(t, summary{Received: 1, Tickets: 1, Deleted: 1, Bytes: sent[1].Size})
	wantJournal(t, s.journal(), sent)
}

// TestFullDisk: files cannot grow beyond 2 MiB, as on a disk that is full. What
// fits is taken; the rest stays on the server until there is room.
func TestFullDisk(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell to limit the size of files")
	}
	s := newSite(t, nil)
	var mails []string
	for i := range 300 {
		id := string(rune('a'+i%26)) + string(rune('a'+i/26))
		mails = append(mails, newMail(id+"@x.example", "a@x.example", "Mail "+id, strings.Repeat("A line of the mail "+id+".\n", 700)))
	}
	s.put(mails...)
	sent := s.holds("INBOX")
	cmd := s.command()
	limited := []string{"sh", "-c", `ulimit -f 4096; exec "$0" "$@"`, os.Args[0]} // blocks of 512 bytes
	cmd.Path, cmd.Args = sh, append(limited, s.args("-once", "-import-existing")...)
	o := finish(t, cmd).wantCode(t, 1)
	t.Logf("ticketd said:\n%s", o.stderr)
	if !strings.Contains(o.stderr, s.db) {
		t.Errorf("the message does not name the file:\n%s", o.stderr)
	}
	if !strings.Contains(o.stderr, "file too large") && !strings.Contains(o.stderr, "full") {
		t.Errorf("the message does not say that there is no room:\n%s", o.stderr)
	}
	left := s.holds("INBOX")
	if len(left) == 0 {
		t.Fatal("everything fitted: the test limits too little")
	}
	safe := make(map[string]bool)
	for _, j := range s.journal() {
		safe[j.SHA256] = true
	}
	if len(safe) == 0 {
		t.Log("nothing was committed before the disk was full")
	}
	s.once("-import-existing")
	wantJournal(t, s.journal(), sent)
	if left := s.holds("INBOX"); len(left) > 0 {
		t.Errorf("%d mails are left on the server", len(left))
	}
}
