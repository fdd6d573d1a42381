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
	var list []NotTold
	for _, s := range skipped {
		if s.Reason == escalation.IsActor || s.Reason == escalation.Told {
			continue
		}
		list = append(list, NotTold{Role: s.Role, Who: cmp.Or(string(s.Person), s.Address), Event: s.Event, Why: s.Reason})
	}
	for _, m := range mails {
		if m.State == notify.Held {
			list = append(list, NotTold{Who: m.To.Address, Event: m.Event, Held: m.Error})
		}
	}
	if len(list) == 0 {
		return nil
	}
	named := list[:min(len(list), maxSkips)]
	return t.change(ctx, storage.Change{Ticket: ev.Ticket.Ref, Field: storage.FieldSkipped, New: sayNotTold(named, len(list)-len(named))})
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

// sayNotTold is how the history says it of all of them, and of more that it
// does not name.
func sayNotTold(list []NotTold, more int) string {
	var said []string
	for _, n := range list {
		said = append(said, n.line())
	}
	if more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(said, "; ")
}

// ParseNotTold reads the New of a line of history with the field
// [storage.FieldSkipped], so that a host can say it in words and with names of
// its own. more is how many further ones the line counts but does not name: it
// names 20. Where ok is false the text is none that the engine writes: it can
// only be shown as it is.
//
// Ids, addresses and groups of the host are in the text as they are. They are
// read as they were meant, but for these:
//   - One who was meant in no role, and whose id has a blank in it: "kim doe"
//     becomes the role "kim" and Who "doe". Addresses that begin with a quotation
//     mark, and those of mails that are held, are read whole.
//   - A role ends at its first blank, and one that begins with a quotation mark
//     becomes part of Who, unless the role had nobody.
//   - A member of a group who has neither id nor address: the role becomes Who.
//   - White space around what stands before the parenthesis is not in the text.
//   - An id, an address or a role with ");" at its end or before a blank looks
//     like the end of an entry: ok is false, unless what is on both sides of it
//     looks like an entry too. Then it becomes several.
func ParseNotTold(text string) (list []NotTold, more int, ok bool) {
	entries, all := strings.CutSuffix(text, ")")
	if !all {
		end := strings.LastIndex(text, "); ")
		if end < 0 {
			return nil, 0, false
		}
		if _, err := fmt.Sscanf(text[end:], "); and %d more", &more); err != nil {
			return nil, 0, false
		}
		entries = text[:end]
	}
	for entry := range strings.SplitSeq(entries, "); ") {
		n, ok := parseEntry(entry)
		if !ok {
			return nil, 0, false
		}
		list = append(list, n)
	}
	if sayNotTold(list, more) != text { // also where the number is none that is counted
		return nil, 0, false
	}
	return list, more, true
}

// parseEntry reads one entry without the parenthesis at its end. Only ids and
// the like may have one in them, and they stand before the last that opens.
func parseEntry(entry string) (n NotTold, ok bool) {
	end := strings.LastIndex(entry, " (")
	if end <= 0 {
		return NotTold{}, false
	}
	who := entry[:end]
	event, why, _ := strings.Cut(entry[end+len(" ("):], ", ")
	if event == "" || why == "" {
		return NotTold{}, false
	}
	n.Event = notify.Kind(event)
	if strings.HasPrefix(why, heldPrefix) {
		n.Who, n.Held = who, why
		return n, true
	}
	n.Why = escalation.Reason(why)
	role, id, two := strings.Cut(who, " ")
	switch {
	case n.Why == notify.EmptyRole:
		n.Role = notify.Role(who)
	case two && !strings.HasPrefix(who, `"`):
		n.Role, n.Who = notify.Role(role), id
	default:
		n.Who = who
	}
	return n, true
}
