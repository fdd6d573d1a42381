package ticketmail_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

func TestFailures(t *testing.T) {
	plain := errors.New("no")
	for want, errs := range map[ticketmail.Failure][]error{
		"":                              {nil},
		ticketmail.FailureCanceled:      {context.Canceled},
		ticketmail.FailureElsewhere:     {&storage.HeldError{}},
		ticketmail.FailureConsent:       {&ticketmail.ConsentError{}},
		ticketmail.FailureSettings:      {ticketmail.ErrInactive, ticketmail.ErrUnassigned, ticketmail.ErrUnknownMailbox, ticketmail.ErrVolatile},
		ticketmail.FailureChanged:       {ticketmail.ErrChanged, errors.Join(ticketmail.ErrChanged, context.Canceled)},
		ticketmail.FailureFolder:        {&mailbox.FolderError{}, mailbox.ErrReadOnly, mailbox.ErrCannotKeep},
		ticketmail.FailureSignIn:        {&mailbox.AuthError{Err: plain}},
		ticketmail.FailureToken:         {&oauth.Error{Code: oauth.CodeNetwork, Err: io.EOF}},
		ticketmail.FailureDirectory:     {&ticketmail.DirectoryError{Err: context.DeadlineExceeded}},
		ticketmail.FailureLease:         {storage.ErrLeaseLost},
		ticketmail.FailureConflict:      {&ticketmail.StaleError{}, storage.ErrConflict, storage.ErrExists},
		ticketmail.FailureRefused:       {ticketmail.ErrInvalid, storage.ErrNotFound, escalation.ErrNotFound, &ticketmail.RightError{}, &ticketmail.TransitionError{}, &ticketmail.MergedError{}, &ticketmail.UndeliverableError{}},
		ticketmail.FailureRecipient:     {&notify.RecipientError{Err: plain}},
		ticketmail.FailureConfiguration: {&notify.ConfigError{Err: plain}},
		ticketmail.FailureInvalid:       {notify.ErrInvalidMail},
		ticketmail.FailureStalled:       {errors.Join(ticketmail.ErrStalled, context.Canceled)},
		ticketmail.FailureTimeout:       {context.DeadlineExceeded, os.ErrDeadlineExceeded, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}},
		ticketmail.FailureCertificate:   {&tls.CertificateVerificationError{Err: plain}},
		ticketmail.FailureNetwork:       {&net.OpError{Op: "dial", Err: plain}, &net.DNSError{}, io.EOF, io.ErrUnexpectedEOF},
		ticketmail.FailureOther:         {plain},
	} {
		for _, err := range errs {
			if got := ticketmail.Classify(err); got != want {
				t.Errorf("%v is %q, want %q", err, got, want)
			}
			if err == nil {
				continue
			}
			if got := ticketmail.Classify(fmt.Errorf("poll: %w", errors.Join(err, plain))); got != want {
				t.Errorf("wrapped, %v is %q, want %q", err, got, want)
			}
		}
	}
}
