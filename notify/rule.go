package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
)

// A Role is somebody a rule can name without naming a person: one of a
// ticket's people, or a group of its place.
type Role string

// The roles of a ticket. Every [escalation.Group] is a role as well.
const (
	RoleCreator         Role = "creator"
	RoleAssignee        Role = "assignee"
	RoleLastAssignee    Role = "last_assignee"
	RoleCustomerContact Role = "customer_contact"
	RoleSender          Role = "sender" // the outside address that opened the ticket; in no default
)

// GroupRole returns the role of a group's members.
func GroupRole(g escalation.Group) Role { return Role(g) }

// A Rule says who is mailed when an event happens.
type Rule struct {
	Kind       Kind
	Active     bool                  // false: no mail of any kind for this event
	Roles      []Role                // recipients
	Unassigned []Role                // recipients instead of Roles while the ticket has no assignee; nil: Roles
	People     []escalation.PersonID // extra employees
	Addresses  []string              // extra addresses
	SkipActor  bool                  // whoever did it is not told
	Template   string                // name of the template; empty: the built-in one of Kind
	Delay      time.Duration         // mails wait so long for others that can join them, see [Merge]; 0 to MaxDelay
	Attach     int64                 // bytes of the comment's files that go along, all together; those that do not fit are only named; 0 (none) to MaxAttach
}

// MaxDelay bounds how long mails are collected.
const MaxDelay = 24 * time.Hour

// ReceiptRule returns the rule of [Receipt], which a host may add to the
// seed's: the sender is told, once somebody makes it active.
func ReceiptRule() Rule { return Rule{Kind: Receipt, Roles: []Role{RoleSender}} }

// DefaultRules returns the seed's rules, by kind. The caller owns the map.
//
//	ticket_created          the assignee; without one the task's members
//	comment_added           the assignee; without one nobody
//	internal_comment_added  the assignee; without one nobody
//	assignee_changed        the new assignee
//	comment_edited          the assignee; inactive
//	status_done             the creator and the customer contact
//	status_rejected         the last assignee
//	status_accepted         the last assignee
//
// SkipActor is the seed's exception for events 1, 4, 6 and 8, and our default
// for 2, 3 and 5, where it names none. Event 7 has no exception. Event 5 is
// inactive until somebody enables it.
func DefaultRules() map[Kind]Rule {
	rules := map[Kind]Rule{}
	for _, r := range []Rule{
		{Kind: TicketCreated, SkipActor: true, Roles: []Role{RoleAssignee}, Unassigned: []Role{GroupRole(escalation.TaskMembers)}},
		{Kind: CommentAdded, SkipActor: true, Roles: []Role{RoleAssignee}},
		{Kind: InternalCommentAdded, SkipActor: true, Roles: []Role{RoleAssignee}},
		{Kind: AssigneeChanged, SkipActor: true, Roles: []Role{RoleAssignee}},
		{Kind: CommentEdited, SkipActor: true, Roles: []Role{RoleAssignee}},
		{Kind: StatusDone, SkipActor: true, Roles: []Role{RoleCreator, RoleCustomerContact}},
		{Kind: StatusRejected, SkipActor: false, Roles: []Role{RoleLastAssignee}},
		{Kind: StatusAccepted, SkipActor: true, Roles: []Role{RoleLastAssignee}},
	} {
		r.Active = r.Kind != CommentEdited
		rules[r.Kind] = r
	}
	return rules
}

// Validate returns an *[InvalidError] for the first field that cannot work.
// groups are those a host has beside the seed's.
func (r Rule) Validate(groups ...escalation.Group) error {
	if !validKind(r.Kind) {
		return invalid("Kind", "%q must be 1 to 64 of a-z, 0-9 and underscore", r.Kind)
	}
	for _, list := range []struct {
		field string
		roles []Role
	}{{"Roles", r.Roles}, {"Unassigned", r.Unassigned}} {
		for i, role := range list.roles {
			field := fmt.Sprintf("%s[%d]", list.field, i)
			if !role.OfTicket() && !groupRole(role, groups) {
				return invalid(field, "%q is no role", role)
			}
			if slices.Contains(list.roles[:i], role) {
				return invalid(field, "%q is named twice", role)
			}
		}
	}
	for i, p := range r.People {
		if p == "" {
			return invalid(fmt.Sprintf("People[%d]", i), "is empty")
		}
	}
	for i, a := range r.Addresses {
		if err := checkAddress(a); err != nil {
			return invalid(fmt.Sprintf("Addresses[%d]", i), "%v", err)
		}
	}
	if len(r.Template) > 64 || strings.ContainsFunc(r.Template, isControl) {
		return invalid("Template", "%q is not a template's name", r.Template)
	}
	if isModule(r.Template) {
		return invalid("Template", "%q is a text module", r.Template)
	}
	if r.Delay < 0 || r.Delay > MaxDelay {
		return invalid("Delay", "%v is not between 0 and %v", r.Delay, MaxDelay)
	}
	if r.Attach < 0 || r.Attach > MaxAttach {
		return invalid("Attach", "%d is not between 0 and %d", r.Attach, MaxAttach)
	}
	return nil
}

// OfTicket reports whether r is one of a ticket's people, not a group.
func (r Role) OfTicket() bool {
	switch r {
	case RoleCreator, RoleAssignee, RoleLastAssignee, RoleCustomerContact, RoleSender:
		return true
	}
	return false
}

func groupRole(r Role, own []escalation.Group) bool {
	g := escalation.Group(r)
	return slices.Contains(escalation.DefaultChain(), g) || g != "" && slices.Contains(own, g)
}

func validKind(k Kind) bool {
	return k != "" && len(k) <= 64 && strings.Trim(string(k), "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
