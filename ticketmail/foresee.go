package ticketmail

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// foresee asks what telling people of a new ticket will need to know in most
// cases. A transaction that has to be run again costs a ticket number. What
// the directory fails to answer is remembered as that. The error is ctx's.
func (e *Engine) foresee(ctx context.Context, known *answers, task escalation.TaskID, people ...escalation.PersonID) error {
	err := e.foreseeAll(ctx, consulted{known, false}, task, people)
	if isDirectory(err) {
		return nil
	}
	return err
}

func (e *Engine) foreseeAll(ctx context.Context, dir consulted, task escalation.TaskID, people []escalation.PersonID) error {
	for _, id := range people {
		if id == "" {
			continue
		}
		if _, err := dir.Person(ctx, id); err != nil && !errors.Is(err, escalation.ErrNotFound) {
			return err
		}
	}
	place, err := dir.Place(ctx, task)
	if errors.Is(err, escalation.ErrNotFound) {
		place = escalation.Place{Task: task}
	} else if err != nil {
		return err
	}
	rule := e.cfg.Rules[notify.TicketCreated]
	if !rule.Active {
		return nil
	}
	reached := true
	for _, id := range people {
		p, err := dir.Person(ctx, id)
		reached = reached && (id == "" || err == nil && escalation.Mailable(p, nil) == "")
	}
	for _, role := range slices.Concat(rule.Roles, rule.Unassigned) {
		g := escalation.Group(role)
		if !slices.Contains(e.cfg.Chain, g) {
			continue
		}
		members, err := dir.Members(ctx, g, place)
		if err != nil {
			return err
		}
		reached = reached && slices.ContainsFunc(members, func(p escalation.Person) bool { return escalation.Mailable(p, nil) == "" })
	}
	if reached {
		return nil
	}
	for _, g := range e.cfg.Chain { // somebody cannot be mailed, so it will be walked
		if _, err := dir.Members(ctx, g, place); err != nil {
			return err
		}
	}
	return nil
}

// foreseeEdit asks what an edit and telling people of it will need to know in
// most cases, so that the transaction is run once. The error is ctx's, or the
// store's.
func (e *Engine) foreseeEdit(ctx context.Context, known *answers, by escalation.PersonID, id TicketID, edit Edit) error {
	var k Ticket
	err := e.store.View(ctx, func(r storage.Reader) error {
		var err error
		k, err = r.Tickets().Get(ctx, id)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) { // or not committed yet; the transaction knows
		return nil
	}
	if err != nil {
		return err
	}
	dir := consulted{known, false}
	if _, err := dir.Place(ctx, cmp.Or(edit.Task, k.Task)); err != nil && !answered(err) {
		return err
	}
	for _, id := range append(toldOf(k, edit), by) {
		if id == "" {
			continue
		}
		if _, err := dir.Person(ctx, id); err != nil && !answered(err) {
			return err
		}
	}
	return nil
}

// toldOf returns whom the seed's rules tell of an edit.
func toldOf(k Ticket, edit Edit) []escalation.PersonID {
	var people []escalation.PersonID
	if edit.Assignee != nil {
		people = append(people, *edit.Assignee)
	}
	if edit.Comment != nil {
		people = append(people, k.Assignee)
	}
	switch edit.Status {
	case storage.Done:
		people = append(people, k.Creator, k.CustomerContact)
	case storage.Accepted, storage.Rejected:
		people = append(people, k.LastAssignee)
	}
	return people
}

// answered reports errors that are answers of the directory, or that it has
// none to give: the transaction decides what follows.
func answered(err error) bool { return errors.Is(err, escalation.ErrNotFound) || isDirectory(err) }
