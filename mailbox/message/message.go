package message

import (
	"context"
	"io"
	"time"
)

// A Blob names stored bytes by their content.
type Blob struct {
	SHA256 [32]byte
	Size   int64 // bytes
}

// IsZero reports whether b names nothing. (Empty content has a SHA-256.)
func (b Blob) IsZero() bool { return b == Blob{} }

// A Sink takes the raw mail and its attachments while they are read.
// storage.Blobs is one. A nil Sink counts and hashes only.
type Sink interface {
	// Create begins a new piece of content. Several may be open at once.
	Create(ctx context.Context) (Spool, error)
}

// A Spool is one piece of content being written. Exactly one of Finish and
// Discard ends it.
type Spool interface {
	io.Writer
	// Finish ends the content and names it.
	Finish() (Blob, error)
	// Discard throws away what was written. After Finish it does nothing.
	Discard()
}

// An Address is one mailbox of an address header field.
type Address struct {
	Name    string // decoded display name without control characters; may be empty
	Address string // addr-spec as written, unquoted where RFC 5322 allows; may hold no @ if the mail's does not
}

// A Message is what could be read of a mail. Text is valid UTF-8 without NUL
// and with LF line ends. Message-IDs stand without angle brackets.
type Message struct {
	Raw        Blob      // the bytes as they came
	Header     Header    // of the whole mail, raw values, in order, within the limits
	Subject    string    // decoded, unfolded, white space collapsed, at most Limits.Subject characters
	From       []Address // as stated; several From fields or addresses make the sender ambiguous
	Sender     []Address
	ReplyTo    []Address
	To, Cc     []Address
	Date       time.Time // UTC; zero if missing or unreadable
	MessageID  string
	InReplyTo  []string
	References []string

	Text        string // best readable text of the mail, at most Limits.Text bytes
	HTML        string // the HTML part as sent, in UTF-8; to show it, see package safehtml; empty if none
	Attachments []Attachment

	Automatic string  // why the mail counts as automatic (RFC 3834 and kin); empty: written by a person
	Report    *Report // what it says about a mail sent before, in the name of a mail system; nil: nothing

	Defects []Defect // what was wrong with it, in the order found, at most 100; one that cuts is never left out for others
}

// An Attachment is a part of the mail that is kept as a file.
type Attachment struct {
	Name      string // what the mail states, decoded, without any path; may be empty
	Display   string // a name to show: Name, or one made up from the type; never empty, never a path
	Type      string // media type in lower case without parameters, for example "image/png"
	ContentID string // without angle brackets
	Inline    bool   // meant to stand in the text
	Level     int    // 0: a part of the mail; 1: unpacked from the file above it, or from the text; 2: from one that was itself unpacked; ...
	Blob      Blob   // the decoded content
}

// A Defect is something in a mail that is not as the standards say.
type Defect struct {
	Code  string // stable, lower case with dashes, for example "header-line-without-colon"
	Text  string // for people, in English; it ends with Quote
	Quote string // what is wrong in the mail: at most 100 bytes, escaped and in quotes; may be empty
}

// Cut reports whether d says that something over the [Limits] is missing in
// the view. It is in the raw mail still.
func (d Defect) Cut() bool {
	switch d.Code {
	case "header-too-long", "field-too-long", "subject-too-long", "too-many-addresses", "too-many-references",
		"too-deep", "too-many-parts", "text-too-long", "unpacked-too-long":
		return true
	}
	return false
}
