package ticketmail

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// maxSkips is how many people one line of history names: a group may be large.
const maxSkips = 20

// noteSkipped writes a line of history about those who were meant and get no
// mail, or one that a cap holds. Whoever did it himself, or is told in another
// role, is left out: the line would say so every time.
func (t *tx) noteSkipped(ctx context.Context, ev notify.Event, skipped []notify.Skip, mails []*notify.Mail) error {
	var list []string
	for _, s := range skipped {
		if s.Reason == escalation.IsActor || s.Reason == escalation.Told {
			continue
		}
		list = append(list, NotTold{Role: s.Role, Who: cmp.Or(string(s.Person), s.Address), Event: s.Event, Why: s.Reason}.line())
	}
	for _, m := range mails {
		if m.State == notify.Held {
			list = append(list, NotTold{Who: m.To.Address, Event: m.Event, Held: m.Error}.line())
		}
	}
	if len(list) == 0 {
		return nil
	}
	if n := len(list) - maxSkips; n > 0 {
		list = append(list[:maxSkips], fmt.Sprintf("and %d more", n))
	}
	return t.change(ctx, storage.Change{Ticket: ev.Ticket.Ref, Field: storage.FieldSkipped, New: strings.Join(list, "; ")})
}

// A NotTold is somebody who was meant to be told of an event and got no mail,
// as a ticket's history keeps it: see [ParseNotTold].
type NotTold struct {
	Role  notify.Role // as whom he was meant; empty: extra, or of a mail that is held
	Who   string      // an escalation.PersonID or an address; empty: the role had nobody
	Event notify.Kind
	Why   escalation.Reason // empty: the mail is held
	Held  string            // which of the [Caps] holds the mail, for people, in English: "held: 3 automatic mails to this address within a day"
}

// line is how the history says it.
func (n NotTold) line() string {
	who := strings.TrimSpace(fmt.Sprintf("%s %s", n.Role, n.Who))
	return fmt.Sprintf("%s (%s, %s)", who, n.Event, cmp.Or(string(n.Why), n.Held))
}

// ParseNotTold reads the New of a line of history with the field
// [storage.FieldSkipped], so that a host can say it in words and with names of
// its own. more is how many further ones the line counts but does not name: it
// names 20. Where ok is false the text is none that the engine writes, or holds
// a role or an event with a blank in it, or an address with "; ": it can only be
// shown as it is.
func ParseNotTold(text string) (list []NotTold, more int, ok bool) {
	for part := range strings.SplitSeq(text, "; ") {
		if n, err := fmt.Sscanf(part, "and %d more", &more); n == 1 && err == nil && part == fmt.Sprintf("and %d more", more) {
			continue
		}
		who, rest, found := strings.Cut(part, " (")
		event, why, both := strings.Cut(strings.TrimSuffix(rest, ")"), ", ")
		if !found || !both || !strings.HasSuffix(rest, ")") {
			return nil, 0, false
		}
		n := NotTold{Event: notify.Kind(event)}
		if n.Why = escalation.Reason(why); strings.Contains(why, " ") {
			n.Why, n.Held = "", why
		}
		role, id, two := strings.Cut(who, " ")
		switch {
		case two:
			n.Role, n.Who = notify.Role(role), id
		case n.Why == notify.EmptyRole:
			n.Role = notify.Role(who)
		default:
			n.Who = who
		}
		list = append(list, n)
	}
	return list, more, true
}
