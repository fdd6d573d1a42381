package ticketmail

import (
	"errors"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/seal"
)

// A diagnosedError is an error of a poll with what is behind it, as
// mailbox.Diagnose finds it. Only who met the error knows whether it is the mail
// server's: that of a database may read the same.
type diagnosedError struct {
	error
	about mailbox.Diagnosis
}

var _ mailbox.Advised = (*diagnosedError)(nil)

func (e *diagnosedError) Unwrap() error { return e.error }

// Advice implements [mailbox.Advised].
func (e *diagnosedError) Advice() (cause, cure string) { return e.about.Cause, e.about.Cure }

// Diagnosis is Advice with its code.
func (e *diagnosedError) Diagnosis() mailbox.Diagnosis { return e.about }

// diagnose adds to an error of a mail server what the connector knows about it.
func (e *Engine) diagnose(m mailbox.Mailbox, err error) error {
	c, ok := e.cfg.Connectors[m.Protocol].(mailbox.Diagnoser)
	if !ok || err == nil {
		return err
	}
	if about := c.Diagnose(m, err); about.Cause != "" {
		return &diagnosedError{err, about}
	}
	return err
}

// diagnosed adds to our own errors what an administrator can do about them.
func diagnosed(err error) error {
	_, noKey := errors.AsType[*seal.UnknownKeyError](err)
	switch {
	case errors.Is(err, ErrVolatile):
		return &diagnosedError{err, mailbox.Diagnosis{Code: "store-volatile", Cause: "the store is not durable, so no mailbox is emptied into it", Cure: "use a durable store; on PostgreSQL switch fsync on"}}
	case noKey, errors.Is(err, seal.ErrRefused), errors.Is(err, ErrNoSealer), errors.Is(err, ErrNoOAuth):
		return &diagnosedError{err, mailbox.Diagnosis{Code: "secret-closed", Cause: "the stored password or sign-in cannot be opened", Cure: "give this program the key back that sealed it, or enter password or sign-in again"}}
	case isA[*mailbox.FieldError](err):
		return &diagnosedError{err, mailbox.Diagnosis{Code: "mailbox-resting", Cause: "the mailbox cannot be polled beside the others, for example because another one reads the same folder", Cure: "change or delete one of the two: what is wrong stands in the error"}}
	case errors.Is(err, ErrStalled):
		return &diagnosedError{err, mailbox.Diagnosis{Code: "poll-stalled", Cause: "nothing came of the poll for more than ten minutes, so it was ended", Cure: "nothing: it is tried again; if it lasts, test the connection"}}
	}
	return err
}
