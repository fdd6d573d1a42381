package console

import (
	"net/http"

	"example.com/ticketmail/escalation"
)

// An Access tells the console who sends a request and what he may do. It is
// the host's own: its sessions, its rights.
//
// Implementations are safe for concurrent use.
type Access interface {
	// Visitor returns who sent r. Somebody who is not signed in is the zero
	// Visitor. An error means that it cannot be told now: the request is
	// answered with 503. A page on which somebody signs a mailbox in on another
	// device asks again about the request that began it, every few seconds for
	// up to half an hour.
	Visitor(r *http.Request) (Visitor, error)
}

// AccessFunc lets an ordinary function act as an [Access].
type AccessFunc func(r *http.Request) (Visitor, error)

// Visitor calls f.
func (f AccessFunc) Visitor(r *http.Request) (Visitor, error) { return f(r) }

var _ Access = AccessFunc(nil)

// A Visitor is who sends a request. The zero value is nobody, who may do
// nothing.
type Visitor struct {
	Person   escalation.PersonID // who is named in histories; may be empty
	Name     string              // as shown on top of the page; empty: Person
	Language string              // BCP 47 tag; empty: what the browser asks for
	Right    Right

	// Session identifies the browser's session with the host, for example by
	// a hash of its cookie: a sign-in to a mailbox must come back to the
	// session that began it. Empty: Person, which is weaker.
	Session string
}

// A Right is what a visitor may do.
type Right int

// The rights, each with those above it.
const (
	None       Right = iota // nothing
	Read                    // look at everything, mails included
	Administer              // change everything
)
