package message_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

// TestSplitQuotedCorpus counts replies of the real world whose new text is
// found exactly as other projects expect it.
func TestSplitQuotedCorpus(t *testing.T) {
	lines, err := os.ReadFile(filepath.Join(corpusFolder, "expected.jsonl"))
	if err != nil {
		t.Skipf("no corpus of mails beside the checkout: %v", err)
	}
	right, all := 0, 0
	for line := range strings.Lines(string(lines)) {
		var e struct {
			File, Kind string
			Reply      *string `json:"reply_only"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Reply == nil || e.Kind != "text-body" {
			continue
		}
		body, err := os.ReadFile(filepath.Join(corpusFolder, e.File))
		if err != nil {
			t.Fatal(err)
		}
		all++
		fresh, _ := message.SplitQuoted(strings.ReplaceAll(string(body), "\r\n", "\n"))
		if oneLine(fresh) == oneLine(*e.Reply) {
			right++
		} else if testing.Verbose() {
			t.Logf("%s: got %.300q, want %.300q", e.File, oneLine(fresh), oneLine(*e.Reply))
		}
	}
	t.Logf("%d of %d", right, all)
	if right*100 < all*65 {
		t.Errorf("%d of %d replies found exactly, want 65 %%", right, all)
	}
}
