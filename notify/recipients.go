package notify

import (
	"context"
	"errors"
	"slices"

	"example.com/ticketmail/escalation"
)

// A recipient is somebody who will be mailed.
type recipient struct {
	person   escalation.Person // zero ID: an address that belongs to nobody known
	address  string
	audience Audience
	roles    []Role // in which he is meant; empty: extra
	reasons  []Reason
}

// planning is the state of one event while its recipients are chosen.
type planning struct {
	*Planner
	ev         *Event
	rule       Rule
	internal   bool
	people     map[escalation.PersonID]escalation.Person // answers of the directory, for all events
	told       map[escalation.PersonID]bool
	addresses  map[string]bool // told, folded
	recipients []recipient
	skipped    []Skip
	failed     []failure
	nobody     bool
}

// A failure is a role that could not be mailed, for which the chain starts.
type failure struct {
	role    Role
	after   escalation.Group // empty: from the start
	reasons []Reason
	what    string // for people
}

func newPlanning(p *Planner, ev *Event, rule Rule, people map[escalation.PersonID]escalation.Person) *planning {
	return &planning{
		Planner: p, ev: ev, rule: rule, internal: internal(*ev),
		people:    people,
		told:      map[escalation.PersonID]bool{},
		addresses: map[string]bool{},
	}
}

