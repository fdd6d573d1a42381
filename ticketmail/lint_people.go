package ticketmail

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// rules looks at those of the company and of each project that changed any.
func (l *lint) rules(ctx context.Context) error {
	projects := []escalation.ProjectID{""}
	err := l.store.View(ctx, func(r storage.Reader) error {
		return eachSetting(ctx, r.Settings(), settingRule, func(key string, _ notify.RulePatch) {
			if project, _, ok := cutRuleKey(key); ok && !slices.Contains(projects, project) {
				projects = append(projects, project)
			}
		})
	})
	for _, project := range projects {
		if err == nil && project != "" {
			err = l.populated(ctx, escalation.Place{Project: project}, "project-empty", about("project-rules", "rules of project %q", project),
				escalation.ProjectMembers, escalation.ProjectManagers)
		}
		for _, kind := range slices.Sorted(maps.Keys(l.cfg.Rules)) {
			if err == nil {
				err = l.rule(ctx, project, kind)
			}
		}
	}
	return err
}

func (l *lint) rule(ctx context.Context, project escalation.ProjectID, kind notify.Kind) error {
	r := l.book.Rule(kind, project)
	where := about("rule", "rule %q", kind)
	if project != "" {
		if reflect.DeepEqual(r, l.book.Rule(kind, "")) {
			return nil // said of the company
		}
		where = about("project-rule", "rule %q of project %q", kind, project)
	}
	if r.Active && len(r.Roles)+len(r.Unassigned)+len(r.People)+len(r.Addresses) == 0 {
		l.tell("rule-without-recipients", where, "is active and names nobody")
	}
	if r.Template != "" && !hasTemplate(l.words, r.Template) {
		l.tell("rule-template-missing", where, "names template %q, which does not exist: the built-in one is used", r.Template)
	}
	for _, id := range r.People {
		p, err := l.dir.Person(ctx, id)
		if err != nil && !errors.Is(err, escalation.ErrNotFound) {
			return err
		}
		if err != nil || escalation.Mailable(p, l.bounce) != "" {
			l.tell("rule-person-unreachable", where, "names %q, who cannot be mailed", id)
		}
	}
	return nil
}

// departments looks at those that have a default mailbox.
func (l *lint) departments(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(l.routing.Departments)) {
		place := escalation.Place{Departments: []escalation.DepartmentID{id}}
		if err := l.populated(ctx, place, "department-empty", about("department-default", "default mailbox of department %q", id), escalation.DepartmentManagers); err != nil {
			return err
		}
	}
	return nil
}

// populated looks whether groups of a place have anybody in them. Of projects
// and departments the Directory knows nothing else, and who mistypes an id is
// told by nobody.
func (l *lint) populated(ctx context.Context, at escalation.Place, code string, where place, groups ...escalation.Group) error {
	for _, t := range l.tasks {
		if at.Project != "" && t.Project == at.Project || at.Project == "" && slices.Contains(t.Departments, at.Departments[0]) {
			return nil // a task is in it
		}
	}
	for _, g := range groups {
		people, err := l.dir.Members(ctx, g, at)
		if err != nil || len(people) > 0 {
			return err
		}
	}
	l.tell(code, where, "the directory has nobody there: is the id right?")
	return nil
}

// chains looks for tasks whose escalation chain ends with nobody.
func (l *lint) chains(ctx context.Context) error {
	for _, place := range l.tasks {
		r, err := l.cfg.Chain.Walk(ctx, escalation.Walk{Directory: l.dir, Place: place, Bouncing: l.bounce})
		if err != nil {
			return err
		}
		if r.Group == "" {
			l.tell("chain-reaches-nobody", about("task", "task %q", place.Task), "nobody of its groups can be mailed: whoever cannot be told has no substitute")
		}
	}
	return nil
}

// events looks for rules that tell nobody about a ticket that nobody is
// assigned to, as most are that a mail opens.
func (l *lint) events(ctx context.Context) error {
	for _, place := range l.tasks {
		for _, kind := range slices.Sorted(maps.Keys(l.cfg.Rules)) {
			r := l.book.Rule(kind, place.Project)
			if !r.Active || kind.OfMailbox() || dependsOnTicket(r) {
				continue
			}
			nobody, err := l.tellsNobody(ctx, place, r)
			if err != nil {
				return err
			}
			if nobody {
				l.tell("event-reaches-nobody", about("task", "task %q", place.Task), "nobody is told of %s there: the groups of its rule have no members", kind)
			}
		}
	}
	return nil
}

// health looks whether anybody is told that a mailbox fails.
func (l *lint) health(ctx context.Context) error {
	if len(l.routing.Mailboxes) == 0 {
		return nil
	}
	x, err := l.explainHealth(ctx, "", notify.MailboxFailing)
	if err == nil && x.Rule.Active && len(x.Mails) == 0 {
		l.tell("failure-reaches-nobody", about("rule", "rule %q", notify.MailboxFailing), "nobody it names can be mailed: a mailbox that fails is seen in Status only")
	}
	return err
}

// dependsOnTicket reports whether a rule may reach one of a ticket's people,
// which cannot be known without the ticket, or names nobody at all.
func dependsOnTicket(r notify.Rule) bool {
	roles := r.Roles
	if r.Unassigned != nil {
		roles = r.Unassigned
	}
	return len(roles)+len(r.People)+len(r.Addresses) == 0 || slices.ContainsFunc(roles, notify.Role.OfTicket)
}

func (l *lint) tellsNobody(ctx context.Context, place escalation.Place, r notify.Rule) (bool, error) {
	ev := notify.Event{
		ID: "lint", Kind: r.Kind, At: l.now(), Ticket: notify.TicketView{Ref: "1", Place: place},
		Comment: &notify.CommentView{Internal: r.Kind == notify.InternalCommentAdded},
	}
	plan, err := l.planner(l.dir, l.words, l.routing, l.bounce).Outline(ctx, []notify.Event{ev}, func(notify.Kind) notify.Rule { return r }, l.envelope(l.routing, ev.Ticket))
	return len(plan.Mails) == 0, err
}
