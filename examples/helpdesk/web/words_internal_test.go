package web

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// Every text that a page asks for is there, in every language.
func TestWords(t *testing.T) {
	for _, all := range allWords() {
		for key, w := range all {
			for i, text := range w {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s has no word in %s", key, tags[i])
				}
				for _, fact := range []string{"{old}", "{new}", "{n}"} {
					if strings.Count(text, fact) != strings.Count(w[0], fact) && (fact != "{n}" || !strings.HasSuffix(key, ".one")) {
						t.Errorf("%s in %s: %q has not the same %s as in %s", key, tags[i], text, fact, tags[0])
					}
				}
			}
		}
	}
	used := map[string]bool{}
	asks := regexp.MustCompile(`\.T "([^"]+)"`)
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		page, err := pageFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asks.FindAllSubmatch(page, -1) {
			used[string(m[1])] = true
			if !has(string(m[1])) {
				t.Errorf("%s asks for %q", name, m[1])
			}
		}
	}
	for key := range words {
		made, _, _ := strings.Cut(key, ".")
		if !used[key] && made != "status" && made != "do" {
			t.Errorf("no page asks for %q", key)
		}
	}
	for _, s := range statuses {
		if _, ok := words["status."+string(s)]; !ok {
			t.Errorf("status %s has no word", s)
		}
	}
}
