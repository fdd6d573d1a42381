package safehtml_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

// corpusFolder holds mails of other projects; it stands beside the checkout
// because of its size and its licences.
const corpusFolder = "../../../../shared/corpus"

// TestCorpus sanitizes the HTML of real mails: nothing harmful is left of it,
// and the text that people read is.
func TestCorpus(t *testing.T) {
	if _, err := os.Stat(corpusFolder); err != nil {
		t.Skipf("no corpus of mails beside the checkout: %v", err)
	}
	mails, same := 0, 0
	err := filepath.WalkDir(corpusFolder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		m, err := message.Read(t.Context(), f, nil)
		if err != nil || m.HTML == "" {
			return err
		}
		mails++
		clean := check(t, m.HTML)
		if got, want := words(clean), words(m.HTML); got == want {
			same++
		} else if testing.Verbose() {
			i := 0
			for i < min(len(got), len(want)) && got[i] == want[i] {
				i++
			}
			t.Logf("%s: %.100q, want %.100q", path, got[i:], want[i:])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d mails read the same", same, mails)
	if mails == 0 || float64(same) < 0.97*float64(mails) {
		t.Errorf("%d of %d mails read the same", same, mails)
	}
}

// words returns the letters and digits of HTML as text, but for addresses,
// which may be written in another way.
func words(html string) string {
	var kept []string
	for word := range strings.FieldsSeq(message.HTMLToText(html)) {
		if !strings.HasPrefix(word, "<") {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}
