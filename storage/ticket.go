package storage

import (
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
)

// A TicketID is a ticket's number as people see it, for example "4711". The
// store gives out decimal numbers counting up; a host may set ids of its own.
type TicketID = thread.Ref

// A Blob names stored bytes by their content.
type Blob = message.Blob

// A Status is where a ticket stands.
type Status string

// The statuses of the seed.
const (
	New       Status = "new"        // neu
	InProcess Status = "in_process" // in Arbeit
	Done      Status = "done"       // fertig
	Rejected  Status = "rejected"   // abgelehnt
	Accepted  Status = "accepted"   // abgenommen
)

// A Ticket is one matter, or a part of one (a subtask).
type Ticket struct {
	ID              TicketID
	Parent          TicketID // of a subtask; empty: none
	Follows         TicketID // closed ticket that this one goes on from; empty: none
	MergedInto      TicketID // ticket that answers go to instead; empty: none
	Subject         string   // one line
	Status          Status
	Task            escalation.TaskID
	Project         escalation.ProjectID // of the task when it was put there
	Creator         escalation.PersonID  // empty: somebody outside, see Sender
	Assignee        escalation.PersonID
	LastAssignee    escalation.PersonID // assignee now or, without one, the last
	CustomerContact escalation.PersonID
	Sender          message.Address // of the mail that opened it; zero: not by mail
	Categories      []string        // ids, in the order assigned, none twice
	Mailbox         mailbox.ID      // through which it came; empty: none
	CreatedAt       time.Time
	ChangedAt       time.Time
	Version         int64 // 0: not stored yet; raised by each Put
}

// A CommentKind says how a comment came.
type CommentKind string

// The kinds of comments.
const (
	ByMail   CommentKind = "mail"   // an inbound mail
	ByPerson CommentKind = "person" // typed in
)

// A Comment is one contribution to a ticket. The first one opens it.
type Comment struct {
	ID          string // unique in the store; given out by Put if empty
	Ticket      TicketID
	Kind        CommentKind
	Internal    bool
	Author      escalation.PersonID // empty: outside, see Sender
	Sender      message.Address     // of the mail; zero: typed in
	Stranger    bool                // by mail from somebody who takes no part in the ticket
	Automatic   string              // why the mail counts as automatic; empty: it does not
	Text        string              // UTF-8, LF, as readable text
	MessageID   string              // of the mail, without angle brackets
	References  []string            // of the mail, for answers that thread
	Raw         Blob                // the mail as the server sent it; zero: typed in
	Attachments []Attachment
	CreatedAt   time.Time
	EditedAt    time.Time // zero: never
	Version     int64     // 0: not stored yet; raised by each Put
}

// An Attachment is a file that hangs on a comment.
type Attachment struct {
	Name      string // as stated, without any path; may be empty
	Display   string // to show; never empty, never a path
	Type      string // media type in lower case
	ContentID string // without angle brackets; may be empty
	Inline    bool
	Blob      Blob
}

// The fields of a [Change] that the engine writes, with what Old, New and Via
// say. A host may add its own.
const (
	FieldCreated         = "created"          // New: the status
	FieldStatus          = "status"           // Old, New: statuses
	FieldAssignee        = "assignee"         // Old, New: ids of people; empty: nobody
	FieldCustomerContact = "customer_contact" // Old, New: ids of people
	FieldTask            = "task"             // Old, New: tasks
	FieldSubject         = "subject"          // Old, New: subjects
	FieldCategories      = "categories"       // Old, New: ids joined by commas
	FieldComment         = "comment"          // New: the id of a new comment
	FieldCommentText     = "comment_text"     // Old, New: the texts; Via: "comment " and its id
	FieldForwarded       = "forwarded"        // New: addresses; Via: "comment " and its id
	FieldFollows         = "follows"          // New: the closed ticket this one goes on from
	FieldMergedInto      = "merged_into"      // Old, New: tickets; empty: its own again
	FieldAbsorbed        = "absorbed"         // New: the ticket that was merged into this one
	FieldRaised          = "raised"           // New: the kind of an event of the host; Old: what it brought, as JSON; Via: what makes it happen once
	FieldNotified        = "notified"         // New: "nobody", where nobody could be told; Via: the event
	FieldSkipped         = "skipped"          // New: who was meant and is not told, and why; ticketmail.ParseNotTold reads it
	FieldUndelivered     = "undelivered"      // New: the address a mail did not get through to; Old: the status (RFC 3463); Via: "mail " and its id
)

// A Change is one line of a ticket's history.
type Change struct {
	Seq    int64 // position in the history of the whole store; set by AddChange
	Ticket TicketID
	At     time.Time
	Actor  escalation.PersonID // empty: outside or the system
	Via    string              // what did it where no person did: a mail's ledger key, "system"; may be empty
	Field  string              // what changed, for example FieldStatus
	Old    string
	New    string
}
