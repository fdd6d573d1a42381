package notify

import (
	"context"

	"example.com/ticketmail/mailbox"
)

// A Prober is a [Sender] that can test its mail exit step by step, for the
// administrator who sets it up. It is an optional capability.
type Prober interface {
	Sender

	// Probe tries everything that sending needs but to send, in order, on a
	// connection of its own, and reports each step as soon as it is known; it
	// stops at the first that fails. It begins no mail. The error is that of
	// the step that failed, of the kinds that Send returns.
	Probe(ctx context.Context, report func(mailbox.Step)) error
}
