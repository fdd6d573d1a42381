package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"example.com/ticketmail/mailbox"
)

// MaxBytes is the longest secret that is sealed. Access tokens have a few
// kilobytes.
const MaxBytes = 256 << 10

// version starts every sealed text and its associated data.
const version = "tm1"

// A Ring is the [Sealer] of a host that keeps its keys itself. It is safe for
// concurrent use and does not print its keys.
type Ring struct{ keys []ringKey }

type ringKey struct {
	name string
	// aead is behind a function because package fmt looks into everything
	// else, also where it cannot call Format.
	aead func() cipher.AEAD
}

// NewRing returns a Ring that seals with the first key and opens with all. A
// name that comes twice, a key of the wrong length, or no key at all is a
// [*mailbox.FieldError].
func NewRing(keys ...Key) (*Ring, error) {
	if len(keys) == 0 {
		return nil, &mailbox.FieldError{Field: "keys", Reason: "none is given"}
	}
	r := &Ring{}
	for i, k := range keys {
		why := k.flaw()
		if why == "" && r.find(k.Name) != nil {
			why = fmt.Sprintf("has the name %q a second time", k.Name)
		}
		if why != "" {
			return nil, &mailbox.FieldError{Field: fmt.Sprintf("keys[%d]", i), Reason: why}
		}
		aead, err := newAEAD(k)
		if err != nil {
			return nil, err
		}
		r.keys = append(r.keys, ringKey{k.Name, func() cipher.AEAD { return aead }})
	}
	return r, nil
}

func newAEAD(k Key) (cipher.AEAD, error) {
	block, err := aes.NewCipher([]byte(k.Bytes.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", k.Name, err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// find returns the cipher of the key called name, or nil.
func (r *Ring) find(name string) cipher.AEAD {
	for _, k := range r.keys {
		if k.name == name {
			return k.aead()
		}
	}
	return nil
}

// Seal implements [Sealer] with the first key.
func (r *Ring) Seal(_ context.Context, at Place, s mailbox.Secret) (string, error) {
	plain := s.Reveal()
	if len(plain) > MaxBytes {
		return "", fmt.Errorf("seal %s of mailbox %q: %d bytes are more than %d", at.Field, at.Mailbox, len(plain), MaxBytes)
	}
	k := r.keys[0]
	b := k.aead().Seal(nil, nil, []byte(plain), associated(k.name, at))
	return version + "." + k.name + "." + base64.RawURLEncoding.EncodeToString(b), nil
}

// Open implements [Sealer].
func (r *Ring) Open(_ context.Context, at Place, text string) (mailbox.Secret, error) {
	name, encoded, ok := split(text)
	if !ok {
		return mailbox.Secret{}, refuse(at, ErrRefused)
	}
	aead := r.find(name)
	if aead == nil {
		return mailbox.Secret{}, refuse(at, &UnknownKeyError{Key: name})
	}
	// Strict: each secret has one text for each nonce, not several.
	b, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return mailbox.Secret{}, refuse(at, ErrRefused)
	}
	plain, err := aead.Open(nil, nil, b, associated(name, at))
	if err != nil {
		return mailbox.Secret{}, refuse(at, ErrRefused)
	}
	return mailbox.NewSecret(string(plain)), nil
}

// Stale implements [Sealer].
func (r *Ring) Stale(text string) bool {
	name, _, ok := split(text)
	return !ok || name != r.keys[0].name
}

// String returns the names of the keys.
func (r *Ring) String() string {
	names := make([]string, len(r.keys))
	for i, k := range r.keys {
		names[i] = k.name
	}
	return "keys " + strings.Join(names, ", ")
}

// Format writes what String returns, whatever the verb: the ciphers inside
// hold the keys.
func (r *Ring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(r.String())) }

// split takes a sealed text apart.
func split(text string) (name, encoded string, ok bool) {
	v, rest, _ := strings.Cut(text, ".")
	name, encoded, found := strings.Cut(rest, ".")
	// DecodeString passes over line ends, which are no part of the format.
	return name, encoded, v == version && found && validName(name) && !strings.ContainsAny(encoded, "\r\n")
}

// associated returns what is authenticated beside the secret. The lengths
// keep a mailbox "a" with field "bc" apart from "ab" with "c".
func associated(key string, at Place) []byte {
	var b []byte
	for _, part := range []string{version, key, string(at.Mailbox), at.Field} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

func refuse(at Place, err error) error {
	return fmt.Errorf("open %s of mailbox %q: %w", at.Field, at.Mailbox, err)
}

var _ Sealer = (*Ring)(nil)
