package mailbox

import (
	"context"
	"errors"
	"io"
	"time"
)

// A Journal is what [Drain] remembers across crashes. Each call is durable
// when it returns nil, on its own. A transaction's [Ledger] gives all but the
// last two.
type Journal interface {
	// Lookup returns the entries that exist among keys.
	Lookup(ctx context.Context, keys []Key) ([]Entry, error)
	// Put writes entries by the rules of Ledger.Put.
	Put(ctx context.Context, entries ...*Entry) error
	// Emptied notes that the server confirmed the removal of these mails.
	Emptied(ctx context.Context, keys []Key, at time.Time) error

	// Opened returns the UIDs that the last Open of this folder named.
	Opened(ctx context.Context, folder FolderKey) ([]string, error)
	// Open notes that the mails with these UIDs, and no others, are about to
	// be read together. An empty list means that no batch is open.
	Open(ctx context.Context, folder FolderKey, uids []string) error
}

// A FolderKey names one state of a folder on a server.
type FolderKey struct {
	Mailbox  ID
	Folder   string
	Validity uint32
}

// Key returns the key of a mail in the folder.
func (f FolderKey) Key(uid string) Key { return Key{f.Mailbox, f.Folder, f.Validity, uid} }

// A Receiver makes something of mails: T is what Receive hands to Commit.
type Receiver[T any] interface {
	// Receive reads one mail from body, which is valid until it returns. It
	// need not keep anything durably yet. A *PoisonError means that this
	// mail cannot be read; any other error ends the drain. Calls come one
	// after the other, and overlap with Commit.
	Receive(ctx context.Context, in Incoming, body io.Reader) (T, error)

	// Commit makes mails received durable, each with its outcome in the
	// ledger, in one transaction. After it returned nil they are removed
	// from the server. Its error ends the drain and removes nothing; it wraps
	// ErrWithdrawn where the mails have nothing to do with it.
	Commit(ctx context.Context, batch []T) error
}

// ErrWithdrawn is wrapped by the error of a [Receiver] that may take no mails
// any more: the mailbox was changed, or is somebody else's now. No mail comes
// under suspicion, and no attempt counts.
var ErrWithdrawn = errors.New("no more mails may be taken")

// Incoming is one mail on its way in.
type Incoming struct {
	Key
	Size  int64 // bytes as announced; -1: unknown
	Entry Entry // what the ledger says of it so far; Version 0: nothing

	// Earlier is the settled entry of a mail that had this UID before and
	// should be gone. It may be the same mail, come back. Version 0: none.
	Earlier Entry

	// Poison asks to keep the raw bytes without looking into them: every
	// attempt to read the mail so far ended badly. Why says how, if known.
	Poison bool
	Why    string

	item Item // on the server
}

// A PoisonError reports a mail that cannot be read or committed by its own
// fault: it is tried again alone, and kept unread after three attempts.
type PoisonError struct{ Err error }

func (e *PoisonError) Error() string { return "mail cannot be processed: " + e.Err.Error() }
func (e *PoisonError) Unwrap() error { return e.Err }
