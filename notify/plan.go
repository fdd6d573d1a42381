package notify

import (
	"context"
	"time"

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
	Zone            *time.Location            // of dates in the text; nil: UTC
	InternalDomains []string                  // extra addresses in these domains may get what is internal
	Bouncing        func(address string) bool // nil: no address is known to bounce
	Polled          func(address string) bool // addresses of polled mailboxes, which are never mailed; nil: none
}

// A Plan is what is to be sent about an event, and what is not.
type Plan struct {
	Mails   []Mail // Waiting, due at the event's time plus the rule's Delay, in a stable order
	Skipped []Skip // everybody not mailed, and why
	Nobody  bool   // recipients were meant, but the chain ended with nobody left
	Missed  []Kind // the events of which that is so

	// Warnings are stored templates that should have been used and cannot be:
	// the built-in ones were. Each comes once.
	Warnings []*TemplateError
}

// A Skip is somebody who is not mailed about an event.
type Skip struct {
	Event   Kind
	Role    Role                // in which role he was meant; empty: extra
	Person  escalation.PersonID // empty: an address
	Address string
	Reason  escalation.Reason
}

// Reasons for which somebody is not mailed, beside those of [escalation].
const (
	EmptyRole  escalation.Reason = "empty"     // the role has nobody
	NoReply    escalation.Reason = "automatic" // an automatic mail is not answered to outsiders
	IsPolled   escalation.Reason = "polled"    // the address is that of a mailbox that is polled
	BadAddress escalation.Reason = "address"   // the address cannot be written into a mail
)

// Plan decides who is mailed about ev by rule, in which language and with
// which words. It is a function of its arguments and the directory's answers:
// the same input gives the same mails, ids included. Each person and address
// is mailed once. An error is the directory's, or an *InvalidError of the
// planner, the envelope or a template.
//
// Roles come first, in the order of the rule, then its extra people and
// addresses, then whoever the escalation chain names for those who cannot be
// mailed. A chain starts for a set assignee, last assignee or creator who
// cannot be mailed (no usable address, left, bouncing, polled, unknown to the
// directory), and for a group all of whose members cannot be; somebody taken
// out by an exception or told already can. The chain never ends with the
// actor, whatever SkipActor says: that would tell nobody new.
func (p *Planner) Plan(ctx context.Context, ev Event, rule Rule, env Envelope) (Plan, error) {
	return p.PlanAll(ctx, []Event{ev}, func(Kind) Rule { return rule }, env)
}

// check refuses what no mail could be made with.
func (p *Planner) check(env Envelope) error {
	switch {
	case p.Directory == nil:
		return invalid("Directory", "is missing")
	case p.References == nil:
		return invalid("References", "is missing")
	}
	if err := checkAddress(env.From.Address); err != nil {
		return invalid("From", "%v", err)
	}
	if env.ReplyTo != "" {
		if err := checkAddress(env.ReplyTo); err != nil {
			return invalid("ReplyTo", "%v", err)
		}
	}
	return nil
}

// internal reports whether an event as a whole is for employees only.
func internal(ev Event) bool {
	switch ev.Kind {
	case InternalCommentAdded, MailboxFailing, MailboxRecovered, SignInExpiring:
		return true
	case CommentAdded, CommentEdited, Forward:
		return ev.Comment != nil && ev.Comment.Internal
	}
	return false
}