// choose fills recipients, skipped and nobody. Chains start last, when
// everybody who is told anyway is known.
func (pl *planning) choose(ctx context.Context) error {
	roles := pl.rule.Roles
	if pl.ev.Ticket.Assignee == "" && pl.rule.Unassigned != nil {
		roles = pl.rule.Unassigned
	}
	for _, role := range roles {
		if err := pl.role(ctx, role); err != nil {
			return err
		}
	}
	for _, id := range pl.rule.People {
		if _, err := pl.personByID(ctx, id, meant("", "extra", "extra employee "+string(id))); err != nil {
			return err
		}
	}
	for _, address := range pl.rule.Addresses {
		if err := pl.address(ctx, address, "", "extra", "extra address"); err != nil {
			return err
		}
	}
	for _, f := range pl.failed {
		if err := pl.escalate(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// role adds the people of one role.
func (pl *planning) role(ctx context.Context, role Role) error {
	t := pl.ev.Ticket
	switch role {
	case RoleCreator:
		return pl.ticketPerson(ctx, role, t.Creator, true)
	case RoleAssignee:
		return pl.ticketPerson(ctx, role, t.Assignee, true)
	case RoleLastAssignee:
		return pl.ticketPerson(ctx, role, t.LastAssignee, true)
	case RoleCustomerContact:
		return pl.ticketPerson(ctx, role, t.CustomerContact, false)
	case RoleSender:
		if t.Sender == "" {
			pl.skip(role, "", "", EmptyRole)
			return nil
		}
		return pl.address(ctx, t.Sender, role, "role", "sender of the mail that opened the ticket")
	}
	return pl.group(ctx, escalation.Group(role))
}

// ticketPerson adds one of the ticket's people. escalates says whether the
// chain starts if he cannot be mailed.
func (pl *planning) ticketPerson(ctx context.Context, role Role, id escalation.PersonID, escalates bool) error {
	if id == "" {
		pl.skip(role, "", "", EmptyRole)
		return nil
	}
	what := string(role) + " " + string(id)
	why, err := pl.personByID(ctx, id, meant(role, "role", what))
	if err == nil && escalates && undeliverable(why) {
		pl.failed = append(pl.failed, failure{role: role, what: what, reasons: []Reason{cannot(what, why)}})
	}
	return err
}

// group adds the members of a group, or starts the chain behind it if it has
// members and every one of them cannot be mailed.
func (pl *planning) group(ctx context.Context, g escalation.Group) error {
	members, err := pl.Directory.Members(ctx, g, pl.ev.Ticket.Place)
	if err != nil {
		return err
	}
	role := GroupRole(g)
	if len(members) == 0 {
		pl.skip(role, "", "", EmptyRole)
		return nil
	}
	pl.expect(len(members))
	f := failure{role: role, after: g, what: string(g)}
	how := meant(role, "role", "one of "+string(g))
	for _, m := range members {
		if why := pl.person(m, how); undeliverable(why) {
			f.reasons = append(f.reasons, cannot(string(m.ID)+" of "+string(g), why))
		}
	}
	if len(f.reasons) == len(members) {
		pl.failed = append(pl.failed, f)
	}
	return nil
}

// expect makes room for so many recipients: groups may be large.
func (pl *planning) expect(n int) {
	pl.recipients = slices.Grow(pl.recipients, n)
	if len(pl.told) == 0 && len(pl.addresses) == 0 {
		pl.told, pl.addresses = make(map[escalation.PersonID]bool, n), make(map[string]bool, n)
	}
}

// A meaning is in which role somebody is meant, and the reason kept with his
// mail. The members of a group share one.
type meaning struct {
	role    Role // empty: extra
	roles   []Role
	reasons []Reason
}

func meant(role Role, code, text string) meaning {
	how := meaning{role: role, reasons: []Reason{{code, text}}}
	if role != "" {
		how.roles = []Role{role}
	}
	return how
}

func (pl *planning) personByID(ctx context.Context, id escalation.PersonID, how meaning) (escalation.Reason, error) {
	person, err := pl.lookup(ctx, id)
	if errors.Is(err, escalation.ErrNotFound) {
		pl.skip(how.role, id, "", escalation.Unknown)
		return escalation.Unknown, nil
	}
	if err != nil {
		return "", err
	}
	return pl.person(person, how), nil
}

// person adds a person, or records and returns why not.
func (pl *planning) person(m escalation.Person, how meaning) escalation.Reason {
	r := recipient{person: m, address: m.Address, audience: Customer, roles: how.roles, reasons: how.reasons}
	if m.Internal() {
		r.audience = Staff
	}
	why := pl.against(r)
	if why != "" {
		pl.skip(how.role, m.ID, m.Address, why)
		if why == escalation.Told {
			pl.meantToo(m.ID, how.role)
		}
		return why
	}
	pl.add(r)
	return ""
}

// meantToo notes a further role of somebody who is told already: should his
// mail come back, that role has a chain as well.
func (pl *planning) meantToo(id escalation.PersonID, role Role) {
	i := slices.IndexFunc(pl.recipients, func(r recipient) bool { return r.person.ID == id })
	if i >= 0 && role != "" && !slices.Contains(pl.recipients[i].roles, role) {
		pl.recipients[i].roles = append(slices.Clip(pl.recipients[i].roles), role)
	}
}

// address adds an address, as the person whose it is where the directory
// knows one.
func (pl *planning) address(ctx context.Context, address string, role Role, code, text string) error {
	m, err := pl.Directory.PersonByAddress(ctx, address)
	if err == nil {
		pl.people[m.ID] = m
		pl.person(m, meant(role, code, text+" of "+string(m.ID)))
		return nil
	}
	if !errors.Is(err, escalation.ErrNotFound) {
		return err
	}
	how := meant(role, code, text)
	r := recipient{address: address, audience: Outside, roles: how.roles, reasons: how.reasons}
	if role == "" && checkAddress(address) == nil && pl.insideDomain(address) {
		r.audience = Staff
	}
	if why := pl.against(r); why != "" {
		pl.skip(role, "", address, why)
		return nil
	}
	pl.add(r)
	return nil
}

func (pl *planning) insideDomain(address string) bool {
	return slices.ContainsFunc(pl.InternalDomains, func(d string) bool { return FoldAddress(d) == domainOf(address) })
}

func (pl *planning) add(r recipient) {
	if r.person.ID != "" {
		pl.told[r.person.ID] = true
	}
	pl.addresses[FoldAddress(r.address)] = true
	pl.recipients = append(pl.recipients, r)
}

func (pl *planning) skip(role Role, id escalation.PersonID, address string, why escalation.Reason) {
	pl.skipped = append(pl.skipped, Skip{Event: pl.ev.Kind, Role: role, Person: id, Address: address, Reason: why})
}

// lookup asks the directory for a person, once.
func (pl *planning) lookup(ctx context.Context, id escalation.PersonID) (escalation.Person, error) {
	if m, ok := pl.people[id]; ok {
		return m, nil
	}
	m, err := pl.Directory.Person(ctx, id)
	if err == nil {
		pl.people[id] = m
	}
	return m, err
}
