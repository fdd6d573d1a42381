// Package notifytest checks implementations of notify.Sender.
//
// An adapter's test is three lines:
//
//	func TestSender(t *testing.T) {
//		notifytest.Run(t, func(t *testing.T) notifytest.Exit { … })
//	}
package notifytest

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
)

// An Exit is a Sender with a view behind it.
type Exit struct {
	Sender notify.Sender

	// Received returns the messages that have arrived so far, in any order.
	Received func() []Received

	// Refuse makes the exit behind the Sender answer from now on as the
	// fault says. nil: the exit cannot be told, and checks that need it are
	// skipped.
	Refuse func(f Fault)
}

// Received is a message as it arrived behind the Sender.
type Received struct {
	To   string // envelope recipient
	Data []byte // RFC 5322 message with CRLF line ends
}

// A Fault is something an exit can answer.
type Fault string

// The faults. Each lasts until another one is set.
const (
	Healthy      Fault = ""          // takes everything
	BadRecipient Fault = "recipient" // refuses [Refused] for good, takes others
	BadConfig    Fault = "config"    // refuses us, whoever the mail is for
	Temporary    Fault = "temporary" // cannot take the mail now
	Silent       Fault = "silent"    // does not answer
)

// Refused is the recipient that [BadRecipient] is about.
const Refused = "refused@corp.example"

// patience is how long anything here may take, on a machine that is busy: shorter
// than what a hung test has, see the flag -timeout of go test.
const patience = 3 * time.Minute

// Run checks the senders made by open, which returns a fresh one and
// registers its own clean-up with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Exit) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			exit := open(t)
			if c.fault != Healthy && exit.Refuse == nil {
				t.Skip("the exit cannot be made to fail")
			}
			if c.fault != Healthy {
				exit.Refuse(c.fault)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := c.check(ctx, exit); err != nil {
				t.Error(err)
			}
		})
	}
}

// A file is content that can be opened, and what reading it ends with.
type file struct {
	content []byte
	end     error // io.EOF: it is whole
}

// Open returns the content, whatever it is asked for.
func (f file) Open(context.Context, message.Blob) (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(bytes.NewReader(f.content), iotest.ErrReader(f.end))), nil
}

// newMail returns a mail that every sender must take.
func newMail(id, to string) notify.Mail {
	return notify.Mail{
		ID: id, From: message.Address{Name: "Support", Address: "support@corp.example"}, To: message.Address{Address: to},
		Subject: "[4711] Printer", MessageID: id + "@tickets.example", Text: "Hello\n",
		Date: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
	}
}
