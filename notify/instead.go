package notify

import (
	"context"
	"fmt"
	"slices"

	"example.com/ticketmail/escalation"
)

// A ReturnedMail is a mail that did not reach its recipient: the mail exit
// refused him for good, or it came back later.
type ReturnedMail struct {
	Mail Mail

	// Told are the people who were told of an event (by its ID) by mails that
	// did not come back, as far as is known.
	Told map[string][]escalation.PersonID

	// Lost are the addresses to which other mails about these events did not
	// get through. They count as bouncing here, also where they are good in
	// general: a mailbox may only have been full.
	Lost []string
}

// HasChain reports whether the recipient was meant in a role in which somebody
// else is told if he cannot be mailed.
func (c Cause) HasChain() bool { return slices.ContainsFunc(c.Roles, Role.hasChain) }

// hasChain reports whether the escalation chain starts for a role.
func (r Role) hasChain() bool { return r != RoleCustomerContact && r != RoleSender && r != "" }

// Instead plans who is told of events, all of one ticket, because a mail about
// them came back. It is the escalation chain of [Planner.Plan], begun late: for
// each role of [Cause.Roles] that has one. A set assignee, last assignee or
// creator has the whole chain; a group has the groups after it, once none of
// its members is among those told. For any other recipient the plan is empty:
// customers and extra recipients have no substitute.
//
// Nobody is told twice, and the address that the mail came back from counts as
// bouncing, whether the planner knows it or not. Mails are due at once and
// join no digest. Their ids depend on the address as well, so that somebody
// whose mail came back is told again once he has another one.
func (p *Planner) Instead(ctx context.Context, events []Event, rule func(Kind) Rule, env Envelope, came ReturnedMail) (Plan, error) {
	if err := p.check(env); err != nil {
		return Plan{}, err
	}
	plannings, err := p.bouncingToo(append(came.Lost, came.Mail.To.Address)).plannings(events, rule)
	if err != nil {
		return Plan{}, err
	}
	var plan Plan
	for _, pl := range plannings {
		pl.rule.Delay = 0
		if err := pl.substitute(ctx, came); err != nil {
			return Plan{}, fmt.Errorf("plan %s of ticket %s for others: %w", pl.ev.Kind, pl.ev.Ticket.Ref, err)
		}
		plan.Skipped = append(plan.Skipped, pl.skipped...)
		if pl.nobody {
			plan.Nobody, plan.Missed = true, append(plan.Missed, pl.ev.Kind)
		}
	}
	w := writer{Planner: p, env: env, instead: true, known: map[choice]*picked{}}
	return plan, w.write(ctx, &plan, letters(plannings))
}

// bouncingToo returns p with more addresses that are known to bounce.
func (p *Planner) bouncingToo(addresses []string) *Planner {
	bad := map[string]bool{}
	for _, a := range addresses {
		bad[FoldAddress(a)] = true
	}
	q := *p
	q.Bouncing = func(a string) bool { return bad[FoldAddress(a)] || p.Bouncing != nil && p.Bouncing(a) }
	return &q
}

// substitute walks the chain for each role that lost its recipient.
func (pl *planning) substitute(ctx context.Context, came ReturnedMail) error {
	for _, id := range came.Told[pl.ev.ID] {
		pl.told[id] = true
	}
	for _, role := range came.Mail.rolesFor(pl.ev.ID) {
		f := failure{role: role, what: string(role)}
		switch {
		case !role.hasChain():
			continue
		case role.OfTicket():
			f.what += " " + string(came.Mail.Person)
		default:
			told, err := pl.toldOf(ctx, escalation.Group(role))
			if err != nil {
				return err
			}
			if told {
				continue
			}
			f.after = escalation.Group(role)
		}
		f.reasons = []Reason{{"skip", fmt.Sprintf("mail to %s of %s came back", came.Mail.Person, role)}}
		if err := pl.escalate(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// toldOf reports whether a member of a group was told.
func (pl *planning) toldOf(ctx context.Context, g escalation.Group) (bool, error) {
	members, err := pl.Directory.Members(ctx, g, pl.ev.Ticket.Place)
	return slices.ContainsFunc(members, func(m escalation.Person) bool { return pl.told[m.ID] }), err
}

// rolesFor returns the roles in which m's recipient was meant for an event.
func (m Mail) rolesFor(event string) []Role {
	for _, c := range m.Causes {
		if c.Event == event {
			return c.Roles
		}
	}
	return nil
}
