package seal

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"example.com/ticketmail/mailbox"
)

// KeyBytes is the length of a key.
const KeyBytes = 32

// A Key seals and opens. It does not print its bytes.
type Key struct {
	Name  string         // 1 to 32 ASCII letters, digits, dashes and underscores; never given to other bytes
	Bytes mailbox.Secret // exactly KeyBytes random bytes
}

// NewKey returns a key of random bytes. It lives as long as the process: what
// it sealed cannot be opened later, which suits tests and stores in memory.
func NewKey(name string) Key {
	b := make([]byte, KeyBytes)
	_, _ = rand.Read(b) // never fails: package crypto/rand
	return Key{Name: name, Bytes: mailbox.NewSecret(string(b))}
}

// ParseKeys reads keys as a host keeps them in a file or the environment:
// "name:base64" each, standard alphabet, separated by commas or white space,
// the newest first. Errors tell the position of an entry, nothing of its text.
func ParseKeys(text string) ([]Key, error) {
	var keys []Key
	for i, entry := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		name, encoded, found := strings.Cut(entry, ":")
		b, err := base64.StdEncoding.DecodeString(encoded)
		if !found || err != nil {
			return nil, fmt.Errorf("key %d is not name:base64", i+1)
		}
		k := Key{Name: name, Bytes: mailbox.NewSecret(string(b))}
		if why := k.flaw(); why != "" {
			return nil, fmt.Errorf("key %d %s", i+1, why)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// flaw says what is wrong with k, or "".
func (k Key) flaw() string {
	b := k.Bytes.Reveal()
	switch {
	case !validName(k.Name):
		return "needs a name of 1 to 32 letters, digits, dashes or underscores"
	case len(b) != KeyBytes:
		return fmt.Sprintf("has %d bytes, not %d", len(b), KeyBytes)
	case strings.Count(b, b[:1]) == len(b):
		return "repeats one byte: it must be random"
	}
	return ""
}

func validName(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
