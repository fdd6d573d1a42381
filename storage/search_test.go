package storage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/storage"
)

func ExampleParseSearch() {
	for _, t := range storage.ParseSearch(`Rechnung "zweiter Stock" print* carl@customer.example`) {
		fmt.Println(t.Words, t.Prefix)
	}
	// Output:
	// [rechnung] false
	// [zweiter stock] false
	// [print] true
	// [carl customer example] false
}

func TestWords(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"empty":             {"", nil},
		"signs only":        {" .,-_!'\"\x00\xff ", nil},
		"case":              {"Drucker BRENNT", []string{"drucker", "brennt"}},
		"umlauts":           {"Größe u\u0308ber STRASSE", []string{"grösse", "über", "strasse"}},
		"compatibility":     {"ﬁx Ｐｒｉｎｔ ①", []string{"fix", "print", "1"}},
		"numbers":           {"4711.20 a1", []string{"4711", "20", "a1"}},
		"invalid UTF-8":     {"a\xffb", []string{"a", "b"}},
		"Chinese":           {"打印机v2坏", []string{"打", "印", "机", "v2", "坏"}},
		"Thai with marks":   {"ที่นี่", []string{"ที่", "นี่"}},
		"Korean":            {"프린터 문제", []string{"프린터", "문제"}},
		"Cyrillic":          {"Принтер", []string{"принтер"}},
		"an overlong word":  {strings.Repeat("ä", 1000), []string{strings.Repeat("ä", 64)}},
		"a mark by itself":  {"\u0301", nil},
		"right to left":     {"مرحبا \u202Ex", []string{"مرحبا", "x"}},
		"a private use one": {"a\ue000b", []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, storage.Words(tt.text)); diff != "" {
				t.Errorf("Words (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseSearch(t *testing.T) {
	term := func(prefix bool, words ...string) storage.SearchTerm {
		return storage.SearchTerm{Words: words, Prefix: prefix}
	}
	for text, want := range map[string][]storage.SearchTerm{
		"":                {},
		`"`:               {},
		"***":             {},
		"a b":             {term(false, "a"), term(false, "b")},
		`"a b`:            {term(false, "a", "b")},
		`"a b*" c*`:       {term(true, "a", "b"), term(true, "c")},
		`x"a b"y`:         {term(false, "x"), term(false, "a", "b"), term(false, "y")},
		"e-mail":          {term(false, "e", "mail")},
		"NOT (a OR b) &!": {term(false, "not"), term(false, "a"), term(false, "or"), term(false, "b")},
	} {
		got := storage.ParseSearch(text)
		if len(got) == 0 && len(want) == 0 {
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParseSearch(%q) (-want +got):\n%s", text, diff)
		}
	}
	if n := len(storage.ParseSearch(strings.Repeat("a ", 1000))); n != 50 {
		t.Errorf("%d terms of 1000, want them bounded", n)
	}
	long := strings.Repeat("b ", 30000)
	for text, want := range map[string][]int{ // words of each term
		`"` + long + `*"`:                      {100},
		`a "` + long + `" c`:                   {1, 99},
		strings.Repeat("a-b-c ", 1000):         slices.Repeat([]int{3}, 33),
		strings.Repeat("x.", 30000) + `* last`: {100},
	} {
		var got []int
		for _, term := range storage.ParseSearch(text) {
			if got = append(got, len(term.Words)); len(term.Words) > 3 && term.Prefix {
				t.Errorf("%.20q: a phrase that was cut has a prefix", text)
			}
		}
		if diff := cmp.Diff(want, got[:min(len(got), len(want))]); diff != "" || len(got) > len(want)+1 {
			t.Errorf("ParseSearch(%.20q), words (-want +got):\n%s", text, diff)
		}
	}
}

// TestSearchedIsBounded: a ticket with much text, or many comments, is searched
// in its beginning only.
func TestSearchedIsBounded(t *testing.T) {
	s := storage.NewSearched(&storage.Ticket{ID: "1", Subject: "s"})
	n := 0
	for ; !s.Full(); n++ {
		s.Add(&storage.Comment{Text: "short"})
	}
	if n != storage.SearchComments {
		t.Errorf("full after %d short comments, want %d", n, storage.SearchComments)
	}
	s = storage.NewSearched(&storage.Ticket{ID: "1", Subject: "first"})
	s.Add(&storage.Comment{Text: "second " + strings.Repeat("word ", storage.SearchBytes) + "last"})
	s.Add(&storage.Comment{Text: "third"})
	for text, want := range map[string]bool{"first second": true, "word": true, "last": false, "third": false} {
		if got := s.Match(storage.ParseSearch(text), true); got != want {
			t.Errorf("%q found: %t, want %t", text, got, want)
		}
	}
}

// FuzzWords: words are what they are when they are looked for, whatever the
// text, and hold no sign that a database could take for more.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "Größe", "a\x00b \xff", "打印机 v2", "ﬁ İ ŉ ᾳ", "\u0345\u0300x", "x' \"* & | ! <-> :"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range storage.Words(text) {
			if w == "" || len(w) > 128 || !utf8.ValidString(w) || strings.ContainsAny(w, " '\"\\:*&|!()<>-\x00\ue000") {
				t.Fatalf("word %q of %q", w, text)
			}
			if again := storage.Words(w); len(again) != 1 || again[0] != w {
				t.Fatalf("word %q of %q is %q when looked for", w, text, again)
			}
		}
	})
}
