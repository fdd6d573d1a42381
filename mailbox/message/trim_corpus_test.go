package message_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

// A corpusReply is what is known of the new text of one file of the corpus.
type corpusReply struct {
	File, Kind     string
	Reply          *string `json:"reply_only"`
	KeepsSignature bool    `json:"reply_only_keeps_signature"`
	Contains       string  `json:"reply_contains"`
}

// readCorpusReplies returns all mails and bodies of the corpus, whether or not
// a new text is known.
func readCorpusReplies(t *testing.T) []corpusReply {
	lines, err := os.ReadFile(filepath.Join(corpusFolder, "expected.jsonl"))
	if err != nil {
		t.Skipf("no corpus of mails beside the checkout: %v", err)
	}
	var all []corpusReply
	for line := range strings.Lines(string(lines)) {
		var e corpusReply
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// trimCorpus trims one file of the corpus.
func (e corpusReply) trim(t *testing.T) (message.Trimmed, *message.Message) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpusFolder, e.File))
	if err != nil {
		t.Fatal(err)
	}
	m := &message.Message{Text: strings.ReplaceAll(string(data), "\r\n", "\n")}
	if e.Kind != "text-body" {
		if m, err = message.Read(t.Context(), bytes.NewReader(data), nil); err != nil {
			t.Fatal(err)
		}
	}
	return message.Trim(m.Text, &message.TrimOptions{HTML: m.HTML, Forward: forwardSubject.MatchString(m.Subject)}), m
}

var forwardSubject = regexp.MustCompile(`(?i)^(?:fwd?|wg|tr)\s*:`)

// TestTrimCorpus counts replies of the real world whose new text is found
// exactly as other projects expect it.
func TestTrimCorpus(t *testing.T) {
	right, asked, kept, toKeep := 0, 0, 0, 0
	for _, e := range readCorpusReplies(t) {
		if e.Reply == nil && e.Contains == "" {
			continue
		}
		trimmed, _ := e.trim(t)
		got := trimmed.Text()
		if e.KeepsSignature {
			got = withSignature(trimmed)
		}
		if e.Contains != "" {
			toKeep++
			if strings.Contains(oneLine(got), oneLine(e.Contains)) {
				kept++
			} else {
				t.Errorf("%s: %q is lost in %q", e.File, e.Contains, got)
			}
		}
		if e.Reply == nil {
			continue
		}
		asked++
		if oneLine(got) == oneLine(*e.Reply) {
			right++
		} else {
			t.Logf("%s: got %.300q, want %.300q", e.File, oneLine(got), oneLine(*e.Reply))
		}
	}
	t.Logf("new text: %d of %d right; pieces kept: %d of %d", right, asked, kept, toKeep)
	if right*100 < asked*90 {
		t.Errorf("%d of %d replies found exactly, want 90 %%", right, asked)
	}
}

// withSignature is the text to show with signatures in it: what is asked of
// programs that know no signatures.
func withSignature(t message.Trimmed) string {
	spans := make([]message.Span, len(t.Spans))
	for i, s := range t.Spans {
		if s.Kind == message.Signature {
			s.Kind = message.Fresh
		}
		spans[i] = s
	}
	return message.Trimmed{Body: t.Body, Spans: spans}.Text()
}

// quotationSigns are what a mail has that quotes another one, seen generously:
// what is called a mail without quotation surely is one.
var (
	quotationSigns = regexp.MustCompile(`(?im)^\s*>|wrote|writes|schrieb|написал|\b(?:from|von|de|date|sent)\s?:|original|-{4,}`)
	signatureSigns = regexp.MustCompile(`(?im)^--|^_{5}|^-[A-Z]|\bsent |gesendet|signature`)
)

// TestTrimCorpusKeeps trims all mails of the corpus: those without any sign of
// a quotation or a signature stay whole. What is cut of others is logged, to
// be looked at.
func TestTrimCorpusKeeps(t *testing.T) {
	whole, cut, all := 0, 0, 0
	for _, e := range readCorpusReplies(t) {
		if e.Kind == "mime-part" {
			continue
		}
		all++
		trimmed, m := e.trim(t)
		checkSpans(t, trimmed)
		untouched := len(trimmed.Spans) <= 1 && (len(trimmed.Spans) == 0 || trimmed.Spans[0].Kind == message.Fresh)
		if !untouched {
			cut++
			t.Logf("%s:%s", e.File, describe(trimmed))
		}
		if quotationSigns.MatchString(m.Text) || signatureSigns.MatchString(m.Text) || strings.Contains(strings.ToLower(m.HTML), "quote") {
			continue
		}
		whole++
		if !untouched {
			t.Errorf("%s has no quotation and is cut:%s", e.File, describe(trimmed))
		}
	}
	t.Logf("%d mails: %d without sign of a quotation, %d cut", all, whole, cut)
}

// describe shows the spans of t in short.
func describe(t message.Trimmed) string {
	var b strings.Builder
	for _, s := range t.Spans {
		text := t.Body[s.Start:s.End]
		if len(text) > 300 {
			text = text[:150] + " […] " + text[len(text)-150:]
		}
		b.WriteString("\n\t" + s.Kind.String() + ": " + oneLine(text))
	}
	return b.String()
}

// checkSpans checks what is promised of spans.
func checkSpans(t *testing.T, trimmed message.Trimmed) {
	t.Helper()
	at := 0
	for i, s := range trimmed.Spans {
		switch {
		case s.Start != at, s.End <= s.Start, s.End > len(trimmed.Body):
			t.Fatalf("span %d is %+v, want it to begin at %d, not empty, within %d bytes", i, s, at, len(trimmed.Body))
		case i > 0 && s.Kind == trimmed.Spans[i-1].Kind:
			t.Fatalf("spans %d and %d are both %v", i-1, i, s.Kind)
		case s.Start > 0 && trimmed.Body[s.Start-1] != '\n':
			t.Fatalf("span %d begins inside of a line: %q", i, trimmed.Body[s.Start:])
		}
		at = s.End
	}
	if at != len(trimmed.Body) {
		t.Fatalf("spans end at %d of %d bytes", at, len(trimmed.Body))
	}
}
