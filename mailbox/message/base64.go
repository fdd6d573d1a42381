package message

import (
	"encoding/base64"
	"encoding/binary"
)

// decodeBase64 is base64.StdEncoding.Decode, faster: files are most of the
// bytes of a mail, and come in lines whose ends the library passes over
// character by character. dst has room for what src stands for.
func decodeBase64(dst, src []byte) (n int, err error) {
	for len(src) >= 8 && len(dst)-n >= 8 {
		s := src[:8:8]
		high := base64Bits[0][s[0]] | base64Bits[1][s[1]] | base64Bits[2][s[2]] | base64Bits[3][s[3]]
		if high&noBase64 != 0 { // padding, a line end, or no base64
			if !lineEnd(s[0]) {
				break
			}
			src = src[1:]
			continue
		}
		low := base64Bits[0][s[4]] | base64Bits[1][s[5]] | base64Bits[2][s[6]] | base64Bits[3][s[7]]
		if low&noBase64 != 0 { // one group before the end of a line
			binary.BigEndian.PutUint32(dst[n:], high<<8)
			n, src = n+3, src[4:]
			continue
		}
		binary.BigEndian.PutUint64(dst[n:], uint64(high)<<40|uint64(low)<<16)
		n, src = n+6, src[8:]
	}
	rest, err := base64.StdEncoding.Decode(dst[n:], src) // from the start of a group
	return n + rest, err
}

func lineEnd(b byte) bool { return b == '\r' || b == '\n' }

// noBase64 stands beside the 24 bits of a group.
const noBase64 = 1 << 24

// base64Bits holds the bits of each character at each place of a group of
// four, and noBase64 for characters that are none.
var base64Bits = func() (table [4][256]uint32) {
	for place := range table {
		for c := range table[place] {
			table[place][c] = noBase64
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for place := range table {
		for i := range len(alphabet) {
			table[place][alphabet[i]] = uint32(i) << (18 - 6*place)
		}
	}
	return table
}()
