package console

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestWords: every text is there in every language, with the same verbs, and
// every key that pages and code name exists and is named.
func TestWords(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z]`)
	for key, w := range catalogue {
		want := verbs.FindAllString(w.en, -1)
		for i, tag := range languages {
			text := w.in(i)
			if strings.TrimSpace(text) != text || text == "" {
				t.Errorf("%s in %s: %q", key, tag, text)
			}
			if got := verbs.FindAllString(text, -1); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%s in %s has the verbs %v, in English %v", key, tag, got, want)
			}
		}
	}
	named := namedKeys(t)
	for key := range named {
		if _, ok := catalogue[key]; !ok {
			t.Errorf("%s is named, but has no text", key)
		}
	}
	families := regexp.MustCompile(`^(menu|event|role|why|audience|outcome|mail|language|done|` + strings.Join(nameGroups, "|") + `)\.`)
	for key := range catalogue {
		if !named[key] && !families.MatchString(key) {
			t.Errorf("%s is named nowhere", key)
		}
	}
}

// nameGroups are groups of keys that visit.Name puts together.
var nameGroups = []string{"state", "field"}

// namedKeys returns the keys that stand in pages and in code.
func namedKeys(t *testing.T) map[string]bool {
	t.Helper()
	key := regexp.MustCompile(`(?:\bT|\.T) ?\(?"([a-z][a-z._-]+[a-z0-9])"|"((?:error|time)\.[a-z]+)"`)
	named := map[string]bool{}
	for _, pattern := range []string{"pages/*.html", "pages/parts/*.html", "*.go"} {
		files, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasPrefix(file, "words_") || strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range key.FindAllStringSubmatch(string(text), -1) {
				named[m[1]+m[2]] = true
			}
		}
	}
	if len(named) < 50 {
		t.Fatalf("found %d keys: the search does not see them", len(named))
	}
	return named
}
