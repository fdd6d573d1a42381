package notify

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"example.com/ticketmail/mailbox/message"
)

var (
	errDate = errors.New("is missing or not between 1970 and 9999")
	errID   = errors.New("is not a Message-ID")
)

// lineWidth is the length to which header lines are folded (RFC 5322 section 2.1.1).
const lineWidth = 78

// A headerWriter writes header fields, folded.
type headerWriter struct{ out *bytes.Buffer }

// plain writes a value of our own making, which needs no care.
func (h *headerWriter) plain(name, value string) { h.words(name, strings.Split(value, " ")) }

// text writes free text (RFC 5322 unstructured), encoded where it needs to be.
func (h *headerWriter) text(name, value string) {
	h.words(name, encodeText(strings.Split(cleanLine(value), " "), plainWord))
}

// address writes one mailbox.
func (h *headerWriter) address(name string, a message.Address) error {
	addr, err := WireAddress(a.Address)
	if err != nil {
		return errField(name, err)
	}
	display := cleanLine(a.Name)
	if display == "" {
		h.words(name, []string{addr})
		return nil
	}
	h.words(name, append(encodeName(display), "<"+addr+">"))
	return nil
}

// encodeName writes a display name: atoms as they are, other short ASCII as
// one quoted-string, everything else with encoded-words.
func encodeName(name string) []string {
	words := strings.Split(name, " ")
	quote := isASCII(name) && len(name) <= 60 && !strings.Contains(name, "=?")
	if !quote || !slices.ContainsFunc(words, func(w string) bool { return !atomWord(w) }) {
		return encodeText(words, atomWord)
	}
	return []string{`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`}
}

// ids writes Message-IDs.
func (h *headerWriter) ids(name string, ids ...string) error {
	words := make([]string, len(ids))
	for i, id := range ids {
		if err := checkID(id); err != nil {
			return errField(name, err)
		}
		words[i] = "<" + id + ">"
	}
	h.words(name, words)
	return nil
}

// words writes a field whose value may be folded between its words.
func (h *headerWriter) words(name string, words []string) {
	h.out.WriteString(name + ":")
	width := len(name) + 1
	for i, w := range words {
		// The first word stays beside the name: a line of blanks only, which
		// folding there could make, is not allowed (RFC 5322 section 3.2.2).
		if width+1+len(w) > lineWidth && i > 0 {
			h.out.WriteString("\r\n")
			width = 0
		}
		h.out.WriteString(" " + w)
		width += 1 + len(w)
	}
	h.out.WriteString("\r\n")
}

// WireAddress checks an address and returns it as [Encode] writes it and SMTP
// says it: with its domain in ASCII. What cannot stand there, line breaks and
// angle brackets before all, is an error.
func WireAddress(a string) (string, error) {
	if err := checkAddress(a); err != nil {
		return "", err
	}
	at := strings.LastIndexByte(a, '@')
	if isASCII(a[at+1:]) {
		return a, nil
	}
	domain, err := idna.Lookup.ToASCII(a[at+1:])
	if err != nil {
		return "", fmt.Errorf("domain has no ASCII form: %w", err)
	}
	a = a[:at+1] + domain
	return a, checkAddress(a)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// plainWord reports words of free text that can stand as they are.
func plainWord(w string) bool {
	return isASCII(w) && len(w) <= 60 && !strings.Contains(w, "=?")
}

// atomWord reports words of a display name that can stand as they are
// (RFC 5322 atom).
func atomWord(w string) bool {
	return plainWord(w) && w != "" && !strings.ContainsFunc(w, func(r rune) bool { return !isAtext(r) })
}

// encodeText replaces the stretch from the first to the last word that is not
// plain by encoded-words (RFC 2047). A token in front of it stays readable.
func encodeText(words []string, plain func(string) bool) []string {
	first, last := -1, -1
	for i, w := range words {
		if !plain(w) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return words
	}
	out := append([]string(nil), words[:first]...)
	out = append(out, encodedWords(strings.Join(words[first:last+1], " "))...)
	return append(out, words[last+1:]...)
}

// maxEncoded is what an encoded-word of at most 75 characters (RFC 2047
// section 2) holds besides "=?utf-8?q?" and "?=".
const maxEncoded = 75 - len("=?utf-8?q?") - len("?=")

// encodedWords returns s as encoded-words, none of which splits a character,
// in the encoding that is shorter.
func encodedWords(s string) []string {
	if len(qEncode(s)) <= base64.StdEncoding.EncodedLen(len(s)) {
		return chunks(s, "q", qEncode)
	}
	return chunks(s, "b", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })
}

func chunks(s, encoding string, encode func(string) string) []string {
	var out []string
	for s != "" {
		end := 0
		for end < len(s) {
			_, size := utf8.DecodeRuneInString(s[end:])
			if end > 0 && len(encode(s[:end+size])) > maxEncoded {
				break
			}
			end += size
		}
		out = append(out, "=?utf-8?"+encoding+"?"+encode(s[:end])+"?=")
		s = s[end:]
	}
	return out
}

// qEncode is the Q encoding with only the characters that are safe in a
// display name too (RFC 2047 section 5, rule 3).
func qEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('_')
		case c < utf8.RuneSelf && (isAlnum(rune(c)) || strings.IndexByte("!*+-/", c) >= 0):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}
