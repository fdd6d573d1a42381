package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"example.com/ticketmail/mailbox"
)

// A Level says how good or bad a [Check] is.
type Level string

// The levels.
const (
	LevelOK      Level = "ok"
	LevelWarning Level = "warning" // it works, but hardly as meant, or nobody can tell
	LevelFailure Level = "failure" // something does not work
)

// A Part is what a [Check] is about.
type Part string

// The parts, in the order in which they are checked.
const (
	PartStore         Part = "store"
	PartBlobs         Part = "blobs"
	PartDirectory     Part = "directory"
	PartMailbox       Part = "mailbox"
	PartSender        Part = "sender"
	PartConfiguration Part = "configuration" // what Lint finds: rules, templates, tasks, what waits
)

// A Check is one line of what [Engine.Check] found. Texts are for
// administrators, in English, without secrets.
type Check struct {
	Part  Part
	Level Level
	Where string // which one, for example `mailbox "support"`
	Text  string // what was found
	Cause string // in plain words; empty: it is well, or Text says all that is known
	Cure  string // what to do about it; empty: nothing, or not known
	Err   error  // nil: nothing failed
}

// Check tries everything that the Engine works with, and yields what it finds
// as soon as it knows: whether the store keeps and takes back, the blobs come
// back as they were written, the directory answers, each mailbox lets us in
// ([Engine.ProbeMailbox]) and the mail exit too ([Engine.ProbeSender]), and what
// [Engine.Lint] says of the rest. A loop may end early; it ends by itself when
// ctx is done.
//
// It changes nothing, but for a few staged bytes that the blobs sweep. It may
// be called while Run works, here or on another node.
func (e *Engine) Check(ctx context.Context) iter.Seq[Check] {
	return func(yield func(Check) bool) {
		for _, part := range []func(context.Context, func(Check) bool) bool{
			e.checkStore, e.checkBlobs, e.checkDirectory, e.checkMailboxes, e.checkSender, e.checkConfiguration,
		} {
			if ctx.Err() != nil || !part(ctx, yield) {
				return
			}
		}
	}
}

// failed is a check that failed, with what the error itself advises.
func failed(part Part, where string, err error, cause, cure string) Check {
	c := Check{Part: part, Level: LevelFailure, Where: where, Text: err.Error(), Cause: cause, Cure: cure, Err: err}
	if why, what := mailbox.Advice(err); why != "" {
		c.Cause, c.Cure = why, what
	}
	return c
}

// checkMailboxes tests each mailbox. One that is not polled does no harm if it
// fails.
func (e *Engine) checkMailboxes(ctx context.Context, yield func(Check) bool) bool {
	routes, err := e.routesNow(ctx)
	if err != nil {
		return yield(failed(PartMailbox, "mailboxes", err, "what administrators defined cannot be read", "mend the store first"))
	}
	if len(routes.Mailboxes) == 0 {
		return yield(Check{Part: PartMailbox, Level: LevelWarning, Where: "mailboxes", Text: "none is defined", Cure: "define one: until then tickets are made by people only"})
	}
	for _, m := range routes.Mailboxes {
		_, assigned := routes.Assignment(m.ID)
		found := e.checkMailbox(ctx, m.ID)
		if found.Level == LevelFailure && (!assigned || m.Inactive) {
			found.Level = LevelWarning
		}
		if ctx.Err() != nil || !yield(found) {
			return false
		}
	}
	return true
}

func (e *Engine) checkMailbox(ctx context.Context, id mailbox.ID) Check {
	return probed(PartMailbox, fmt.Sprintf("mailbox %q", id), func(report func(mailbox.Step)) error {
		return e.ProbeMailbox(ctx, id, report)
	})
}

func (e *Engine) checkSender(ctx context.Context, yield func(Check) bool) bool {
	const where = "mail exit"
	if e.cfg.Sender == nil {
		return yield(Check{Part: PartSender, Level: LevelWarning, Where: where, Text: "there is none: notifications wait in the outbox", Cure: "configure a Sender"})
	}
	return yield(probed(PartSender, where, func(report func(mailbox.Step)) error { return e.ProbeSender(ctx, report) }))
}

// probed runs a connection test and makes one Check of its steps.
func probed(part Part, where string, test func(report func(mailbox.Step)) error) Check {
	var facts []string
	var bad mailbox.Step
	err := test(func(s mailbox.Step) {
		switch {
		case s.Err == nil:
			facts = append(facts, s.Facts...)
		case bad.Err == nil:
			bad = s
		}
	})
	switch {
	case err == nil && len(facts) == 0:
		return Check{Part: part, Level: LevelOK, Where: where, Text: "lets us in"}
	case err == nil:
		return Check{Part: part, Level: LevelOK, Where: where, Text: "lets us in: " + strings.Join(facts, ", ")}
	case errors.Is(err, ErrNoProbe):
		return Check{Part: part, Level: LevelWarning, Where: where, Text: "cannot be tested: its adapter has no connection test", Err: err}
	case bad.Err == nil: // it failed before the first step
		return failed(part, where, err, "", "")
	}
	c := failed(part, where, err, bad.Cause, bad.Cure)
	c.Text = fmt.Sprintf("step %s failed: %v", bad.Name, bad.Err)
	if bad.About != "" {
		c.Text = fmt.Sprintf("step %s (%s) failed: %v", bad.Name, bad.About, bad.Err)
	}
	return c
}

// checkConfiguration says what Lint finds, but for what was said already.
func (e *Engine) checkConfiguration(ctx context.Context, yield func(Check) bool) bool {
	const where = "rules, templates and tasks"
	found, err := e.Lint(ctx)
	if err != nil {
		return yield(failed(PartConfiguration, where, err, "it could not be looked at", "mend what failed above first"))
	}
	well := true
	for _, f := range found {
		if f.Code == "store-volatile" || f.Code == "no-sender" {
			continue
		}
		well = false
		if !yield(Check{Part: PartConfiguration, Level: LevelWarning, Where: f.Where, Text: f.Text}) {
			return false
		}
	}
	return !well || yield(Check{Part: PartConfiguration, Level: LevelOK, Where: where, Text: "nothing to say about them"})
}
