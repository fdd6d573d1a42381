package mailbox

import (
	"log/slog"
	"time"

	"example.com/ticketmail/escalation"
)

// An ID is a mailbox's short name (seed: Kurzform): 1 to 64 bytes of letters,
// digits, dot, dash and underscore.
type ID string

// A Protocol is how a mailbox is read.
type Protocol string

// The protocols.
const (
	IMAP Protocol = "imap"
	POP3 Protocol = "pop3"
)

// Security says how the connection is protected.
type Security string

// The kinds of connection security. There is no silent fallback from one to
// another.
const (
	TLS      Security = "tls"      // from the first byte
	STARTTLS Security = "starttls" // upgraded before anything secret is sent
	None     Security = "none"     // by explicit choice
)

// A Secret is a password or token. It prints as "[secret]" in every format
// and refuses to be marshalled; Reveal is the only way to its text.
type Secret struct{ text string }

// A Mailbox says where mail is fetched and how.
type Mailbox struct {
	ID       ID
	Name     string   // for people; empty: the ID
	Address  string   // e-mail address of the mailbox: From and Reply-To of what its tickets send
	Protocol Protocol // empty: IMAP
	Host     string   // host name or address
	Port     int      // 0: the protocol's default for Security (IMAP 993/143, POP3 995/110)
	Security Security // empty: TLS
	// InsecureSkipVerify accepts any certificate. For tests and last resorts.
	InsecureSkipVerify bool
	User               string
	Password           Secret
	Folders            []string // IMAP folders, not read recursively, as typed ("INBOX.orders"); empty: INBOX

	MaxMessageBytes int64         // larger mails stay on the server (LEFT); 0: 25 MiB
	Interval        time.Duration // between polls; 0: one minute
	Inactive        bool          // not polled
}

// An Assignment gives a mailbox to a task (seed: "eine Mailbox für automatisch
// erzeugte Tickets"). A mailbox serves at most one task, a task has at most
// one mailbox.
type Assignment struct {
	Mailbox         ID
	Task            escalation.TaskID
	Creator         escalation.PersonID // of tickets whose sender is no employee; may be empty
	CustomerContact escalation.PersonID // of tickets whose sender is no contact; may be empty
	PresetAlways    bool                // the presets hold even if the sender is known (the seed's letter)
}

var _ slog.LogValuer = Secret{}

func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }
