package oauth

import (
	"context"
	"errors"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/seal"
)

// A Store keeps sealed text for mailboxes: a few places each, of at most
// [MaxItem] bytes. A place with no mailbox does not occur.
//
// Implementations are safe for concurrent use by all nodes. What Save wrote
// is durable when it returns; otherwise a restart may lock a mailbox out. They
// pass oauthtest.RunStore.
type Store interface {
	// Load returns what stands at a place; the zero Item where nothing does.
	Load(ctx context.Context, at seal.Place) (Item, error)
	// Save writes it.Text if what stands at the place still has it.Version
	// (0: if nothing does), and fails with ErrConflict otherwise. It returns
	// the new version, which has not been used at this place before.
	Save(ctx context.Context, at seal.Place, it Item) (version int64, err error)
}

// An Item is one sealed text in a [Store].
type Item struct {
	Text    string // opaque printable ASCII; never empty where Version is not 0
	Version int64  // positive; 0: there is none
}

// Places returns the places of a mailbox in a [Store]. Who deletes an account
// deletes what stands at them in the same transaction; their versions are not
// used again all the same.
func Places(id mailbox.ID) []seal.Place {
	return []seal.Place{TokenPlace(id), {Mailbox: id, Field: fieldAttempts}}
}

// TokenPlace returns the place of a mailbox's tokens in a [Store]. Where nothing
// stands there, nobody has signed in yet.
func TokenPlace(id mailbox.ID) seal.Place { return seal.Place{Mailbox: id, Field: fieldTokens} }

// MaxItem is the longest text that a [Store] has to keep.
const MaxItem = 512 << 10

// ErrConflict reports that somebody else changed a place of a [Store].
var ErrConflict = errors.New("changed by somebody else")

// A Lock keeps nodes from refreshing at once. It need not be perfect: a lock
// that is lost early costs a request, not a mailbox.
//
// Implementations are safe for concurrent use, and pass oauthtest.RunLock.
type Lock interface {
	// Hold waits until nobody else, on any node, holds the lock called name,
	// calls fn, gives the lock back and returns what fn did. When ctx is done
	// before that, it returns its cause without calling fn. The ctx of fn is
	// done when ctx is, or when the lock is lost. fn takes as long as the
	// provider: seconds, two minutes at most.
	Hold(ctx context.Context, name string, fn func(ctx context.Context) error) error
}
