package mailbox

import (
	"context"
	"time"
)

// A Surveyor is a [Session] that can look at the mails of a folder without
// fetching, marking or removing any. It is an optional capability: without it
// an [Inventory] only counts, and mails cannot be told apart by their age.
type Surveyor interface {
	Session

	// Survey reads the headers of these mails of the selected folder, and
	// counts what lies beside it. Nothing on the server changes. The caller
	// names few mails: each may cost a round trip.
	Survey(ctx context.Context, items []Item) (Survey, error)

	// Since returns those of these mails of the selected folder that came
	// into it at t or later, in the order of items. One whose time the server
	// does not tell is not among them. The error is errors.ErrUnsupported
	// where the protocol has no such time (POP3), which leaves the session
	// usable.
	Since(ctx context.Context, items []Item, t time.Time) ([]Item, error)
}

// A Survey is what can be seen of a folder without fetching its mails.
type Survey struct {
	Glances []Glance // of the mails that are still there, in the order asked for
	Beside  []Beside // folders of the same account for what a person writes, those that hold mail; POP3 has none
}

// A Glance is what the server tells of one mail.
type Glance struct {
	UID      string
	Arrived  time.Time // in the folder (IMAP INTERNALDATE), UTC; zero: not told (POP3)
	Seen     bool      // marked as read by a mail program
	Answered bool      // marked as answered

	// Header holds at least those of [SurveyFields] that the mail has in its
	// first 16 KiB of header, as the server sends them; it may end anywhere
	// after that.
	Header []byte
}

// MaxGlance is how much of a mail's header a [Glance] holds at most, in bytes.
const MaxGlance = 16 << 10

// SurveyFields returns the header fields that an [Inventory] is made of. The
// caller owns the slice.
func SurveyFields() []string {
	return []string{"Date", "From", "List-Id", "List-Unsubscribe", "Precedence"}
}

// A Beside is a folder that people's accounts have, and mailboxes of a company
// seldom use.
type Beside struct {
	Use   Use
	Name  string // the server's
	Mails int
}

// A Use is what a folder is for (RFC 6154).
type Use string

// The uses that a [Survey] looks for.
const (
	UseSent   Use = "sent"
	UseDrafts Use = "drafts"
)
