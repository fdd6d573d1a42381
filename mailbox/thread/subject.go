package thread

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTitle is the size of the longest title behind our token, in bytes.
// With the token it stays below the 998 characters that RFC 5322 section
// 2.1.1 allows for a line, whatever a mailer does about folding.
const maxTitle = 800

// Subject returns the prefilled subject of an outgoing mail: the token, a
// blank and subject, from which reply and forward prefixes and our tokens are
// removed, so that it does not grow with every answer:
//
//	Subject(ref, Subject(ref, s)) == Subject(ref, s)
//
// The result is one line of valid UTF-8 without control characters and
// bidirectional overrides; runs of white space become one blank, and a title
// of more than 800 bytes is cut. Tokens of other installations, which do not
// verify, are left: their owners need them. A ref without token gives the
// title alone.
func (r *Referencer) Subject(ref Ref, subject string) string {
	return oneLine(r.Token(ref) + " " + r.title(subject))
}

// title returns what somebody meant as the subject. Each removal may lay
// bare the next thing to remove, so it goes on until nothing changes.
func (r *Referencer) title(s string) string {
	s = cut(s, maxTitle*8) // a bound on the work, far beyond what is kept
	for {
		t := trimPrefixes(oneLine(r.removeTokens(s)))
		if t == s {
			return strings.TrimSpace(cut(s, maxTitle))
		}
		s = t
	}
}

// removeTokens puts a blank in the place of each of our tokens, so that what
// stood beside them does not become one word.
func (r *Referencer) removeTokens(s string) string {
	var b strings.Builder
	pos := 0
	for _, t := range r.tokens(s) {
		b.WriteString(s[pos:t.start])
		b.WriteByte(' ')
		pos = t.end
	}
	b.WriteString(s[pos:])
	return b.String()
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// oneLine makes s one line of visible text: control characters and line
// separators count as white space, and each run of it becomes one blank.
// Zero-width joiners stay, because some scripts need them.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsControl(c):
			return ' '
		case unicode.Is(unicode.Bidi_Control, c) && c > '\u200F':
			return -1 // embeddings, overrides and isolates; the marks U+200E and U+200F only hint
		}
		return c
	}, s)
	return strings.Join(strings.Fields(s), " ") // U+2028 and U+2029 are white space
}
