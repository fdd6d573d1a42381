package notify

import (
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/thread"
)

// A Kind names what happened.
type Kind string

// The events of the seed, in its numbering.
const (
	TicketCreated        Kind = "ticket_created"         // 1
	CommentAdded         Kind = "comment_added"          // 2: comment or file
	InternalCommentAdded Kind = "internal_comment_added" // 3
	AssigneeChanged      Kind = "assignee_changed"       // 4
	CommentEdited        Kind = "comment_edited"         // 5
	StatusDone           Kind = "status_done"            // 6
	StatusRejected       Kind = "status_rejected"        // 7
	StatusAccepted       Kind = "status_accepted"        // 8
)

// What a person sends on purpose. It is asked for each time, so no rule belongs
// to it: whoever plans it names the recipients. It is a mail of that person,
// not an automatic one.
const (
	Reply   Kind = "reply"   // a public comment for the customer
	Forward Kind = "forward" // a comment for somebody else
)

// Receipt tells whoever opened a ticket by mail that it has arrived. It is the
// one event that goes to the address it was caused by, hence never to that of
// an automatic mail. Its rule is [ReceiptRule].
const Receipt Kind = "receipt"

// byPerson reports whether a mail of this kind is a person's own.
func (k Kind) byPerson() bool { return k == Reply || k == Forward }

// automatic returns how a mail of this kind came about (RFC 3834 section 5);
// empty: a person sends it. Nothing says of that one that it is automatic, or
// other ticket systems would not answer it, nor open their ticket again.
func (k Kind) automatic() string {
	switch {
	case k.byPerson():
		return ""
	case k == Receipt:
		return "auto-replied"
	}
	return "auto-generated"
}

// A TicketView is what notifications may know of a ticket.
type TicketView struct {
	Ref             thread.Ref
	Subject         string
	Status          string
	Subtask         bool
	Place           escalation.Place
	Creator         escalation.PersonID
	Assignee        escalation.PersonID
	LastAssignee    escalation.PersonID
	CustomerContact escalation.PersonID
	Sender          string // address of the mail that opened it; empty: none
}

// A CommentView is what notifications may know of a comment.
type CommentView struct {
	ID            string
	Internal      bool
	Author        escalation.PersonID // empty: outside
	AuthorName    string              // display name; empty: none, employees are shown address or id
	AuthorAddress string              // of the mail it came in; empty: typed in
	Text          string
	At            time.Time
	MessageID     string       // of the mail it came in, for In-Reply-To; may be empty
	Files         []Attachment // all are named in the text; which go along says Rule.Attach
}

// An Event is something that happened to a ticket, or to a mailbox.
type Event struct {
	ID           string // unique for ever; the ids of its mails derive from it
	Kind         Kind
	Ticket       TicketView          // after the change
	Comment      *CommentView        // the opening or added comment; nil: none
	Mailbox      *MailboxView        // of a kind that is about a mailbox; Ticket is then zero
	Actor        escalation.PersonID // who did it; empty: somebody outside, or nobody
	ActorName    string              // display name; empty: none, employees are shown address or id
	ActorAddress string              // set where a mail caused it: never mailed because of it
	Automatic    bool                // caused by an automatic mail: nothing goes to outsiders
	Answers      string              // of a Reply: the Message-ID of the customer's mail it answers; empty: none
	Note         string              // of a Forward: what the actor says to it; may be empty
	Old, New     string              // values of a change, as shown
	Values       map[string]Value    // of a host's own events: {{value.hours}} is Values["hours"]
	At           time.Time
}
