package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	textenc "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// guessEncoding says what text is that is not UTF-8 and whose charset nobody
// stated. It is windows-1252 unless the bytes above ASCII, at least a dozen,
// stand mostly side by side, as they do in few languages of Latin letters. Then
// they are told apart by how characters are built of bytes, and by the letters
// that are common in a language. (x/text and x/net detect no charset; the
// rules are measured on TestGuessEncoding.)
func guessEncoding(data []byte) textenc.Encoding {
	const enough, ahead = 12, 4 << 10
	data = data[:min(len(data), ahead)]
	high, together, touching := 0, 0, 0
	for i, c := range data {
		if c < utf8.RuneSelf {
			continue
		}
		before, after := byteAt(data, i-1), byteAt(data, i+1)
		high++
		if before >= utf8.RuneSelf || after >= utf8.RuneSelf {
			together++
		}
		if isLetter(before) || isLetter(after) {
			touching++
		}
	}
	if high < enough || 2*together < high {
		return charmap.Windows1252
	}
	mixed := 4*touching > high // with Latin letters in the same words, or with bytes that look like them
	if enc := guessMultiByte(data, mixed); enc != nil {
		return enc
	}
	if mixed {
		return charmap.Windows1252
	}
	return guessSingleByte(data)
}

// byteAt returns the byte at i, or a blank outside of data.
func byteAt(data []byte, i int) byte {
	if i < 0 || i >= len(data) {
		return ' '
	}
	return data[i]
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// guessMultiByte tells the charsets of East Asia apart, or returns nil. mixed
// rules out those that build characters without ASCII.
func guessMultiByte(data []byte, mixed bool) textenc.Encoding {
	euc, _, lead := pairs(data, 0xA1, 0xA1)
	switch {
	case euc == 0 || mixed:
	case 5*(lead[0xA4]+lead[0xA5]) > euc: // kana
		return japanese.EUCJP
	case 100*count(lead, 0xB0, 0xC8) > 85*euc && 100*(count(lead, 0xB0, 0xC8)+count(lead, 0xA1, 0xA3)) > 98*euc: // hangul, punctuation
		return korean.EUCKR
	case 2*count(lead, 0xB0, 0xD7) > euc: // common hanzi
		return simplifiedchinese.GB18030
	}
	if wide, low, lead := pairs(data, 0x81, 0x40); 10*low > wide { // without ASCII in them they are none of these
		switch {
		case 5*(lead[0x82]+lead[0x83]) > wide: // kana
			return japanese.ShiftJIS
		case 2*count(lead, 0xA4, 0xC6) > wide && lead.none(0x81, 0xA0): // common hanzi
			return traditionalchinese.Big5
		case 2*count(lead, 0xB0, 0xD7) > wide:
			return simplifiedchinese.GB18030
		}
	}
	return nil
}

// leads counts how often each byte is the first of two.
type leads [256]int

func count(l leads, from, to int) (n int) {
	for _, c := range l[from : to+1] {
		n += c
	}
	return n
}

func (l leads) none(from, to int) bool { return count(l, from, to) == 0 }

// pairs reads data as ASCII and characters of two bytes, of which the first is
// at least first and the second at least second. It returns how many there
// are, or 0 if it is not made of them, and how many of them have an ASCII byte.
// A character cut off at the end is none.
func pairs(data []byte, first, second byte) (n, low int, lead leads) {
	for i := 0; i < len(data); i++ {
		c, next := data[i], byteAt(data, i+1)
		switch {
		case c < utf8.RuneSelf || i+1 == len(data):
			continue
		case c < first || c == 0xFF || next < second || next == 0xFF || next == 0x7F:
			return 0, 0, leads{}
		case next < utf8.RuneSelf:
			low++
		}
		lead[c]++
		n++
		i++
	}
	return n, low, lead
}

// guessSingleByte compares how much of the text, read in a charset, is letters
// that are common in its language.
func guessSingleByte(data []byte) textenc.Encoding {
	// KOI8-U differs from KOI8-R only in frames, for Ukrainian letters.
	const russian, greek, hebrew = "оеаинтсрвл", "αοιετσνηυρ", "יוהלאתרמבש"
	var best textenc.Encoding = charmap.Windows1252
	most := 45 // percent; the ten letters of a language are over 60 of its texts
	for _, candidate := range [...]struct {
		cm      *charmap.Charmap
		letters string
	}{
		{charmap.Windows1251, russian}, {charmap.KOI8U, russian}, {charmap.ISO8859_5, russian}, {charmap.CodePage866, russian},
		{charmap.Windows1253, greek}, {charmap.Windows1255, hebrew},
	} {
		high, common := 0, 0
		for _, c := range data {
			if c < utf8.RuneSelf {
				continue
			}
			high++
			if strings.ContainsRune(candidate.letters, unicode.ToLower(candidate.cm.DecodeByte(c))) {
				common++
			}
		}
		if share := 100 * common / high; share > most {
			best, most = candidate.cm, share
		}
	}
	return best
}
