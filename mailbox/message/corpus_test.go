package message_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

// corpusFolder holds mails of other projects; it stands beside the checkout
// because of its size and its licences.
const corpusFolder = "../../../shared/corpus"

// expectation is what is known of one file of the corpus. A nil field says
// nothing.
type expectation struct {
	File        string
	Kind        string
	Subject     *string
	From        *string
	MessageID   *string   `json:"message_id"`
	InReplyTo   *[]string `json:"in_reply_to"`
	References  *[]string
	Attachments *[]string
	Inline      *[]string `json:"attachments_inline"`
	Unnamed     *int      `json:"attachments_unnamed"`
	Text        *string   `json:"text_contains"`
	HTML        *string   `json:"html_contains"`
	Bounce      *bool
	Delayed     *bool
	Feedback    *bool `json:"feedback_report"`
	AutoReply   *bool `json:"auto_reply"`
	DSN         []expectedRecipient
}

// floors are the shares of right answers, in percent, that must not be lost.
var floors = map[string]float64{
	"subject":     99.5,
	"from":        99.5,
	"message_id":  99.5,
	"in_reply_to": 98,
	"references":  98,
	"attachments": 99.5,
	"inline":      97,
	"unnamed":     91,
	"text":        99.5,
	"html":        99,
	"auto_reply":  99,

	"bounce yes":      99,
	"bounce no":       99,
	"delayed":         99,
	"feedback_report": 99,
	"part recipient":  98,
	"part status":     98,
	"part class":      98,
	"part action":     98,
	"part hard":       90,
	"text recipient":  90,
	"text status":     90,
	"text class":      90,
	"text hard":       90,
}

// TestCorpus reads mails of the real world and counts what is read right.
func TestCorpus(t *testing.T) {
	if _, err := os.Stat(corpusFolder); err != nil {
		t.Skipf("no corpus of mails beside the checkout: %v", err)
	}
	score := make(map[string]*[2]int)
	for _, want := range readExpectations(t) {
		data, err := os.ReadFile(filepath.Join(corpusFolder, want.File))
		if err != nil {
			t.Fatal(err)
		}
		m, err := message.Read(t.Context(), bytes.NewReader(data), nil)
		if err != nil {
			t.Errorf("Read(%s): %v", want.File, err)
			continue
		}
		checkView(t, want.File, m)
		for field, wrong := range want.compare(m) {
			field, _, _ = strings.Cut(field, "#")
			if score[field] == nil {
				score[field] = new([2]int)
			}
			score[field][1]++
			if wrong == "" {
				score[field][0]++
			} else if testing.Verbose() {
				t.Logf("%s: %s: %s", field, want.File, wrong)
			}
		}
	}
	for field := range floors {
		if score[field] == nil {
			t.Errorf("%s: nothing in the corpus asks for it", field)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(score)) {
		s := score[field]
		share := 100 * float64(s[0]) / float64(s[1])
		t.Logf("%-16s %4d of %4d  %5.1f %%", field, s[0], s[1], share)
		if share < floors[field] {
			t.Errorf("%s: %.1f %% right, want at least %.1f %%", field, share, floors[field])
		}
	}
}

func readExpectations(t *testing.T) []expectation {
	t.Helper()
	f, err := os.Open(filepath.Join(corpusFolder, "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []expectation
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e expectation
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.Kind != "text-body" {
			all = append(all, e)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// compare returns for each field that e knows what is wrong with it in m, or
// "" if nothing is.
func (e expectation) compare(m *message.Message) map[string]string {
	found := make(map[string]string)
	equal := func(field string, got, want any) {
		found[field] = ""
		if g, w := fmt.Sprintf("%q", got), fmt.Sprintf("%q", want); g != w {
			found[field] = fmt.Sprintf("got %.300s, want %.300s", g, w)
		}
	}
	contains := func(field, got, want string) {
		found[field] = ""
		if !strings.Contains(oneLine(got), oneLine(want)) {
			found[field] = fmt.Sprintf("got %.300q, want in it %q", oneLine(got), want)
		}
	}
	if e.Subject != nil {
		equal("subject", m.Subject, oneLine(*e.Subject))
	}
	if e.From != nil {
		from := ""
		if len(m.From) > 0 {
			from = m.From[0].Address
		}
		equal("from", strings.ToLower(from), strings.ToLower(*e.From))
	}
	if e.MessageID != nil {
		equal("message_id", m.MessageID, *e.MessageID)
	}
	if e.InReplyTo != nil {
		equal("in_reply_to", m.InReplyTo, *e.InReplyTo)
	}
	if e.References != nil {
		equal("references", m.References, *e.References)
	}
	named, inline, unnamed := names(m)
	if e.Attachments != nil {
		equal("attachments", named, sorted(*e.Attachments))
	}
	if e.Inline != nil {
		equal("inline", inline, sorted(*e.Inline))
	}
	if e.Unnamed != nil {
		equal("unnamed", unnamed, *e.Unnamed)
	}
	if e.Text != nil {
		contains("text", m.Text, *e.Text)
	}
	if e.HTML != nil {
		contains("html", m.HTML+message.HTMLToText(m.HTML), *e.HTML)
	}
	if e.AutoReply != nil {
		equal("auto_reply", m.Automatic != "", *e.AutoReply)
	}
	maps.Copy(found, e.compareReport(m.Report))
	return found
}

// names sorts the attachments of m as the corpus does.
func names(m *message.Message) (named, inline []string, unnamed int) {
	for _, a := range m.Attachments {
		switch {
		case a.Type == "message/delivery-status" && a.Name == "": // a part of the report
		case a.Name == "" && !a.Inline:
			unnamed++
		case a.Name != "":
			named = append(named, a.Name)
			if a.Inline {
				inline = append(inline, a.Name)
			}
		}
	}
	return sorted(named), sorted(inline), unnamed
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
