package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// TestVerify: a byte changed on disk is found and named, and nothing else is.
func TestVerify(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tickets.db")
	store, closeStore, err := openSQLite(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	for uid, text := range map[string]string{"7": "a sound mail", "8": "a mail that rots"} {
		spool, err := store.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(spool, text); err != nil {
			t.Fatal(err)
		}
		raw, err := spool.Finish()
		if err != nil {
			t.Fatal(err)
		}
		err = store.Update(t.Context(), func(w storage.Writer) error {
			return w.Ledger().Put(t.Context(), &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", Folder: "INBOX", Validity: 1, UID: uid}, Outcome: mailbox.Record, Raw: raw})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	closeStore()

	var out, errs strings.Builder
	check := func() int { return run(t.Context(), []string{"verify", "-db", file}, &out, &errs) }
	if code := check(); code != 0 || out.String() != "2 references to 2 pieces of content, 28 bytes read: 0 damaged\n" {
		t.Errorf("verify of a sound store: exit status %d, %s%s", code, out.String(), errs.String())
	}

	files, err := filepath.Glob(filepath.Join(file+"-blobs", "*.blobs"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no blob files: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, bytes.Replace(b, []byte("that rots"), []byte("that rotz"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out.Reset()
	code := check()
	if want := `damaged: raw mail 8 of folder "INBOX", mailbox m, sha256 `; code != exitFailed || strings.Count(out.String(), "\n") != 2 || !strings.HasPrefix(out.String(), want) {
		t.Errorf("verify after a byte was changed: exit status %d, %s%s", code, out.String(), errs.String())
	}
}
