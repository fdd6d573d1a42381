package pgstore_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/ticketmail/storage/pgstore"
)

const hostile = "a\x00b \u202eevil\u202c <b>&\r\n\t'\"; -- \xff\xfe \U0001f4a3 \U0010fe00\U0010ffff"

func TestEncode(t *testing.T) {
	for name, tt := range map[string]struct{ text, column string }{
		"empty":                  {"", ""},
		"plain":                  {"Drucker – 2. Stock \U0001f5a8", "Drucker – 2. Stock \U0001f5a8"},
		"replacement character":  {"\uFFFD", "\uFFFD"},
		"NUL":                    {"a\x00b", "a\U0010fe00b"},
		"Latin-1":                {"M\xfcller", "M\U0010fefcller"},
		"cut off":                {"\xe2\x82", "\U0010fee2\U0010fe82"},
		"half a surrogate pair":  {"\xed\xa0\x80", "\U0010feed\U0010fea0\U0010fe80"},
		"looks encoded":          {"\U0010fe41", "\U0010fef4\U0010fe8f\U0010feb9\U0010fe81"},
		"beside the private use": {"\U0010fdff\U0010ff00", "\U0010fdff\U0010ff00"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := pgstore.Encode(tt.text); got != tt.column {
				t.Errorf("Encode(%q) = %q, want %q", tt.text, got, tt.column)
			}
			if got := pgstore.Decode(tt.column); got != tt.text {
				t.Errorf("Decode(%q) = %q, want %q", tt.column, got, tt.text)
			}
		})
	}
}

// FuzzEncode: a column can hold what Encode makes, and it comes back; so two
// texts never become one key.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{"", hostile, "\xf4\x8f\xb8", "\xf4\x8f", "\U0010fe00", "\xf4\x8f\xb8\x80\xf4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		column := pgstore.Encode(s)
		if !utf8.ValidString(column) || strings.Contains(column, "\x00") {
			t.Errorf("Encode(%q) = %q, which a column cannot hold", s, column)
		}
		if got := pgstore.Decode(column); got != s {
			t.Errorf("Decode(Encode(%q)) = %q", s, got)
		}
	})
}
