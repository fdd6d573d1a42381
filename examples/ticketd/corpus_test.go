package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus is where a collection of real mails may stand beside the project. It
// is not part of it.
var corpus = filepath.Join("..", "..", "..", "shared", "corpus")

// corpusMails returns the mails of the corpus, or skips the test.
func corpusMails(t *testing.T) []string {
	t.Helper()
	index, err := os.Open(filepath.Join(corpus, "expected.jsonl"))
	if err != nil {
		t.Skipf("needs a corpus of mails: %v", err)
	}
	defer func() { _ = index.Close() }()
	var mails []string
	lines := bufio.NewScanner(index)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var entry struct{ File string }
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(corpus, filepath.FromSlash(entry.File)))
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, strings.ReplaceAll(string(raw), "\r\n", "\n"))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return mails
}

// TestCorpus: whatever people and their programs write is taken, and the bytes
// kept are those the server sent.
func TestCorpus(t *testing.T) {
	mails := corpusMails(t)
	s := newSite(t, nil)
	s.put(mails...)
	sent := s.holds("INBOX")
	if len(sent) != len(mails) {
		t.Fatalf("the server holds %d mails, %d were delivered", len(sent), len(mails))
	}
	o := s.once("-import-existing")
	t.Logf("%+v", o.summary)
	got := o.summary
	if got.Received != len(mails) || got.Deleted != len(mails) || got.Left != 0 {
		t.Errorf("received %d, deleted %d, left %d of %d mails", got.Received, got.Deleted, got.Left, len(mails))
	}
	if got.Tickets+got.Comments+got.Records+got.Quarantined != got.Received {
		t.Errorf("the counts do not add up: %+v", got)
	}
	for _, j := range s.journal() {
		if j.Outcome == "quarantine" {
			t.Logf("mail %v is in quarantine: %v", j.UID, j.Reasons)
		}
	}
	checkWhole(t, s, sent)
	s.once().wantCounts(t, summary{})
}
