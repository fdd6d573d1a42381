package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A Finding is something in the configuration that works, but hardly as meant.
//
// Whoever says it in another language does so by Code, Subject, Names and Args:
// the sentence of a Code, and how a Subject is called, are always the same but
// for what these put into them.
type Finding struct {
	Code  string // stable, lower case with dashes, for example "mailbox-unassigned"
	Where string // what it is about, for example `mailbox "support"`
	Text  string // for administrators, in English

	// Subject is the kind of thing that Where names: "store", "sender",
	// "default-mailbox", "outbox", "directory", "mailbox", "task", "language",
	// "template", "category", "rule", "project-rule", "project-rules",
	// "department-default".
	Subject string
	Names   []string // what Where names, for example the mailbox; of a "project-rule" the event and the project
	// Args are what Text names, in its order: ids, names of templates and events
	// as they are, numbers in digits (behind that of "mails-held" a plus sign
	// where there are more), what is wrong with a template as notify.InvalidError
	// has it. The error behind "people-not-told" is in Text only.
	Args []string
}

// A place is what a finding is about.
type place struct {
	subject string
	where   string
	names   []string
}

func about(subject, format string, names ...any) place {
	p := place{subject: subject, where: fmt.Sprintf(format, names...)}
	for _, n := range names {
		p.names = append(p.names, fmt.Sprint(n))
	}
	return p
}

// Lint looks for what a configuration that is valid may still get wrong:
// mailboxes that are not polled, answers that would be lost, events and tasks
// that reach nobody, templates that are broken or not written in a language
// that is needed, categories without a label, rules of projects and default
// mailboxes of departments in which the Directory knows nobody. The tasks
// looked at are those with a mailbox, and further ones that are named. It
// changes nothing. The findings are in a stable order.
//
// A rule that tells a ticket's own people is no finding, although a ticket may
// have none of them: by the default rules nobody is told of a comment on a
// ticket without assignee (notify.DefaultRules).
func (e *Engine) Lint(ctx context.Context, tasks ...escalation.TaskID) ([]Finding, error) {
	routes, err := e.routesNow(ctx)
	if err != nil {
		return nil, fmt.Errorf("lint: %w", err)
	}
	book, err := e.RuleBook(ctx)
	if err != nil {
		return nil, fmt.Errorf("lint: %w", err)
	}
	l := lint{Engine: e, dir: e.directory(), routing: routes, book: book}
	l.basics()
	l.mailboxes()
	for _, check := range []func(context.Context) error{
		func(ctx context.Context) error { return l.places(ctx, tasks) }, l.templates, l.unused, l.rules, l.departments, l.chains, l.events, l.health, l.categories, l.errands, l.held,
	} {
		if err := check(ctx); err != nil {
			return nil, fmt.Errorf("lint: %w", err)
		}
	}
	return l.found, nil
}

type lint struct {
	*Engine
	routing *routing
	book    notify.RuleBook
	dir     escalation.Directory
	tasks   []escalation.Place
	words   *notify.Templates
	bounce  func(address string) bool
	found   []Finding
}

// tell adds a finding: at a place, in the words of a format. What an arg is
// called in English may differ from what other languages are told: see [arg].
func (l *lint) tell(code string, at place, format string, args ...any) {
	f := Finding{Code: code, Where: at.where, Text: fmt.Sprintf(format, args...), Subject: at.subject, Names: at.names}
	for _, a := range args {
		if told, ok := a.(arg); ok {
			a = told.bare
		}
		f.Args = append(f.Args, fmt.Sprint(a))
	}
	l.found = append(l.found, f)
}

// An arg has a text of its own in English.
type arg struct{ bare, english string }

func (a arg) String() string { return a.english }

func (l *lint) basics() {
	if !l.store.Durable() {
		l.tell("store-volatile", about("store", "Store"), "everything is lost when the process ends")
	}
	if l.cfg.Sender == nil {
		l.tell("no-sender", about("sender", "Sender"), "notifications wait in the outbox for ever")
	}
	if l.routing.Default == "" {
		l.tell("no-default-mailbox", about("default-mailbox", "Routes.Default"), "answers about tickets moved to a task without a mailbox have nowhere to go")
	}
}

func (l *lint) mailboxes() {
	for _, m := range l.routing.Mailboxes {
		where := about("mailbox", "mailbox %q", m.ID)
		if _, ok := l.routing.Assignment(m.ID); !ok {
			l.tell("mailbox-unassigned", where, "is assigned to no task: it is not polled and keeps its mail")
		}
		if m.Inactive {
			l.tell("mailbox-inactive", where, "is switched off: its mail waits")
		}
		if s, stored := l.routing.stored[m.ID]; stored && s.Password == "" && m.Tokens == nil {
			l.tell("mailbox-no-secret", where, "has neither a password nor a sign-in with tokens: the server will refuse us")
		}
		if m.Address == "" {
			l.tell("mailbox-without-address", where, "has no address, so answers cannot be sent to it")
		}
	}
}

