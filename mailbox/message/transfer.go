package message

import (
	"bytes"
	"strings"
)

// A transfer undoes a Content-Transfer-Encoding (RFC 2045 section 6) line by
// line. Nothing is an error: what cannot be decoded is kept or passed over and
// noted in broken.
type transfer struct {
	kind   encoding
	broken string // code of the first defect; empty: none

	quad   [4]byte // base64: characters of an unfinished group
	n      int
	padded bool // base64: the content has ended with padding

	uu uuPhase // uuencode

	held []byte // quoted-printable: end of a piece that the rest of its line decides about
}

type encoding uint8

const (
	identity encoding = iota // 7bit, 8bit, binary, and whatever is unknown
	quotedPrintable
	base64Encoding
	uuencoded // never standardised; a few programs sent it
)

// parseEncoding reads the value of a Content-Transfer-Encoding field.
func parseEncoding(value string) (kind encoding, known bool) {
	word, _, _ := strings.Cut(value, ";")
	word, _, _ = strings.Cut(word, "(")
	switch strings.ToLower(strings.Trim(word, " \t\"'")) {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		return identity, true
	case "base64":
		return base64Encoding, true
	case "quoted-printable":
		return quotedPrintable, true
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return uuencoded, true
	}
	return identity, false
}

// decode appends to dst what the next piece of a line stands for. last tells
// that the line ends with it; soft, that its line end belongs to the encoding
// and not to the content.
func (t *transfer) decode(dst, piece []byte, last bool) (out []byte, soft bool) {
	switch t.kind {
	case base64Encoding:
		return t.base64(dst, piece), true
	case quotedPrintable:
		return t.quoted(dst, piece, last)
	case uuencoded:
		return t.uuencoded(dst, piece)
	}
	return append(dst, piece...), false
}

// close appends what is left when the content ends.
func (t *transfer) close(dst []byte) []byte {
	switch t.kind {
	case base64Encoding:
		if t.n > 0 {
			t.note("base64-truncated")
		}
		return t.flush(dst)
	case quotedPrintable:
		dst, _ = t.quoted(dst, nil, true)
	case uuencoded:
		if t.uu != uuAfterEnd {
			t.note("uuencode-damaged")
		}
	}
	return dst
}

func (t *transfer) note(code string) {
	if t.broken == "" {
		t.broken = code
	}
}

// base64 decodes a piece.
func (t *transfer) base64(dst, piece []byte) []byte {
	if len(piece)&3 == 0 && t.whole() {
		var ok bool
		if dst, ok = t.base64Groups(dst, piece); ok {
			return dst
		}
	}
	return t.base64Slow(dst, piece)
}

// whole reports whether base64 is being read and no group is open.
func (t *transfer) whole() bool { return t.kind == base64Encoding && t.n == 0 && !t.padded }

// base64Groups decodes whole groups as the library does. Where that does not
// succeed, dst is as before.
func (t *transfer) base64Groups(dst, groups []byte) (out []byte, ok bool) {
	start := len(dst)
	dst = grow(dst, len(groups)/4*3)
	n, err := decodeBase64(dst[start:cap(dst)], groups)
	if err != nil {
		return dst[:start], false
	}
	t.padded = bytes.HasSuffix(bytes.TrimRight(groups, "\r\n"), []byte("="))
	return dst[:start+n], true
}

// base64Slow decodes what the library refuses: groups over several lines,
// missing padding, blanks, foreign characters, content after the padding (two
// encodings in a row), the alphabet of URLs.
func (t *transfer) base64Slow(dst, piece []byte) []byte {
	pure := false // the rest of piece is known to be base64
	for i, b := range piece {
		v := base64Value[b]
		switch {
		case b == '=':
			dst = t.flush(dst)
			t.padded = true
		case v == 0 && (isBlank(b) || b == '\r'):
		case v == 0:
			t.note("base64-foreign-character")
		case t.padded && !pure && !goesOn(piece[i:]):
			t.note("base64-text-after-end") // a footer added by a list server
			return dst
		default:
			pure = pure || t.padded
			t.padded = false
			t.quad[t.n] = v - 1
			if t.n++; t.n == 4 {
				dst = t.flush(dst)
			}
		}
	}
	return dst
}

// flush appends the bytes that the characters of the open group hold.
func (t *transfer) flush(dst []byte) []byte {
	q := t.quad
	all := [3]byte{q[0]<<2 | q[1]>>4, q[1]<<4 | q[2]>>2, q[2]<<6 | q[3]}
	if t.n > 1 {
		dst = append(dst, all[:t.n-1]...)
	}
	t.n, t.quad = 0, [4]byte{}
	return dst
}

// base64Value holds the value of each character plus one; 0: none.
var base64Value = func() (table [256]byte) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for i := range len(alphabet) {
		table[alphabet[i]] = byte(i) + 1
	}
	table['+'], table['-'] = 63, 63
	table['/'], table['_'] = 64, 64
	return table
}()

// goesOn reports whether what comes after padding looks like more base64 and
// not like text: whole groups of the standard alphabet.
func goesOn(b []byte) bool {
	for _, c := range b {
		if base64Value[c] == 0 && c != '=' || c == '_' || c == '-' {
			return false
		}
	}
	return len(b)&3 == 0
}

// maxHeld bounds the blanks that are held back to see whether a line ends
// after them.
const maxHeld = 1 << 10

// quoted decodes a piece of a quoted-printable line (RFC 2045 section 6.7).
// Blanks at the end of a line are dropped, as rule 3 says; an escape that is
// none stays as it stands.
func (t *transfer) quoted(dst, piece []byte, last bool) (out []byte, soft bool) {
	if len(t.held) > 0 {
		piece = append(t.held, piece...)
		t.held = nil
	}
	if last {
		piece = trimBlanks(piece)
		if n := len(piece) - 1; n >= 0 && piece[n] == '=' {
			piece, soft = piece[:n], true
		}
	} else {
		n := undecided(piece)
		t.held = bytes.Clone(piece[n:])
		piece = piece[:n]
	}
	for {
		i := bytes.IndexByte(piece, '=')
		if i < 0 {
			return append(dst, piece...), soft
		}
		dst = append(dst, piece[:i]...)
		piece = piece[i:]
		if len(piece) > 2 && hexValue[piece[1]] > 0 && hexValue[piece[2]] > 0 {
			dst = append(dst, (hexValue[piece[1]]-1)<<4|(hexValue[piece[2]]-1))
			piece = piece[3:]
			continue
		}
		t.note("quoted-printable-invalid")
		dst = append(dst, '=')
		piece = piece[1:]
	}
}

// undecided returns where the end of a piece begins that only the rest of its
// line decides about: blanks, or an unfinished escape.
func undecided(piece []byte) int {
	n := len(trimBlanks(piece))
	if len(piece)-n > maxHeld {
		return len(piece)
	}
	if i := bytes.LastIndexByte(piece[max(0, n-2):n], '='); i >= 0 {
		return max(0, n-2) + i
	}
	return n
}

// trimBlanks cuts blanks off the end of b.
func trimBlanks(b []byte) []byte {
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// hexValue holds the value of each hexadecimal digit plus one; 0: none.
var hexValue = func() (table [256]byte) {
	for i := range byte(10) {
		table['0'+i] = i + 1
	}
	for i := range byte(6) {
		table['A'+i], table['a'+i] = i+11, i+11
	}
	return table
}()

// grow makes room for n more bytes in b.
func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	return append(b, make([]byte, n)...)[:len(b)]
}
