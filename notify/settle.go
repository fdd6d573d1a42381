package notify

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// settleAll settles fresh outcomes, and begins a pause where one says so.
func (r *round) settleAll(ctx context.Context, done []outcome) {
	for i, o := range done {
		if isConfig(o.err) {
			r.pause(o.err)
		}
		done[i].settled = r.settle(ctx, o)
	}
}

// settle decides what becomes of a mail after its Send.
func (r *round) settle(ctx context.Context, o outcome) Mail {
	m := o.mail
	m.ClaimedBy, m.ClaimedUntil, m.Error = "", time.Time{}, errorText(o.err)
	if !isConfig(o.err) {
		m.Digest = Digest{} // it may be out, and a repeat is the same mail: nothing joins it
	}
	switch {
	case o.err == nil:
		m.State, m.SentAt = Sent, r.now()
	case final(o.err):
		m.State = Failed
	case isConfig(o.err):
		giveBack(&m)
	case ctx.Err() != nil: // our own end is no news of the mail
		giveBack(&m)
		m.Error = o.mail.Error
	default:
		wait, ok := r.Backoff.after(m.Attempts)
		if e, deferred := errors.AsType[*DeferredError](o.err); !ok || deferred && e.Tries > 0 && m.Attempts >= e.Tries {
			m.State = Failed
			break
		}
		m.State, m.Due = Waiting, r.now().Add(wait)
	}
	return m
}

// giveBack makes m as if it had not been claimed.
func giveBack(m *Mail) {
	m.State = Waiting
	m.Attempts = max(m.Attempts-1, 0)
}

// tell counts what was noted.
func (r *round) tell(done []outcome) {
	for _, o := range done {
		switch m := o.settled; {
		case m.State == Sent:
			r.report.Sent++
		case m.State == Failed:
			r.report.Failed++
		case m.Due.After(o.mail.Due): // else it was given back
			r.report.Retried++
		}
	}
}

// tellFailed reports mails that will not be tried again.
func (r *round) tellFailed(ctx context.Context, o Outbox, done []outcome, noted []Mail) error {
	for i, m := range noted {
		if m.State != Failed {
			continue
		}
		refused, ok := refusedAtLast(done[i].err)
		var err error
		switch {
		case ok && r.Refused != nil:
			err = r.Refused(ctx, o, m, refused)
		case !ok && r.GaveUp != nil:
			err = r.GaveUp(ctx, o, m, done[i].err)
		}
		if err != nil {
			return fmt.Errorf("failed mail %s: %w", m.ID, err)
		}
	}
	return nil
}

// refusedAtLast returns the refusal behind a mail that failed, if its recipient
// was the cause.
func refusedAtLast(err error) (*RecipientError, bool) {
	if e, ok := errors.AsType[*DeferredError](err); ok {
		return &RecipientError{Address: e.Address, Status: e.Status, Err: e.Err}, true
	}
	return errors.AsType[*RecipientError](err)
}

// final reports errors that no later attempt can mend.
func final(err error) bool {
	_, refused := errors.AsType[*RecipientError](err)
	return refused || errors.Is(err, ErrInvalidMail)
}

func isConfig(err error) bool {
	_, ok := errors.AsType[*ConfigError](err)
	return ok
}

// errorText is an error as it is kept with a mail: one line, not too long.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return clip(cleanLine(err.Error()), 500)
}
