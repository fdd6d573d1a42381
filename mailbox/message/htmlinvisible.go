package message

import (
	"bytes"
	"unicode"
)

// visibleText returns text without the characters that nobody sees. Joiners
// and direction marks stay where they shape the letters around them; text of
// nothing else is empty.
func visibleText(text []byte) []byte {
	plain := true
	for _, c := range text {
		if c < ' ' && c != '\t' || c == 0x7F || c >= 0xC2 && mayBeInvisible(c) {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	text = bytes.Map(func(r rune) rune {
		if isJunk(r) {
			return -1
		}
		return r
	}, text)
	if !bytes.ContainsFunc(text, func(r rune) bool { return !unicode.Is(unicode.Cf, r) }) {
		return nil
	}
	return bytes.Trim(text, "\u200C\u200D") // nothing to join
}

// mayBeInvisible reports whether a character that cannot be seen may begin with
// that byte of UTF-8.
func mayBeInvisible(c byte) bool {
	switch c {
	case 0xC2, 0xCD, 0xE1, 0xE2, 0xEF, 0xF3: // U+0080, U+034F, U+180E, U+200B, U+FEFF, U+E0000 and around
		return true
	}
	return false
}

// isJunk reports whether a character has neither a form nor an effect on the
// ones beside it: controls, the soft hyphen, grapheme joiners, spaces without
// width.
func isJunk(r rune) bool {
	switch {
	case r == '\t':
		return false
	case r < ' ', r >= 0x7F && r <= 0x9F, r == '\u00AD', r == '\u034F', r == '\u180E', r == '\u200B',
		r >= '\u2060' && r <= '\u2064', r == '\uFEFF':
		return true
	}
	return false
}
