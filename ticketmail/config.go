package ticketmail

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/pop3box"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// Config says what an [Engine] works with. Store and Directory are required.
type Config struct {
	Store     storage.Store
	Blobs     storage.Blobs        // nil: Store, which must then be a storage.Blobs too
	Directory escalation.Directory // the host's people

	// DirectoryTime is how long one question to the Directory may take. It is
	// asked three times before it counts as failing. 0: 5 seconds.
	DirectoryTime time.Duration

	Sender notify.Sender // nil: mails wait in the outbox, as they would be sent now

	// Connectors open mailboxes, by protocol. nil: IMAP and POP3.
	Connectors map[mailbox.Protocol]mailbox.Connector

	// DialPolicy says which addresses the engine's own connections may go to:
	// those of the Connectors where that is nil, and to OAuth providers where
	// OAuth.Transport is. The zero value: all. A host whose mailboxes are
	// defined by foreign tenants sets PublicOnly, and gives Connectors,
	// Transport and Sender of its own the same policy.
	DialPolicy mailbox.DialPolicy

	// Routes are mailboxes that the program defines, and what they serve. New
	// does not ask the Directory whether it knows the tasks; Lint does. Others
	// may be defined in the store, see [Engine.PutMailbox].
	Routes mailbox.Routes

	// Sealer seals the passwords of mailboxes that are defined in the store;
	// nil: none can be. seal.Ring is one.
	Sealer seal.Sealer
	OAuth  OAuth // of these mailboxes; needs Sealer

	Lifecycle Lifecycle // which status may follow which; zero: the seed's

	Rules           map[notify.Kind]notify.Rule // replace the seed's, kind by kind; nil: none
	Templates       *notify.Templates           // nil: the built-in ones
	Chain           escalation.Chain            // nil: escalation.DefaultChain
	Language        string                      // the company's BCP 47 tag; empty: "en"
	Zone            *time.Location              // of dates and times in mails; nil: UTC
	From            message.Address             // of mails about tickets without a mailbox; required with a Sender unless there is a default mailbox
	InternalDomains []string                    // addresses in these domains may get what is internal

	Threading Threading // where an answer goes, if there is a choice

	Keys          [][]byte // sign tokens and Message-IDs, newest first, 16 bytes or more each; nil: one is made and kept in Store, which verifies for ever
	SubjectFormat string   // of the token; empty: "[Ticket#{ref}-{code}]"
	Domain        string   // right-hand side of Message-IDs; empty: that of From, else "ticketmail.invalid"

	Limits    message.Limits       // of what is read of a mail
	Decrypter message.Decrypter    // reads encrypted mails; nil: they are kept as they are
	Drain     mailbox.DrainOptions // sizes of batches; Admit and Now are the engine's and must be nil

	// AllowVolatileStore lets real mailboxes be emptied into a Store that
	// loses everything when the process ends. For demonstrations.
	AllowVolatileStore bool

	Caps     Caps     // on what goes to outsiders by itself
	Delivery Delivery // of the outbox
	Polling  Polling  // of the mailboxes

	Limit *Limit // shared with other engines; nil: none

	// Retention says how long is kept what nobody needs for ever; zero: for
	// ever. It needs a Store that is a storage.Pruner.
	Retention Retention

	Hooks    Hooks
	Progress func(Progress)   // told after every commit, by goroutines of the polls; nil: nobody
	Observer Observer         // told what happens, for metrics and traces; nil: nobody is
	Logger   *slog.Logger     // nil: no logging
	Now      func() time.Time // times that are stored; nil: time.Now
}

// Hooks let the host take part in what becomes of a mail. All are optional.
// They are called outside of transactions, one mail at a time per mailbox; a
// panic in one counts as the mail's fault and stops no other.
type Hooks struct {
	// Route may send a new mail elsewhere, by its content. It is asked for
	// every mail that is read, before it is known whether it is an answer;
	// for answers the result is not used. An error ends the poll, and the
	// mail is asked about again at the next.
	Route func(ctx context.Context, in Inbound) (Routing, error)

	// Scan looks at an attachment before it is kept. A reason that is not
	// empty puts the mail into quarantine. An error ends the poll.
	Scan func(ctx context.Context, a message.Attachment, content io.Reader) (reason string, err error)
}

// Progress is how far a poll has come.
type Progress struct {
	Mailbox mailbox.ID
	Waiting int    // mails on the server when the poll began, all folders so far; without those that are kept and marked
	Done    Report // since the poll began
}

// Inbound is a mail as a hook sees it.
type Inbound struct {
	Key        mailbox.Key
	Message    *message.Message   // not to be changed
	Sender     *escalation.Person // nil: nobody the directory knows
	Assignment mailbox.Assignment // of the mailbox it came through
}

// Routing says where a new mail goes. Empty fields change nothing.
type Routing struct {
	Task       escalation.TaskID
	Categories []string // ids; once the store has categories, the ticket gets the active ones of these
	Assignee   escalation.PersonID
	Reason     string // lands in the decision record
}

