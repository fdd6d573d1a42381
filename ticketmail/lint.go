package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
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
		l.sealed, func(ctx context.Context) error { return l.places(ctx, tasks) }, l.templates, l.unused, l.rules, l.departments, l.chains, l.events, l.health, l.categories, l.errands, l.held,
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
