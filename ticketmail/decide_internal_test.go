package ticketmail

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
)

// dice give facts from the bytes of a fuzzer: zeros when there are none left.
type dice struct{ left []byte }

func (d *dice) roll(sides int) int {
	if len(d.left) == 0 {
		return 0
	}
	n := int(d.left[0]) % sides
	d.left = d.left[1:]
	return n
}

func (d *dice) toss() bool { return d.roll(2) == 1 }

func choose[T any](d *dice, from ...T) T { return from[d.roll(len(from))] }

// randomFacts are facts as they could be gathered about a mail.
func randomFacts(d *dice) facts {
	f := facts{
		message:    &message.Message{Automatic: choose(d, "", "Precedence: bulk")},
		ownMail:    d.roll(8) == 1,
		sender:     choose(d, message.Address{}, message.Address{Address: "x@y.example"}),
		assignment: mailbox.Assignment{Mailbox: "m", Task: "task"},
		strangers:  choose(d, StrangerComments, StrangerHeld, StrangerOpens),
		copies:     choose(d, CopiesOpen, CopiesLinked, CopiesOnce),
	}
	if d.toss() && f.sender.Address != "" {
		f.person = &escalation.Person{ID: "p", Kind: choose(d, escalation.Employee, escalation.Contact)}
		f.lastInternal = f.person.Internal() && d.toss()
	}
	for range d.roll(5) {
		f.keys = append(f.keys, randomKey(d))
	}
	if d.roll(8) == 1 {
		f.rejected = &mailbox.Reason{Code: "loop", Text: "it loops"}
	}
	if d.roll(8) == 1 {
		kind := choose(d, message.ReportFailed, message.ReportDelayed, message.ReportDelivered, message.ReportRead)
		f.message.Report, f.message.Automatic = &message.Report{Kind: kind}, "report"
		f.reported = &thread.Key{Ref: "1", Mail: "m1", Strong: true}
	}
	if d.roll(8) == 1 {
		f.duplicate = &mailbox.Entry{Outcome: mailbox.Comment, Ticket: choose[thread.Ref](d, "", "1", "2")}
	}
	if d.roll(4) == 1 {
		f.copy = &mailbox.Entry{Outcome: mailbox.Ticket, Ticket: choose[thread.Ref](d, "1", "2", "9")}
	}
	if d.roll(4) == 1 {
		f.forwarded = &firstSender{address: message.Address{Address: "first@y.example"}}
	}
	if d.roll(4) == 1 {
		f.routing = Routing{Task: choose[escalation.TaskID](d, "", "routed"), Assignee: "p", Reason: "the host says so"}
	}
	if d.roll(8) == 1 {
		f.verdict, f.judge = choose(d, Verdict{Ticket: "1"}, Verdict{Task: "judged"}), "admin"
	}
	if d.roll(4) == 1 {
		f.message.Defects = []message.Defect{{Code: "text-too-long", Text: "text is cut"}}
	}
	return f
}

func randomKey(d *dice) foundKey {
	k := foundKey{Key: thread.Key{
		Ref:    choose[thread.Ref](d, "1", "2", "3"),
		Source: choose(d, thread.InReplyTo, thread.References, thread.Subject, thread.Address),
		Strong: d.toss(), Mail: choose(d, "", "root", "m1"), Internal: d.roll(4) == 1,
	}}
	if k.exists = d.roll(4) != 1; k.exists {
		k.takesPart = d.toss()
		k.closed = choose(d, ClosedKeeps, ClosedReopens, ClosedOpens)
	}
	return k
}

// FuzzDecide checks what holds of every decision, whatever the facts are.
func FuzzDecide(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 1, 0, 0, 1, 0, 2, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1})
	f.Add([]byte("\x01\x01\x01\x02\x02\x01\x01\x01\x04\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"))
	f.Fuzz(checkDecision)
}

// TestDecide checks the same of as many random facts as a moment allows.
func TestDecide(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 50_000 {
		rolls := make([]byte, 60)
		for i := range rolls {
			rolls[i] = byte(r.Uint32())
		}
		checkDecision(t, rolls)
		if t.Failed() {
			t.Fatalf("seed %d, rolls %v", seed, rolls)
		}
	}
}

// checkDecision decides about the facts that some rolls of the dice give.
func checkDecision(t *testing.T, rolls []byte) {
	t.Helper()
	known, same := randomFacts(&dice{rolls}), randomFacts(&dice{rolls})
	d := decide(known)
	if !reflect.DeepEqual(known, same) {
		t.Fatalf("deciding changed the facts:\n%+v\n%+v", same, known)
	}
	if again := decide(known); !reflect.DeepEqual(d, again) {
		t.Fatalf("same facts, two decisions:\n%+v\n%+v", d, again)
	}
	for _, check := range []func(facts, decision) error{oneOutcome, conflictsHeld, strangersStayOut, machinesWakeNothing, commentsHaveARight, internalStays, verdictsHold} {
		if err := check(known, d); err != nil {
			t.Errorf("%v\nfacts %+v\nkeys %+v\ndecision %+v", err, known, known.keys, d)
		}
	}
}

