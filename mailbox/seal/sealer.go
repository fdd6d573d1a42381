package seal

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
)

// A Place is where a sealed text stands. It is authenticated with the text,
// not stored in it.
type Place struct {
	Mailbox mailbox.ID // empty: of no mailbox, for example of the whole installation
	Field   string     // for example "password"
}

// A Sealer turns secrets into text that a store may keep, and back.
//
// Implementations are safe for concurrent use. No error of theirs holds
// anything of a secret or a key.
type Sealer interface {
	// Seal returns s as text for one place: printable ASCII without blanks,
	// different each time. The zero Secret can be sealed, too.
	Seal(ctx context.Context, at Place, s mailbox.Secret) (string, error)
	// Open returns the secret that Seal was given for the same place. It
	// fails with ErrRefused for a text that is damaged, of another place or
	// no sealed text at all, and with a *UnknownKeyError when its key is not
	// at hand.
	Open(ctx context.Context, at Place, text string) (mailbox.Secret, error)
	// Stale reports whether text should be sealed anew, because Seal would
	// use another key now. It does not check the text.
	Stale(text string) bool
}

// ErrRefused reports a sealed text that is damaged, stands at a place for
// which it was not sealed, or was sealed with a different key of the same name.
var ErrRefused = errors.New("sealed text is damaged or of another place")

// An UnknownKeyError reports a sealed text whose key is not at hand.
type UnknownKeyError struct{ Key string }

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("sealed with key %q, which is missing", e.Key)
}
