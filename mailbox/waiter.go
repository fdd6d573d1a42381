package mailbox

import (
	"context"
	"time"
)

// A Waiter is a [Session] that can wait until new mail is likely, so that it
// need not be polled for. It is an optional capability.
type Waiter interface {
	Session

	// Wait returns nil as soon as a folder, named as the administrator typed
	// it, has mail that its last List in this session did not show, or when
	// most has passed. It may return early without reason. The error is
	// errors.ErrUnsupported where the server cannot tell, which leaves the
	// session usable. The session is dead after any other error, among them
	// the cause of a ctx that ended; a connection that died silently is
	// noticed within ten minutes.
	Wait(ctx context.Context, folder string, most time.Duration) error
}