// oneOutcome: a mail becomes one of four things, each with what belongs to it
// and a reason; it is never dropped.
func oneOutcome(_ facts, d decision) error {
	for _, r := range d.reasons {
		if r.Code == "" || r.Text == "" {
			return fmt.Errorf("reason %+v", r)
		}
	}
	opens, comments := d.outcome == mailbox.Ticket, d.outcome == mailbox.Comment
	switch {
	case !slices.Contains([]mailbox.Outcome{mailbox.Ticket, mailbox.Comment, mailbox.Record, mailbox.Quarantine}, d.outcome):
		return fmt.Errorf("outcome %q", d.outcome)
	case len(d.reasons) == 0:
		return fmt.Errorf("%s without any reason", d.outcome)
	case opens && (d.task == "" || d.ticket != ""):
		return fmt.Errorf("a new ticket in task %q, on ticket %q", d.task, d.ticket)
	case comments && (d.ticket == "" || d.follows != ""):
		return fmt.Errorf("a comment on ticket %q, following %q", d.ticket, d.follows)
	case d.outcome == mailbox.Quarantine && (d.task != "" || d.follows != "" || d.reopen):
		return fmt.Errorf("quarantine that does something")
	case d.reopen && !comments:
		return fmt.Errorf("%s reopens a ticket", d.outcome)
	}
	return nil
}

// placed reports whether a mail's marks decide about it.
func placed(f facts) bool {
	return f.verdict == Verdict{} && f.duplicate == nil && f.rejected == nil && !f.ownMail && f.reported == nil
}

// strongRefs returns the tickets that are proven, each once.
func strongRefs(f facts) (refs []thread.Ref) {
	for _, k := range f.keys {
		if k.exists && k.Strong && !slices.Contains(refs, k.Ref) {
			refs = append(refs, k.Ref)
		}
	}
	return refs
}

// conflictsHeld: two proofs that disagree are never decided by a guess.
func conflictsHeld(f facts, d decision) error {
	if placed(f) && len(strongRefs(f)) > 1 && d.outcome != mailbox.Quarantine {
		return fmt.Errorf("%d tickets are proven, and it is a %s", len(strongRefs(f)), d.outcome)
	}
	return nil
}

// takesPartIn reports whether some mark says that the sender takes part.
func takesPartIn(f facts, ref thread.Ref) bool {
	return slices.ContainsFunc(f.keys, func(k foundKey) bool { return k.exists && k.Ref == ref && k.takesPart })
}

// strangersStayOut: who takes no part is marked as a stranger, or kept out, and
// wakes nothing.
func strangersStayOut(f facts, d decision) error {
	if !placed(f) || d.outcome != mailbox.Comment || takesPartIn(f, d.ticket) {
		return nil
	}
	switch {
	case !d.stranger:
		return fmt.Errorf("a stranger's comment is not marked")
	case d.reopen:
		return fmt.Errorf("a stranger reopens a ticket")
	case f.strangers != StrangerComments:
		return fmt.Errorf("a stranger comments, although the policy is %q", f.strangers)
	}
	return nil
}

// machinesWakeNothing: an automatic mail changes no ticket's status, and goes
// on from no closed one.
func machinesWakeNothing(f facts, d decision) error {
	reached := d.outcome == mailbox.Ticket && d.follows != "" && (f.copy == nil || d.follows != f.copy.Ticket)
	if f.message.Automatic != "" && (d.reopen || reached) {
		return fmt.Errorf("a machine wakes a ticket")
	}
	return nil
}

// commentsHaveARight: a comment needs a mark that proves its ticket, or names
// one in which the sender takes part.
func commentsHaveARight(f facts, d decision) error {
	if !placed(f) || d.outcome != mailbox.Comment {
		return nil
	}
	if !slices.ContainsFunc(f.keys, func(k foundKey) bool { return k.exists && k.Ref == d.ticket && (k.Strong || k.takesPart) }) {
		return fmt.Errorf("a comment on ticket %s, which no mark gives a right to", d.ticket)
	}
	return nil
}

// internalStays: an answer to something internal is internal.
func internalStays(f facts, d decision) error {
	proven := slices.ContainsFunc(f.keys, func(k foundKey) bool { return k.exists && k.Strong && k.Internal && k.Ref == d.ticket })
	if d.outcome == mailbox.Comment && (proven || placed(f) && f.lastInternal) && !d.internal {
		return fmt.Errorf("an answer to something internal is public")
	}
	if d.internal && d.reopen {
		return fmt.Errorf("an internal comment reopens a ticket")
	}
	return nil
}

// verdictsHold: what an administrator decided stands.
func verdictsHold(f facts, d decision) error {
	switch v := f.verdict; {
	case v.Ticket != "" && (d.outcome != mailbox.Comment || d.ticket != v.Ticket):
		return fmt.Errorf("the verdict is ticket %s", v.Ticket)
	case v.Task != "" && (d.outcome != mailbox.Ticket || d.task != v.Task):
		return fmt.Errorf("the verdict is task %s", v.Task)
	}
	return nil
}
