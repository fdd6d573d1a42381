package oauth

import (
	"fmt"
	"time"

	"example.com/ticketmail/mailbox"
)

// An Action says what has to happen before a mailbox gets a token.
type Action string

// The actions.
const (
	SignIn Action = "sign in"               // a person has to sign in (again)
	Fix    Action = "fix the configuration" // here or at the provider; signing in does not help
	Later  Action = "try later"             // nothing but time
)

// Codes of errors that no provider sent.
const (
	CodeNotSignedIn  = "not_signed_in"  // nobody signed in yet
	CodeNotGranted   = "not_granted"    // a permission that was asked for was not given
	CodeNoRefresh    = "no_refresh"     // the provider gave no refresh token
	CodeSettings     = "settings"       // the Account is not valid; Err is a *mailbox.FieldError
	CodeTokenRefused = "token_refused"  // the mail server refuses fresh tokens
	CodeBadAnswer    = "bad_answer"     // not the answer of a token service
	CodeTooLong      = "answer_too_big" // more than MaxAnswer
	CodeRedirect     = "redirect"       // the token address sends elsewhere
	CodeNetwork      = "network"        // no answer; Err says why
	CodeAddress      = "address"        // Config.Policy refuses the provider's address; Err is a *mailbox.RefusedAddressError
	CodeCertificate  = "certificate"    // the provider's certificate is not trusted
	CodeStore        = "store"          // the Store, Lock or Sealer failed; Err says why
	CodeChanged      = "changed"        // provider or client id changed since the sign-in
	CodeUnknown      = "unknown"        // refused without a code that can be shown
)

// An Error reports that a mailbox gets no token. It holds nothing secret.
type Error struct {
	Mailbox    mailbox.ID
	Action     Action
	Code       string        // as the provider says it: "AADSTS7000215", "invalid_grant"; or one of the codes above
	OAuth      string        // the protocol's error, for example "invalid_client"; may be empty
	Status     int           // of HTTP; 0: no answer
	Trace      string        // Microsoft's correlation id, for its support; may be empty
	RetryAfter time.Duration // how long to leave the provider alone; 0: as you like
	Cause      string        // in plain words, English
	Cure       string        // what to do, English
	Err        error         // of the network or the Store; may be nil
}

func (e *Error) Error() string {
	text := e.Cause
	if e.Err != nil {
		text = fmt.Sprintf("%s: %v", text, e.Err)
	}
	code := e.Code
	if e.OAuth != "" && e.OAuth != e.Code {
		code += ", " + e.OAuth
	}
	return fmt.Sprintf("mailbox %q gets no token (%s): %s; %s", e.Mailbox, code, text, e.Action)
}

func (e *Error) Unwrap() error { return e.Err }

// Advice implements [mailbox.Advised].
func (e *Error) Advice() (cause, cure string) { return e.Cause, e.Cure }

var _ mailbox.Advised = (*Error)(nil)

// newError returns the error of one of our own codes.
func newError(id mailbox.ID, code string, err error) *Error {
	r := ownReasons[code]
	return &Error{Mailbox: id, Action: r.action, Code: code, Cause: r.cause, Cure: r.cure, Err: err}
}
