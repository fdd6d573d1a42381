package message

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	htmlcharset "golang.org/x/net/html/charset"
	textenc "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// toUTF8 appends data, text in the named charset, to dst as valid UTF-8
// without NUL and without a byte order mark at its start. It never fails:
// bytes that mean nothing become U+FFFD.
//
// Labels in mail are often wrong. So valid UTF-8 wins over a label that names
// a single-byte charset, which can decode anything and therefore proves
// nothing; a byte order mark wins over a label that is not UTF-16 itself; and
// a missing or unknown label is guessed by [guessUTF8].
func toUTF8(dst []byte, charset string, data []byte) []byte {
	cs := lookupCharset(charset)
	if cs.asciiBytes() && plainASCII(data) {
		return append(dst, data...)
	}
	start := len(dst)
	dst = decodeCharset(dst, cs, data)
	return dropNULs(dst, start)
}

// decodeCharset is toUTF8 for text that needs work. It may leave NULs.
func decodeCharset(dst []byte, cs charset, data []byte) []byte {
	if enc := bomEncoding(data); enc != nil && cs.kind != kindUTF16 && cs.kind != kindUTF32 {
		return appendDecoded(dst, enc, data)
	}
	switch cs.kind {
	case kindUnknown, kindASCII:
		return guessUTF8(dst, data)
	case kindUTF8:
		return appendUTF8(dst, data)
	case kindUTF7:
		return appendUTF7(dst, data)
	case kindUTF16, kindUTF32:
		if reallyBytes(data) {
			return appendUTF8(dst, data)
		}
		return appendDecoded(dst, cs.wide(data), data)
	case kindISO2022KR:
		return appendDecoded(dst, cs.enc, shiftedToEUC(data))
	case kindSingle:
		if utf8.Valid(data) {
			return append(dst, trimBOM(data)...)
		}
		if cs.table != "" {
			return appendTable(dst, cs.table, data)
		}
		return appendSingle(dst, cs.enc, data)
	default:
		return appendMultiByte(dst, cs, data)
	}
}

// appendMultiByte decodes a multi-byte charset. Short Chinese or Japanese
// text can be valid UTF-8 by chance, so here the label is believed, unless
// what it says cannot be decoded and UTF-8 can.
func appendMultiByte(dst []byte, cs charset, data []byte) []byte {
	start := len(dst)
	dst = appendDecoded(dst, cs.enc, data)
	if cs.kind == kindMulti && bytes.ContainsRune(dst[start:], utf8.RuneError) && utf8.Valid(data) {
		return append(dst[:start], trimBOM(data)...)
	}
	return dst
}

// metaCharset returns the charset that HTML states of itself, or "".
func metaCharset(data []byte) string {
	const ahead = 1 << 10 // as browsers do (HTML standard section 13.2.3.2)
	data = data[:min(len(data), ahead)]
	if !bytes.Contains(bytes.ToLower(data), []byte("charset")) {
		return ""
	}
	_, name, _ := htmlcharset.DetermineEncoding(data, "")
	return name
}

// guessUTF8 appends text whose charset nobody stated: UTF-8 if it is valid,
// also if a little of it is damaged, ISO-2022-JP if it holds the escapes of
// that charset, else what [guessEncoding] says.
func guessUTF8(dst, data []byte) []byte {
	switch {
	case bytes.Contains(data, []byte("\x1b$")) && plainSevenBit(data):
		return appendDecoded(dst, isoJapanese, data)
	case utf8.Valid(data):
		return append(dst, trimBOM(data)...)
	case mostlyUTF8(data):
		return appendUTF8(dst, data)
	default:
		return appendSingle(dst, guessEncoding(data), data)
	}
}

// mostlyUTF8 reports whether the bytes above ASCII are UTF-8 but for a few,
// which were damaged or cut.
func mostlyUTF8(data []byte) bool {
	good, bad := 0, 0
	for len(data) > 0 {
		n := asciiRun(data)
		if data = data[n:]; len(data) == 0 {
			break
		}
		_, n = utf8.DecodeRune(data)
		if n > 1 {
			good += n
		} else {
			bad++
		}
		data = data[n:]
	}
	return good >= 2*bad
}

