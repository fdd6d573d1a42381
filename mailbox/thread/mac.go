package thread

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// The purposes keep a hash made for one mark from being accepted in the other
// one, and from meaning anything where the same key is used elsewhere.
const (
	purposeCode = "ticketmail subject token 1"
	purposeID   = "ticketmail message id 1"
)

// codeLen is the size of a check code in characters: 40 bits, so that a
// guess succeeds once in 2^40.
const codeLen = 8

// crockfordAlphabet is Crockford's base 32: digits and capitals without I, L, O and U,
// which people mistake when they copy a code by hand.
const crockfordAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var crockford = base32.NewEncoding(crockfordAlphabet)

// keys are signing keys, newest first.
type keys [][]byte

// mac returns the HMAC-SHA256 of the fields under key. Each field is preceded
// by its length, so that no two lists of fields are hashed alike.
func mac(key []byte, fields ...string) []byte {
	h := hmac.New(sha256.New, key)
	var b []byte
	for _, f := range fields {
		b = binary.AppendUvarint(b, uint64(len(f)))
		b = append(b, f...)
	}
	h.Write(b)
	return h.Sum(nil)
}

// code returns the check code of ref under key.
func code(key []byte, ref Ref) string {
	return crockford.EncodeToString(mac(key, purposeCode, string(ref))[:codeLen*5/8])
}

// isCode reports whether s is made of the characters of a check code.
func isCode(s string) bool {
	for i := range len(s) {
		if strings.IndexByte(crockfordAlphabet, s[i]) < 0 {
			return false
		}
	}
	return true
}

// verifies reports whether got is the check code of ref under any key. The
// time it takes does not depend on how much of got is right.
func (ks keys) verifies(ref Ref, got string) bool {
	ok := false
	for _, key := range ks {
		if hmac.Equal([]byte(code(key, ref)), []byte(got)) {
			ok = true
		}
	}
	return ok
}
