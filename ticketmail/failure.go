package ticketmail

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A Failure says in one word why something did not go well: one of a fixed
// list, fit to be a label of metrics.
type Failure string

// The failures.
const (
	FailureCanceled      Failure = "canceled"      // the context ended first, as when the Engine stops
	FailureElsewhere     Failure = "elsewhere"     // another node has it, which is nobody's fault
	FailureConsent       Failure = "consent"       // a folder waits for Engine.Consent
	FailureSettings      Failure = "settings"      // the mailbox is inactive, unassigned or unknown, or the store not durable
	FailureChanged       Failure = "changed"       // the mailbox was changed meanwhile
	FailureFolder        Failure = "folder"        // it does not exist, or cannot be emptied
	FailureSignIn        Failure = "sign-in"       // the mail server refuses us
	FailureToken         Failure = "token"         // no access token is to be had
	FailureDirectory     Failure = "directory"     // the Directory does not answer
	FailureLease         Failure = "lease"         // it was lost meanwhile
	FailureConflict      Failure = "conflict"      // somebody else changed the same
	FailureRefused       Failure = "refused"       // what somebody asked for is not allowed, not known or not possible
	FailureRecipient     Failure = "recipient"     // refused for good; the escalation chain goes on
	FailureConfiguration Failure = "configuration" // the mail exit refuses us; the outbox pauses
	FailureInvalid       Failure = "invalid"       // the mail cannot be written
	FailureStalled       Failure = "stalled"       // no progress for too long
	FailureTimeout       Failure = "timeout"       // no answer in time; tried again
	FailureCertificate   Failure = "certificate"   // the server's is not trusted
	FailureNetwork       Failure = "network"       // not reached, or cut off; tried again
	FailureOther         Failure = "other"         // anything else, tried again; Result.Err says more
)

// classify puts an error into a class, "" for none. Of several kinds the first in
// this order counts.
func classify(err error) Failure {
	if err == nil {
		return ""
	}
	for _, known := range []struct {
		failure Failure
		is      bool
	}{
		{FailureElsewhere, isA[*storage.HeldError](err)},
		{FailureConsent, isA[*ConsentError](err)},
		{FailureSettings, isAny(err, ErrInactive, ErrUnassigned, ErrUnknownMailbox, ErrVolatile)},
		{FailureChanged, errors.Is(err, ErrChanged)},
		{FailureLease, errors.Is(err, storage.ErrLeaseLost)},
		{FailureStalled, errors.Is(err, ErrStalled)},
		{FailureToken, isA[*oauth.Error](err)},
		{FailureSettings, isA[*mailbox.FieldError](err)},
		{FailureSignIn, isA[*mailbox.AuthError](err)},
		{FailureFolder, isA[*mailbox.FolderError](err) || isAny(err, mailbox.ErrReadOnly, mailbox.ErrCannotKeep)},
		{FailureDirectory, isDirectory(err)},
		{FailureRecipient, isA[*notify.RecipientError](err)},
		{FailureConfiguration, isA[*notify.ConfigError](err)},
		{FailureInvalid, errors.Is(err, notify.ErrInvalidMail)},
		{FailureConflict, isAny(err, storage.ErrConflict, storage.ErrExists)},
		{FailureRefused, isRefusal(err)},
		{FailureCertificate, isA[*tls.CertificateVerificationError](err)},
		{FailureCanceled, errors.Is(err, context.Canceled)},
		{FailureTimeout, errors.Is(err, context.DeadlineExceeded) || isTimeout(err)},
		{FailureNetwork, isA[net.Error](err) || isAny(err, io.EOF, io.ErrUnexpectedEOF)},
	} {
		if known.is {
			return known.failure
		}
	}
	return FailureOther
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}

// isRefusal reports whether an action was refused for what its caller asked.
func isRefusal(err error) bool {
	return isAny(err, ErrInvalid, storage.ErrNotFound, escalation.ErrNotFound) || isA[*RightError](err) || isA[*TransitionError](err) ||
		isA[*MergedError](err) || isA[*UndeliverableError](err) || isA[*UsedError](err) || isA[*mailbox.PoisonError](err)
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}
