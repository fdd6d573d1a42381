package message

import (
	"unicode/utf16"
	"unicode/utf8"
)

// appendUTF7 decodes UTF-7 (RFC 2152), which no library here does. Eight-bit
// bytes, which UTF-7 never holds, are read as windows-1252 would; a base64 run
// that makes no sense becomes U+FFFD.
func appendUTF7(dst, data []byte) []byte {
	for i := 0; i < len(data); {
		c := data[i]
		i++
		switch {
		case c != '+':
			dst = guessByte(dst, c)
		case i < len(data) && data[i] == '-':
			dst = append(dst, '+')
			i++
		default:
			n := base64Run(data[i:])
			if n == 0 { // a plus sign nobody escaped
				dst = append(dst, '+')
				continue
			}
			dst = appendShifted(dst, data[i:i+n])
			i += n
			if i < len(data) && data[i] == '-' {
				i++
			}
		}
	}
	return dst
}

func guessByte(dst []byte, c byte) []byte {
	if c < utf8.RuneSelf {
		return append(dst, c)
	}
	return guessUTF8(dst, []byte{c})
}

// base64Run returns how many bytes of b are base64 digits.
func base64Run(b []byte) int {
	for i, c := range b {
		if base64Digit(c) < 0 {
			return i
		}
	}
	return len(b)
}

// appendShifted decodes the base64 of big endian UTF-16 that a run between
// '+' and '-' holds. Left-over bits are padding.
func appendShifted(dst, run []byte) []byte {
	var bits uint32
	var have int
	var high rune // a surrogate waiting for its other half
	for _, c := range run {
		bits = bits<<6 | uint32(base64Digit(c))
		if have += 6; have < 16 {
			continue
		}
		have -= 16
		unit := rune(bits >> have & 0xFFFF)
		switch pair := utf16.DecodeRune(high, unit); {
		case high != 0 && pair != utf8.RuneError:
			dst = utf8.AppendRune(dst, pair)
			high = 0
			continue
		case high != 0:
			dst = utf8.AppendRune(dst, utf8.RuneError)
			high = 0
		}
		if unit >= 0xD800 && unit < 0xDC00 {
			high = unit
			continue
		}
		dst = utf8.AppendRune(dst, unit)
	}
	if high != 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}

// base64Digit returns the value of a base64 digit, or -1.
func base64Digit(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// shiftedToEUC turns ISO-2022-KR (RFC 1557), in which SO and SI switch to
// Korean and back, into EUC-KR, which is the same with the high bit set.
func shiftedToEUC(data []byte) []byte {
	const so, si, esc = 0x0e, 0x0f, 0x1b
	out := make([]byte, 0, len(data))
	var high byte
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == so:
			high = 0x80
		case c == si || c == '\n':
			high = 0
			if c == '\n' {
				out = append(out, c)
			}
		case c == esc && i+3 < len(data) && data[i+1] == '$' && data[i+2] == ')' && data[i+3] == 'C':
			i += 3
		case c > ' ':
			out = append(out, c|high)
		default:
			out = append(out, c)
		}
	}
	return out
}
