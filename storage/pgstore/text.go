package pgstore

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
)

// A column of type text holds valid UTF-8 without NUL. Any other byte b stands
// in it as the character escape+b, and so does each byte of such a character
// itself: that way any string comes back as it was, and two that differ never
// become the same.
const escape = 0x10FE00

func isEscape(r rune) bool { return r >= escape && r <= escape+0xFF }

// escapePrefix begins every escape in UTF-8, and other characters of that plane.
const escapePrefix = "\xf4\x8f"

// encode makes text that PostgreSQL can hold. Nearly all comes back unchanged.
func encode[S ~string](text S) string {
	s := string(text)
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 && !strings.Contains(s, escapePrefix) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r != 0 && !isEscape(r) && (r != utf8.RuneError || size > 1) {
			b.WriteString(s[i : i+size])
		} else {
			for _, c := range []byte(s[i : i+size]) {
				b.WriteRune(escape + rune(c))
			}
		}
		i += size
	}
	return b.String()
}

// decode is the inverse of encode.
func decode(s string) string {
	if !strings.Contains(s, escapePrefix) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if isEscape(r) {
			b.WriteByte(byte(r - escape))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// A textColumn reads what encode wrote.
type textColumn[S ~string] struct{ to *S }

func text[S ~string](to *S) textColumn[S] { return textColumn[S]{to} }

// ScanText implements [pgtype.TextScanner].
func (c textColumn[S]) ScanText(v pgtype.Text) error {
	*c.to = S(decode(v.String))
	return nil
}

// encodeAll encodes a list of text; an empty one becomes NULL.
func encodeAll(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	encoded := make([]string, len(list))
	for i, s := range list {
		encoded[i] = encode(s)
	}
	return encoded
}

// decodeAll decodes in place what encodeAll wrote.
func decodeAll(list []string) {
	for i, s := range list {
		list[i] = decode(s)
	}
}
