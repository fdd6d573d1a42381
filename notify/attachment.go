package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"example.com/ticketmail/mailbox/message"
)

// An Attachment is a file of a comment: a reference to its content, which is
// opened only while the mail is sent. It can be stored as JSON.
//
// The content needs no reference of its own to last. A mail carries files of
// comments only, and is put in the transaction that keeps the comment: as
// long as there is the comment, no sweep of unreferenced content takes them.
type Attachment struct {
	Name string       `json:"name,omitempty"` // to show, never a path; cleaned again when it is written
	Type string       `json:"type,omitempty"` // media type without parameters, for example "image/png"
	Blob message.Blob `json:"blob,omitzero"`  // zero: the file can only be named
}

// An Opener opens the content of attachments. storage.Blobs is one.
type Opener interface {
	// Open streams content, which the caller closes. What is not there is an
	// error, and reading what is damaged fails before io.EOF.
	Open(ctx context.Context, b message.Blob) (io.ReadCloser, error)
}

// OpenerFunc lets an ordinary function act as an [Opener].
type OpenerFunc func(ctx context.Context, b message.Blob) (io.ReadCloser, error)

// Open calls f.
func (f OpenerFunc) Open(ctx context.Context, b message.Blob) (io.ReadCloser, error) {
	return f(ctx, b)
}

var _ Opener = OpenerFunc(nil)

const (
	// MaxAttach bounds the bytes of all files in one mail. Many servers take
	// mails of 25 MiB (Gmail's documented limit, and what others follow).
	// Base64 in lines of 76 makes 78 bytes of 57, so 18 MiB of files become
	// 24.6 MiB, which leaves room for the words; 20 MiB would be 27.4 MiB.
	MaxAttach int64 = 18 << 20

	// maxFiles bounds the files in one mail: Exchange Online takes mails of
	// at most 250 parts, its texts among them.
	maxFiles = 200
)

// attachments returns the files that go along with a letter: of each event's
// comment, where the recipient may see it, those that fit into the event's
// rule, as if it were told alone; all together as far as one mail holds them.
func (l *letter) attachments() []Attachment {
	var list []Attachment
	for _, pl := range l.about {
		if pl.ev.Comment != nil && visible(pl.ev, l.recipient.audience) {
			list, _ = unite(list, fitting(pl.ev.Comment.Files, pl.rule.Attach))
		}
	}
	return list
}

// fitting returns in their order the files that fit into so many bytes, each
// content once. One that does not fit is passed over, and a smaller one
// behind it still taken.
func fitting(files []Attachment, room int64) []Attachment {
	var list []Attachment
	for _, f := range files {
		if room <= 0 || f.Blob.IsZero() || f.Blob.Size > room || carries(list, f.Blob) {
			continue
		}
		room -= f.Blob.Size
		f.Name = message.CleanName(f.Name)
		list = append(list, f)
	}
	return list
}

// unite returns a and those of b that are not in it and that one mail holds
// as well. whole reports whether none was left out.
func unite(a, b []Attachment) (all []Attachment, whole bool) {
	var size int64
	for _, f := range a {
		size += f.Blob.Size
	}
	all, whole = slices.Clone(a), true
	for _, f := range b {
		switch {
		case carries(all, f.Blob):
		case len(all) >= maxFiles || f.Blob.Size > MaxAttach-size:
			whole = false
		default:
			size += f.Blob.Size
			all = append(all, f)
		}
	}
	return all, whole
}

func carries(list []Attachment, b message.Blob) bool {
	return slices.ContainsFunc(list, func(f Attachment) bool { return f.Blob == b })
}

var errNoFiles = errors.New("there is nothing to open it with (Files)")

// open opens the content of an attachment.
func open(ctx context.Context, files Opener, a Attachment) (io.ReadCloser, error) {
	if files == nil {
		return nil, fileError(a, errNoFiles)
	}
	content, err := files.Open(ctx, a.Blob)
	if err != nil {
		return nil, fileError(a, err)
	}
	return content, nil
}

func fileError(a Attachment, err error) error { return fmt.Errorf("attachment %q: %w", a.Name, err) }

// checkFiles reports the first attachment that cannot be opened now.
func (m *Mail) checkFiles(ctx context.Context) error {
	for _, a := range m.Attachments {
		content, err := open(ctx, m.Files, a)
		if err != nil {
			return err
		}
		_ = content.Close() // nothing was read
	}
	return nil
}
