package thread

import (
	"crypto/hmac"
	"encoding/base32"
	"errors"
	"strings"
)

// maxMail is the size of the longest mail id in bytes.
const maxMail = 128

// signatureBytes of the hash go into a Message-ID: 120 bits, which make 24
// characters without padding. The flag stands before them.
const (
	signatureBytes = 15
	signatureLen   = 1 + signatureBytes*8/5
)

// The last part of a Message-ID begins with one of these.
const (
	flagPublic   = "p"
	flagInternal = "i"
)

// lowerHex32 is RFC 4648 section 7 in lower case: some mailers and gateways
// lose the case of an id, none touches lower-case letters and digits.
var lowerHex32 = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// MessageID returns the signed Message-ID, without angle brackets, of the
// outgoing mail with the given id about ref. internal marks mails that speak
// of something internal. The same arguments give the same id.
//
// The local part is a dot-atom of lower-case letters, digits and dots (RFC
// 5322 section 3.2.3), about 70 characters for a number and a ULID. ref and
// mail can be read from it by anybody. The result is "" for a ref that
// [Ref.Validate] refuses and for a mail id of more than 128 bytes.
func (r *Referencer) MessageID(ref Ref, mail string, internal bool) string {
	if !ref.valid() || len(mail) > maxMail {
		return ""
	}
	return sign(r.keys[0], ref, mail, internal) + "@" + r.domain
}

// ParseMessageID reads one of our Message-IDs back (without angle brackets).
// ok is false for foreign, damaged and forged ones; the domain is not compared,
// so that a host can change it. The key has no Source.
func (r *Referencer) ParseMessageID(id string) (k Key, ok bool) {
	local, domain, _ := strings.Cut(id, "@")
	if len(local) > maxLocal || domain == "" || strings.Contains(domain, "@") {
		return Key{}, false
	}
	parts := strings.Split(local, ".")
	if len(parts) != 3 || len(parts[2]) != signatureLen {
		return Key{}, false
	}
	ref, okRef := decode(parts[0])
	mail, okMail := decode(parts[1])
	if !okRef || !okMail || !Ref(ref).valid() {
		return Key{}, false
	}
	k = Key{Ref: Ref(ref), Strong: true, Mail: mail, Internal: strings.HasPrefix(parts[2], flagInternal)}
	for _, key := range r.keys {
		// The whole local part is made again, so that no second spelling of
		// an id is accepted.
		if hmac.Equal([]byte(sign(key, k.Ref, k.Mail, k.Internal)), []byte(local)) {
			ok = true
		}
	}
	if !ok {
		return Key{}, false
	}
	return k, true
}

// maxLocal bounds the size of a local part: two encoded ids, two dots and the
// signature.
const maxLocal = 2*(maxRef+maxMail) + 2 + signatureLen

// sign returns the local part of a Message-ID.
func sign(key []byte, ref Ref, mail string, internal bool) string {
	flag := flagPublic
	if internal {
		flag = flagInternal
	}
	sum := mac(key, purposeID, string(ref), mail, flag)[:signatureBytes]
	return encode(string(ref)) + "." + encode(mail) + "." + flag + lowerHex32.EncodeToString(sum)
}

// encode writes any text with lower-case letters and digits, never empty.
// Text that has only those stays readable; "x" marks the rest, so plain text
// that begins with an x is marked too.
func encode(s string) string {
	if plain(s) {
		return s
	}
	return "x" + lowerHex32.EncodeToString([]byte(s))
}

// decode undoes [encode].
func decode(s string) (string, bool) {
	coded, marked := strings.CutPrefix(s, "x")
	if !marked {
		return s, plain(s)
	}
	b, err := lowerHex32.DecodeString(coded)
	return string(b), err == nil
}

// plain reports whether s stands for itself in an id.
func plain(s string) bool {
	if s == "" || s[0] == 'x' {
		return false
	}
	return strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}

// hostChars are the characters of a host name's labels.
const hostChars = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// checkDomain reports what keeps s from being a host name (RFC 1123 section
// 2.1): labels of letters, digits and inner hyphens.
func checkDomain(s string) error {
	if len(s) > 253 {
		return errors.New("longer than 253 bytes")
	}
	for label := range strings.SplitSeq(s, ".") {
		switch {
		case label == "" || len(label) > 63:
			return errors.New("has a label that is empty or longer than 63 bytes")
		case strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-"):
			return errors.New("has a label that begins or ends with a hyphen")
		case strings.Trim(label, hostChars) != "":
			return errors.New("holds other characters than ASCII letters, digits, hyphens and dots")
		}
	}
	return nil
}
