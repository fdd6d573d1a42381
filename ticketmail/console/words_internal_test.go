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
	named, mentioned := namedKeys(t)
	for key := range named {
		if _, ok := catalogue[key]; !ok {
			t.Errorf("%s is named, but has no text", key)
		}
	}
	families := regexp.MustCompile(`^(menu|event|role|why|audience|outcome|mail|language|done|state|field|step|source|warning|mailbox\.(how|after|protocol|security)|box\.(after|signin|grant|security))\.`)
	for key := range catalogue {
		if !mentioned[key] && !families.MatchString(key) {
			t.Errorf("%s is named nowhere", key)
		}
	}
}

// namedKeys returns the keys that pages and code ask for, and all that they
// mention: keys also stand in tables.
func namedKeys(t *testing.T) (named, mentioned map[string]bool) {
	t.Helper()
	asked := regexp.MustCompile(`(?:\bT|\.T) ?\(?"([a-z][a-z._-]+[a-z0-9])"`)
	quoted := regexp.MustCompile(`"([a-z][a-z0-9._-]+)"`)
	named, mentioned = map[string]bool{}, map[string]bool{}
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
			for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
				named[m[1]] = true
			}
			for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
				mentioned[m[1]] = true
			}
		}
	}
	if len(named) < 200 {
		t.Fatalf("found %d keys: the search does not see them", len(named))
	}
	return named, mentioned
}

// TestFrenchObjects: connecter has an object: oneself, or the mailbox.
func TestFrenchObjects(t *testing.T) {
	files, err := fs.Glob(os.DirFS("."), "words_*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	said, n := regexp.MustCompile(`[cC]onnectez(-\pL| la boîte)?.{0,20}`), 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllStringSubmatch(string(text), -1) {
			if n++; m[1] == "" {
				t.Errorf("%s: whom? %q", file, m[0])
			}
		}
	}
	if n < 20 {
		t.Errorf("found %d: the search does not see them", n)
	}
}
