package ticketmail

import (
	"fmt"
	"maps"
	"slices"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/storage"
)

// Threading says what becomes of mails that bear a ticket's mark, where there
// is a choice. The zero value is the default.
type Threading struct {
	// Strangers is about a mark that verifies in a mail from somebody who
	// takes no part in the ticket: it was forwarded to him, or leaked.
	// Whatever is chosen, nothing is disclosed to him and he takes no part
	// afterwards.
	Strangers StrangerPolicy

	// Closed is about answers on tickets that are done or accepted. An
	// automatic mail, one from a stranger and an internal one leave the
	// ticket as it is.
	Closed   ClosedPolicy
	ClosedIn map[escalation.ProjectID]ClosedPolicy // in single projects, instead of Closed

	// Forwards makes a mail that an employee forwards (its subject begins with
	// "Fwd:", "WG:", "TR:" and their like) a ticket of whoever wrote it at
	// first, as the header above the forwarded text says. It is used only for
	// mails that bear no ticket's mark.
	Forwards bool

	// Copies is about a mail that opens a ticket and was sent to several
	// mailboxes (To and Cc). A copy is known by Message-ID and content
	// together. On a ticket that has the mail already it is a record in any
	// case.
	Copies CopyPolicy

	// Foreign are subject formats of other systems.
	Foreign []thread.Foreign

	// PlusAddress puts the ticket's mark into the Reply-To address as well,
	// as "support+4711-k7q2px9d@erp.example". The mail server must deliver
	// such addresses to the mailbox (RFC 5233).
	PlusAddress bool
}

// A StrangerPolicy says what becomes of a stranger's answer.
type StrangerPolicy string

// The policies for strangers.
const (
	StrangerComments StrangerPolicy = ""     // a comment that is marked as a stranger's
	StrangerHeld     StrangerPolicy = "held" // quarantine, until somebody decides
	StrangerOpens    StrangerPolicy = "new"  // a ticket of his own
)

// A ClosedPolicy says what becomes of an answer on a closed ticket.
type ClosedPolicy string

// The policies for closed tickets.
const (
	ClosedKeeps   ClosedPolicy = ""       // a comment; the status stays
	ClosedReopens ClosedPolicy = "reopen" // a comment, and the ticket is in process again
	ClosedOpens   ClosedPolicy = "new"    // a new ticket that follows the closed one
)

// A CopyPolicy says what becomes of a mail that another mailbox got as well.
type CopyPolicy string

// The policies for copies.
const (
	CopiesOpen   CopyPolicy = ""       // each mailbox's task has a ticket of its own
	CopiesLinked CopyPolicy = "linked" // the same, and the later one follows the first
	CopiesOnce   CopyPolicy = "once"   // the first mailbox has the ticket, the copy is a record on it
)

// validate returns the field that cannot be, and why; "" if all can.
func (th Threading) validate() (field, why string) {
	switch th.Copies {
	case CopiesOpen, CopiesLinked, CopiesOnce:
	default:
		return "Copies", fmt.Sprintf("%q is unknown (empty, linked, once)", th.Copies)
	}
	switch th.Strangers {
	case StrangerComments, StrangerHeld, StrangerOpens:
	default:
		return "Strangers", fmt.Sprintf("%q is unknown (empty, held, new)", th.Strangers)
	}
	if !th.Closed.known() {
		return "Closed", fmt.Sprintf("%q is unknown (empty, reopen, new)", th.Closed)
	}
	for _, project := range slices.Sorted(maps.Keys(th.ClosedIn)) {
		if p := th.ClosedIn[project]; !p.known() {
			return fmt.Sprintf("ClosedIn[%s]", project), fmt.Sprintf("%q is unknown (empty, reopen, new)", p)
		}
	}
	return "", ""
}

func (p ClosedPolicy) known() bool { return p == ClosedKeeps || p == ClosedReopens || p == ClosedOpens }

// closed returns what becomes of an answer on a ticket; ClosedKeeps of one
// that is open.
func (th Threading) closed(k Ticket) ClosedPolicy {
	if k.Status != storage.Done && k.Status != storage.Accepted {
		return ClosedKeeps
	}
	if p, ok := th.ClosedIn[k.Project]; ok {
		return p
	}
	return th.Closed
}
