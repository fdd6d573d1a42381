package examples_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
	"example.com/ticketmail/ticketmail"
)

// dyingEnv makes the test binary drain a folder and die of one mail in it: "how
// dir" (see [deaths]).
const dyingEnv = "TICKETMAIL_TEST_DYING"

// exitFailed is the status of a process that could not do its work. One that
// was killed has 1 on some systems, one that crashed 2.
const exitFailed = 3

func TestMain(m *testing.M) {
	if how, dir, ok := strings.Cut(os.Getenv(dyingEnv), " "); ok {
		if err := drainFolder(context.Background(), dir, deaths[how]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitFailed)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// deaths are ways in which a process ends in the middle of reading a mail, none
// of which anything in it can prevent.
var deaths = map[string]func(){
	"killed": func() { // as by the kernel when memory runs out
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			_ = p.Kill()
		}
		select {}
	},
	"overflow": func() {
		debug.SetMaxStack(1 << 20) // of a GiB otherwise, which takes its time
		overflow(0)                //nolint:staticcheck // for its end
	},
	"hangs": func() { // until somebody kills it
		fmt.Println("hanging")
		_, _ = io.Copy(io.Discard, os.Stdin)
		select {}
	},
}

// overflow exhausts the stack, which is no panic that could be recovered.
func overflow(n int) int { return overflow(n+1) + n } //nolint:staticcheck // without end, which is what it is for

// A bomb is a decrypter that ends the process while a mail is being read.
type bomb func()

func (b bomb) Decrypt(_ context.Context, p message.EncryptedPart) (io.Reader, error) {
	if _, err := io.ReadFull(p.Content, make([]byte, 8)); err != nil { // in the middle of it
		return nil, err
	}
	b()
	return nil, errors.New("survived")
}

// TestDyingReader is THREATS R5: a mail of which the process dies in the middle
// of reading it is in quarantine after three attempts, raw and whole. The first
// death tells only that one of the mails under the marker is to blame; the poll
// that takes them singly finds which, and the next one has all the others.
func TestDyingReader(t *testing.T) {
	for how := range deaths {
		t.Run(how, func(t *testing.T) {
			f := newFolder(t)
			var healthy []string
			for i := range 5 {
				healthy = append(healthy, f.put(fmt.Sprintf("Healthy before %d", i), "I am well."))
			}
			poison := f.put("Bomb", "boom", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data")
			for i := range 5 {
				healthy = append(healthy, f.put(fmt.Sprintf("Healthy behind %d", i), "I am well."))
			}
			polls := 0
			for f.poll(how); f.died; f.poll(how) {
				if polls++; polls == 3 { // the one after its first attempt alone
					f.wantOutcomes(mailbox.Ticket, healthy)
				}
				if polls > 10 {
					t.Fatal("the mail kills every poll")
				}
			}
			if polls != 4 { // one among others, three alone
				t.Errorf("it killed %d polls, want one and three attempts", polls)
			}
			f.wantOutcomes(mailbox.Ticket, healthy)
			f.wantOutcomes(mailbox.Quarantine, []string{poison})
			if left := f.names(); len(left) > 0 {
				t.Errorf("%v are left", left)
			}
		})
	}
}

// A folder is a mailbox of files, and the database of its engine beside it.
type folder struct {
	t    *testing.T
	dir  string
	n    int
	died bool // the last poll did not come to its end
}

func newFolder(t *testing.T) *folder {
	f := &folder{t: t, dir: t.TempDir()}
	if err := os.Mkdir(filepath.Join(f.dir, "mails"), 0o700); err != nil {
		t.Fatal(err)
	}
	return f
}

// put delivers a mail and returns its bytes.
func (f *folder) put(subject, text string, header ...string) string {
	f.t.Helper()
	f.n++
	raw := fmt.Sprintf("From: c@customer.example\r\nSubject: %s\r\nMessage-ID: <%d@customer.example>\r\n%s\r\n%s\r\n",
		subject, f.n, strings.Join(append(header, ""), "\r\n"), strings.Repeat(text+"\r\n", 50))
	if err := os.WriteFile(filepath.Join(f.dir, "mails", strconv.Itoa(1000+f.n)), []byte(raw), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return raw
}

func (f *folder) names() []string {
	f.t.Helper()
	items, err := shelf{f.dir}.List(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	var names []string
	for _, it := range items {
		names = append(names, it.UID)
	}
	return names
}

// poll drains the folder in a process of its own.
func (f *folder) poll(how string) {
	f.t.Helper()
	cmd := exec.CommandContext(f.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), dyingEnv+"="+how+" "+f.dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err1 := cmd.StdinPipe() // open until the process has ended
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		f.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "hanging" {
			_ = cmd.Process.Kill()
		}
	}
	err := cmd.Wait()
	_ = in.Close()
	exit, ended := errors.AsType[*exec.ExitError](err)
	if f.died = ended; err != nil && (!ended || exit.ExitCode() == exitFailed) {
		f.t.Fatalf("the process failed instead of dying: %v\n%.2000s", err, stderr.String())
	}
}

// wantOutcomes checks that each of these mails ended once, in this way.
func (f *folder) wantOutcomes(want mailbox.Outcome, raws []string) {
	f.t.Helper()
	store, done, err := openStore(f.t.Context(), f.dir)
	if err != nil {
		f.t.Fatal(err)
	}
	defer done()
	got := map[[32]byte][]mailbox.Outcome{}
	err = store.View(f.t.Context(), func(r storage.Reader) error {
		for e, err := range r.Ledger().List(f.t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			got[e.Raw.SHA256] = append(got[e.Raw.SHA256], e.Outcome)
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, raw := range raws {
		if diff := cmp.Diff([]mailbox.Outcome{want}, got[sha256.Sum256([]byte(raw))]); diff != "" {
			f.t.Errorf("outcomes of %.60q (-want +got):\n%s", raw, diff)
		}
	}
}

func openStore(ctx context.Context, dir string) (*sqlitestore.Store, func(), error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "tickets.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlitestore.New(ctx, db, nil)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return store, func() { _, _ = store.Close(), db.Close() }, nil
}

// drainFolder is what the process does that dies.
func drainFolder(ctx context.Context, dir string, die func()) error {
	store, done, err := openStore(ctx, dir)
	if err != nil {
		return err
	}
	defer done()
	people, err := memdirectory.New(memdirectory.Data{Tasks: []memdirectory.Task{{ID: "inbox"}}})
	if err != nil {
		return err
	}
	e, err := ticketmail.New(ctx, ticketmail.Config{
		Store: store, Directory: people, Decrypter: bomb(die),
		Connectors: map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: mailbox.ConnectorFunc(func(context.Context, mailbox.Mailbox) (mailbox.Session, error) {
			return shelf{dir}, nil
		})},
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{{ID: "folder", Host: "none.invalid", User: "none"}},
			Assignments: []mailbox.Assignment{{Mailbox: "folder", Task: "inbox"}},
		},
	})
	if err != nil {
		return err
	}
	if err := e.Consent(ctx, ticketmail.Actor{}, "folder", ticketmail.Terms{}); err != nil {
		return err
	}
	_, err = e.Poll(ctx, "folder")
	return err
}

// A shelf is a session on a folder of files, which are removed from the disk.
type shelf struct{ dir string }

func (s shelf) file(uid string) string { return filepath.Join(s.dir, "mails", uid) }

func (s shelf) Select(_ context.Context, folder string, _ bool) (mailbox.Folder, error) {
	return mailbox.Folder{Name: folder, Validity: 1, CanRemove: true}, nil
}

func (s shelf) List(context.Context) ([]mailbox.Item, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, "mails"))
	var items []mailbox.Item
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		items = append(items, mailbox.Item{UID: e.Name(), Size: info.Size()})
	}
	slices.SortFunc(items, func(a, b mailbox.Item) int { return strings.Compare(a.UID, b.UID) })
	return items, err
}

func (s shelf) Fetch(_ context.Context, items []mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	for _, it := range items {
		raw, err := os.ReadFile(s.file(it.UID))
		if err == nil {
			err = each(it, strings.NewReader(string(raw)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s shelf) Remove(_ context.Context, items []mailbox.Item) error {
	for _, it := range items {
		if err := os.Remove(s.file(it.UID)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (s shelf) Close() error { return nil }
