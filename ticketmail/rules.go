package ticketmail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

const settingRule = "rule" // changes of rules, by project and kind

// PatchRule changes the rule of an event, for the whole company (empty
// project) or for one project. A field that the patch leaves out is the one
// above it: the company's, or the default. The patch replaces the one before;
// an empty patch is "back to default". It is refused with a
// *notify.InvalidError, or escalation.ErrNotFound for a person the directory
// does not know, before anything is written.
func (e *Engine) PatchRule(ctx context.Context, project escalation.ProjectID, kind notify.Kind, patch notify.RulePatch) error {
	if err := e.putPatch(ctx, project, kind, patch); err != nil {
		return fmt.Errorf("change rule %s of project %q: %w", kind, project, err)
	}
	return nil
}

func (e *Engine) putPatch(ctx context.Context, project escalation.ProjectID, kind notify.Kind, patch notify.RulePatch) error {
	book := notify.RuleBook{Defaults: e.cfg.Rules}
	patches := map[notify.Kind]notify.RulePatch{kind: patch}
	if book.Company = patches; project != "" {
		book.Company, book.Projects = nil, map[escalation.ProjectID]map[notify.Kind]notify.RulePatch{project: patches}
	}
	if err := book.Validate(e.cfg.Chain...); err != nil {
		return err
	}
	if err := e.areEmployees(ctx, patch.People); err != nil {
		return err
	}
	b, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	return e.store.Update(ctx, func(w storage.Writer) error {
		if patch.Template != nil && *patch.Template != "" {
			words, err := e.templates(ctx, w.Settings())
			if err != nil {
				return err
			}
			if !hasTemplate(words, *patch.Template) {
				return &notify.InvalidError{Field: "Template", Reason: fmt.Sprintf("there is none named %q", *patch.Template)}
			}
		}
		if len(patch.Fields()) == 0 {
			return w.Settings().Delete(ctx, settingRule, ruleKey(project, kind))
		}
		return w.Settings().Put(ctx, settingRule, ruleKey(project, kind), b)
	})
}

// areEmployees refuses extra people of a rule whom the directory does not know,
// and customers' contacts (seed: "Zusätzliche Mitarbeiter").
func (e *Engine) areEmployees(ctx context.Context, ids *[]escalation.PersonID) error {
	if ids == nil {
		return nil
	}
	people := e.directory()
	for i, id := range *ids {
		p, err := people.Person(ctx, id)
		if err != nil {
			return fmt.Errorf("person %q: %w", id, err)
		}
		if !p.Internal() {
			return &notify.InvalidError{Field: fmt.Sprintf("People[%d]", i), Reason: fmt.Sprintf("%q is no employee: name the address instead", id)}
		}
	}
	return nil
}

// hasTemplate reports whether there are words of this name for anybody.
func hasTemplate(words *notify.Templates, name string) bool {
	return words.Has(name, notify.Staff) || words.Has(name, notify.Outside)
}

// Rule returns the rule of an event as it holds in a project (empty: in the
// company), and who decided each of its fields.
func (e *Engine) Rule(ctx context.Context, project escalation.ProjectID, kind notify.Kind) (notify.Rule, []notify.FieldOrigin, error) {
	var book notify.RuleBook
	err := e.store.View(ctx, func(r storage.Reader) error {
		read := func(ctx context.Context, key string) (*notify.RulePatch, error) {
			return readPatch(ctx, r.Settings(), key)
		}
		var err error
		book, err = e.ruleBook(ctx, read, project, kind)
		return err
	})
	if err != nil {
		return notify.Rule{}, nil, fmt.Errorf("rule %s of project %q: %w", kind, project, err)
	}
	return book.Rule(kind, project), book.Origins(kind, project), nil
}

// ruleBook holds what decides about some kinds of events in one project. read
// returns the stored change under a key; nil: none.
func (e *Engine) ruleBook(ctx context.Context, read func(context.Context, string) (*notify.RulePatch, error), project escalation.ProjectID, kinds ...notify.Kind) (notify.RuleBook, error) {
	ofProject := map[notify.Kind]notify.RulePatch{}
	book := notify.RuleBook{
		Defaults: e.cfg.Rules,
		Company:  map[notify.Kind]notify.RulePatch{},
		Projects: map[escalation.ProjectID]map[notify.Kind]notify.RulePatch{project: ofProject},
	}
	for _, kind := range kinds {
		if _, ok := e.cfg.Rules[kind]; !ok {
			return book, fmt.Errorf("%w: there is no event %q", ErrInvalid, kind)
		}
		for _, level := range []struct {
			project escalation.ProjectID
			into    map[notify.Kind]notify.RulePatch
		}{{"", book.Company}, {project, ofProject}} {
			p, err := read(ctx, ruleKey(level.project, kind))
			if err != nil {
				return book, err
			}
			if p != nil {
				level.into[kind] = *p
			}
		}
	}
	return book, nil
}

func readPatch(ctx context.Context, s storage.SettingsReader, key string) (*notify.RulePatch, error) {
	b, err := s.Get(ctx, settingRule, key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var p notify.RulePatch
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("stored rule %s: %w", key, err)
	}
	return &p, nil
}

func ruleKey(project escalation.ProjectID, kind notify.Kind) string {
	return fmt.Sprintf("%q %s", project, kind)
}

// cutRuleKey returns what a key was made of by ruleKey.
func cutRuleKey(key string) (escalation.ProjectID, notify.Kind, bool) {
	var project, kind string
	_, err := fmt.Sscanf(key, "%q %s", &project, &kind)
	return escalation.ProjectID(project), notify.Kind(kind), err == nil
}