// places looks up the tasks, and what else the checks need.
func (l *lint) places(ctx context.Context, tasks []escalation.TaskID) error {
	for _, a := range l.routing.Assignments {
		tasks = append(tasks, a.Task)
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(tasks))) {
		place, err := l.dir.Place(ctx, id)
		if errors.Is(err, escalation.ErrNotFound) {
			l.tell("task-unknown", about("task", "task %q", id), "the directory does not know it")
			continue
		}
		if err != nil {
			return err
		}
		l.tasks = append(l.tasks, place)
	}
	bounced, err := l.bounced(ctx)
	if err != nil {
		return err
	}
	l.bounce = func(address string) bool { return bounced[notify.FoldAddress(address)] }
	l.words, err = l.Templates(ctx)
	return err
}

// languages returns those of the company and of the tasks' projects.
func (l *lint) languages() []string {
	all := []string{l.cfg.Language}
	for _, p := range l.tasks {
		if p.Language != "" && !slices.Contains(all, p.Language) {
			all = append(all, p.Language)
		}
	}
	return all
}

func (l *lint) templates(context.Context) error {
	for _, language := range l.languages() {
		if missing := l.words.Missing(language); len(missing) > 0 {
			l.tell("templates-untranslated", about("language", "language %q", language), "templates that are not written in it: %d, for example %q for %s",
				len(missing), missing[0].Name, missing[0].Audience)
		}
	}
	for _, broken := range l.words.Broken() {
		why := arg{bare: broken.Err.Error(), english: broken.Error()}
		if invalid, ok := errors.AsType[*notify.InvalidError](broken); ok {
			why.bare = invalid.Reason
		}
		l.tell("template-broken", about("template", "template %q", broken.Name), "cannot be used, the built-in one is: %v", why)
	}
	return nil
}

// unused looks for templates that were written and that no rule names.
func (l *lint) unused(ctx context.Context) error {
	named := map[string]bool{notify.Several: true, string(notify.Reply): true, string(notify.Forward): true}
	for kind, r := range l.cfg.Rules {
		named[string(kind)], named[r.Template] = true, true
	}
	var stored []notify.Template
	err := l.store.View(ctx, func(r storage.Reader) (err error) {
		if stored, err = storedTemplates(ctx, r.Settings()); err != nil {
			return err
		}
		return eachSetting(ctx, r.Settings(), settingRule, func(_ string, p notify.RulePatch) {
			if p.Template != nil {
				named[*p.Template] = true
			}
		})
	})
	for _, t := range stored {
		if !named[t.Name] && !strings.HasPrefix(t.Name, "module:") {
			l.tell("template-unused", about("template", "template %q", t.Name), "is written for %s in %q, and no rule names it", t.Audience, t.Language)
		}
	}
	return err
}

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

// maxHeldMails bounds the mails that are counted, where the store has to read them.
const maxHeldMails = 1000

// held tells of mails that a cap holds.
func (l *lint) held(ctx context.Context) error {
	first, err := l.Outbox(ctx, notify.MailQuery{State: notify.Held, Limit: 1})
	if err != nil || len(first) == 0 {
		return err
	}
	n := 0
	err = l.store.View(ctx, func(r storage.Reader) (err error) {
		n, err = storage.CountMails(ctx, r.Outbox(), notify.MailQuery{State: notify.Held, Limit: maxHeldMails + 1})
		return err
	})
	count := arg{bare: strconv.Itoa(n), english: strconv.Itoa(n)}
	switch {
	case n == 0:
		return err // they were let go meanwhile
	case n > maxHeldMails:
		count = arg{bare: fmt.Sprintf("%d+", maxHeldMails), english: fmt.Sprintf("more than %d", maxHeldMails)}
	}
	l.tell("mails-held", about("outbox", "Outbox"), "mails held by a cap: %s, the first to %s", count, first[0].To.Address)
	return err
}

// errands tells of what waits for the directory. Why it does is an error in
// English, so that only the English text has it.
func (l *lint) errands(ctx context.Context) error {
	return l.store.View(ctx, func(r storage.Reader) error {
		n, example := 0, arg{}
		err := eachSetting(ctx, r.Settings(), settingErrand, func(_ string, todo errand) {
			if n++; n == 1 {
				example = arg{bare: string(todo.Ticket), english: fmt.Sprintf("%s (%s)", todo.Ticket, todo.Why)}
			}
		})
		if n > 0 {
			l.tell("people-not-told", about("directory", "Directory"), "events that wait to be told: %d, for example of ticket %s", n, example)
		}
		return err
	})
}

func (l *lint) categories(ctx context.Context) error {
	var all []catalog.Category
	err := l.store.View(ctx, func(r storage.Reader) error {
		var err error
		all, err = categories(ctx, r.Settings())
		return err
	})
	for _, c := range all {
		if pick := catalog.Pick(catalog.Wanted("", "", l.cfg.Language), c.Labels); pick.Fallback {
			l.tell("category-untranslated", about("category", "category %q", c.ID), "has no label in the company's language %s", l.cfg.Language)
		}
	}
	return err
}
