package notify

import (
	"context"
	"fmt"
	"slices"

	"example.com/ticketmail/escalation"
)

// PlanAll is [Planner.Plan] for one action that is several events of one
// ticket, in the order in which they are told: a comment, a new status and a
// new assignee, say. rule returns the rule of a kind.
//
// Each event's recipients are chosen as if it were alone; then the mails to
// the same recipient become one. So nobody is told twice, and nobody is left
// out: being told of one event says nothing about another, hence it neither
// makes somebody "told" of that one nor ends its chain. Whoever is told of one
// event only gets that event's own mail. Whoever is told of several gets the
// template [Several], which holds them in order, each comment once. What is
// internal goes to employees only, and a customer gets the rest.
//
// Such a mail has the kind and the id of the first event it tells of, the
// time of the last, the reasons of all, and the shortest delay.
func (p *Planner) PlanAll(ctx context.Context, events []Event, rule func(Kind) Rule, env Envelope) (Plan, error) {
	return p.planAll(ctx, events, rule, env, false)
}

// Outline is [Planner.PlanAll] without words: who is mailed and why, in which
// language, with which template, from and reply address, and who is not. Its
// mails have neither ids nor subject, text and digest, and cannot be sent. It
// costs about a tenth, for whoever only wants to know.
func (p *Planner) Outline(ctx context.Context, events []Event, rule func(Kind) Rule, env Envelope) (Plan, error) {
	return p.planAll(ctx, events, rule, env, true)
}

func (p *Planner) planAll(ctx context.Context, events []Event, rule func(Kind) Rule, env Envelope, outline bool) (Plan, error) {
	plannings, err := p.plannings(events, rule)
	if err != nil || len(plannings) == 0 {
		return Plan{}, err
	}
	if err := p.check(env); err != nil {
		return Plan{}, err
	}
	var plan Plan
	for _, pl := range plannings {
		if err := pl.choose(ctx); err != nil {
			return Plan{}, fmt.Errorf("plan %s of ticket %s: %w", pl.ev.Kind, pl.ev.Ticket.Ref, err)
		}
		plan.Skipped = append(plan.Skipped, pl.skipped...)
		if pl.nobody {
			plan.Nobody, plan.Missed = true, append(plan.Missed, pl.ev.Kind)
		}
	}
	w := writer{Planner: p, env: env, outline: outline, known: map[choice]*picked{}}
	if err := w.write(ctx, &plan, letters(plannings)); err != nil {
		return Plan{}, err
	}
	return plan, nil
}

// write composes the letters of a plan.
func (w *writer) write(ctx context.Context, plan *Plan, letters []*letter) error {
	plan.Mails = slices.Grow(plan.Mails, len(letters))
	for _, l := range letters {
		plan.Mails = append(plan.Mails, Mail{})
		if err := w.compose(ctx, l, &plan.Mails[len(plan.Mails)-1]); err != nil {
			return fmt.Errorf("write %s of ticket %s: %w", l.first().Kind, l.first().Ticket.Ref, err)
		}
		for _, w := range l.warnings {
			if !slices.Contains(plan.Warnings, w) {
				plan.Warnings = append(plan.Warnings, w)
			}
		}
	}
	return nil
}

// plannings begins the events whose rules are active.
func (p *Planner) plannings(events []Event, rule func(Kind) Rule) ([]*planning, error) {
	people := map[escalation.PersonID]escalation.Person{}
	var list []*planning
	for i := range events {
		ev := &events[i]
		if ev.Ticket.Ref != events[0].Ticket.Ref {
			return nil, invalid(fmt.Sprintf("events[%d]", i), "is about ticket %q, the first about %q", ev.Ticket.Ref, events[0].Ticket.Ref)
		}
		if r := rule(ev.Kind); r.Active {
			list = append(list, newPlanning(p, ev, r, people))
		}
	}
	return list, nil
}

// A letter is one mail to be written: a recipient, and what he is told of.
type letter struct {
	recipient *recipient
	about     []*planning // at least one
	meant     []recipient // as he was chosen for each of them
	warnings  []*TemplateError
}

func (l *letter) first() *Event { return l.about[0].ev }

// events returns what the letter tells of, in order.
func (l *letter) events() []*Event {
	list := make([]*Event, len(l.about))
	for i, pl := range l.about {
		list[i] = pl.ev
	}
	return list
}

// A destination is what makes two mails go to the same reader. The audience
// belongs to it: where an employee and a contact share an address, each gets
// what he may see.
type destination struct {
	address  string // folded
	audience Audience
}

// letters joins what goes to the same reader, in the order of the events.
func letters(plannings []*planning) []*letter {
	total := 0
	for _, pl := range plannings {
		total += len(pl.recipients)
	}
	list, room := make([]*letter, 0, total), make([]letter, total)
	join := joiner(plannings, total)
	for _, pl := range plannings {
		alone := []*planning{pl}
		for i := range pl.recipients {
			r := &pl.recipients[i]
			if l := join(r, nil); l != nil {
				l.about, l.meant = append(l.about, pl), append(l.meant, *r)
				continue
			}
			l := &room[len(list)]
			*l = letter{recipient: r, about: alone[:1:1], meant: pl.recipients[i : i+1 : i+1]}
			join(r, l)
			list = append(list, l)
		}
	}
	for _, l := range list {
		l.personal()
	}
	return list
}

// joiner returns a function that finds the letter to a recipient, or notes it.
// Of one event everybody is told once already.
func joiner(plannings []*planning, total int) func(r *recipient, l *letter) *letter {
	if len(plannings) < 2 {
		return func(*recipient, *letter) *letter { return nil }
	}
	known := make(map[destination]*letter, total)
	return func(r *recipient, l *letter) *letter {
		to := destination{FoldAddress(r.address), r.audience}
		if l != nil {
			known[to] = l
		}
		return known[to]
	}
}

// personal leaves out what is told of a comment that the same letter brings as
// a person's own mail: that mail says all of it.
func (l *letter) personal() {
	own := slices.IndexFunc(l.about, func(pl *planning) bool { return pl.ev.Kind.byPerson() })
	if own < 0 || len(l.about) == 1 {
		return
	}
	mail := l.about[own].ev
	kept := *l
	kept.about, kept.meant = nil, nil
	for i, pl := range l.about {
		if i == own || pl.ev.Comment == nil || mail.Comment == nil || !pl.ev.sharesComment(mail) {
			kept.about, kept.meant = append(kept.about, pl), append(kept.meant, l.meant[i])
		}
	}
	*l = kept
}

// causes returns the events that the letter tells of.
func (l *letter) causes() []Cause {
	list := make([]Cause, len(l.about))
	for i, pl := range l.about {
		list[i] = Cause{Event: pl.ev.ID, Kind: pl.ev.Kind, Roles: l.meant[i].roles}
	}
	return list
}

// reasons returns why the letter is written; of several events each with the
// event whose reason it is.
func (l *letter) reasons() []Reason {
	if len(l.about) == 1 {
		return slices.Clip(l.meant[0].reasons)
	}
	var list []Reason
	for i, pl := range l.about {
		for _, r := range l.meant[i].reasons {
			list = append(list, Reason{r.Code, string(pl.ev.Kind) + ": " + r.Text})
		}
	}
	return list
}
