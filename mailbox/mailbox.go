package mailbox

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
)

// An ID is a mailbox's short name (seed: Kurzform): 1 to 64 letters, digits,
// dots, dashes and underscores (ASCII).
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

// An AfterImport says what becomes of a mail on the server.
type AfterImport string

// What becomes of a mail that was taken in. It is done with every such mail
// that is still in the folder: where a mailbox is changed from AfterFlag to
// AfterDelete, the mails that were kept so far are removed.
const (
	AfterDelete AfterImport = ""     // it is removed (seed: "Das angegebene Mail-Postfach wird geleert!")
	AfterMove   AfterImport = "move" // it is moved to another folder; IMAP only
	AfterFlag   AfterImport = "flag" // it stays, marked with the keyword KeptFlag; IMAP only
)

// KeptFlag is the IMAP keyword of mails that stay on the server although they
// were taken in. It only helps people: what was taken in the ledger knows.
const KeptFlag = "$Ticketmail"

// Defaults of a [Mailbox].
const (
	DefaultMaxMessageBytes = 25 << 20
	DefaultInterval        = time.Minute
)

// A Mailbox says where mail is fetched and how. Everything in it is emptied:
// never name a person's own mailbox.
type Mailbox struct {
	ID       ID
	Name     string   // for people; empty: the ID
	Address  string   // e-mail address of the mailbox: From and Reply-To of what its tickets send
	Protocol Protocol // empty: IMAP
	Host     string   // host name or address
	Port     int      // 0: the protocol's default for Security (IMAP 993/143, POP3 995/110)
	Security Security // empty: TLS
	// InsecureSkipVerify accepts any certificate: for tests and last resorts.
	InsecureSkipVerify bool
	User               string
	Password           Secret
	Auth               Auth        // how to sign in; empty: the best that the server offers
	Tokens             TokenSource // OAuth access tokens in place of Password; nil: Password
	Folders            []string    // IMAP folders, not read recursively, as typed ("INBOX.orders"); empty: INBOX

	// After is what becomes of a mail on the server once it is durable here.
	After       AfterImport
	MoveTo      string // with AfterMove: the folder for mails that became a ticket, comment or record, as typed
	MoveFailing string // and for those in quarantine; empty: MoveTo

	MaxMessageBytes int64         // larger mails stay on the server (LEFT); 0: 25 MiB
	Interval        time.Duration // between polls; 0: one minute
	Inactive        bool          // not polled
}

// WithDefaults returns m with every empty field that has a default filled in.
func (m Mailbox) WithDefaults() Mailbox {
	if m.Name == "" {
		m.Name = string(m.ID)
	}
	if m.Protocol == "" {
		m.Protocol = IMAP
	}
	if m.Security == "" {
		m.Security = TLS
	}
	if m.Port == 0 {
		m.Port = defaultPort(m.Protocol, m.Security)
	}
	if len(m.Folders) == 0 {
		m.Folders = []string{"INBOX"}
	}
	if m.MaxMessageBytes == 0 {
		m.MaxMessageBytes = DefaultMaxMessageBytes
	}
	if m.Interval == 0 {
		m.Interval = DefaultInterval
	}
	return m
}

func defaultPort(p Protocol, s Security) int {
	switch {
	case p == POP3 && s == TLS:
		return 995
	case p == POP3:
		return 110
	case s == TLS:
		return 993
	}
	return 143
}

// A FieldError reports a configuration that is refused: which field, and why.
type FieldError struct {
	Field  string // for example "Mailboxes[0].Port"
	Reason string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Reason }

// Validate returns a *FieldError for the first field that cannot work.
func (m Mailbox) Validate() error {
	refuse := func(field, format string, args ...any) error {
		return &FieldError{Field: field, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case !validID(string(m.ID)):
		return refuse("ID", "%q must be 1 to 64 letters, digits, dots, dashes or underscores", m.ID)
	case !slices.Contains([]Protocol{"", IMAP, POP3}, m.Protocol):
		return refuse("Protocol", "%q is unknown (imap, pop3)", m.Protocol)
	case !slices.Contains([]Security{"", TLS, STARTTLS, None}, m.Security):
		return refuse("Security", "%q is unknown (tls, starttls, none)", m.Security)
	case m.Host == "" || strings.ContainsAny(m.Host, " /@\r\n\x00"):
		return refuse("Host", "%q is not a host name or address", m.Host)
	case m.Port < 0 || m.Port > 65535:
		return refuse("Port", "%d is not a port", m.Port)
	case m.User == "":
		return refuse("User", "is missing")
	case m.MaxMessageBytes < 0:
		return refuse("MaxMessageBytes", "%d is negative", m.MaxMessageBytes)
	case m.Interval < 0:
		return refuse("Interval", "%s is negative", m.Interval)
	case m.Protocol == POP3 && len(m.Folders) > 0:
		return refuse("Folders", "POP3 has no folders")
	case !slices.Contains([]Auth{AuthAuto, AuthPlain, AuthLogin, AuthXOAuth2, AuthOAuthBearer}, m.Auth):
		return refuse("Auth", "%q is unknown (empty, plain, login, xoauth2, oauthbearer)", m.Auth)
	case m.Auth.OAuth() && m.Tokens == nil:
		return refuse("Tokens", "%s needs a source of tokens", m.Auth)
	}
	if err := m.validateAfter(); err != nil {
		return err
	}
	if m.Address != "" {
		if a, err := mail.ParseAddress(m.Address); err != nil || a.Address != m.Address {
			return refuse("Address", "%q is not a bare e-mail address", m.Address)
		}
	}
	for i, f := range m.Folders {
		if f == "" || strings.ContainsAny(f, "\r\n\x00") {
			return refuse(fmt.Sprintf("Folders[%d]", i), "%q is not a folder name", f)
		}
		if j := slices.IndexFunc(m.Folders[:i], func(o string) bool { return foldFolder(o) == foldFolder(f) }); j >= 0 {
			return refuse(fmt.Sprintf("Folders[%d]", i), "%q is the same folder as %q on some servers, and its mails would be found twice", f, m.Folders[j])
		}
	}
	return nil
}

func (m Mailbox) validateAfter() error {
	refuse := func(field, format string, args ...any) error {
		return &FieldError{Field: field, Reason: fmt.Sprintf(format, args...)}
	}
	switch m.After {
	case AfterDelete, AfterMove, AfterFlag:
	default:
		return refuse("After", "%q is unknown (empty, move, flag)", m.After)
	}
	switch {
	case m.After != AfterDelete && m.Protocol == POP3:
		return refuse("After", "POP3 can only delete")
	case m.After == AfterMove && m.MoveTo == "":
		return refuse("MoveTo", "is missing")
	case m.After != AfterMove && (m.MoveTo != "" || m.MoveFailing != ""):
		return refuse("MoveTo", "is for moving only")
	}
	for _, f := range []struct{ field, folder string }{{"MoveTo", m.MoveTo}, {"MoveFailing", m.MoveFailing}} {
		if strings.ContainsAny(f.folder, "\r\n\x00") {
			return refuse(f.field, "%q is not a folder name", f.folder)
		}
		if slices.ContainsFunc(m.WithDefaults().Folders, func(polled string) bool { return f.folder != "" && foldFolder(polled) == foldFolder(f.folder) }) {
			return refuse(f.field, "%q is polled itself: what is moved there would come again", f.folder)
		}
	}
	return nil
}

func validID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// Clone returns a copy that shares nothing with m.
func (m Mailbox) Clone() Mailbox {
	m.Folders = slices.Clone(m.Folders)
	return m
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
