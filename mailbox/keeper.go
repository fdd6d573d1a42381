package mailbox

import (
	"context"
	"errors"
)

// ErrCannotKeep reports a mailbox whose mails shall stay in the account after
// they were taken in (Mailbox.After), on a server or over a protocol that has
// no safe means for it. Nothing was read, and nothing is deleted instead.
var ErrCannotKeep = errors.New("mails cannot be kept on this server the way it is configured")

// A Keeper is a [Session] that can leave mails in the account. It is an
// optional capability, needed where [Mailbox].After says more than to delete.
// A Connector whose server lacks the means refuses such a mailbox with
// ErrCannotKeep.
type Keeper interface {
	Session

	// Move takes exactly these mails of the selected folder to another one of
	// the account, named as the administrator typed it, and made if it is
	// missing. Mails that are gone already do not matter, those that others
	// marked for deletion stay. nil means that the server confirmed it; an
	// error leaves open which ones were moved. None is ever lost, but a server
	// without MOVE (RFC 6851) may have a second copy after a repetition.
	Move(ctx context.Context, items []Item, folder string) error

	// Flag marks mails of the selected folder with KeptFlag. It does nothing
	// in a folder that keeps no keywords.
	Flag(ctx context.Context, items []Item) error
}
