package ticketmail

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A Forward sends a comment on.
type Forward struct {
	Comment string   // storage.Comment.ID; that of the opening one is the first that storage.TicketReader.Comments yields
	To      []string // addresses, 1 to 20; an internal comment goes to employees only
	Note    string   // what the actor says to it; may be empty
}

// maxForward is how many addresses a comment is sent on to at once.
const maxForward = 20

// An UndeliverableError reports that somebody who was to get a mail cannot get
// it, so that nothing was done.
type UndeliverableError struct {
	Recipient string            // address, or id of a person without one
	Reason    escalation.Reason // of package escalation, notify.BadAddress or notify.IsPolled
}

func (e *UndeliverableError) Error() string {
	why := fmt.Sprintf("cannot be mailed (%s)", e.Reason)
	switch e.Reason {
	case notify.BadAddress:
		why = "is not a mail address"
	case notify.IsPolled:
		why = "is a mailbox of ours"
	case escalation.NoAddress:
		why = "has no mail address"
	case escalation.Left:
		why = "has left the company"
	case escalation.Bouncing:
		why = "cannot be mailed: mail to this address came back"
	case escalation.Unknown:
		why = "is not in the directory"
	case escalation.NotStaff:
		why = "may not see what is internal"
	}
	return fmt.Sprintf("%q %s", e.Recipient, why)
}

// Forward mails a comment and its files to addresses that the actor names. The
// subject has the ticket's token, so that an answer becomes a comment on the
// ticket. It is a line of the ticket's history.
//
// Errors: storage.ErrNotFound for ticket and comment, ErrInvalid for no
// comment and for the list of addresses, *UndeliverableError for an address that cannot be written to,
// comes back, is a mailbox of ours, or may not see an internal comment
// (escalation.NotStaff). Then nobody gets anything.
func (e *Engine) Forward(ctx context.Context, by Actor, id TicketID, f Forward) error {
	if len(f.To) == 0 || len(f.To) > maxForward {
		return fmt.Errorf("forward comment %s of ticket %s: %w: To has %d addresses, not 1 to %d", f.Comment, id, ErrInvalid, len(f.To), maxForward)
	}
	if f.Comment == "" {
		return fmt.Errorf("forward a comment of ticket %s: %w: Comment is empty", id, ErrInvalid)
	}
	err := e.update(ctx, e.newAnswers(), func(t *tx) error {
		k, err := t.open(ctx, id)
		if err != nil {
			return err
		}
		if err := t.known(ctx, by.Person); err != nil {
			return err
		}
		c, _, err := t.findComment(ctx, id, f.Comment)
		if err != nil {
			return fmt.Errorf("comment: %w", err)
		}
		return t.forward(ctx, k, c, f, by.Person)
	})
	if err != nil {
		return fmt.Errorf("forward comment %s of ticket %s: %w", f.Comment, id, err)
	}
	return nil
}

func (t *tx) forward(ctx context.Context, k Ticket, c Comment, f Forward, by escalation.PersonID) error {
	change := storage.Change{Ticket: k.ID, At: t.now, Actor: by, Field: storage.FieldForwarded, New: strings.Join(f.To, ", "), Via: viaComment + c.ID}
	if err := t.w.Tickets().AddChange(ctx, &change); err != nil {
		return err
	}
	ev, err := t.commentEvent(ctx, notify.Forward, k, c, originOfComment(c))
	if err != nil {
		return err
	}
	actor, err := t.nameOf(ctx, by)
	if err != nil {
		return err
	}
	ev.ID, ev.At, ev.Note = changeEventID(notify.Forward, change.Seq), t.now, f.Note
	ev.Actor, ev.ActorName, ev.ActorAddress, ev.Automatic = by, actor, "", false // a person sends it, whatever it is
	t.forwardTo = f.To
	return t.raise(ctx, ev)
}

// personal returns the rule of what a person sends on purpose.
func (t *tx) personal(kind notify.Kind, k notify.TicketView) (notify.Rule, bool) {
	switch kind {
	case notify.Reply:
		return replyRule(k), true
	case notify.Forward:
		return notify.Rule{Kind: kind, Active: true, Addresses: t.forwardTo, Attach: notify.MaxAttach}, true
	}
	return notify.Rule{}, false
}

// allReached refuses a plan that leaves out somebody whom a person meant to
// write to.
func allReached(events []notify.Event, plan notify.Plan) error {
	for _, s := range plan.Skipped {
		own := slices.ContainsFunc(events, func(ev notify.Event) bool {
			return ev.Kind == s.Event && (ev.Kind == notify.Reply || ev.Kind == notify.Forward)
		})
		if own && s.Reason != escalation.Told { // named twice
			return &UndeliverableError{Recipient: cmp.Or(s.Address, string(s.Person)), Reason: s.Reason}
		}
	}
	return nil
}
