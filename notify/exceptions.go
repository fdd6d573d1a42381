package notify

import (
	"context"
	"fmt"
	"slices"

	"example.com/ticketmail/escalation"
)

// against returns what speaks against mailing r, or "". Exceptions come
// before everything that would start the chain: somebody who is not meant is
// not somebody who cannot be reached.
func (pl *planning) against(r recipient) escalation.Reason {
	switch {
	case pl.rule.SkipActor && pl.ev.Actor != "" && r.person.ID == pl.ev.Actor:
		return escalation.IsActor
	case pl.wroteIt(r.address) && pl.ev.Kind != Receipt:
		return escalation.IsActor
	case pl.internal && r.audience != Staff && !r.person.Left:
		return escalation.NotStaff
	case pl.ev.Automatic && (r.audience != Staff || pl.ev.Kind == Receipt) && !r.person.Left:
		return NoReply
	case r.person.ID != "" && pl.told[r.person.ID], r.address != "" && pl.addresses[FoldAddress(r.address)]:
		return escalation.Told
	}
	return pl.unmailable(r)
}

// unmailable returns why r cannot be mailed by anybody about anything, or "".
func (pl *planning) unmailable(r recipient) escalation.Reason {
	person := r.person
	person.Address = r.address
	if why := escalation.Mailable(person, pl.Bouncing); why != "" {
		return why
	}
	switch {
	case checkAddress(r.address) != nil:
		return BadAddress
	case pl.Polled != nil && pl.Polled(r.address):
		return IsPolled
	}
	return ""
}

// wroteIt reports whether address is the one whose mail caused the event.
// Nobody is mailed because of his own mail, not even where the rule would
// tell the actor: a responder at that address would start a loop.
func (pl *planning) wroteIt(address string) bool {
	return pl.ev.ActorAddress != "" && FoldAddress(address) == FoldAddress(pl.ev.ActorAddress)
}

// undeliverable reports the reasons that start the chain.
func undeliverable(why escalation.Reason) bool {
	switch why {
	case escalation.NoAddress, escalation.Left, escalation.Bouncing, escalation.Unknown, IsPolled, BadAddress:
		return true
	}
	return false
}

// escalate walks the chain for a role that could not be mailed.
func (pl *planning) escalate(ctx context.Context, f failure) error {
	chain := pl.Chain
	if chain == nil {
		chain = escalation.DefaultChain()
	}
	result, err := chain.Walk(ctx, escalation.Walk{
		Directory: pl.Directory,
		Place:     pl.ev.Ticket.Place,
		After:     f.after,
		Actor:     pl.ev.Actor,
		Told:      pl.told,
		Internal:  pl.internal || pl.ev.Automatic,
		Bouncing: func(address string) bool {
			return pl.wroteIt(address) || pl.unmailable(recipient{address: address}) != ""
		},
	})
	if err != nil {
		return err
	}
	reasons := f.reasons
	for _, s := range result.Skipped {
		pl.skip(GroupRole(s.Group), s.Person, "", s.Reason)
		reasons = append(reasons, Reason{"skip", fmt.Sprintf("%s of %s passed over (%s)", s.Person, s.Group, s.Reason)})
	}
	if result.Group == "" {
		pl.nobody = true
		return nil
	}
	pl.expect(len(result.Persons))
	how := meant(GroupRole(result.Group), "chain", fmt.Sprintf("%s told instead of %s", result.Group, f.what))
	for _, m := range result.Persons {
		why := pl.person(m, how)
		if why == "" {
			last := &pl.recipients[len(pl.recipients)-1]
			last.reasons = append(slices.Clip(reasons), last.reasons...)
		}
	}
	return nil
}

// cannot is the reason kept with the mail of whoever is told instead.
func cannot(what string, why escalation.Reason) Reason {
	return Reason{"skip", fmt.Sprintf("%s cannot be mailed (%s)", what, why)}
}
