package ticketmail

import (
	"fmt"
	"slices"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
)

// facts are all that a decision about a mail depends on.
type facts struct {
	rejected   *mailbox.Reason    // why it cannot be processed; nil: it can
	message    *message.Message   // what could be read
	ownMail    bool               // its Message-ID bears our signature
	reported   *thread.Key        // the mail of ours that a report is about, unless it is a complaint; nil: none
	duplicate  *mailbox.Entry     // the same mail, received before; nil: none
	keys       []foundKey         // marks in it, strongest first
	sender     message.Address    // zero: unknown or ambiguous
	person     *escalation.Person // nil: nobody the directory knows
	assignment mailbox.Assignment
	routing    Routing

	strangers StrangerPolicy
	forwarded *firstSender // whose mail an employee forwards; nil: none
	copies    CopyPolicy
	copy      *mailbox.Entry // the same mail, received through another mailbox; nil: none

	verdict Verdict // zero: none
	judge   escalation.PersonID

	lastInternal bool // an employee's mail, and the last one he got about the ticket was internal
}

// A foundKey is a mark and what is known about the ticket it names.
type foundKey struct {
	thread.Key
	named     thread.Ref   // the ticket that the mark names; Ref is the one it was merged into
	exists    bool         // there is such a ticket
	takesPart bool         // and the sender takes part in it
	closed    ClosedPolicy // what an answer on it does; ClosedKeeps of an open one
	why       string
}

// A decision is what becomes of a mail, and why.
type decision struct {
	outcome  mailbox.Outcome
	ticket   thread.Ref        // to comment on
	task     escalation.TaskID // of a new ticket
	internal bool              // the comment is internal
	stranger bool              // its sender takes no part in the ticket
	reopen   bool              // the ticket is in process again
	follows  thread.Ref        // closed ticket that a new one goes on from; empty: none
	reasons  []mailbox.Reason
}

func (d *decision) because(code, format string, args ...any) {
	d.reasons = append(d.reasons, mailbox.Reason{Code: code, Text: fmt.Sprintf(format, args...)})
}

// decide is a pure function: the same facts give the same decision.
func decide(f facts) decision {
	var d decision
	d.secret(f)
	switch {
	case f.verdict != Verdict{}:
		d.obey(f)
	case f.duplicate != nil:
		d.outcome = mailbox.Record
		d.ticket = f.duplicate.Ticket
		d.because("duplicate", "the same as mail %s of folder %s", f.duplicate.UID, f.duplicate.Folder)
	case f.rejected != nil:
		d.outcome = mailbox.Quarantine
		d.reasons = append(d.reasons, *f.rejected)
	case f.ownMail:
		d.outcome = mailbox.Record
		d.because("own-mail", "its Message-ID bears our signature: a notification of ours came back")
	case f.reported != nil:
		d.outcome = mailbox.Record
		d.ticket = f.reported.Ref
		d.report(f)
	default:
		d.place(f)
	}
	if f.message.Automatic != "" {
		d.because("automatic", "%s", f.message.Automatic)
	}
	d.noteCuts(f.message.Defects)
	return d
}

// noteCuts says what of the mail is in its raw bytes only, each kind once.
func (d *decision) noteCuts(defects []message.Defect) {
	noted := map[string]bool{}
	for _, defect := range defects {
		if defect.Cut() && !noted[defect.Code] {
			noted[defect.Code] = true
			d.because("cut", "%s: %s", defect.Code, defect.Text)
		}
	}
}

// obey carries out what an administrator decided.
func (d *decision) obey(f facts) {
	d.because("verdict", "decided by %q", f.judge)
	d.outcome, d.ticket, d.task = mailbox.Comment, f.verdict.Ticket, f.verdict.Task
	if d.task != "" {
		d.outcome = mailbox.Ticket
	}
}

// secret decides whether what the mail says is internal, whatever becomes of
// it: only employees get mails with an internal mark, and an answer quotes
// them. So it stays internal even if it comes from an address nobody knows, if
// the ticket is gone, if it opens another one, or if an administrator says so.
func (d *decision) secret(f facts) {
	switch {
	case slices.ContainsFunc(f.keys, func(k foundKey) bool { return k.Strong && k.Internal }):
		d.internal = true
		d.because("internal", "answers an internal mail")
	case f.lastInternal:
		d.internal = true
		d.because("internal", "the last mail the employee got about the ticket was internal")
	}
}

