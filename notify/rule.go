package notify

import "example.com/ticketmail/escalation"

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
}

// DefaultRules returns the seed's rules, by kind. The caller owns the map.
func DefaultRules() map[Kind]Rule { panic("contract") }
