package escalation

import (
	"context"
	"fmt"
	"slices"
)

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
	After     Group                     // start with the group after this one; empty or not in the chain: from the start
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
// whose only mailable member is the actor does not, even if he is in w.Told.
// Nobody left is a Result without Group, not an error; an error is the
// Directory's.
//
// A walk after a group that is not in c starts at the front. A person who is
// twice in a group counts once. Of several reasons to pass somebody over the
// first in this order is recorded: Unknown (the directory returned a person
// without id), IsActor, the reason of [Mailable], NotStaff, Told.
func (c Chain) Walk(ctx context.Context, w Walk) (Result, error) {
	var res Result
	for _, g := range c.after(w.After) {
		members, err := w.Directory.Members(ctx, g, w.Place)
		if err != nil {
			return Result{}, fmt.Errorf("members of group %q: %w", g, err)
		}
		persons, skipped := w.sort(g, members)
		res.Skipped = append(res.Skipped, skipped...)
		told := slices.ContainsFunc(skipped, func(s Skip) bool { return s.Reason == Told })
		if len(persons) > 0 || told {
			res.Group, res.Persons = g, persons
			break
		}
	}
	return res, nil
}

// sort divides the members of a group into those to mail and those passed
// over, each person once and in the given order.
func (w Walk) sort(g Group, members []Person) (persons []Person, skipped []Skip) {
	seen := make(map[PersonID]bool, len(members))
	for _, p := range members {
		if seen[p.ID] {
			continue
		}
		seen[p.ID] = true
		if reason := w.reason(p); reason != "" {
			skipped = append(skipped, Skip{Person: p.ID, Name: p.Name, Group: g, Reason: reason})
			continue
		}
		persons = append(persons, p)
	}
	return persons, skipped
}

// reason returns why p is passed over in this walk, or "".
func (w Walk) reason(p Person) Reason {
	switch {
	case p.ID == "":
		return Unknown
	case p.ID == w.Actor:
		return IsActor
	}
	if reason := Mailable(p, w.Bouncing); reason != "" {
		return reason
	}
	switch {
	case w.Internal && !p.Internal():
		return NotStaff
	case w.Told[p.ID]:
		return Told
	}
	return ""
}