// report says what a report about a mail of ours tells.
func (d *decision) report(f facts) {
	switch f.message.Report.Kind {
	case message.ReportFailed:
		d.because("bounce", "our mail %s was not delivered to everybody", f.reported.Mail)
	case message.ReportDelayed:
		d.because("delayed", "our mail %s is late and still tried", f.reported.Mail)
	case message.ReportRead:
		d.because("receipt", "receipt for our mail %s", f.reported.Mail)
	default:
		d.because("delivered", "our mail %s was delivered", f.reported.Mail)
	}
}

// place finds the ticket a mail belongs to, or the task of a new one.
func (d *decision) place(f facts) {
	var strong, weak []foundKey
	for _, k := range f.keys {
		switch {
		case !k.exists:
			d.because("gone", "%s names ticket %s, which does not exist", k.Source, k.Ref)
		case k.Strong:
			strong = append(strong, k)
		case k.takesPart:
			weak = append(weak, k)
		default:
			d.because("weak", "%s names ticket %s, but the sender takes no part in it", k.Source, k.Ref)
		}
	}
	keys := strong
	if len(keys) == 0 {
		keys = weak
	}
	if len(keys) == 0 {
		d.open(f)
		return
	}
	first := keys[0]
	if i := slices.IndexFunc(strong, func(k foundKey) bool { return k.Ref != first.Ref }); i > 0 {
		d.outcome = mailbox.Quarantine
		d.because("conflict", "%s proves ticket %s, %s proves ticket %s", first.Source, first.Ref, strong[i].Source, strong[i].Ref)
		return
	}
	if f.copy != nil && f.copy.Ticket == first.Ref {
		d.recordCopy(f)
		return
	}
	d.outcome = mailbox.Comment
	d.ticket = first.Ref
	d.stranger = !first.takesPart
	d.because("thread", "%s: %s", first.Source, keyWords(first))
	if d.stranger {
		d.because("stranger", "the sender takes no part in the ticket")
		if f.strangers != StrangerComments {
			d.keepOut(f)
			return
		}
	}
	if !d.internal && !d.stranger && f.message.Automatic == "" {
		d.wake(f, first.closed)
	}
}

// keepOut decides about a stranger's answer that is to be no comment.
func (d *decision) keepOut(f facts) {
	if f.strangers == StrangerHeld {
		d.outcome = mailbox.Quarantine
		d.because("stranger-held", "answers of strangers are held until somebody decides")
		return
	}
	d.ticket, d.stranger = "", false
	d.open(f)
	d.because("stranger-opens", "answers of strangers open tickets of their own")
}

// wake decides what an answer does to a closed ticket.
func (d *decision) wake(f facts, policy ClosedPolicy) {
	switch policy {
	case ClosedReopens:
		d.reopen = true
		d.because("reopened", "the ticket was closed: it is in process again")
	case ClosedOpens:
		d.follows, d.ticket = d.ticket, ""
		d.open(f)
		d.because("follows", "ticket %s is closed: a new one follows it", d.follows)
	}
}

func keyWords(k foundKey) string {
	switch {
	case k.why != "":
		return k.why
	case answersMail(k.Key):
		return fmt.Sprintf("answers our mail %s", k.Mail)
	case k.Strong:
		return fmt.Sprintf("complete token of ticket %s", k.Ref)
	}
	return fmt.Sprintf("number of ticket %s", k.Ref)
}

// recordCopy keeps a mail for the record that came through another mailbox too.
func (d *decision) recordCopy(f facts) {
	d.outcome, d.ticket = mailbox.Record, f.copy.Ticket
	d.because("copy", "the same as mail %s of mailbox %s", f.copy.UID, f.copy.Mailbox)
}

func (d *decision) open(f facts) {
	if f.copy != nil && f.copies == CopiesOnce {
		d.recordCopy(f)
		return
	}
	d.outcome = mailbox.Ticket
	d.task = f.assignment.Task
	if f.routing.Task != "" {
		d.task = f.routing.Task
	}
	if len(d.reasons) == 0 || d.internal && len(d.reasons) == 1 {
		d.because("new", "no mark of a ticket that verifies in subject or references")
	}
	if f.copy != nil && f.copies == CopiesLinked {
		d.follows = f.copy.Ticket
		d.because("linked", "the same as mail %s of mailbox %s: linked with its ticket %s", f.copy.UID, f.copy.Mailbox, f.copy.Ticket)
	}
	if f.forwarded != nil {
		d.because("forwarded", "an employee forwards a mail of %s: it is that one's ticket", f.forwarded.address.Address)
	}
	if r := f.routing; r.Task != "" || r.Assignee != "" || len(r.Categories) > 0 {
		d.because("routed", "%s", r.Reason)
	}
}
