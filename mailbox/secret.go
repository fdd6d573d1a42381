package mailbox

import (
	"errors"
	"fmt"
	"log/slog"
)

// A Secret is a password or token. It prints as "[secret]" in every format
// and log, and refuses to be marshalled; [Secret.Reveal] is the only way to
// its text. The zero Secret is empty.
type Secret struct{ text *string }

// NewSecret returns text as a Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the text. Call it where the text is handed to the server,
// nowhere else.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal reports whether two secrets have the same text.
func (s Secret) Equal(t Secret) bool { return s.Reveal() == t.Reveal() }

const concealed = "[secret]"

// errSecret is what marshalling a secret fails with.
var errSecret = errors.New("a secret cannot be marshalled")

// String returns "[secret]".
func (Secret) String() string { return concealed }

// Format writes "[secret]" whatever the verb, %#v and %p included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(concealed)) }

// LogValue returns "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue(concealed) }

// MarshalText fails.
func (Secret) MarshalText() ([]byte, error) { return nil, errSecret }

// MarshalJSON fails.
func (Secret) MarshalJSON() ([]byte, error) { return nil, errSecret }

// GobEncode fails.
func (Secret) GobEncode() ([]byte, error) { return nil, errSecret }
