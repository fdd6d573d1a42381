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
		who := strings.TrimSpace(fmt.Sprintf("%s %s", s.Role, cmp.Or(string(s.Person), s.Address)))
		list = append(list, fmt.Sprintf("%s (%s, %s)", who, s.Event, s.Reason))
	}
	for _, m := range mails {
		if m.State == notify.Held {
			list = append(list, fmt.Sprintf("%s (%s, %s)", m.To.Address, m.Event, m.Error))
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
