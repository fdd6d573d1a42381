package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Connector opens sessions. Implementations are safe for concurrent use.
type Connector interface {
	// Connect dials, secures and signs in. The error is an *AuthError where
	// the server refused the credentials, and ErrCannotKeep where it cannot do
	// what m.After says. No secret leaves before TLS is verified, unless
	// m.Security is None.
	Connect(ctx context.Context, m Mailbox) (Session, error)
}

// ConnectorFunc lets an ordinary function act as a [Connector].
type ConnectorFunc func(ctx context.Context, m Mailbox) (Session, error)

// Connect calls f.
func (f ConnectorFunc) Connect(ctx context.Context, m Mailbox) (Session, error) { return f(ctx, m) }

// A Session is one signed-in connection. It is used by one goroutine at a
// time. After an error that is not one of this package's the connection is
// dead and only Close remains. Every method returns soon after ctx is done.
type Session interface {
	// Select opens a folder, named as the administrator typed it. readOnly
	// opens it so that nothing on the server can change (EXAMINE). The error
	// is a *FolderError where there is no such folder.
	// POP3 sessions know one folder, "INBOX".
	Select(ctx context.Context, folder string, readOnly bool) (Folder, error)

	// List returns the mails of the selected folder in ascending order.
	List(ctx context.Context) ([]Item, error)

	// Fetch streams mails of the selected folder: each is called once for
	// every one the server still has, in the order of items, with its bytes
	// exactly as the server sends them. body is valid until each returns and
	// need not be read to its end. A body that breaks off (before the size the
	// server announced; POP3: before its final dot) fails with
	// io.ErrUnexpectedEOF, never with io.EOF.
	// An error from each ends the fetch and is returned; the session may
	// then be dead. Mails that vanished are silently missing.
	Fetch(ctx context.Context, items []Item, each func(it Item, body io.Reader) error) error

	// Remove takes exactly these mails out of the selected folder. Mails
	// that are gone already do not matter, mails that others marked for
	// deletion stay. nil means that the server confirmed it; an error leaves
	// open which ones are gone. Where Folder.CloseAfter is set (POP3), nil means
	// only that the server took note: they are gone when Close returns nil.
	Remove(ctx context.Context, items []Item) error

	// Close signs off and closes the connection. The error tells whether the
	// server confirmed (for POP3: whether the removals took effect). A second
	// one does nothing.
	Close() error
}

// A Folder is what Select found.
type Folder struct {
	Name      string // the server's own name for it
	Validity  uint32 // IMAP UIDVALIDITY; 0 for POP3
	Messages  int    // how many mails it holds
	CanRemove bool   // mails can be deleted; false: read-only

	// CloseAfter says that removals take effect when the session is closed in
	// good order, and that a session which breaks takes them back (POP3): it
	// should be closed after this many mails. 0: they take effect at once.
	CloseAfter int
}

// An Item is one mail of a folder, not yet fetched.
type Item struct {
	UID     string // IMAP UID in decimal, POP3 unique-id
	Weak    bool   // the UID was computed: another mail may have it once this one is gone
	Size    int64  // bytes as announced; -1: unknown
	Deleted bool   // marked \Deleted, by us in an earlier poll or by another client
	Kept    bool   // marked with KeptFlag
}

// Errors of a Session.
var (
	// ErrReadOnly reports that mails cannot be removed from the folder. It
	// leaves the session usable.
	ErrReadOnly = errors.New("folder is read-only")
	// ErrTooBig reports that a body exceeded the size limit although the
	// server had announced less. The session is dead after it.
	ErrTooBig = errors.New("mail exceeds the size limit")
	// ErrLater reports that the server turned us away for now, for no fault of
	// the configuration: the mailbox is in use, or we came back too soon.
	ErrLater = errors.New("the server asks to come back later")
)

// A FolderError reports a folder that the server does not have.
type FolderError struct {
	Folder     string   // as typed
	Candidates []string // the server's folders, at most 50; may be empty
	Err        error    // what the server said; may be nil
}

func (e *FolderError) Error() string {
	s := fmt.Sprintf("no folder %q on the server", e.Folder)
	if len(e.Candidates) > 0 {
		s += " (there are: " + strings.Join(e.Candidates, ", ") + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *FolderError) Unwrap() error { return e.Err }

// An AuthError reports that the server refused the credentials.
type AuthError struct {
	User string
	Err  error // what the server said
}

func (e *AuthError) Error() string { return fmt.Sprintf("sign-in as %q refused: %v", e.User, e.Err) }
func (e *AuthError) Unwrap() error { return e.Err }
