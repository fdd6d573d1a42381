package pgstore_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// What a child process does, in its environment: nothing, "store" or "migrate",
// in a schema of a server.
const (
	childTask   = "TICKETMAIL_PGSTORE_CHILD"
	childDSN    = "TICKETMAIL_PGSTORE_DSN"
	childSchema = "TICKETMAIL_PGSTORE_SCHEMA"
)

func isChild(env func(string) string) bool { return env(childTask) != "" }

func child(env func(string) string) error {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, env(childDSN))
	if err != nil {
		return err
	}
	if env(childTask) == "migrate" {
		if err := pgstore.Migrate(ctx, pool, env(childSchema), slowMigrations()); err != nil {
			return err
		}
		_, err := io.Copy(io.Discard, os.Stdin) // until killed: whoever kills us may be late
		return err
	}
	store, err := pgstore.New(ctx, pool, &pgstore.Options{Schema: env(childSchema), IdleTimeout: rests})
	if err != nil {
		return err
	}
	next, err := firstMissing(ctx, store)
	if err != nil {
		return err
	}
	for ; ; next += 3 {
		if err := storeThree(ctx, store, next); err != nil {
			return err
		}
		fmt.Println(next + 2)
	}
}

// startChild starts a process that works on a schema and can be killed.
func startChild(t *testing.T, task, dsn, schema string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childTask+"="+task, childDSN+"="+dsn, childSchema+"="+schema)
	cmd.Stderr = t.Output()
	if _, err := cmd.StdinPipe(); err != nil { // open as long as this process lives
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// mailContent returns the bytes of mail n: mostly of one row, some of more.
func mailContent(n int) []byte {
	size := 100 + n*37%9000
	if n%13 == 0 {
		size = 600<<10 + n
	}
	content := make([]byte, size)
	copy(content, fmt.Sprintf("mail %d", n))
	return content
}

// storeThree stores the mails n to n+2 in one Update.
func storeThree(ctx context.Context, store *pgstore.Store, n int) error {
	var raws []storage.Blob
	for i := range 3 {
		raw, err := tryStage(ctx, store, mailContent(n+i))
		if err != nil {
			return err
		}
		raws = append(raws, raw)
	}
	if err := store.Sync(ctx); err != nil {
		return err
	}
	return store.Update(ctx, func(w storage.Writer) error {
		for i, raw := range raws {
			if err := storeMail(ctx, w, n+i, raw); err != nil {
				return err
			}
		}
		return nil
	})
}

func storeMail(ctx context.Context, w storage.Writer, n int, raw storage.Blob) error {
	ticket := storage.Ticket{Subject: fmt.Sprint(n), Status: storage.New}
	if err := w.Tickets().Put(ctx, &ticket); err != nil {
		return err
	}
	if err := w.Tickets().PutComment(ctx, &storage.Comment{Ticket: ticket.ID, Kind: storage.ByMail, Raw: raw}); err != nil {
		return err
	}
	if err := w.Tickets().AddChange(ctx, &storage.Change{Ticket: ticket.ID, Field: "created"}); err != nil {
		return err
	}
	return w.Ledger().Put(ctx, &mailbox.Entry{
		Key:     mailbox.Key{Mailbox: "m", Folder: "INBOX", Validity: 1, UID: strconv.Itoa(n)},
		Outcome: mailbox.Ticket, Ticket: ticket.ID, Raw: raw,
	})
}

// firstMissing counts in an Update, which waits for a commit that a killed
// process may have sent before its end.
func firstMissing(ctx context.Context, store storage.Store) (n int, err error) {
	err = store.Update(ctx, func(w storage.Writer) error {
		n = 0
		for _, err := range w.Ledger().List(ctx, mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// checkMails reads what storeThree stored: whole transactions, in order, none
// missing that was acknowledged, and every mail with its bytes. It returns how
// many mails there are.
func checkMails(t *testing.T, store *pgstore.Store, acknowledged int) (seen int) {
	t.Helper()
	err := store.View(t.Context(), func(r storage.Reader) error {
		for e, err := range r.Ledger().List(t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			if e.UID != strconv.Itoa(seen) {
				t.Fatalf("entry %d has UID %s: lost or doubled", seen, e.UID)
			}
			checkMail(t, r, store, e)
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
	return seen
}

func checkMail(t *testing.T, r storage.Reader, store *pgstore.Store, e mailbox.Entry) {
	t.Helper()
	ticket, err := r.Tickets().Get(t.Context(), e.Ticket)
	if err != nil || ticket.Subject != e.UID {
		t.Errorf("mail %s: ticket %q, error %v", e.UID, ticket.Subject, err)
	}
	comments := collect(t, r.Tickets().Comments(t.Context(), e.Ticket))
	if len(comments) != 1 || comments[0].Raw != e.Raw {
		t.Errorf("mail %s: comments %+v, want one with %x", e.UID, comments, e.Raw.SHA256)
	}
	if n := len(collect(t, r.Tickets().Changes(t.Context(), e.Ticket, 0))); n != 1 {
		t.Errorf("mail %s: %d changes, want 1", e.UID, n)
	}
	n, _ := strconv.Atoi(e.UID)
	readBack(t, store, mailContent(n))
}

// wasKilled reports whether a process ended because it was killed.
func wasKilled(err error) bool { return err != nil && strings.Contains(err.Error(), "killed") }
