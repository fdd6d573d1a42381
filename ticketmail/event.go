package ticketmail

import (
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

// An Event is something that an [Observer] is told: a [PollEvent], [MailEvent],
// [CommitEvent], [DeliveryEvent], [SendEvent], [TokenEvent], [LeaseEvent],
// [DirectoryEvent], [QueueEvent] or [HousekeepingEvent], as a value. Later releases may add kinds
// and fields, so an Observer passes over kinds that it does not know.
//
// No event has an address, name, subject, text or secret in it, but for the
// texts of [Result.Err]. Of the strings only mailboxes, leases and the host's
// own kinds of events are not from a short fixed list; there are as many of
// them as administrators define.
type Event interface {
	// Name says what kind of event it is, in one word: "poll", "send".
	Name() string

	event() // only this package has events
}

// A Result is how something went that took time.
type Result struct {
	Took    time.Duration // by the monotonic clock; 0 when it begins
	Failure Failure       // empty: it went well
	Err     error         // nil: it went well. Its text may name people; for a host's log, not for labels of metrics
}

// A PollEvent is one poll of a mailbox. What happens in it is observed within.
type PollEvent struct {
	Mailbox mailbox.ID
	Report  Report // of this poll, also where it failed
	Result
}

// A MailEvent is what became of a mail, after that is durable: also of one that
// was left on the server because of its size, and of one in quarantine that
// somebody decided ([Engine.Replay], [Engine.Discard]).
type MailEvent struct {
	Mailbox mailbox.ID
	Outcome mailbox.Outcome // ticket, comment, record, quarantine or left
	Reason  string          // code of the first reason, for example "thread"; empty: none
	Bytes   int64           // of the raw mail
}

// A CommitEvent is a transaction with all attempts at it: of a batch of mails,
// or of something done to a ticket.
type CommitEvent struct {
	Mailbox  mailbox.ID // whose mails; empty: it is something else
	Mails    int        // received
	Notified int        // outgoing mails put into the outbox
	Attempts int        // 1, and one more each time the Directory had to be asked before it could go on
	Result
}

// A DeliveryEvent is one round over the outbox, which may find nothing to do.
// Its sends are observed within.
type DeliveryEvent struct {
	Report notify.Report
	Result // Failure is FailureConfiguration where the outbox pauses
}

// A SendEvent is the handing over of one outgoing mail to the Sender.
type SendEvent struct {
	Event    notify.Kind // that the mail tells of
	Internal bool        // it is about something internal
	Attempt  int         // 1 the first time
	Result               // Failure says what becomes of the mail, see Failure
}

// A TokenEvent is a provider being asked for a new access token.
type TokenEvent struct {
	Mailbox mailbox.ID
	Result
}

// A LeaseEvent is a lease that this process got, gave back or lost.
type LeaseEvent struct {
	Lease   string     // its name
	Mailbox mailbox.ID // that it is about; empty: something else
	Change  LeaseChange
	Fence   int64         // of the lease; it grows with every new holder
	Held    time.Duration // until it was given back or lost; 0 when it is won
}

// A LeaseChange says what happened to a lease.
type LeaseChange string

// What happens to leases. One that is another's is no change.
const (
	LeaseWon       LeaseChange = "won"
	LeaseTakenOver LeaseChange = "taken-over" // won from a process of this host that has ended, or back from this engine
	LeaseReleased  LeaseChange = "released"
	LeaseLost      LeaseChange = "lost" // to another holder, or because the store did not answer in time
)

// A DirectoryEvent is one question to the Directory, each attempt for itself.
type DirectoryEvent struct {
	Question string // "person", "address", "place", "group", ...: its kind, without whom it is about
	NotFound bool   // the answer is that there is none, which is no failure
	Result
}

// A QueueEvent is how much waits somewhere, now. Queues of the store are
// counted by every node for itself: they are not to be added up over nodes.
type QueueEvent struct {
	Queue   Queue
	Mailbox mailbox.ID    // of QueueMailbox
	Depth   int           // counted up to 10,000
	Overdue time.Duration // of QueueWaiting: since when the longest waiting mail is due; 0: none is
}

// A Queue is where something waits.
type Queue string

// The queues. Those of the store are counted once a minute while the Engine
// runs, that of a mailbox when a poll has listed it and when it ends.
const (
	QueueMailbox    Queue = "mailbox"    // mails on the server that are to be taken in
	QueueWaiting    Queue = "waiting"    // outgoing mails that wait to be sent
	QueueHeld       Queue = "held"       // outgoing mails over a cap
	QueueFailed     Queue = "failed"     // outgoing mails that were given up
	QueueQuarantine Queue = "quarantine" // mails that wait for somebody to decide
)

// A HousekeepingEvent is an [Engine.Prune] or an [Engine.Erase], also one that
// another node kept from beginning (FailureElsewhere).
type HousekeepingEvent struct {
	Work      Housekeeping
	Records   int // tickets, comments, entries of the ledger and outgoing mails, changed or taken away; an Erase that is resumed counts from its start
	Discarded int // pieces of content that nothing refers to any more
	Result
}

// Housekeeping is what takes away what is not to be kept.
type Housekeeping string

// The kinds of housekeeping.
const (
	HousekeepingPrune Housekeeping = "prune" // by age, see Retention
	HousekeepingErase Housekeeping = "erase" // of one person
)

// Name returns "poll".
func (PollEvent) Name() string { return "poll" }

// Name returns "mail".
func (MailEvent) Name() string { return "mail" }

// Name returns "commit".
func (CommitEvent) Name() string { return "commit" }

// Name returns "delivery".
func (DeliveryEvent) Name() string { return "delivery" }

// Name returns "send".
func (SendEvent) Name() string { return "send" }

// Name returns "token".
func (TokenEvent) Name() string { return "token" }

// Name returns "lease".
func (LeaseEvent) Name() string { return "lease" }

// Name returns "directory".
func (DirectoryEvent) Name() string { return "directory" }

// Name returns "queue".
func (QueueEvent) Name() string { return "queue" }

// Name returns "housekeeping".
func (HousekeepingEvent) Name() string { return "housekeeping" }

func (PollEvent) event()         {}
func (MailEvent) event()         {}
func (CommitEvent) event()       {}
func (DeliveryEvent) event()     {}
func (SendEvent) event()         {}
func (TokenEvent) event()        {}
func (LeaseEvent) event()        {}
func (DirectoryEvent) event()    {}
func (QueueEvent) event()        {}
func (HousekeepingEvent) event() {}
