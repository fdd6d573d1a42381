package sqlitestore_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/sqlitestore"
)

// crashFile names, in the environment of a child, the database to work on.
const crashFile = "TICKETMAIL_CRASH_FILE"

func TestMain(m *testing.M) {
	if file := os.Getenv(crashFile); file != "" {
		if err := crashChild(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// mailContent returns the bytes of mail n: mostly small, some of a file's own.
func mailContent(n int) []byte {
	size := 100 + n*37%9000
	if n%13 == 0 {
		size = 1<<20 + n
	}
	content := make([]byte, size)
	copy(content, fmt.Sprintf("mail %d", n))
	return content
}

// crashChild stores mails until it is killed, and says which are acknowledged.
func crashChild(file string) error {
	ctx := context.Background()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return err
	}
	store, err := sqlitestore.New(ctx, db, nil)
	if err != nil {
		return err
	}
	next, err := firstMissing(ctx, store)
	if err != nil {
		return err
	}
	for ; ; next += 3 {
		err := store.Update(ctx, func(w storage.Writer) error {
			for n := next; n < next+3; n++ {
				if err := storeMail(ctx, store, w, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Println(next + 2)
	}
}

func storeMail(ctx context.Context, store *sqlitestore.Store, w storage.Writer, n int) error {
	spool, err := store.Create(ctx)
	if err != nil {
		return err
	}
	if _, err := spool.Write(mailContent(n)); err != nil {
		return err
	}
	raw, err := spool.Finish()
	if err != nil {
		return err
	}
	ticket := storage.Ticket{Subject: fmt.Sprint(n), Status: storage.New}
	if err := w.Tickets().Put(ctx, &ticket); err != nil {
		return err
	}
	if err := w.Tickets().PutComment(ctx, &storage.Comment{Ticket: ticket.ID, Kind: storage.ByMail, Raw: raw}); err != nil {
		return err
	}
	return w.Ledger().Put(ctx, &mailbox.Entry{
		Key:     mailbox.Key{Mailbox: "m", Folder: "INBOX", Validity: 1, UID: strconv.Itoa(n)},
		Outcome: mailbox.Ticket, Ticket: ticket.ID, Raw: raw,
	})
}

func firstMissing(ctx context.Context, store storage.Store) (n int, err error) {
	err = store.View(ctx, func(r storage.Reader) error {
		for _, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// TestKill kills a process that stores mails, again and again: what it said
// is stored is, whole transactions only, and every mail has its bytes.
func TestKill(t *testing.T) {
	const kills = 25
	file := filepath.Join(t.TempDir(), "tickets.db")
	seed := fnv.New64a()
	seed.Write([]byte(t.Name()))
	random := rand.New(rand.NewPCG(seed.Sum64(), 0))
	acknowledged := -1
	for range kills {
		last := runAndKill(t, file, random.IntN(12))
		acknowledged = max(acknowledged, last)
		checkMails(t, file, acknowledged)
	}
	if acknowledged < kills {
		t.Errorf("only %d mails were stored in %d runs", acknowledged+1, kills)
	}
}

// runAndKill starts a child and kills it after a number of lines; what it
// does between the line and the kill differs from run to run. It returns the
// last mail acknowledged.
func runAndKill(t *testing.T, file string, lines int) (last int) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe)
	child.Env = append(os.Environ(), crashFile+"="+file)
	child.Stderr = t.Output()
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	last = -1
	scanner := bufio.NewScanner(out)
	for n := 0; ; n++ {
		if n == lines {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		if !scanner.Scan() {
			break
		}
		if last, err = strconv.Atoi(scanner.Text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("child ended with %v, want it killed", err)
	}
	return last
}

func checkMails(t *testing.T, file string, acknowledged int) {
	t.Helper()
	db := openDB(t, file)
	defer db.Close()
	store, err := sqlitestore.New(t.Context(), db, nil)
	if err != nil {
		t.Fatalf("after a kill: %v", err)
	}
	defer store.Close()
	seen := 0
	err = store.View(t.Context(), func(r storage.Reader) error {
		for e, err := range r.Ledger().List(t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			if e.UID != strconv.Itoa(seen) {
				t.Fatalf("entry %d has UID %s: lost or doubled", seen, e.UID)
			}
			ticket, err := r.Tickets().Get(t.Context(), e.Ticket)
			if err != nil || ticket.Subject != e.UID {
				t.Errorf("mail %d: ticket %q, error %v", seen, ticket.Subject, err)
			}
			comments := 0
			for c, err := range r.Tickets().Comments(t.Context(), e.Ticket) {
				if comments++; err != nil || c.Raw != e.Raw {
					t.Errorf("mail %d: comment with %x, error %v, want %x", seen, c.Raw.SHA256, err, e.Raw.SHA256)
				}
			}
			if comments != 1 {
				t.Errorf("mail %d has %d comments, want 1", seen, comments)
			}
			readBack(t, store, mailContent(seen))
			seen++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen <= acknowledged || seen%3 != 0 {
		t.Fatalf("%d mails are stored after mail %d was acknowledged, three a transaction", seen, acknowledged)
	}
}
