package message_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.com/ticketmail/mailbox/message"
)

// FuzzCleanName checks that nothing that is left of a name is a path, hides
// something or changes when it is cleaned again.
func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"../../etc/x", `C:\x`, "C:D:x", "con", "a.tar.gz", " . ", "\u200b.htaccess", "nul .x", "com\u00b9.txt", strings.Repeat("\u00e4", 200) + ".pdf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := message.CleanName(name)
		if again := message.CleanName(got); again != got {
			t.Errorf("%q becomes %q and then %q", name, got, again)
		}
		if len(got) > 255 || strings.ContainsAny(got, `/\`) || strings.TrimRight(got, ". ") != got {
			t.Errorf("%q becomes %q", name, got)
		}
		if utf8.ValidString(name) && (!utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) })) {
			t.Errorf("%q becomes %q", name, got)
		}
		if len(got) > 1 && got[1] == ':' && unicode.IsLetter(rune(got[0])) {
			t.Errorf("%q becomes %q, which begins with a drive", name, got)
		}
	})
}
