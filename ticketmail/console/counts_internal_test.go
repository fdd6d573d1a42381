package console

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestCounts: every text about a number of things is there for one and for many
// in every language, and is used.
func TestCounts(t *testing.T) {
	for key, c := range counts {
		for i, tag := range languages {
			for _, text := range []string{c.one.in(i), c.many.in(i)} {
				if strings.Count(text, "%s") != 1 || strings.Count(text, "%") != 1 {
					t.Errorf("%s in %s: %q has not one place for the number", key, tag, text)
				}
			}
		}
	}
	used := map[string]bool{}
	asked := regexp.MustCompile(`\bCount ?\(?"([^"]+)"`)
	for _, pattern := range []string{"pages/*.html", "pages/parts/*.html", "*.go"} {
		files, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
				used[m[1]] = true
				if _, ok := counts[m[1]]; !ok {
					t.Errorf("%s asks for %s", name, m[1])
				}
			}
		}
	}
	for key := range counts {
		if !used[key] {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func TestCount(t *testing.T) {
	for key, want := range map[string][len(languages)][]string{ // of 0, 1, 2 and 1234
		"count.tickets":  {{"0 Tickets", "1 Ticket", "2 Tickets", "1.234 Tickets"}, {"0 tickets", "1 ticket", "2 tickets", "1,234 tickets"}, {"0 ticket", "1 ticket", "2 tickets", "1\u202f234 tickets"}},
		"count.comments": {{"0 Bemerkungen", "1 Bemerkung", "2 Bemerkungen", "1.234 Bemerkungen"}, {"0 comments", "1 comment", "2 comments", "1,234 comments"}, {"0 commentaire", "1 commentaire", "2 commentaires", "1\u202f234 commentaires"}},
		"count.received": {{"0 empfangen", "1 empfangen", "2 empfangen", "1.234 empfangen"}, {"0 received", "1 received", "2 received", "1,234 received"}, {"0 reçu", "1 reçu", "2 reçus", "1\u202f234 reçus"}},
	} {
		for i, tag := range languages {
			v := &visit{language: i}
			for j, n := range []int{0, 1, 2, 1234} {
				if got := v.Count(key, n); got != want[i][j] {
					t.Errorf("%s of %d in %s: %q, want %q", key, n, tag, got, want[i][j])
				}
			}
		}
	}
	for i, want := range []string{"1,5\u00a0KB", "1.5\u00a0KB", "1,5\u00a0ko"} {
		if got := (&visit{language: i}).Bytes(1536); got != want {
			t.Errorf("1536 bytes in %s: %q, want %q", languages[i], got, want)
		}
	}
	for i, want := range []string{"1\u00a0Byte", "1\u00a0byte", "1\u00a0octet"} {
		if got := (&visit{language: i}).Bytes(1); got != want {
			t.Errorf("a byte in %s: %q, want %q", languages[i], got, want)
		}
	}
}
