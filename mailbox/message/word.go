package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// decodeHeader turns the value of an unstructured header field, or a phrase of
// a structured one, into valid UTF-8 without control characters and with
// single blanks.
//
// Encoded-words (RFC 2047) are read wherever they stand, also inside quotes,
// glued to text, with blanks in them or in an unknown charset: a wrong one is
// worth more decoded than shown. Bytes outside of them are UTF-8 if all of
// them are, else windows-1252. Line breaks that come out of an encoded-word
// become blanks, so that no value made of the result can begin a new field.
func decodeHeader(raw string) string {
	if cleanASCII(raw) && !strings.Contains(raw, "=?") {
		return raw
	}
	return collapse(decodeWords(raw))
}

// decodeWords decodes the encoded-words of raw and the text around them.
func decodeWords(raw string) []byte {
	out := make([]byte, 0, len(raw))
	guess := "" // what the bytes outside of encoded-words are
	if utf8.ValidString(raw) {
		guess = "utf-8"
	}
	var s wordScanner
	for rest := raw; rest != ""; {
		at, run, end := s.nextRun(rest)
		if at < 0 {
			return toUTF8(out, guess, []byte(rest))
		}
		out = toUTF8(out, guess, []byte(rest[:at]))
		out = appendRun(out, run)
		rest = rest[end:]
	}
	return out
}

// An encodedWord is one =?charset?encoding?text?=.
type encodedWord struct {
	charset string
	base64  bool
	text    string
}

// A wordScanner finds encoded-words. It remembers that no further end mark
// exists, so that a field full of beginnings is still read in linear time.
type wordScanner struct{ noEnd bool }

// nextRun finds the first encoded-word of s and those that follow it with
// nothing but blanks between. It returns where the run begins and ends; at is
// -1 if there is none.
func (w *wordScanner) nextRun(s string) (at int, run []encodedWord, end int) {
	for from := 0; ; {
		i := strings.Index(s[from:], "=?")
		if i < 0 || w.noEnd {
			return -1, nil, 0
		}
		at = from + i
		if word, n := w.word(s[at:]); n > 0 {
			run, end = append(run, word), at+n
			break
		}
		from = at + 2
	}
	for {
		blanks := len(s[end:]) - len(strings.TrimLeft(s[end:], " \t\r\n"))
		word, n := w.word(s[end+blanks:])
		if n == 0 {
			return at, run, end
		}
		run, end = append(run, word), end+blanks+n
	}
}

// word reads the encoded-word s begins with and returns its length, or 0.
func (w *wordScanner) word(s string) (encodedWord, int) {
	if w.noEnd || !strings.HasPrefix(s, "=?") {
		return encodedWord{}, 0
	}
	label, rest, ok := strings.Cut(s[2:], "?")
	if !ok || len(rest) < 2 || rest[1] != '?' || strings.ContainsAny(label, " \t=") {
		return encodedWord{}, 0
	}
	method := rest[0] | 0x20
	if method != 'b' && method != 'q' {
		return encodedWord{}, 0
	}
	text := rest[2:]
	n := wordEnd(text, method == 'q')
	if n < 0 {
		w.noEnd = true
		return encodedWord{}, 0
	}
	label, _, _ = strings.Cut(label, "*") // RFC 2231 section 5: a language may follow
	head := len(s) - len(text)
	return encodedWord{charset: label, base64: method == 'b', text: text[:n]}, head + n + len("?=")
}

// wordEnd returns where the text of an encoded-word ends, or -1. Some mailers
// leave question marks alone in the Q encoding, so that "?=" may be one of
// them followed by an encoded byte: then the end is the next "?=" before a
// blank.
func wordEnd(text string, q bool) int {
	first := strings.Index(text, "?=")
	for n := first; q && n >= 0 && hexPair(text[n+2:]); {
		next := strings.Index(text[n+2:], "?=")
		if next < 0 {
			return first
		}
		between := text[n+2 : n+2+next+1]
		if strings.ContainsAny(between, " \t") || strings.Contains(between, "=?") {
			return first
		}
		n += 2 + next
		if !hexPair(text[n+2:]) {
			return n
		}
	}
	return first
}

func hexPair(s string) bool {
	return len(s) >= 2 && unhex(s[0]) >= 0 && unhex(s[1]) >= 0
}

// unhex returns the value of a hexadecimal digit of either case, or -1.
func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// appendRun decodes adjacent words. Those of one charset and encoding are
// joined as bytes first, because many mailers cut in the middle of a
// character.
func appendRun(dst []byte, run []encodedWord) []byte {
	for len(run) > 0 {
		first := run[0]
		n := 1
		for n < len(run) && run[n].base64 == first.base64 && strings.EqualFold(run[n].charset, first.charset) {
			n++
		}
		var joined []byte
		if first.base64 {
			joined = wordBase64(run[:n])
		} else {
			for _, w := range run[:n] {
				joined = appendQ(joined, w.text)
			}
		}
		dst = appendWordText(dst, first.charset, joined)
		run = run[n:]
	}
	return dst
}

// appendWordText decodes the bytes of a run. Of an unknown charset only the
// ASCII is certain; the rest becomes replacement characters.
func appendWordText(dst []byte, label string, data []byte) []byte {
	if label == "" || lookupCharset(label).kind != kindUnknown || utf8.Valid(data) {
		return toUTF8(dst, label, data)
	}
	for _, c := range data {
		if c < utf8.RuneSelf {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
	}
	return dst
}

// appendQ decodes the Q encoding (RFC 2047 section 4.2). What is not an
// encoded byte stands for itself.
func appendQ(dst []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '_':
			dst = append(dst, ' ')
		case c == '=' && hexPair(text[i+1:]):
			dst = append(dst, byte(unhex(text[i+1])<<4|unhex(text[i+2])))
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// wordBase64 decodes words in the B encoding as one stream: a mailer that cut
// in the middle of a group of four left its padding out there. Padding ends a
// group; anything else is skipped.
func wordBase64(run []encodedWord) []byte {
	var out []byte
	var bits uint32
	var have int
	for _, w := range run {
		for i := range len(w.text) {
			d := base64Digit(w.text[i])
			if w.text[i] == '=' {
				have = 0
			}
			if d < 0 {
				continue
			}
			bits = bits<<6 | uint32(d)
			if have += 6; have >= 8 {
				have -= 8
				out = append(out, byte(bits>>have))
			}
		}
	}
	return out
}

// cleanASCII reports whether s is what collapse would return: printable
// ASCII, single blanks, none at the ends.
func cleanASCII(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// collapse returns text without control characters and with every run of
// white space as one blank. Zero-width and bidirectional marks stay: taking
// them out could turn a forged ticket token into a good one.
func collapse(text []byte) string {
	var b strings.Builder
	b.Grow(len(text))
	blank := false
	for len(text) > 0 {
		r, n := rune(text[0]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text)
		}
		text = text[n:]
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
		case unicode.IsControl(r):
		default:
			if blank {
				b.WriteByte(' ')
				blank = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
