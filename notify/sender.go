package notify

import (
	"context"
	"errors"
	"fmt"
)

// A Sender hands a mail to the host's mail exit.
//
// Implementations are safe for concurrent use, return soon after ctx is done,
// and pass [example.com/ticketmail/notify/notifytest.Run].
type Sender interface {
	// Send returns nil once the exit has taken responsibility for m. The
	// error is a *RecipientError where it is the recipient's fault for good,
	// a *ConfigError where no mail could be sent at all, and wraps
	// ErrInvalidMail where m cannot be written or is too large for the exit;
	// any other error is temporary and the mail is tried again, a
	// *DeferredError where it is about the recipient: so is that
	// of an attachment, which m.Files opens and Encode writes. A mail goes
	// with all of its attachments or not at all.
	Send(ctx context.Context, m Mail) error
}

// SenderFunc lets an ordinary function act as a [Sender].
type SenderFunc func(ctx context.Context, m Mail) error

// Send calls f.
func (f SenderFunc) Send(ctx context.Context, m Mail) error { return f(ctx, m) }

var _ Sender = SenderFunc(nil)

// A RecipientError reports that a recipient was refused for good.
type RecipientError struct {
	Address string
	Status  string // RFC 3463 enhanced status, for example "5.1.1"; may be empty
	Err     error
}

func (e *RecipientError) Error() string {
	return fmt.Sprintf("recipient %s refused: %v", e.Address, e.Err)
}
func (e *RecipientError) Unwrap() error { return e.Err }

// A DeferredError reports that a recipient was refused for now, or by a policy
// that may be about us as well. The mail is tried again; if that is the answer
// with which it is given up, he counts as refused for this mail, and somebody
// else can be told.
type DeferredError struct {
	Address string
	Status  string // RFC 3463 enhanced status, for example "4.2.2"; may be empty
	Tries   int    // how often the mail is tried at most, other failures included; 0: as often as Backoff says
	Err     error
}

func (e *DeferredError) Error() string {
	return fmt.Sprintf("recipient %s not reached: %v", e.Address, e.Err)
}
func (e *DeferredError) Unwrap() error { return e.Err }

// A ConfigError reports that the mail exit refuses us, not a recipient: the
// outbox pauses and nobody is marked.
type ConfigError struct {
	Step string // what was refused: "TLS", "greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"; "token": there is none to sign in with
	Err  error
}

func (e *ConfigError) Error() string { return fmt.Sprintf("mail exit refused %s: %v", e.Step, e.Err) }
func (e *ConfigError) Unwrap() error { return e.Err }

// ErrInvalidMail reports a mail that cannot be written as an RFC 5322 message.
var ErrInvalidMail = errors.New("invalid mail")