// appendUTF8 appends text that says of itself that it is UTF-8. If it is not,
// and not one multi-byte sequence in it is right, its label is wrong, as a rule
// for windows-1252; otherwise it was damaged, and each bad run becomes U+FFFD.
func appendUTF8(dst, data []byte) []byte {
	data = trimBOM(data)
	if utf8.Valid(data) {
		return append(dst, data...)
	}
	if !hasMultiByte(data) {
		return appendSingle(dst, guessEncoding(data), data)
	}
	return append(dst, bytes.ToValidUTF8(data, []byte("\uFFFD"))...)
}

// hasMultiByte reports whether data holds at least one valid sequence of two
// or more bytes.
func hasMultiByte(data []byte) bool {
	for len(data) > 0 {
		_, n := utf8.DecodeRune(data)
		if n > 1 {
			return true
		}
		data = data[n:]
	}
	return false
}

// appendSingle decodes a charset in which ASCII is ASCII byte by byte: no
// buffers, and much faster than a transformer.
func appendSingle(dst []byte, enc textenc.Encoding, data []byte) []byte {
	cm, ok := enc.(*charmap.Charmap)
	if !ok {
		return appendDecoded(dst, enc, data)
	}
	for len(data) > 0 {
		n := asciiRun(data)
		dst = append(dst, data[:n]...)
		if data = data[n:]; len(data) > 0 {
			dst = utf8.AppendRune(dst, cm.DecodeByte(data[0]))
			data = data[1:]
		}
	}
	return dst
}

// asciiRun returns how many bytes of data come before the first one that has
// its high bit set.
func asciiRun(data []byte) int {
	n := 0
	for ; len(data)-n >= 8; n += 8 {
		if high := binary.LittleEndian.Uint64(data[n:]) & 0x8080808080808080; high != 0 {
			return n + bits.TrailingZeros64(high)/8
		}
	}
	for n < len(data) && data[n] < utf8.RuneSelf {
		n++
	}
	return n
}

// appendDecoded decodes with a transformer. Where the decoder gives up, the
// rest is kept as far as it is readable.
func appendDecoded(dst []byte, enc textenc.Encoding, data []byte) []byte {
	start := len(dst)
	dst, n, err := transform.Append(enc.NewDecoder(), dst, data)
	if err != nil && n < len(data) {
		dst = append(dst, bytes.ToValidUTF8(data[n:], []byte("\uFFFD"))...)
	}
	if bytes.HasPrefix(dst[start:], utf8BOM) {
		dst = append(dst[:start], dst[start+len(utf8BOM):]...)
	}
	return dst
}

var utf8BOM = []byte("\xef\xbb\xbf")

func trimBOM(data []byte) []byte { return bytes.TrimPrefix(data, utf8BOM) }

// bomEncoding returns what the byte order mark at the start of data says, or
// nil. That of UTF-8 is left to the validity check.
func bomEncoding(data []byte) textenc.Encoding {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")):
		return utf32LE
	case bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")):
		return utf32BE
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return utf16LE
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return utf16BE
	}
	return nil
}

// reallyBytes reports whether data labelled UTF-16 or UTF-32 is text of
// single bytes: no zero byte in a line's worth of it, or a length that no
// such text has, and valid UTF-8.
func reallyBytes(data []byte) bool {
	const enough = 16
	return (len(data) >= enough || len(data)%2 == 1) &&
		bytes.IndexByte(data, 0) < 0 && utf8.Valid(data)
}

// plainASCII reports whether data is ASCII without NUL, and without ESC, which
// may begin an ISO-2022 sequence. All three loops are fast ones.
func plainASCII(data []byte) bool {
	return plainSevenBit(data) && bytes.IndexByte(data, 0) < 0 && bytes.IndexByte(data, 0x1b) < 0
}

// plainSevenBit reports whether no byte of data has its high bit set.
func plainSevenBit(data []byte) bool {
	var or uint64
	for ; len(data) >= 8; data = data[8:] {
		or |= binary.LittleEndian.Uint64(data)
	}
	for _, c := range data {
		or |= uint64(c)
	}
	return or&0x8080808080808080 == 0
}

// dropNULs removes the zero bytes of b from start on. PostgreSQL refuses them.
func dropNULs(b []byte, start int) []byte {
	first := bytes.IndexByte(b[start:], 0)
	if first < 0 {
		return b
	}
	keep := b[:start+first]
	for _, c := range b[start+first:] {
		if c != 0 {
			keep = append(keep, c)
		}
	}
	return keep
}
