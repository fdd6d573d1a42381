package message

import (
	"strings"
)

// Lines of the cleartext signature framework (RFC 9580 section 7).
const (
	signedBegin    = "-----BEGIN PGP SIGNED MESSAGE-----"
	signatureBegin = "-----BEGIN PGP SIGNATURE-----"
	signatureEnd   = "-----END PGP SIGNATURE-----"
)

// withoutArmor returns text with the lines that sign it taken out: what is
// signed stands there as its writer wrote it, without the dashes that escape
// its lines. text has LF line ends. What is not signed, and a signature that
// does not begin or end, stays as it is. No signature is verified; the raw
// mail holds them whole.
func withoutArmor(text string) string {
	if !strings.Contains(text, signedBegin) {
		return text
	}
	var b strings.Builder
	for {
		before, signed, after, ok := cutSigned(text)
		if !ok {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(before)
		for line := range strings.Lines(signed) {
			b.WriteString(strings.TrimPrefix(line, "- "))
		}
		text = after
	}
}

// cutSigned finds the first text that is clear-signed: before and after stand
// around it and its armour, signed is still dash-escaped.
func cutSigned(text string) (before, signed, after string, ok bool) {
	begin, rest := findLine(text, signedBegin)
	if begin < 0 {
		return "", "", "", false
	}
	before, head := text[:begin], text[rest:]
	end, rest := findLine(head, signatureBegin)
	if end < 0 {
		return "", "", "", false
	}
	content, signature := head[:end], head[rest:]
	_, rest = findLine(signature, signatureEnd)
	if rest == 0 {
		return "", "", "", false
	}
	return before, withoutArmorHeader(content), signature[rest:], true
}

// findLine returns where the first line begins that is want but for blanks at
// its end, and where the line after it begins; or -1, 0.
func findLine(text, want string) (begin, next int) {
	for from := 0; ; {
		i := strings.Index(text[from:], want)
		if i < 0 {
			return -1, 0
		}
		begin = from + i
		line, _, _ := strings.Cut(text[begin:], "\n")
		if (begin == 0 || text[begin-1] == '\n') && strings.TrimRight(line, " \t") == want {
			return begin, min(begin+len(line)+1, len(text))
		}
		from = begin + len(want)
	}
}

// withoutArmorHeader cuts the lines off that name hash algorithms, and the
// empty line after them.
func withoutArmorHeader(s string) string {
	for rest := s; ; {
		line, after, found := strings.Cut(rest, "\n")
		switch {
		case found && strings.TrimSpace(line) == "":
			return after
		case !found || !strings.Contains(line, ": "):
			return s // not as the standard says: nothing is cut
		}
		rest = after
	}
}
