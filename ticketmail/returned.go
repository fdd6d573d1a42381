package ticketmail

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A failedDelivery is what became of a mail of ours.
type failedDelivery struct {
	status string // RFC 3463; may be empty
	hard   bool   // the address is no good: it is not mailed again
}

// undelivered notes that a mail did not reach its recipient, and leaves it to
// an errand to tell somebody else. It is called once for a mail. ours: we did not
// send it.
func (t *tx) undelivered(ctx context.Context, m notify.Mail, status string, ours bool) error {
	if m.Ticket == "" {
		return nil
	}
	if err := t.noteUndelivered(ctx, m, status); err != nil {
		return err
	}
	return t.leave(ctx, "returned "+m.ID, errand{Ticket: m.Ticket, Mail: m.ID, Ours: ours, Why: "a mail came back: " + cmp.Or(status, "no status")})
}

// gaveUp takes in that a mail failed for no reason of its recipient. Nobody is
// told instead: the exit that fails for him fails for others, and when it works
// again they would all hear of what is long over. The ticket says it.
func (t *tx) gaveUp(ctx context.Context, m notify.Mail) error {
	if m.Ticket == "" {
		return nil
	}
	return t.noteUndelivered(ctx, m, "")
}

func (t *tx) noteUndelivered(ctx context.Context, m notify.Mail, status string) error {
	return t.change(ctx, storage.Change{Ticket: m.Ticket, Field: storage.FieldUndelivered, Old: status, New: m.To.Address, Via: viaMail + m.ID})
}

// viaMail begins the Via of history about a mail of ours.
const viaMail = "mail "

// bounce takes in a delivery report about a mail of ours.
func (t *tx) bounce(ctx context.Context, a *arrival, k thread.Key) error {
	m, found, err := t.findMail(ctx, k.Ref, k.Mail)
	if err != nil || !found || emptiedMail(m) {
		return err
	}
	d, failed := failureOf(a, m)
	if !failed {
		return nil
	}
	if d.hard {
		if err := t.markBouncing(ctx, m.To.Address, d.status); err != nil {
			return err
		}
	}
	// Only the first report about a mail that is out starts the chain: later
	// ones find it returned, and one that is still to be sent may get through.
	if m.State != notify.Sent {
		return nil
	}
	m.State, m.Error = notify.Returned, fmt.Sprintf("came back: %s", cmp.Or(d.status, "no status"))
	if err := t.w.Outbox().Put(ctx, &m); err != nil {
		return err
	}
	return t.undelivered(ctx, m, d.status, false)
}

// markBouncing remembers that mail to an address comes back.
func (t *tx) markBouncing(ctx context.Context, address, status string) error {
	t.noteBounced(address, true)
	return t.w.Settings().Put(ctx, settingBounced, notify.FoldAddress(address), fmt.Appendf(nil, "%s %s", t.now.Format(time.RFC3339), status))
}

// refused takes in that the mail exit, or we, refuse a recipient for good.
func (t *tx) refused(ctx context.Context, m notify.Mail, status string, ours bool) error {
	if !ofMailOnly(status) {
		if err := t.markBouncing(ctx, m.To.Address, status); err != nil {
			return err
		}
	}
	return t.undelivered(ctx, m, status, ours)
}

// ofMailOnly reports a status by which a mail was refused, and not the address:
// it exists and its mailbox is full, say, or the cause passes, or is the sender
// or a policy (RFC 3463). Of class 2 only 5.2.1 is none: many servers send it for unknown
// users.
func ofMailOnly(status string) bool {
	switch {
	case status == "5.2.1":
		return false
	case status == "5.1.7", status == "5.1.8":
		return true
	}
	return slices.ContainsFunc([]string{"4.", "5.2.", "5.5.", "5.7."}, func(class string) bool { return strings.HasPrefix(status, class) })
}

// failureOf returns what a report says of the recipient of a mail. Each mail of
// ours has one, so the only recipient of a report is he, whatever address he
// has his mail forwarded to.
func failureOf(a *arrival, m notify.Mail) (failedDelivery, bool) {
	if a.msg.Report.Kind != message.ReportFailed {
		return failedDelivery{}, false
	}
	all := a.msg.Report.Recipients
	for _, r := range all {
		if r.Action == "failed" && (len(all) == 1 || notify.FoldAddress(r.Address) == notify.FoldAddress(m.To.Address)) {
			return failedDelivery{r.Status, r.Hard}, true
		}
	}
	return failedDelivery{}, false
}