// leaseTime is how long a node that stops without a word keeps a mailbox from
// the others (DESIGN 4.1).
const leaseTime = 15 * time.Second

// nobody sends mails that no Sender takes. The domain is reserved (RFC 2606).
const nobody = "nobody@ticketmail.invalid"

func (c Config) withDefaults() Config {
	if c.Blobs == nil {
		c.Blobs, _ = c.Store.(storage.Blobs)
	}
	if c.Connectors == nil {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{
			mailbox.IMAP: imapbox.New(&imapbox.Options{Policy: c.DialPolicy, Logger: c.Logger}),
			mailbox.POP3: pop3box.New(&pop3box.Options{Policy: c.DialPolicy, Logger: c.Logger}),
		}
	}
	if c.Chain == nil {
		c.Chain = escalation.DefaultChain()
	}
	if c.Language == "" {
		c.Language = "en"
	}
	if c.Domain == "" {
		c.Domain = domainOf(c.From.Address)
	}
	if c.From.Address == "" && c.Sender == nil {
		c.From.Address = nobody // what waits is complete, and shows who should have sent it
	}
	if c.DirectoryTime <= 0 {
		c.DirectoryTime = 5 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	rules := notify.DefaultRules()
	rules[notify.Receipt] = notify.ReceiptRule()
	for _, kind := range []notify.Kind{notify.MailboxFailing, notify.MailboxRecovered, notify.SignInExpiring} {
		rules[kind] = notify.HealthRule(kind)
	}
	maps.Copy(rules, c.Rules)
	c.Rules = rules
	return c
}

// validate names the first field that cannot work. c has its defaults.
func (c Config) validate() error {
	refuse := func(field, reason string) error { return &mailbox.FieldError{Field: "Config." + field, Reason: reason} }
	switch {
	case c.Store == nil:
		return refuse("Store", "is missing")
	case c.Blobs == nil:
		return refuse("Blobs", "is missing, and Store keeps no blobs")
	case c.Directory == nil:
		return refuse("Directory", "is missing")
	}
	if _, err := language.Parse(c.Language); err != nil {
		return refuse("Language", fmt.Sprintf("%q is no BCP 47 tag", c.Language))
	}
	if err := c.Routes.Validate(); err != nil {
		return refuse("Routes", err.Error())
	}
	if err := c.Lifecycle.validate(); err != nil {
		return refuse("Lifecycle", err.Error())
	}
	for _, m := range c.Routes.Mailboxes {
		if p := m.WithDefaults().Protocol; c.Connectors[p] == nil {
			return refuse("Connectors", fmt.Sprintf("has none for protocol %s of mailbox %s", p, m.ID))
		}
	}
	if c.From.Address == "" && c.Routes.ReplyTo(escalation.Place{}).Address == "" {
		return refuse("From", "is missing, and there is no default mailbox: mails need a sender")
	}
	if a := c.From.Address; a != "" {
		if parsed, err := mail.ParseAddress(a); err != nil || parsed.Address != a {
			return refuse("From.Address", fmt.Sprintf("%q is not a bare e-mail address", a))
		}
	}
	if c.OAuth.RedirectURI != "" && c.Sealer == nil {
		return refuse("OAuth", "needs Config.Sealer")
	}
	if err := c.Chain.Validate(); err != nil {
		return refuse("Chain", err.Error())
	}
	for i, d := range c.InternalDomains {
		if d == "" || strings.ContainsAny(d, "@ \r\n") {
			return refuse(fmt.Sprintf("InternalDomains[%d]", i), fmt.Sprintf("%q is no domain", d))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(c.Rules)) {
		r := c.Rules[kind]
		if kind == notify.Reply || kind == notify.Forward {
			return refuse(fmt.Sprintf("Rules[%s]", kind), "a person names the recipients each time: there is no rule for it")
		}
		if r.Kind != kind {
			return refuse(fmt.Sprintf("Rules[%s]", kind), fmt.Sprintf("is a rule for %q", r.Kind))
		}
		if err := r.Validate(c.Chain...); err != nil {
			return refuse(fmt.Sprintf("Rules[%s]", kind), err.Error())
		}
	}
	if p := c.Polling; min(p.Parallel, p.PerHost) < 0 || p.FailingAfter < 0 {
		return refuse("Polling", "numbers and durations must not be negative")
	}
	if field, why := c.Threading.validate(); field != "" {
		return refuse("Threading."+field, why)
	}
	if err := c.Retention.validate(c.Store); err != nil {
		return refuse("Retention", err.Error())
	}
	if err := c.Delivery.validate(); err != nil {
		return refuse("Delivery", err.Error())
	}
	d := c.Drain
	switch {
	case d.Admit != nil || d.Now != nil:
		return refuse("Drain", "Admit and Now are set by the engine")
	case min(d.Window, d.BatchMails, d.MaxAttempts) < 0 || d.BatchBytes < 0:
		return refuse("Drain", "sizes must not be negative")
	}
	for i, k := range c.Keys {
		if len(k) < 16 {
			return refuse(fmt.Sprintf("Keys[%d]", i), "is shorter than 16 bytes")
		}
	}
	return nil
}
