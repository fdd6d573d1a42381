package web

import (
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// A told says who would get a mail of a comment; where nobody would, it says why.
type told struct {
	Mails  []string // their names, or addresses
	Why    string   // why there are none; empty: Passed says it
	Passed []string // who is meant and gets none, with why
}

// told says what the engine explains about a comment of somebody on a ticket.
func (t *teller) told(who escalation.Person, k ticketmail.Ticket, x ticketmail.Explanation) *told {
	p := &told{}
	for _, m := range x.Mails {
		name := m.To.Name
		if name == "" {
			name = m.To.Address
		}
		p.Mails = append(p.Mails, name)
	}
	if key, whole := whyNobody(who, k, x); len(x.Mails) == 0 && key != "" {
		p.Why = word(key, t.lang)
		if whole {
			return p
		}
	}
	for _, skip := range x.Skipped {
		id := string(skip.Person)
		if id == "" {
			id = skip.Address
		}
		p.Passed = append(p.Passed, t.passed(skip.Role, id, skip.Reason))
	}
	return p
}

// whyNobody returns the key of the words for why no mail would go out, and
// whether they say all there is to say. It is empty where those who are passed
// over say it best.
func whyNobody(who escalation.Person, k ticketmail.Ticket, x ticketmail.Explanation) (key string, whole bool) {
	switch {
	case !x.Rule.Active:
		return "told.inactive", true
	case x.Nobody:
		return "told.unreachable", false
	case len(x.Skipped) == 0:
		return "told.none", true
	case len(x.Skipped) > 1:
		return "", false
	}
	switch only := x.Skipped[0]; {
	case only.Role == notify.RoleAssignee && only.Reason == notify.EmptyRole && k.Assignee == "":
		return "told.unassigned", true
	case only.Person == who.ID && only.Reason == escalation.IsActor:
		return "told.self", true
	}
	return "", false
}
