package ticketmail

import (
	"context"
	"errors"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// askedLately is how long what the directory said when a mail was planned is
// good for sending it.
const askedLately = time.Minute

// stillStaff refuses an internal mail that has waited, for others to join it, for
// the exit or for somebody to release it, and whose recipient has left meanwhile
// or is a customer's contact by now: it was written for colleagues. Whoever would
// have been told instead is told then. While the directory fails it is tried again
// as after any temporary error.
func (e *Engine) stillStaff(ctx context.Context, m notify.Mail) error {
	if !m.Internal || m.Person == "" || e.now().Sub(m.Date) < askedLately {
		return nil
	}
	p, err := e.directory().Person(ctx, m.Person)
	var why escalation.Reason
	switch {
	case errors.Is(err, escalation.ErrNotFound):
		why = escalation.Unknown
	case err != nil:
		return err
	case p.Left:
		why = escalation.Left
	case !p.Internal():
		why = escalation.NotStaff
	default:
		return nil
	}
	// The status is that of a policy, which says nothing of the address.
	return &notify.RecipientError{Address: m.To.Address, Status: "5.7.1", Err: &UndeliverableError{Recipient: string(m.Person), Reason: why}}
}
