package notify

import (
	"strings"
	"testing"
)

// FuzzCleanLine: the short way for tidy text gives what the long one gives.
func FuzzCleanLine(f *testing.F) {
	for _, s := range []string{"", " ", "a", "a b", " a", "a ", "a  b", "ä", "a\tb", "\x7f", "a\xffb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := cleanLine(s)
		if tidy(s) && strings.Join(strings.Fields(s), " ") != s {
			t.Errorf("%q is not tidy", s)
		}
		if cleanLine(got) != got {
			t.Errorf("%q becomes %q, and that something else", s, got)
		}
	})
}
