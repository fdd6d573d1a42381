package storage

import (
	"context"
	"iter"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

// A Store keeps everything ticketmail must not lose, in transactions.
//
// Implementations are safe for concurrent use and pass
// [example.com/ticketmail/storage/storetest.Run]. Times are stored to the
// microsecond at least and come back in UTC; text comes back byte for byte,
// NUL and invalid UTF-8 included or replaced by U+FFFD as the store documents.
type Store interface {
	// View calls fn with one consistent snapshot: nothing that commits
	// meanwhile is seen. Iterators are valid inside fn only. It may be called
	// inside of View and Update, and sees committed data only.
	View(ctx context.Context, fn func(r Reader) error) error

	// Update calls fn in one transaction and commits when fn returns nil;
	// otherwise nothing is written and fn's error is returned. Updates are
	// serializable: they behave as if one ran after the other. A store may
	// call fn again, so fn must only touch w, and make its records anew each
	// time: the IDs and Versions that Put set before are
	// void. When Update returns nil the change is durable (see Durable); an
	// error means that nothing was written, unless the commit itself failed.
	//
	// A done ctx is reported as its cause. A panic of fn rolls back and goes
	// on to the caller. fn may write while it ranges over an iterator: what
	// it adds need not be seen, and is not yielded without end. An Update
	// inside of View works, one inside of Update is not allowed.
	Update(ctx context.Context, fn func(w Writer) error) error

	// Durable reports whether a committed Update survives the end of the
	// process and loss of power. With a store that is not durable no real
	// mailbox is emptied unless told so by name.
	Durable() bool
}

// A Reader reads within one transaction.
type Reader interface {
	Tickets() TicketReader
	Ledger() mailbox.LedgerReader
	Outbox() notify.OutboxReader
	Settings() SettingsReader
}

// A Writer reads and writes within one transaction. What it wrote is visible
// to its own reads.
type Writer interface {
	Tickets() Tickets
	Ledger() mailbox.Ledger
	Outbox() notify.Outbox
	Settings() Settings
	Leases() Leases
}

// A TicketQuery selects tickets that fit every field. The zero value selects
// all. Ids of categories may be unknown and come twice; they select as
// [example.com/ticketmail/catalog.HasAny] and
// [example.com/ticketmail/catalog.HasAll] say.
type TicketQuery struct {
	Status        Status // empty: all
	Task          escalation.TaskID
	Project       escalation.ProjectID
	Assignee      escalation.PersonID
	Parent        TicketID // subtasks of
	AnyCategory   []string // ids of categories, in at least one of which the ticket is; empty: all tickets
	AllCategories []string // ids of categories, in every one of which the ticket is; empty: all tickets
	Newest        bool     // newest first: "behind" a ticket are then the older ones
	After         TicketID // start behind this ticket, ErrNotFound if unknown; empty: from the start
	Limit         int      // 0: no limit
}

// TicketReader reads tickets and what hangs on them.
type TicketReader interface {
	// Get returns a ticket, or ErrNotFound.
	Get(ctx context.Context, id TicketID) (Ticket, error)
	// List yields tickets in the order of their creation, or the other way
	// round. What is put during the loop is not seen.
	List(ctx context.Context, q TicketQuery) iter.Seq2[Ticket, error]
	// Comments yields the comments of a ticket in the order of their
	// creation; of an unknown ticket none, or ErrNotFound.
	Comments(ctx context.Context, id TicketID) iter.Seq2[Comment, error]
	// Changes yields the history after the change with number after, of one
	// ticket or (empty id) of all, by Seq.
	Changes(ctx context.Context, id TicketID, after int64) iter.Seq2[Change, error]
}

// Tickets reads and writes tickets and what hangs on them.
type Tickets interface {
	TicketReader
	// Put writes a ticket. With Version 0 it is new: an empty ID is replaced
	// by the next decimal number, higher than any given out before by this
	// process, also in a transaction that was rolled back, and not one that
	// the host has set (gaps are fine); a taken ID fails with ErrExists. Any
	// other Version replaces the stored ticket if that still has it, and
	// fails with ErrConflict otherwise, also where there is none. ID and
	// Version are set in t. Every change moves the Version, also one that the
	// host makes without the store. Parent is not checked.
	Put(ctx context.Context, t *Ticket) error
	// PutComment writes a comment, new or changed, by the rules of Put. Its
	// ticket must exist (ErrNotFound), and so must the blobs it names where the
	// store keeps the blobs too.
	PutComment(ctx context.Context, c *Comment) error
	// AddChange appends to the history and sets c.Seq, which grows in the
	// order of commits. Its ticket need not exist.
	AddChange(ctx context.Context, c *Change) error
}

// A Setting is a small named value: configuration written by administrators,
// and what the engines remember. Value is opaque, at most 1 MiB.
type Setting struct {
	Kind  string // what sort of setting, for example "rule"
	Key   string // which one
	Value []byte
}

// SettingsReader reads settings.
type SettingsReader interface {
	// Get returns a value, or ErrNotFound.
	Get(ctx context.Context, kind, key string) ([]byte, error)
	// List yields the settings of a kind by Key, bytewise.
	List(ctx context.Context, kind string) iter.Seq2[Setting, error]
}

// Settings reads and writes settings.
type Settings interface {
	SettingsReader
	// Put writes a value, new or not.
	Put(ctx context.Context, kind, key string, value []byte) error
	// Delete removes a value; a missing one does not matter.
	Delete(ctx context.Context, kind, key string) error
}

// A Lease is the right to do something alone for a while.
type Lease struct {
	Name   string
	Holder string
	Fence  int64 // grows with every new holder
}

// Leases gives out leases. Time is one clock for all nodes: the store's.
// Fences begin at 1, grow with every new holder and outlive Release.
type Leases interface {
	// Acquire takes the lease called name for holder until ttl from now. A
	// holder that has it keeps its fence. Held by somebody else it fails
	// with a *HeldError, unless dead is the fence of a holder whom the
	// caller knows to be gone (0: nobody).
	Acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (Lease, error)
	// Renew extends a lease to ttl from now, or fails with ErrLeaseLost
	// where it has another holder or fence. An expired lease that nobody
	// took is renewed. Called in the Update of the work it protects, it
	// keeps a node that lost its lease from committing.
	Renew(ctx context.Context, l Lease, ttl time.Duration) error
	// Release gives a lease back. One that is lost does not matter.
	Release(ctx context.Context, l Lease) error
}
