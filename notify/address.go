package notify

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Why an address is refused.
var (
	errAddressEmpty   = errors.New("address is missing")
	errAddressLong    = errors.New("address is longer than 254 bytes")
	errAddressControl = errors.New("address holds a control character or invalid text")
	errAddressForm    = errors.New("address is not of the form local@domain")
)

// checkAddress accepts a bare addr-spec (RFC 5322 section 3.4.1 with the
// UTF-8 of RFC 6532) that is safe in a header field and in an SMTP command:
// dot-atom or quoted local part, domain name or address literal, no comments,
// no folding, no control characters.
func checkAddress(a string) error {
	switch {
	case a == "":
		return errAddressEmpty
	case len(a) > 254: // RFC 5321 section 4.5.3.1.3 less the angle brackets
		return errAddressLong
	case !utf8.ValidString(a) || strings.ContainsFunc(a, isControl):
		return errAddressControl
	}
	at := strings.LastIndexByte(a, '@')
	if at < 0 {
		return errAddressForm
	}
	local, domain := a[:at], a[at+1:]
	if len(local) > 64 || !dotAtom(local, isAtext) && !quotedLocal(local) {
		return errAddressForm
	}
	if !dotAtom(domain, isDomainText) && !domainLiteral(domain) {
		return errAddressForm
	}
	return nil
}

// dotAtom reports whether s is non-empty runs of ok runes joined by dots.
func dotAtom(s string, ok func(rune) bool) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return !ok(r) }) {
			return false
		}
	}
	return true
}

func isAtext(r rune) bool {
	return r > 0x7f && !unicode.IsSpace(r) || isAlnum(r) || r < 0x80 && strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func isDomainText(r rune) bool {
	return r > 0x7f && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)) || isAlnum(r) || r == '-' || r == '_'
}

func isAlnum(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// quotedLocal accepts an RFC 5321 Quoted-string: printable ASCII, with quote
// and backslash escaped.
func quotedLocal(s string) bool {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	s = s[1 : len(s)-1]
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' || c > '~' || c == '"':
			return false
		case c == '\\':
			i++
			if i == len(s) || s[i] < ' ' || s[i] > '~' {
				return false
			}
		}
	}
	return true
}

func domainLiteral(s string) bool {
	inner, ok := strings.CutPrefix(s, "[")
	inner, ok2 := strings.CutSuffix(inner, "]")
	return ok && ok2 && inner != "" && strings.Trim(inner, "0123456789abcdefABCDEFIPv:.") == ""
}

// isControl reports runes that no header, name or address of ours may hold:
// C0, DEL, C1, the line and paragraph separators, the byte order mark, and
// the bidirectional overrides, which can make one address look like another.
func isControl(r rune) bool {
	switch {
	case r < ' ', 0x7f <= r && r <= 0x9f, r == 0x2028, r == 0x2029, r == 0xfeff:
		return true
	case 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069:
		return true
	}
	return false
}

// FoldAddress returns the form in which addresses are compared. The local part
// is folded as well: telling one mailbox twice is worse than taking two that
// differ in case only, which nobody has, for one. Only ASCII letters are:
// folding Unicode makes "\u212Aim@" (Kelvin sign) equal "kim@". A domain in other
// letters is folded to its ASCII form, in which mail from it comes; one that
// would have to be mapped for that stays as it is.
func FoldAddress(address string) string {
	a := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.TrimSpace(address))
	at := strings.LastIndexByte(a, '@')
	if isASCII(a[at+1:]) {
		return a
	}
	if domain, err := idna.Registration.ToASCII(a[at+1:]); err == nil {
		return a[:at+1] + domain
	}
	return a
}

// OtherForm returns an address with its domain in the other of the two forms
// that it may have, in letters or in ASCII (RFC 5890); "" where it has one only.
// Directories keep either, and mail comes from either.
func OtherForm(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	domain, other := address[at+1:], FoldAddress(address[at+1:])
	if isASCII(domain) {
		letters, err := idna.Registration.ToUnicode(other)
		if err != nil || letters == other {
			return ""
		}
		other = letters
	} else if !isASCII(other) {
		return ""
	}
	return address[:at+1] + other
}

// domainOf returns the part behind the last @, folded.
func domainOf(address string) string {
	return FoldAddress(address[strings.LastIndexByte(address, '@')+1:])
}

// cleanLine makes s fit for a header field or a subject: one line of valid
// UTF-8 without control characters, white space collapsed.
func cleanLine(s string) string {
	if tidy(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.Map(func(r rune) rune {
		if isControl(r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// tidy reports whether s is printable ASCII with single blanks inside, as most
// names are: nothing to clean.
func tidy(s string) bool {
	blank := true // before the first character none may stand
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && blank {
			return false
		}
		blank = c == ' '
	}
	return s == "" || !blank
}
