// Package memsender is a mail exit that keeps mails in memory: for the tests
// of hosts, and for trying things out without mailing anybody.
package memsender

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
)

// A Sender takes every mail that can be written as a message, unless it was
// told to fail. The zero value is ready, and safe for concurrent use.
type Sender struct {
	mu     sync.Mutex
	mails  []notify.Mail
	files  map[message.Blob][]byte // content of their attachments
	faults []fault
}

var (
	_ notify.Sender = (*Sender)(nil)
	_ notify.Opener = (*Sender)(nil)
)

type fault struct {
	address string // empty: any
	err     error
	times   int // left; negative: for ever
}

// Send records m with the content of its attachments, or returns the next
// fault that is set for its recipient.
func (s *Sender) Send(ctx context.Context, m notify.Mail) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	attached := keeper{m.Files, map[message.Blob][]byte{}}
	if m.Files != nil {
		m.Files = attached
	}
	if err := notify.Encode(ctx, io.Discard, m); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.times != 0 && (f.address == "" || strings.EqualFold(f.address, m.To.Address)) {
			s.faults[i].times--
			return f.err
		}
	}
	m.Reasons, m.References = slices.Clone(m.Reasons), slices.Clone(m.References)
	m.Attachments, m.Files = slices.Clone(m.Attachments), nil
	s.mails = append(s.mails, m)
	if s.files == nil {
		s.files = map[message.Blob][]byte{}
	}
	maps.Copy(s.files, attached.content)
	return nil
}

// A keeper remembers all that is read through it.
type keeper struct {
	notify.Opener
	content map[message.Blob][]byte
}

func (k keeper) Open(ctx context.Context, b message.Blob) (io.ReadCloser, error) {
	r, err := k.Opener.Open(ctx, b)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // was only read
	if k.content[b], err = io.ReadAll(r); err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(k.content[b])), nil
}

// Open returns the content of an attachment of a mail that was taken, or
// fs.ErrNotExist.
func (s *Sender) Open(_ context.Context, b message.Blob) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content, ok := s.files[b]
	if !ok {
		return nil, fmt.Errorf("open blob %x: %w", b.SHA256, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

// Fail makes the next sends to an address return err: so many times, or for
// ever if times is negative. An empty address stands for all. Of several
// faults for a mail the one set first comes first.
func (s *Sender) Fail(address string, times int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault{address, err, times})
}

// Heal forgets all faults.
func (s *Sender) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Mails returns the mails taken so far, in their order. Their Files is nil, so
// that they can be compared; the content of attachments is behind
// [Sender.Open].
func (s *Sender) Mails() []notify.Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// To returns the mails taken for an address.
func (s *Sender) To(address string) []notify.Mail {
	return slices.DeleteFunc(s.Mails(), func(m notify.Mail) bool { return !strings.EqualFold(m.To.Address, address) })
}

// Reset forgets the mails taken so far.
func (s *Sender) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails, s.files = nil, nil
}
