package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
)

// A Finding is something in the configuration that works, but hardly as meant.
type Finding struct {
	Code  string // stable, lower case with dashes, for example "mailbox-unassigned"
	Where string // what it is about, for example `mailbox "support"`
	Text  string // for administrators, in English
}

// Lint looks for what a configuration that is valid may still get wrong:
// mailboxes that are not polled, answers that would be lost, events and tasks
// that reach nobody, categories without a label in the company's language. It
// changes nothing. The findings are in a stable order.
func (e *Engine) Lint(ctx context.Context) ([]Finding, error) {
	l := lint{Engine: e, dir: e.directory()}
	l.basics()
	l.mailboxes()
	l.templates()
	for _, check := range []func(context.Context) error{l.rules, l.chains, l.categories} {
		if err := check(ctx); err != nil {
			return nil, fmt.Errorf("lint: %w", err)
		}
	}
	return l.found, nil
}

type lint struct {
	*Engine
	dir   escalation.Directory
	found []Finding
}

func (l *lint) add(code, where, format string, args ...any) {
	l.found = append(l.found, Finding{Code: code, Where: where, Text: fmt.Sprintf(format, args...)})
}

func (l *lint) basics() {
	if !l.store.Durable() {
		l.add("store-volatile", "Store", "everything is lost when the process ends")
	}
	if l.cfg.Sender == nil {
		l.add("no-sender", "Sender", "notifications wait in the outbox for ever")
	}
	if l.cfg.Routes.Default == "" {
		l.add("no-default-mailbox", "Routes.Default", "answers about tickets moved to a task without a mailbox have nowhere to go")
	}
}

func (l *lint) mailboxes() {
	for _, m := range l.cfg.Routes.Mailboxes {
		where := fmt.Sprintf("mailbox %q", m.ID)
		if _, ok := l.cfg.Routes.Assignment(m.ID); !ok {
			l.add("mailbox-unassigned", where, "is assigned to no task: it is not polled and keeps its mail")
		}
		if m.Inactive {
			l.add("mailbox-inactive", where, "is switched off: its mail waits")
		}
		if m.Address == "" {
			l.add("mailbox-without-address", where, "has no address, so answers cannot be sent to it")
		}
	}
}

func (l *lint) templates() {
	if missing := l.cfg.Templates.Missing(l.cfg.Language); len(missing) > 0 {
		l.add("templates-untranslated", "Templates", "%d templates are not written in the company's language %s, for example %q",
			len(missing), l.cfg.Language, missing[0].Name)
	}
	for _, broken := range l.cfg.Templates.Broken() {
		l.add("template-broken", fmt.Sprintf("template %q", broken.Name), "cannot be used, the built-in one is: %v", broken)
	}
}

func (l *lint) rules(ctx context.Context) error {
	for _, kind := range slices.Sorted(maps.Keys(l.cfg.Rules)) {
		r, _, err := l.Rule(ctx, "", kind)
		if err != nil {
			return err
		}
		if r.Active && len(r.Roles)+len(r.Unassigned)+len(r.People)+len(r.Addresses) == 0 {
			l.add("rule-without-recipients", fmt.Sprintf("rule %q", kind), "is active and names nobody")
		}
	}
	return nil
}

// chains looks for tasks with a mailbox whose escalation chain ends with nobody.
func (l *lint) chains(ctx context.Context) error {
	bounced, err := l.bounced(ctx)
	if err != nil {
		return err
	}
	for _, a := range l.cfg.Routes.Assignments {
		where := fmt.Sprintf("task %q", a.Task)
		place, err := l.dir.Place(ctx, a.Task)
		if errors.Is(err, escalation.ErrNotFound) {
			l.add("task-unknown", where, "has mailbox %q, but the directory does not know it", a.Mailbox)
			continue
		}
		if err != nil {
			return err
		}
		r, err := l.cfg.Chain.Walk(ctx, escalation.Walk{
			Directory: l.dir, Place: place, Bouncing: func(address string) bool { return bounced[foldAddress(address)] },
		})
		if err != nil {
			return err
		}
		if r.Group == "" {
			l.add("chain-reaches-nobody", where, "nobody of its groups can be mailed: whoever cannot be told has no substitute")
		}
	}
	return nil
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
			l.add("category-untranslated", fmt.Sprintf("category %q", c.ID), "has no label in the company's language %s", l.cfg.Language)
		}
	}
	return err
}
