package message

import (
	"strings"

	textenc "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// A charsetKind says how text of a charset is told from wrongly labelled text
// and how it is decoded.
type charsetKind int

const (
	kindUnknown charsetKind = iota
	kindASCII               // of which all other bytes prove that it is wrong
	kindUTF8
	kindSingle    // one byte a character, ASCII below 0x80
	kindMulti     // several bytes a character, ASCII bytes stand for themselves
	kindStateful  // seven-bit or EBCDIC: even ASCII bytes mean something else
	kindUTF7      // RFC 2152
	kindUTF16     // RFC 2781
	kindUTF32     // UCS-4
	kindISO2022KR // RFC 1557
)

// A charset is a charset label understood.
type charset struct {
	kind   charsetKind
	enc    textenc.Encoding // nil for unknown, UTF-8 and UTF-7, and where there is a table
	table  string           // single bytes: see byteTable
	little bool             // UTF-16 and UTF-32: stated to be little endian
	exact  bool             // UTF-16 and UTF-32: byte order stated
}

var (
	isoJapanese = japanese.ISO2022JP
	utf16LE     = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	utf16BE     = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	utf32LE     = utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	utf32BE     = utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
)

// asciiBytes reports whether ASCII text in this charset is plain ASCII.
func (c charset) asciiBytes() bool {
	return c.kind == kindUnknown || c.kind == kindASCII || c.kind == kindUTF8 || c.kind == kindSingle || c.kind == kindMulti
}

// wide chooses the byte order of UTF-16 or UTF-32 text: the stated one, that
// of its byte order mark, the one its zero bytes show, or big endian (RFC 2781
// section 4.3).
func (c charset) wide(data []byte) textenc.Encoding {
	little := c.little
	if !c.exact {
		little = looksLittleEndian(data)
	}
	switch {
	case c.kind == kindUTF32 && little:
		return utf32LE
	case c.kind == kindUTF32:
		return utf32BE
	case little:
		return utf16LE
	default:
		return utf16BE
	}
}

// looksLittleEndian compares the zero bytes at even and odd places of the
// first kilobyte: Latin text has them in the more significant half.
func looksLittleEndian(data []byte) bool {
	even, odd := 0, 0
	for i, c := range data[:min(len(data), 1024)] {
		switch {
		case c != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	return odd > 2*even
}

// maxCharsetName is longer than any name or alias that a registry knows.
const maxCharsetName = 64

// lookupCharset understands a charset label of a mail, with the misspellings
// that real mailers produce.
func lookupCharset(name string) charset {
	if len(name) > maxCharsetName {
		return charset{}
	}
	name = strings.ToLower(strings.Trim(name, " \t\r\n\"'`;,"))
	switch name { // nearly every mail
	case "utf-8":
		return charset{kind: kindUTF8}
	case "us-ascii":
		return charset{kind: kindASCII}
	case "iso-8859-1", "windows-1252":
		return charset{kind: kindSingle, enc: charmap.Windows1252}
	case "":
		return charset{}
	}
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "charset="), ";")
	squashed := squashName(name)
	if cs, ok := ownCharset(squashed); ok {
		return cs
	}
	for _, candidate := range [...]string{name, spelledOut(squashed)} {
		if enc := registered(candidate); enc != nil {
			return classify(enc)
		}
		if table := byteTable(candidate); table != "" {
			return charset{kind: kindSingle, table: table}
		}
	}
	return charset{}
}

// ownCharset knows the labels for which the registries have nothing, or
// something that is wrong in mail: their "unicode" and "utf-16" are little
// endian, and ISO-2022-KR and HZ are refused as unsafe in web pages.
func ownCharset(squashed string) (charset, bool) {
	switch squashed {
	case "utf8", "utf8mb4", "utf8n", "unicode11utf8", "cp65001", "65001", "utf":
		return charset{kind: kindUTF8}, true
	case "ascii", "usascii", "ansix341968", "iso646us", "cp20127":
		return charset{kind: kindASCII}, true
	case "utf7", "unicode11utf7", "unicode20utf7", "csunicode11utf7", "xunicode20utf7", "cp65000":
		return charset{kind: kindUTF7}, true
	case "utf16", "unicode", "ucs2", "iso10646ucs2", "csunicode":
		return charset{kind: kindUTF16}, true
	case "utf16be", "unicodefffe", "cp1201":
		return charset{kind: kindUTF16, exact: true}, true
	case "utf16le", "cp1200":
		return charset{kind: kindUTF16, exact: true, little: true}, true
	case "utf32", "ucs4", "iso10646ucs4":
		return charset{kind: kindUTF32}, true
	case "utf32be":
		return charset{kind: kindUTF32, exact: true}, true
	case "utf32le":
		return charset{kind: kindUTF32, exact: true, little: true}, true
	case "iso2022kr", "csiso2022kr":
		return charset{kind: kindISO2022KR, enc: korean.EUCKR}, true
	case "hzgb2312", "hz":
		return charset{kind: kindStateful, enc: simplifiedchinese.HZGB2312}, true
	case "iso2022jp", "iso2022jp1", "iso2022jp2", "iso2022jp3", "iso2022jpms", "csiso2022jp", "cp50220", "cp50221", "jis":
		return charset{kind: kindStateful, enc: isoJapanese}, true
	case "macintosh", "macroman", "xmacroman", "applemacintosh", "mac", "cp10000":
		return charset{kind: kindSingle, enc: charmap.Macintosh}, true
	case "cp858", "ibm858":
		return charset{kind: kindSingle, enc: charmap.CodePage858}, true
	case "cp874", "ibm874":
		return charset{kind: kindSingle, enc: charmap.Windows874}, true
	case "cp932", "ms932", "sjis", "xsjis", "mskanji", "shiftjis", "xmacjapanese", "cp10001":
		return charset{kind: kindMulti, enc: japanese.ShiftJIS}, true
	case "eucjp", "xeucjp", "eucjpms", "ujis", "cp51932":
		return charset{kind: kindMulti, enc: japanese.EUCJP}, true
	case "cp936", "gb2312", "gbk", "xgbk", "gb18030", "euccn", "xeuccn", "gb231280", "eucgb2312cn", "cp54936", "xmacchinesesimp", "cp10008":
		return charset{kind: kindMulti, enc: simplifiedchinese.GB18030}, true
	case "cp949", "ms949", "uhc", "euckr", "ksc56011987", "ksc5601", "ksc56011989", "xwindows949", "5601", "cp51949", "xmackorean", "cp10003":
		return charset{kind: kindMulti, enc: korean.EUCKR}, true
	case "cp950", "ms950", "xwindows950", "big5hkscs", "xmacchinesetrad", "cp10002":
		return charset{kind: kindMulti, enc: traditionalchinese.Big5}, true
	case "cp20866":
		return charset{kind: kindSingle, enc: charmap.KOI8R}, true
	case "cp21866":
		return charset{kind: kindSingle, enc: charmap.KOI8U}, true
	case "cp10007":
		return charset{kind: kindSingle, enc: charmap.MacintoshCyrillic}, true
	}
	return charset{}, false
}

// spelledOut turns a squashed name into the spelling the registries know:
// "iso88592" and "iso8859_2" are iso-8859-2, "win1250" is windows-1250,
// "cp850" is ibm850.
func spelledOut(squashed string) string {
	for _, p := range [...]struct{ prefix, long string }{
		{"iso8859", "iso-8859-"}, {"8859", "iso-8859-"}, {"xiso8859", "iso-8859-"},
		{"windows125", "windows-125"}, {"win125", "windows-125"}, {"cp125", "windows-125"}, {"ansi125", "windows-125"}, {"ms125", "windows-125"}, {"xcp125", "windows-125"}, {"125", "windows-125"},
		{"cp2859", "iso-8859-"}, {"cp", "ibm"}, {"ibm", "ibm"}, {"xibm", "ibm"}, {"dos", "ibm"}, {"oem", "ibm"}, {"pc", "ibm"},
		{"xmac", "x-mac-"}, {"mac", "x-mac-"},
		{"koi8", "koi8-"}, {"cskoi8", "koi8-"},
		{"big5", "big5"}, {"xbig5", "big5"}, {"cnbig5", "big5"},
		{"latin", "latin"}, {"isolatin", "latin"}, {"tis620", "tis-620"},
	} {
		if rest, ok := strings.CutPrefix(squashed, p.prefix); ok {
			return p.long + rest
		}
	}
	return squashed
}

// registered asks the registries of the web (which know how labels are used)
// and of IANA (which know more of them).
func registered(name string) textenc.Encoding {
	if enc, err := htmlindex.Get(name); err == nil && enc != textenc.Replacement {
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(name); err == nil && enc != nil {
		return enc
	}
	if enc, err := ianaindex.IANA.Encoding(name); err == nil {
		return enc // nil: known, but nothing decodes it
	}
	return nil
}

func classify(enc textenc.Encoding) charset {
	cm, ok := enc.(*charmap.Charmap)
	switch {
	case enc == unicode.UTF8:
		return charset{kind: kindUTF8}
	case enc == isoJapanese:
		return charset{kind: kindStateful, enc: enc}
	case !ok:
		return charset{kind: kindMulti, enc: enc}
	case cm.DecodeByte('a') != 'a': // EBCDIC
		return charset{kind: kindStateful, enc: enc}
	default:
		return charset{kind: kindSingle, enc: enc}
	}
}

// squashName keeps the letters and digits of a label, which is how labels are
// compared (Unicode Technical Standard 22 section 1.4).
func squashName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, name)
}
