package message

import "strings"

// A tokenKind is the kind of a token of an address list.
type tokenKind int

const (
	tokenWord    tokenKind = iota
	tokenQuoted            // a quoted string; text is without the quotes, still escaped
	tokenAngle             // text is what stands between < and >
	tokenComment           // text is without the parentheses
	tokenComma
	tokenSemicolon
	tokenColon
)

// An addressToken is a token of an address list.
type addressToken struct {
	kind  tokenKind
	text  string
	glued bool // no blank before it
}

func (t addressToken) isAngle() bool { return t.kind == tokenAngle }

// hasAt reports whether t holds the @ of an address. That of an encoded-word
// belongs to a name.
func (t addressToken) hasAt() bool {
	return t.kind == tokenWord && strings.Contains(t.text, "@") && !strings.HasPrefix(t.text, "=?")
}

// continues reports whether t goes on with the address that ends in before,
// right after it or after a comment between them.
func (t addressToken) continues(before addressToken, comment bool) bool {
	if t.kind > tokenQuoted || before.kind > tokenQuoted {
		return false
	}
	if t.glued && !comment {
		return true
	}
	first := t.kind == tokenWord && (t.text[0] == '@' || t.text == ".")
	return first || before.kind == tokenWord && (strings.HasSuffix(before.text, "@") || before.text == ".")
}

// An addressLexer splits an address list into tokens, in linear time: what
// nothing closes is noticed once and from there on taken literally.
type addressLexer struct {
	rest               string
	noQuote, noComment bool
}

// next returns the next token, or false at the end.
func (l *addressLexer) next() (addressToken, bool) {
	t := addressToken{glued: true}
	for l.rest != "" {
		c := l.rest[0]
		n := 1
		switch {
		case c <= ' ' || c == ')' || c == '>': // blanks, controls, and what was never opened
			t.glued = false
			l.rest = l.rest[1:]
			continue
		case c == ',':
			t.kind = tokenComma
		case c == ';':
			t.kind = tokenSemicolon
		case c == ':':
			t.kind = tokenColon
		case c == '(' && l.commentEnd() > 0:
			n = l.commentEnd()
			t.kind, t.text = tokenComment, l.rest[1:n-1]
		case c == '"' && l.quoteEnd() > 0:
			n = l.quoteEnd()
			t.kind, t.text = tokenQuoted, l.rest[1:n-1]
		case c == '<':
			t.kind = tokenAngle
			t.text, n = angleText(l.rest)
		default:
			n = l.wordLen()
			t.kind, t.text = tokenWord, l.rest[:n]
		}
		l.rest = l.rest[n:]
		return t, true
	}
	return t, false
}

func (l *addressLexer) commentEnd() int {
	if l.noComment {
		return 0
	}
	n := commentLen(l.rest)
	l.noComment = n == 0
	return n
}

func (l *addressLexer) quoteEnd() int {
	if l.noQuote {
		return 0
	}
	n := quotedLen(l.rest)
	l.noQuote = n == 0
	return n
}

// quotedLen returns the length of the quoted string s begins with, or 0 if
// there is none or it is not closed.
func quotedLen(s string) int {
	if s == "" || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// angleText returns what stands between the bracket s begins with and the one
// that closes it, and the length of it all. Brackets in a quoted local part do
// not count; a second opening one begins anew ("<<j@x.example>>"); without a
// closing one a separator ends it.
func angleText(s string) (string, int) {
	start := 1
	for start < len(s) && (s[start] == '<' || isBlankByte(s[start])) {
		start++
	}
	i := start + quotedLen(s[start:min(len(s), start+maxLocalPart)])
	for i < len(s) && s[i] != '>' && s[i] != '<' && s[i] != ';' && (s[i] != ',' || s[start] == '@') {
		i++
	}
	if i < len(s) && s[i] == '>' {
		return s[start:i], i + 1
	}
	return s[start:i], i
}

// maxLocalPart bounds the search for the end of a quoted local part.
const maxLocalPart = 256

// maxEncodedWord bounds an encoded-word in an address list. RFC 2047 allows
// 75; mailers that do not split write one for the whole name.
const maxEncodedWord = 1000

// wordLen returns the length of the word the rest begins with: up to a special
// character or blank. An encoded-word is one word even if it holds specials,
// and so is a domain literal.
func (l *addressLexer) wordLen() int {
	s := l.rest
	if n := encodedWordLen(s); n > 0 {
		return n
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '[' && s[i-1] == '@':
			if n := strings.IndexByte(s[i:min(len(s), i+maxLocalPart)], ']'); n > 0 {
				i += n
			}
		case c == '=' && encodedWordLen(s[i:]) > 0, c == '"' && !l.noQuote:
			return i
		case c <= ' ', strings.IndexByte(",;:<>()", c) >= 0:
			return i
		}
	}
	return len(s)
}

// encodedWordLen returns the length of the encoded-word s begins with, or 0.
// One with blanks or brackets in it is not trusted to hide what follows.
func encodedWordLen(s string) int {
	var scan wordScanner
	_, n := scan.word(s[:min(len(s), maxEncodedWord)])
	if strings.ContainsAny(s[:n], " \t<>\"") {
		return 0
	}
	return n
}

func isBlankByte(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// unescape removes the backslashes of quoted pairs.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
