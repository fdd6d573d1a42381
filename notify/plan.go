package notify

import (
	"context"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
)

// A Referencer gives outgoing mails the marks by which answers find their
// ticket. *[thread.Referencer] is one.
type Referencer interface {
	Subject(ref thread.Ref, subject string) string
	MessageID(ref thread.Ref, mail string, internal bool) string
}

// An Envelope is who a ticket's mails come from.
type Envelope struct {
	From    message.Address
	ReplyTo string   // empty: none
	Reasons []Reason // how it was found
}

// A Planner decides who is mailed about an event, and writes the mails. It
// sends and stores nothing. The zero value of optional fields is the default.
type Planner struct {
	Directory       escalation.Directory
	Chain           escalation.Chain // nil: escalation.DefaultChain
	References      Referencer
	Templates       *Templates                // nil: the built-in ones
	Language        string                    // the company's BCP 47 tag; empty: "en"
	InternalDomains []string                  // extra addresses in these domains may get what is internal
	Bouncing        func(address string) bool // nil: no address is known to bounce
	Polled          func(address string) bool // addresses of polled mailboxes, which are never mailed; nil: none
}

// A Plan is what is to be sent about an event, and what is not.
type Plan struct {
	Mails   []Mail // Waiting, due at the event's time, in a stable order
	Skipped []Skip // everybody not mailed, and why
	Nobody  bool   // recipients were meant, but the chain ended with nobody left
}

// A Skip is somebody who is not mailed about an event.
type Skip struct {
	Role    Role                // in which role he was meant; empty: extra
	Person  escalation.PersonID // empty: an address
	Address string
	Reason  escalation.Reason
}

// Plan decides who is mailed about ev by rule, in which language and with
// which words. It is a function of its arguments and the directory's answers:
// the same input gives the same mails, ids included. Each person and address
// is mailed once. An error is the directory's, or an *InvalidError of a template.
func (p *Planner) Plan(ctx context.Context, ev Event, rule Rule, env Envelope) (Plan, error) {
	panic("contract")
}

// Templates finds the words of a mail; see the implementer's file.
type Templates struct{ _ struct{} }
