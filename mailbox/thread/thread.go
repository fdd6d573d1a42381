package thread

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// maxIDs is how many ids of one header field are looked at. RFC 5322 sets no
// limit, but nobody answers the hundredth mail back.
const maxIDs = 100

// A Source says where in a mail a [Key] was found.
type Source string

// The places a key can stand in, strongest first.
const (
	InReplyTo  Source = "in-reply-to"
	References Source = "references"
	Subject    Source = "subject"
	Address    Source = "address" // one it was sent to, see [Referencer.Address]
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

// minKey is the size of the shortest key in bytes.
const minKey = 16

// Options shape the marks. The zero value is the default.
type Options struct {
	// Format of the subject token: text with {ref} exactly once and {code}
	// at most once, which begins and ends with other text. ASCII is
	// recommended: mailers may rewrite anything else. Empty:
	// "[Ticket#{ref}-{code}]". Without {code} tokens are weak keys.
	Format string

	// Domain is the right-hand side of our Message-IDs (RFC 5322 section
	// 3.6.4), an ASCII host name. Empty: "ticketmail.invalid".
	Domain string

	// Foreign are formats of other systems, at most 16, which may stand in
	// subjects still.
	Foreign []Foreign
}

const (
	defaultFormat = "[Ticket#{ref}-{code}]"
	defaultDomain = "ticketmail.invalid"
)

// A Referencer writes and reads the marks by which a reply finds its ticket:
// the token in the subject and our own signed Message-IDs. It is immutable and
// safe for concurrent use; make one with [New].
type Referencer struct {
	keys    keys
	format  format
	domain  string
	foreign []foreignFormat
}

// New returns a Referencer that signs with keys[0] and verifies with all of
// keys, newest first. opts may be nil. The error is [ErrKeys], or names the
// field of [Options] and its fault.
func New(keys [][]byte, opts *Options) (*Referencer, error) {
	if len(keys) == 0 {
		return nil, ErrKeys
	}
	r := &Referencer{domain: defaultDomain}
	for _, key := range keys {
		if len(key) < minKey {
			return nil, ErrKeys
		}
		r.keys = append(r.keys, bytes.Clone(key))
	}
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Format == "" {
		o.Format = defaultFormat
	}
	var err error
	if r.format, err = parseFormat(o.Format); err != nil {
		return nil, fmt.Errorf("thread: Options.Format %q: %w", o.Format, err)
	}
	if o.Domain != "" {
		if err := checkDomain(o.Domain); err != nil {
			return nil, fmt.Errorf("thread: Options.Domain %q: %w", o.Domain, err)
		}
		r.domain = o.Domain
	}
	if len(o.Foreign) > maxForeign {
		return nil, fmt.Errorf("thread: Options.Foreign has %d formats, at most %d are allowed", len(o.Foreign), maxForeign)
	}
	for i, f := range o.Foreign {
		foreign, err := parseForeign(f)
		if err != nil {
			return nil, fmt.Errorf("thread: Options.Foreign[%d] %q: %w", i, f.Format, err)
		}
		r.foreign = append(r.foreign, foreign)
	}
	return r, nil
}

// Find returns all keys of a mail: signed ids of inReplyTo, of references
// (last first, at most 100 of each), then tokens in the subject as
// [Referencer.FindSubject] reads them. A ref may appear once per source.
// Ids stand without angle brackets, as package message gives them; empty ids
// match nothing.
func (r *Referencer) Find(subject string, inReplyTo, references []string) []Key {
	references = slices.Clone(references[max(0, len(references)-maxIDs):])
	slices.Reverse(references) // the last one is the mail that was answered

	found := r.findIDs(nil, InReplyTo, inReplyTo[:min(len(inReplyTo), maxIDs)])
	found = r.findIDs(found, References, references)
	return append(found, r.FindSubject(subject)...)
}

// findIDs appends the keys of the ids that verify, each ref once.
func (r *Referencer) findIDs(found []Key, from Source, ids []string) []Key {
	start := len(found)
	for _, id := range ids {
		k, ok := r.ParseMessageID(id)
		if ok && !hasRef(found[start:], k.Ref) {
			k.Source = from
			found = append(found, k)
		}
	}
	return found
}

// hasRef reports whether one of keys names ref.
func hasRef(keys []Key, ref Ref) bool {
	return slices.ContainsFunc(keys, func(k Key) bool { return k.Ref == ref })
}
