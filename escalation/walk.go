package escalation

import "context"

// A Reason says why a person is not mailed.
type Reason string

// The reasons for which somebody is passed over.
const (
	NoAddress Reason = "no_address" // the directory has no address
	Left      Reason = "left"       // no longer with the company
	Bouncing  Reason = "bouncing"   // mail to the address came back
	Unknown   Reason = "unknown"    // the directory does not know the id
	IsActor   Reason = "actor"      // did it himself
	Told      Reason = "told"       // is told already, in another role
	NotStaff  Reason = "not_staff"  // a contact cannot get what is internal
)

// A Skip is one person passed over, and why.
type Skip struct {
	Person PersonID
	Name   string
	Group  Group // empty: in a role of the ticket, not a group
	Reason Reason
}

// A Walk says from where and for whom a [Chain] is walked.
type Walk struct {
	Directory Directory
	Place     Place
	After     Group                     // start with the group after this one; empty: from the start
	Actor     PersonID                  // never told, and a group with only the actor does not end the chain
	Told      map[PersonID]bool         // people who are told already; a group reached through them ends the chain
	Internal  bool                      // only employees may be told
	Bouncing  func(address string) bool // nil: no address is known to bounce
}

// A Result is where a walk ended.
type Result struct {
	Group   Group    // the group that is told; empty: nobody left
	Persons []Person // whom of it to mail; empty with a Group set: all its mailable people are told already
	Skipped []Skip   // everybody passed over on the way, in order
}

// Mailable returns the reason why p cannot be mailed, or "".
// bouncing may be nil.
func Mailable(p Person, bouncing func(address string) bool) Reason {
	switch {
	case p.Left:
		return Left
	case p.Address == "":
		return NoAddress
	case bouncing != nil && bouncing(p.Address):
		return Bouncing
	}
	return ""
}

// Walk goes through the groups of c and returns the first one in which at
// least one person can be mailed, with all such persons. A group whose only
// mailable members were told already counts as told and ends the walk; one
// whose only mailable member is the actor does not. Nobody left is a Result
// without Group, not an error; an error is the Directory's.
func (c Chain) Walk(ctx context.Context, w Walk) (Result, error) {
	panic("contract")
}
