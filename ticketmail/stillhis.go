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

// stillHis refuses a mail that has waited, for others to join it, for the exit or
// for somebody to release it, and whose recipient has left meanwhile, or whose
// address is another's by now. So it does where an employee, for whom it was
// written, is a customer's contact or unknown. Whoever would have been told
// instead is told then. Of a directory that fails only what is internal waits.
func (e *Engine) stillHis(ctx context.Context, m notify.Mail) error {
	if m.Person == "" || e.now().Sub(m.Date) < askedLately {
		return nil
	}
	why, err := e.nobodys(ctx, m)
	if err == nil && why != nil {
		// The status is that of a policy, which says nothing of the address.
		return &notify.RecipientError{Address: m.To.Address, Status: "5.7.1", Err: why}
	}
	if !m.Internal {
		return nil
	}
	return err
}

// errReassigned reports a mail to an address that is another person's by now.
var errReassigned = errors.New("the address is another person's by now")

// nobodys returns why a mail is for its recipient no more, or nil. err is the
// directory's.
func (e *Engine) nobodys(ctx context.Context, m notify.Mail) (why, err error) {
	gone := func(why escalation.Reason) (error, error) {
		return &UndeliverableError{Recipient: string(m.Person), Reason: why}, nil
	}
	people := e.directory()
	p, err := people.Person(ctx, m.Person)
	unknown := errors.Is(err, escalation.ErrNotFound)
	switch {
	case unknown && m.Audience == notify.Staff:
		return gone(escalation.Unknown)
	case err != nil && !unknown:
		return nil, err
	case p.Left:
		return gone(escalation.Left)
	case m.Audience == notify.Staff && !p.Internal():
		return gone(escalation.NotStaff)
	case notify.FoldAddress(p.Address) == notify.FoldAddress(m.To.Address):
		return nil, nil
	}
	other, err := people.PersonByAddress(ctx, m.To.Address)
	switch {
	case errors.Is(err, escalation.ErrNotFound): // it may still be forwarded to him
		return nil, nil
	case err == nil && other.ID != m.Person:
		return errReassigned, nil
	}
	return nil, err
}
