package message_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

func TestParseIDs(t *testing.T) {
	for name, tt := range map[string]struct {
		raw  string
		want []string
	}{
		"empty":               {"", nil},
		"blanks":              {" \t ", nil},
		"empty brackets":      {"<> < >", nil},
		"one":                 {"<a@x.example>", []string{"a@x.example"}},
		"several":             {"<a@x.example> <b@x.example>\r\n\t<c@x.example>", []string{"a@x.example", "b@x.example", "c@x.example"}},
		"glued":               {"<a@x.example><b@x.example>", []string{"a@x.example", "b@x.example"}},
		"commas":              {"<a@x.example>,<b@x.example>", []string{"a@x.example", "b@x.example"}},
		"no @":                {"<abc>", []string{"abc"}},
		"no brackets":         {"a@x.example", []string{"a@x.example"}},
		"no brackets, many":   {"a@x.example, b@x.example", []string{"a@x.example", "b@x.example"}},
		"no brackets, no @":   {"abc", []string{"abc"}},
		"words":               {"your mail of yesterday", nil},
		"blank inside":        {"<a b@\tx.example >", []string{"ab@x.example"}},
		"phrase before":       {`Your message of "Mon, 1 Jan" <a@x.example>`, []string{"a@x.example"}},
		"not closed":          {"<a@x.example <b@x.example>", []string{"a@x.example", "b@x.example"}},
		"not closed at end":   {"<a@x.example", []string{"a@x.example"}},
		"encoded":             {"=?utf-8?q?=3Ca=40x.example=3E?=", []string{"a@x.example"}},
		"controls":            {"<a\x00b\x1b@x.example>", []string{"ab@x.example"}},
		"8-bit":               {"<\xfc@x.example>", []string{"ü@x.example"}},
		"too long":            {"<" + strings.Repeat("a", 5000) + "> <b@x.example>", []string{"b@x.example"}},
		"comment, no bracket": {"a@x.example (Joe's mail)", []string{"a@x.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, message.ParseIDs(tt.raw)); diff != "" {
				t.Errorf("parseIDs(%.80q) (-want +got):\n%s", tt.raw, diff)
			}
		})
	}
}

func TestParseIDsKeepsFirstAndLast(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "<%d@x.example> ", i)
	}
	got := message.ParseIDs(b.String())
	if len(got) != 1000 || got[0] != "0@x.example" || got[999] != "4999@x.example" {
		t.Errorf("5000 ids gave %d, from %s to %s; want 1000, the first and the last", len(got), got[0], got[len(got)-1])
	}
}

func FuzzParseIDs(f *testing.F) {
	f.Add("<a@x.example> (c) b@x.example", "id@x.example")
	f.Fuzz(func(t *testing.T, raw, id string) {
		for _, got := range message.ParseIDs(raw) {
			checkHeaderText(t, got)
			if got == "" || strings.ContainsAny(got, " <>") && !strings.Contains(raw, "=?") {
				t.Errorf("parseIDs(%q) has %q", raw, got)
			}
		}
		if message.DecodeHeader(id) != id || id == "" || len(id) > 998 || strings.ContainsAny(id, " <>") || strings.Contains(id, "=?") {
			return
		}
		if diff := cmp.Diff([]string{id}, message.ParseIDs("<"+id+">")); diff != "" {
			t.Errorf("parseIDs(<%s>) (-want +got):\n%s", id, diff)
		}
	})
}
