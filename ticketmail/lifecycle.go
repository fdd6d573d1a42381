package ticketmail

import (
	"context"
	"fmt"
	"slices"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
)

// A Lifecycle says which status may follow which. The zero value is the
// seed's, with everything that a ticket's life needs beside it:
//
//	New        -> InProcess
//	InProcess  -> Done
//	Done       -> Accepted, Rejected, InProcess (reopened)
//	Rejected   -> InProcess
//	Accepted   -> InProcess (reopened)
//
// Whatever the table says, Rejected may only be set by the ticket's creator or
// customer contact, Accepted by these, an administrator or a manager of the
// ticket's project. The system (an [Actor] without Person) has every right.
type Lifecycle struct {
	Next map[Status][]Status // nil: the seed's, see DefaultTransitions

	// AcceptByCustomerOnly follows the seed's letter: nobody but creator and
	// customer contact accepts, unless the last assignee is an administrator
	// or a manager of the project and accepts his own work.
	AcceptByCustomerOnly bool
}

// DefaultTransitions returns the table of a zero [Lifecycle]. The caller owns
// the map.
func DefaultTransitions() map[Status][]Status {
	return map[Status][]Status{
		storage.New:       {storage.InProcess},
		storage.InProcess: {storage.Done},
		storage.Done:      {storage.Accepted, storage.Rejected, storage.InProcess},
		storage.Rejected:  {storage.InProcess},
		storage.Accepted:  {storage.InProcess},
	}
}

// next returns what may follow a status.
func (l Lifecycle) next(s Status) []Status {
	if l.Next == nil {
		return DefaultTransitions()[s]
	}
	return l.Next[s]
}

// validate refuses a table with a status that does not exist.
func (l Lifecycle) validate() error {
	known := DefaultTransitions()
	for from, next := range l.Next {
		for _, s := range append([]Status{from}, next...) {
			if _, ok := known[s]; !ok {
				return fmt.Errorf("there is no status %q", s)
			}
		}
	}
	return nil
}

// A TransitionError reports a status that may not follow the present one.
type TransitionError struct {
	Ticket   TicketID
	From, To Status
	Allowed  []Status // what may follow From
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("status %s cannot follow %s (allowed: %v)", e.To, e.From, e.Allowed)
}

// A RightError reports that an actor may not do what he tried.
type RightError struct {
	Actor escalation.PersonID
	Do    string // for example "set status rejected"
	Who   string // who may
}

func (e *RightError) Error() string {
	return fmt.Sprintf("%q may not %s: only %s may", e.Actor, e.Do, e.Who)
}

// mayFollow checks the table and the actor's rights.
func (t *tx) mayFollow(ctx context.Context, k Ticket, to Status, by escalation.PersonID) error {
	if next := t.cfg.Lifecycle.next(k.Status); !slices.Contains(next, to) {
		return &TransitionError{Ticket: k.ID, From: k.Status, To: to, Allowed: next}
	}
	switch {
	case by == "" || to != storage.Rejected && to != storage.Accepted:
		return nil
	case by == k.Creator || by == k.CustomerContact:
		return nil
	case to == storage.Rejected:
		return &RightError{Actor: by, Do: "set status rejected", Who: "the creator or the customer contact"}
	}
	if !t.cfg.Lifecycle.AcceptByCustomerOnly || by == k.LastAssignee {
		manages, err := t.isAny(ctx, k, by, escalation.Administrators, escalation.ProjectManagers)
		if err != nil || manages {
			return err
		}
	}
	return &RightError{Actor: by, Do: "set status accepted", Who: "the creator, the customer contact, administrators or managers of the project"}
}

// isAny reports whether a person is in one of the groups of a ticket's place.
func (t *tx) isAny(ctx context.Context, k Ticket, id escalation.PersonID, groups ...escalation.Group) (bool, error) {
	place, err := t.place(ctx, k)
	if err != nil {
		return false, err
	}
	for _, g := range groups {
		members, err := t.dir.Members(ctx, g, place)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(members, func(p escalation.Person) bool { return p.ID == id && !p.Left }) {
			return true, nil
		}
	}
	return false, nil
}
