package console

import (
	"errors"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// explainBody is the form of a question and, once it was asked, the answer.
type explainBody struct {
	Form    form
	Asked   bool
	Rule    notify.Rule
	Project escalation.ProjectID
	Route   mailbox.Route
	Mails   []explainedMail
	Skipped []notify.Skip
	Nobody  bool
	Chain   []chainStep // empty: it was not walked
	End     bool        // the chain ended with nobody left
}

// An explainedMail is a mail that would go out.
type explainedMail struct {
	notify.Mail
	As string // in which roles its recipient is meant
}

// A chainStep is one group of the escalation procedure.
type chainStep struct {
	Group  escalation.Group
	State  string // class: "told", "past", "ahead"
	Told   string
	Passed []notify.Skip
	Text   string
}

// explain answers who would get what.
func (v *visit) explain() error {
	body := &explainBody{}
	var events []option
	for _, kind := range v.setup.Kinds {
		events = append(events, option{Value: string(kind), Text: v.Name("event", kind), On: string(kind) == v.value("event")})
	}
	f := &body.Form
	f.add(field{Name: "ticket", Label: v.T("explain.ticket"), Hint: v.T("explain.ticket.hint"), Value: v.value("ticket")})
	f.add(field{Name: "event", Kind: "select", Label: v.T("explain.event"), Options: events})
	f.add(field{Name: "actor", Label: v.T("explain.actor"), Hint: v.T("explain.actor.hint"), Value: v.value("actor")})
	show := func() error {
		p := page{Title: v.T("notification.explain"), Nav: "notifications", Body: body, Crumbs: []crumb{{v.T("menu.notifications"), v.URL("notifications")}}}
		if !f.ok() {
			return v.refuse("explain", p)
		}
		return v.show("explain", p)
	}
	if v.r.Form["ticket"] == nil {
		return show()
	}
	ofMailbox := notify.Kind(v.value("event")).OfMailbox()
	if v.value("ticket") == "" && !ofMailbox {
		f.refuse("ticket", v.T("form.missing"))
		return show()
	}
	ticket, by := ticketmail.TicketID(v.value("ticket")), escalation.PersonID("")
	if actor := v.value("actor"); actor != "" {
		id, ok, err := v.whom(actor)
		if err != nil {
			return err
		}
		if !ok {
			f.refuse("actor", v.T("form.person"))
			return show()
		}
		by = id
	}
	if ofMailbox { // whatever ticket was looked at before
		ticket = ""
	}
	x, err := v.engine.Explain(v.r.Context(), ticket, notify.Kind(v.value("event")), ticketmail.Actor{Person: by})
	switch {
	case errors.Is(err, storage.ErrNotFound):
		f.refuse("ticket", v.T("form.ticket"))
	case errors.Is(err, ticketmail.ErrInvalid):
		f.refuse("event", v.T("notification.no.event"))
	case err != nil:
		return err
	default:
		if err := v.explained(body, ticket, x); err != nil {
			return err
		}
	}
	return show()
}

// explained fills in the answer.
func (v *visit) explained(b *explainBody, id ticketmail.TicketID, x ticketmail.Explanation) error {
	if id != "" {
		err := v.engine.View(v.r.Context(), func(r storage.Reader) error {
			k, err := r.Tickets().Get(v.r.Context(), id)
			b.Project = k.Project
			return err
		})
		if err != nil {
			return err
		}
	}
	b.Asked, b.Rule, b.Route, b.Nobody = true, x.Rule, x.Route, x.Nobody
	for _, m := range x.Mails {
		b.Mails = append(b.Mails, explainedMail{Mail: m, As: v.meantAs(m)})
	}
	b.Chain = v.chainSteps(x)
	b.End = x.Nobody
	for _, s := range x.Skipped {
		if len(b.Chain) == 0 || s.Role.OfTicket() || s.Role == "" || slices.Contains(x.Rule.Roles, s.Role) || slices.Contains(x.Rule.Unassigned, s.Role) {
			b.Skipped = append(b.Skipped, s)
		}
	}
	return nil
}

// meantAs names the roles in which the recipient of a mail is meant.
func (v *visit) meantAs(m notify.Mail) string {
	var list []string
	for _, c := range m.Causes {
		for _, role := range c.Roles {
			if name := v.Name("role", role); !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	if len(list) == 0 {
		return v.T("role.")
	}
	return strings.Join(list, ", ")
}

// chainSteps draws the escalation procedure, if it was walked: which groups
// were passed over and why, which is told.
func (v *visit) chainSteps(x ticketmail.Explanation) []chainStep {
	told := map[escalation.Group][]string{}
	for _, m := range x.Mails {
		if !slices.ContainsFunc(m.Reasons, func(r notify.Reason) bool { return r.Code == "chain" }) {
			continue
		}
		for _, c := range m.Causes {
			for _, role := range c.Roles {
				if !role.OfTicket() {
					told[escalation.Group(role)] = append(told[escalation.Group(role)], v.Person(m.Person))
				}
			}
		}
	}
	if len(told) == 0 && !x.Nobody {
		return nil
	}
	var steps []chainStep
	over, start := false, v.chainStart(x)
	for i, g := range v.setup.Chain {
		if i < start {
			steps = append(steps, chainStep{Group: g, State: "ahead", Text: v.T("explain.chain.before")})
			continue
		}
		s := chainStep{Group: g, State: "past", Text: v.T("explain.chain.empty")}
		for _, skip := range x.Skipped {
			if skip.Role == notify.GroupRole(g) && skip.Person != "" {
				s.Passed = append(s.Passed, skip)
			}
		}
		switch {
		case len(told[g]) > 0:
			s.State, s.Told = "told", strings.Join(told[g], ", ")
			s.Text, over = v.T("explain.chain.told", s.Told), true
		case over:
			s.State, s.Text = "ahead", v.T("explain.chain.ahead")
		}
		steps = append(steps, s)
	}
	return steps
}

// chainStart returns where in the chain the walk began: at its front for one of
// the ticket's people, behind the group for a group that could not be mailed.
func (v *visit) chainStart(x ticketmail.Explanation) int {
	first := len(v.setup.Chain)
	for _, s := range x.Skipped {
		undeliverable := s.Reason != escalation.IsActor && s.Reason != escalation.Told && s.Reason != notify.EmptyRole && s.Reason != escalation.NotStaff
		switch {
		case !undeliverable:
		case s.Role == notify.RoleCreator, s.Role == notify.RoleAssignee, s.Role == notify.RoleLastAssignee:
			return 0
		case slices.Contains(x.Rule.Roles, s.Role), slices.Contains(x.Rule.Unassigned, s.Role):
			if i := slices.Index(v.setup.Chain, escalation.Group(s.Role)); i >= 0 {
				first = min(first, i+1)
			}
		}
	}
	if first == len(v.setup.Chain) {
		return 0
	}
	return first
}
