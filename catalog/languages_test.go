package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
)

func TestWanted(t *testing.T) {
	for _, tt := range []struct {
		person, project, company string
		want                     catalog.Languages
	}{
		{"", "", "", catalog.Languages{"de", "en"}},
		{"fr", "", "it", catalog.Languages{"fr", "it", "de", "en"}},
		{"en", "de-AT", "en", catalog.Languages{"en", "de-AT", "de"}},
		{"klingon!", "", "", catalog.Languages{"klingon!", "de", "en"}},
	} {
		got := catalog.Wanted(tt.person, tt.project, tt.company)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Wanted(%q, %q, %q) (-want +got):\n%s", tt.person, tt.project, tt.company, diff)
		}
	}
}

func TestPick(t *testing.T) {
	// texts of the given languages: each is its own tag in upper case.
	texts := func(tags string) map[string]string {
		m := map[string]string{}
		for tag := range strings.FieldsSeq(tags) {
			m[tag] = strings.ToUpper(tag)
		}
		return m
	}
	for name, tt := range map[string]struct {
		languages catalog.Languages
		tags      string
		want      string // tag
		fallback  bool
	}{
		"exact":                      {catalog.Wanted("fr", "de", "en"), "de en fr", "fr", false},
		"project":                    {catalog.Wanted("", "fr", "en"), "de en fr", "fr", false},
		"company":                    {catalog.Wanted("", "", "en"), "de en fr", "en", false},
		"nothing set":                {catalog.Wanted("", "", ""), "en fr de", "de", false},
		"region takes its language":  {catalog.Wanted("de-AT", "", ""), "de en fr", "de", false},
		"own region first":           {catalog.Wanted("de-AT", "", ""), "de de-AT", "de-AT", false},
		"another region":             {catalog.Wanted("de-AT", "en", ""), "de-CH en", "de-CH", false},
		"language takes a region":    {catalog.Wanted("en", "", ""), "de en-US", "en-US", false},
		"Swiss German reads German":  {catalog.Wanted("gsw", "en", ""), "de en", "de", false},
		"Brazil reads Portugal":      {catalog.Wanted("pt-BR", "en", ""), "en pt", "pt", false},
		"traditional reads Chinese":  {catalog.Wanted("zh-Hant", "en", ""), "en zh", "zh", false},
		"underscore":                 {catalog.Wanted("de_AT", "en", ""), "de en", "de", false},
		"upper case":                 {catalog.Wanted("FR", "en", ""), "de en fr", "fr", false},
		"key in upper case":          {catalog.Wanted("fr", "en", ""), "de en FR", "FR", false},
		"no match is not the first":  {catalog.Wanted("ja", "fr", ""), "de en fr", "fr", true},
		"Ukrainian is not Russian":   {catalog.Wanted("uk", "en", ""), "en ru", "en", true},
		"person's language missing":  {catalog.Wanted("fr", "en", "de"), "de en", "en", true},
		"unknown tag":                {catalog.Wanted("qq", "en", ""), "de en", "en", true},
		"malformed tag":              {catalog.Wanted("klingon!", "", ""), "de en", "de", true},
		"undetermined":               {catalog.Wanted("und", "", ""), "en fr", "en", true},
		"private tag is its own key": {catalog.Wanted("x-klingon", "", ""), "de x-klingon", "x-klingon", false},
		"German before English":      {catalog.Wanted("ja", "", ""), "en de", "de", true},
		"English before others":      {catalog.Wanted("ja", "", ""), "cs en", "en", true},
		"first in order":             {catalog.Wanted("ja", "", ""), "pl cs sk", "cs", true},
		"malformed key is better":    {catalog.Wanted("ja", "", ""), "???", "???", true},
		"malformed key is the last":  {catalog.Wanted("fr", "", ""), "??? en", "en", true},
		"no languages":               {nil, "fr de", "de", true},
		"no texts":                   {catalog.Wanted("de", "", ""), "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			want := catalog.Choice[string]{Value: strings.ToUpper(tt.want), Tag: tt.want, Fallback: tt.fallback}
			if len(tt.languages) > 0 {
				want.Wanted = tt.languages[0]
			}
			if diff := cmp.Diff(want, catalog.Pick(tt.languages, texts(tt.tags))); diff != "" {
				t.Errorf("Pick(%v, %s) (-want +got):\n%s", tt.languages, tt.tags, diff)
			}
		})
	}
}

func TestPickSkipsEmptyTexts(t *testing.T) {
	type text struct{ subject, body string }
	got := catalog.Pick(catalog.Wanted("fr", "", ""), map[string]text{"fr": {}, "en": {"s", "b"}})
	want := catalog.Choice[text]{Value: text{"s", "b"}, Tag: "en", Wanted: "fr", Fallback: true}
	if got != want {
		t.Errorf("Pick = %+v, want %+v", got, want)
	}
	if got := catalog.Pick(catalog.Wanted("fr", "", ""), map[string]string{"fr": ""}); got.Tag != "" || !got.Fallback {
		t.Errorf("Pick of empty texts = %+v, want none", got)
	}
}

// A text is found whatever is asked for, as long as there is one.
func FuzzPick(f *testing.F) {
	f.Add("de-AT", "de", "en")
	f.Add("klingon!", "???", "\xff")
	f.Add("", "", "x-a")
	f.Fuzz(func(t *testing.T, wanted, a, b string) {
		texts := map[string]string{a: "A", b: "B", "nothing": ""}
		got := catalog.Pick(catalog.Wanted(wanted, "", ""), texts)
		if got.Value == "" || texts[got.Tag] != got.Value {
			t.Errorf("Pick(%q of %q, %q) = %+v", wanted, a, b, got)
		}
		if again := catalog.Pick(catalog.Wanted(wanted, "", ""), texts); again != got {
			t.Errorf("Pick is not stable: %+v, then %+v", got, again)
		}
	})
}

func BenchmarkPick(b *testing.B) {
	texts := map[string]string{"de": "Störung", "en": "Incident", "fr": "Incident"}
	for _, wanted := range []string{"fr", "de-AT", "ja"} {
		b.Run(wanted, func(b *testing.B) {
			for b.Loop() {
				catalog.Pick(catalog.Wanted(wanted, "", ""), texts)
			}
		})
	}
}