// findMail returns an outgoing mail about a ticket.
func (t *tx) findMail(ctx context.Context, ref thread.Ref, id string) (notify.Mail, bool, error) {
	for m, err := range t.w.Outbox().List(ctx, notify.MailQuery{Ticket: ref}) {
		if err != nil || m.ID == id {
			return m, err == nil, err
		}
	}
	return notify.Mail{}, false, nil
}

// tellOthers begins the escalation chain for the events of a mail that did
// not reach its recipient. Where it was not even sent, by our own decision,
// whoever has its address now may be told.
func (t *tx) tellOthers(ctx context.Context, k Ticket, id string, ours bool) error {
	all, err := t.mailsOf(ctx, k.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(m notify.Mail) bool { return m.ID == id })
	if i < 0 || all[i].State != notify.Returned && all[i].State != notify.Failed { // or released meanwhile
		return nil
	}
	came := notify.ReturnedMail{Mail: all[i], Told: told(all, id)}
	failed := all
	if ours {
		came.Mail.To.Address = ""
		failed = slices.Delete(slices.Clone(all), i, i+1)
	}
	came.Lost = lost(failed, all[i].Causes)
	events, err := t.eventsAgain(ctx, k, withChain(all[i].Causes))
	if err != nil || len(events) == 0 {
		return err
	}
	return t.tellInstead(ctx, events, came, all)
}

func (t *tx) tellInstead(ctx context.Context, events []notify.Event, came notify.ReturnedMail, all []notify.Mail) error {
	ticket := events[0].Ticket
	rule, err := t.rules(ctx, ticket, events)
	if err != nil {
		return err
	}
	words, err := t.templates(ctx, t.w.Settings())
	if err != nil {
		return err
	}
	var failed error
	routes, err := t.routes(ctx, t.w.Settings())
	if err != nil {
		return err
	}
	planner := t.planner(t.dir, words, routes, t.bouncing(ctx, &failed))
	plan, err := planner.Instead(ctx, events, rule, t.envelope(routes, ticket), came)
	if err = cmp.Or(failed, err); err != nil {
		return err
	}
	plan.Mails = slices.DeleteFunc(plan.Mails, func(m notify.Mail) bool { // in vain before, to the very same address
		return slices.ContainsFunc(all, func(o notify.Mail) bool { return o.ID == m.ID })
	})
	return t.post(ctx, events[0], plan)
}

func (t *tx) mailsOf(ctx context.Context, ref thread.Ref) ([]notify.Mail, error) {
	var all []notify.Mail
	for m, err := range t.w.Outbox().List(ctx, notify.MailQuery{Ticket: ref}) {
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// lost returns the addresses that mails about some events did not get through to.
func lost(all []notify.Mail, about []notify.Cause) []string {
	var addresses []string
	for _, m := range all {
		if m.State != notify.Returned && m.State != notify.Failed {
			continue
		}
		if slices.ContainsFunc(m.Causes, func(c notify.Cause) bool {
			return slices.ContainsFunc(about, func(a notify.Cause) bool { return a.Event == c.Event })
		}) {
			addresses = append(addresses, m.To.Address)
		}
	}
	return addresses
}

// told returns by event who was told of it by mails that did not come back.
func told(all []notify.Mail, except string) map[string][]escalation.PersonID {
	byEvent := map[string][]escalation.PersonID{}
	for _, m := range all {
		if m.ID == except || m.Person == "" || m.State == notify.Returned || m.State == notify.Failed {
			continue
		}
		for _, c := range m.Causes {
			byEvent[c.Event] = append(byEvent[c.Event], m.Person)
		}
	}
	return byEvent
}

// withChain returns the events in which the recipient had a role that somebody
// else takes if he cannot be mailed.
func withChain(causes []notify.Cause) []notify.Cause {
	return slices.DeleteFunc(slices.Clone(causes), func(c notify.Cause) bool { return !c.HasChain() })
}
