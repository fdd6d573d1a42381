package notify

import (
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
)

// A State is where an outgoing mail stands.
type State string

// The states of a [Mail].
const (
	Waiting State = "waiting" // to be sent when due
	Sending State = "sending" // claimed by a deliverer until ClaimedUntil
	Sent    State = "sent"    // accepted by the mail exit
	Failed  State = "failed"  // given up, see Error
	Held    State = "held"    // over a cap; waits for an administrator

	// Returned is a mail that the exit took and that came back undelivered.
	Returned State = "returned"
)

// RootMail is the mail id in the signed Message-ID that stands for a ticket as
// a whole. All mails of the ticket refer to it, and no mail has it.
const RootMail = "root"

// A Mail is one outgoing mail to one recipient, fully decided: what is sent
// later does not depend on anything else, and a repeat is the same mail.
type Mail struct {
	ID       string              // unique, set by who makes it: 1 to 64 bytes of a-z, 0-9 and dash
	Event    Kind                // the first that it tells of
	Ticket   thread.Ref          // empty: about no ticket
	Comment  string              // id of the first comment it tells of; may be empty
	Person   escalation.PersonID // recipient; empty: an address only
	Audience Audience
	Language string // BCP 47
	Template string
	Internal bool     // tells of something internal, and so are answers to it
	Reasons  []Reason // why this recipient: role or chain step, and who was skipped before
	Causes   []Cause  // the events it tells of, in order

	From, To   message.Address
	ReplyTo    string // empty: none
	Subject    string
	MessageID  string // without angle brackets
	InReplyTo  string
	References []string
	Text       string    // plain text, UTF-8, LF
	HTML       string    // optional alternative
	Date       time.Time // of the Date field, UTC
	Digest     Digest    // how later mails may be joined to it; zero: not at all

	Attachments []Attachment // files that go along, each content once
	Files       Opener       `json:"-"` // opens Attachments; set for the Sender by the Deliverer, never stored

	State        State
	Attempts     int       // started
	Due          time.Time // not before; UTC
	ClaimedBy    string
	ClaimedUntil time.Time // Sending: may be claimed by others after
	SentAt       time.Time
	Error        string // of the last attempt; no secrets
	Version      int64  // 0: not stored yet
}

// A Reason is one step on the way to a recipient, kept to be explained.
type Reason struct {
	Code string `json:"code"` // "role", "chain", "extra", "skip"
	Text string `json:"text"` // for people, for example "assignee bea cannot be mailed (left), task_managers told instead"
}

// A Cause is an event that a mail tells of, and in which roles its recipient
// was meant. It is kept with the mail, so that somebody else can be told if
// the mail comes back; see [Planner.Instead].
type Cause struct {
	Event string `json:"event"` // its ID
	Kind  Kind   `json:"kind"`
	Roles []Role `json:"roles,omitempty"` // empty: extra
}

// An Audience says how much a recipient may see.
type Audience string

// The audiences.
const (
	Staff    Audience = "employee" // may see internal comments
	Customer Audience = "customer" // a customer's contact
	Outside  Audience = "outside"  // an address that belongs to nobody known
)
