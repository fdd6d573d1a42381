package mailbox

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
	"time"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
)

// Errors of a [Ledger], and of every other store of versioned records.
var (
	// ErrExists reports that the key of a new record is taken.
	ErrExists = errors.New("exists already")
	// ErrConflict reports that the record was changed since it was read.
	ErrConflict = errors.New("changed by somebody else")
)

// A Key names one mail on a server for ever: the ledger's key.
type Key struct {
	Mailbox  ID
	Folder   string // the server's name; "" for POP3
	Validity uint32 // IMAP UIDVALIDITY; 0 for POP3
	UID      string // IMAP UID in decimal, or POP3 unique-id; see Account for what may follow
}

// onAccount, with a number from 1, marks the UIDs of all but the first account
// that a mailbox has had. No server's UID has a blank.
const onAccount = " @"

// Account returns which of the accounts that the mailbox has had the mail was
// on, 0: its first (DrainOptions.Account).
func (k Key) Account() int {
	_, text, ok := cutLast(k.UID, onAccount)
	if !ok {
		return 0
	}
	text, _, _ = strings.Cut(text, anotherLife)
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// An Outcome is what became of a mail. There is no outcome "dropped".
type Outcome string

// The outcomes.
const (
	Pending    Outcome = "pending"    // an attempt to read it began and has not ended
	Ticket     Outcome = "ticket"     // opened a ticket
	Comment    Outcome = "comment"    // was added to one
	Record     Outcome = "record"     // kept for the record: bounce, own echo, duplicate
	Quarantine Outcome = "quarantine" // kept with its raw bytes until somebody looks at it
	LeftThere  Outcome = "left"       // not fetched, stays on the server
)

// A Reason is one step of a decision, kept so that it can be explained.
type Reason struct {
	Code string `json:"code"` // stable, lower case with dashes, for example "signed-id"
	Text string `json:"text"` // for people, in English
}

// An Entry is a mail's row in the ledger, which is the journal too.
type Entry struct {
	Key
	Outcome    Outcome
	Ticket     thread.Ref   // the ticket opened or commented; empty: none
	Reasons    []Reason     // why this outcome
	MessageID  string       // without angle brackets; may be empty
	Raw        message.Blob // the bytes as the server sent them; zero while pending or left, and where ForgetRaw was called
	Content    [32]byte     // fingerprint of the decoded content, for duplicates; zero: none
	Size       int64        // bytes; as announced while pending or left
	Attempts   int          // to read it, counted only while taken singly
	ReceivedAt time.Time    // when the outcome was decided
	EmptiedAt  time.Time    // when the server confirmed the removal; zero: not known
	Version    int64        // 0: not stored yet; raised by each Put
}

// Settled reports whether the mail is done with: it may be removed from the
// server and is never processed again.
func (e Entry) Settled() bool {
	switch e.Outcome {
	case Ticket, Comment, Record, Quarantine:
		return true
	}
	return false
}

// A LedgerQuery selects entries that fit every field. The zero value selects
// all.
type LedgerQuery struct {
	Mailbox ID      // empty: all
	Outcome Outcome // empty: all
	Text    string  // stands in MessageID, Ticket, Folder or UID, A to Z in either case; empty: all
	Newest  bool    // newest first: "behind" an entry are then the older ones
	After   *Key    // start behind this entry, storage.ErrNotFound if unknown; nil: from the start
	Limit   int     // 0: no limit
}

// LedgerReader reads the ledger.
type LedgerReader interface {
	// Lookup returns the entries that exist among these keys, in the order
	// of keys; a key given twice is answered once. Keys may be of different
	// folders.
	Lookup(ctx context.Context, keys []Key) ([]Entry, error)

	// ByMessageID returns the entries whose MessageID is one of ids byte for
	// byte (empty ids match nothing), oldest first, of more than 100 the
	// oldest.
	ByMessageID(ctx context.Context, ids []string) ([]Entry, error)

	// List yields entries in the order in which they were first put, or the
	// other way round. What is put during the loop is not seen. Text has no
	// index: where it fits few entries, all that fit the other fields are read.
	List(ctx context.Context, q LedgerQuery) iter.Seq2[Entry, error]
}

// A Ledger remembers every mail ever seen. It is the only thing that keeps a
// mail from being processed twice, so it lives in the same transaction as the
// tickets.
type Ledger interface {
	LedgerReader

	// Put writes entries. One with Version 0 is new, and fails with
	// ErrExists if its key is taken; any other replaces the stored one if that still
	// has this Version, and fails with ErrConflict otherwise. Raw must be content
	// the store has, where it keeps content too (storage.ErrNotFound). Put
	// raises Version in the entries if all were written; after a failed Put
	// the transaction must be rolled back.
	Put(ctx context.Context, entries ...*Entry) error

	// Emptied notes that the server confirmed the removal of these mails.
	// Unknown keys do not matter. It raises the entries' Version.
	Emptied(ctx context.Context, keys []Key, at time.Time) error
}
