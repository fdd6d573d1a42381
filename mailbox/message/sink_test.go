package message_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"example.com/ticketmail/mailbox/message"
)

// discard is a Sink without any cost.
type discard struct{}

func (discard) Create(context.Context) (message.Spool, error) { return discard{}, nil }
func (discard) Write(p []byte) (int, error)                   { return len(p), nil }
func (discard) Finish() (message.Blob, error)                 { return message.Blob{Size: 1}, nil }
func (discard) Discard()                                      {}

var errFull = errors.New("disk full")

// A memorySink keeps what it gets, in the order of creation, and fails after
// so many bytes if told so.
type memorySink struct {
	spools    []*memorySpool
	failAfter int // bytes; 0: never
	written   int
}

func (s *memorySink) Create(context.Context) (message.Spool, error) {
	spool := &memorySpool{sink: s}
	s.spools = append(s.spools, spool)
	return spool, nil
}

// kept returns the spools that were not discarded.
func (s *memorySink) kept() []*memorySpool {
	return slices.DeleteFunc(slices.Clone(s.spools), func(p *memorySpool) bool { return p.discarded })
}

type memorySpool struct {
	sink                *memorySink
	data                bytes.Buffer
	finished, discarded bool
}

func (s *memorySpool) Write(p []byte) (int, error) {
	if s.finished || s.discarded {
		return 0, errors.New("write after the end")
	}
	s.sink.written += len(p)
	if s.sink.failAfter > 0 && s.sink.written > s.sink.failAfter {
		return 0, errFull
	}
	return s.data.Write(p)
}

func (s *memorySpool) Finish() (message.Blob, error) {
	s.finished = true
	return message.Blob{SHA256: sha256.Sum256(s.data.Bytes()), Size: int64(s.data.Len())}, nil
}

func (s *memorySpool) Discard() {
	if !s.finished {
		s.discarded = true
	}
}
