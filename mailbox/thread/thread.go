package thread

import "errors"

// A Source says where in a mail a [Key] was found.
type Source string

// The places a key can stand in, strongest first.
const (
	InReplyTo  Source = "in-reply-to"
	References Source = "references"
	Subject    Source = "subject"
)

// A Key is a mark found in a mail that names a ticket.
type Key struct {
	Ref      Ref
	Source   Source
	Strong   bool   // signature or check code verified: somebody got the mark from us
	Mail     string // id of the outgoing mail that was answered, from a signed Message-ID; else ""
	Internal bool   // that mail spoke of something internal, so the answer is internal too
}

// ErrKeys reports that no key, or one shorter than 16 bytes, was given.
var ErrKeys = errors.New("thread: needs at least one key of 16 bytes or more")

// Options shape the marks. The zero value is the default.
type Options struct {
	// Format of the subject token: text with {ref} exactly once and {code}
	// at most once. Empty: "[Ticket#{ref}-{code}]". Without {code} tokens
	// are weak keys.
	Format string

	// Domain is the right-hand side of our Message-IDs (RFC 5322 section
	// 3.6.4), an ASCII host name. Empty: "ticketmail.invalid".
	Domain string
}

// A Referencer writes and reads the marks by which a reply finds its ticket:
// the token in the subject and our own signed Message-IDs. It is immutable and
// safe for concurrent use; make one with [New].
type Referencer struct {
	_ struct{} // fields are the implementer's
}

// New returns a Referencer that signs with keys[0] and verifies with all of
// keys, newest first.
func New(keys [][]byte, opts *Options) (*Referencer, error) { panic("contract") }

// Token returns the token of a ticket, for example "[Ticket#4711-K7Q2PX9D]".
func (r *Referencer) Token(ref Ref) string { panic("contract") }

// Subject returns the prefilled subject of an outgoing mail: the token, a
// blank and subject, from which reply prefixes and tokens of this format are
// removed, so that it does not grow with every answer.
func (r *Referencer) Subject(ref Ref, subject string) string { panic("contract") }

// FindSubject returns the keys found in a decoded, unfolded reply subject, in
// order, each ref once. A token whose check code does not verify is no key.
func (r *Referencer) FindSubject(subject string) []Key { panic("contract") }

// MessageID returns the signed Message-ID, without angle brackets, of the
// outgoing mail with the given id about ref. internal marks mails that speak
// of something internal. The same arguments give the same id.
func (r *Referencer) MessageID(ref Ref, mail string, internal bool) string { panic("contract") }

// ParseMessageID reads one of our Message-IDs back (without angle brackets).
// ok is false for foreign, damaged and forged ones; the domain is not compared,
// so that a host can change it.
func (r *Referencer) ParseMessageID(id string) (k Key, ok bool) { panic("contract") }

// Find returns all keys of a mail: signed ids of inReplyTo, of references
// (last first, at most 100), then tokens in the subject. A ref may appear
// once per source. Empty ids match nothing.
func (r *Referencer) Find(subject string, inReplyTo, references []string) []Key { panic("contract") }
