package ticketmail

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// RuleBook returns all rules at once: the defaults, what the company changed
// of them, and what each project changed of that, as [Engine.PatchRule] wrote
// it. The caller owns it. Of events that have no rule any more nothing is in
// it.
func (e *Engine) RuleBook(ctx context.Context) (notify.RuleBook, error) {
	var book notify.RuleBook
	err := e.store.View(ctx, func(r storage.Reader) error {
		book = notify.RuleBook{
			Defaults: maps.Clone(e.cfg.Rules),
			Company:  map[notify.Kind]notify.RulePatch{},
			Projects: map[escalation.ProjectID]map[notify.Kind]notify.RulePatch{},
		}
		for s, err := range r.Settings().List(ctx, settingRule) {
			if err != nil {
				return err
			}
			if err := enter(book, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return notify.RuleBook{}, fmt.Errorf("read rules: %w", err)
	}
	return book, nil
}

// enter puts a stored change into the book.
func enter(book notify.RuleBook, s storage.Setting) error {
	project, kind, ok := cutRuleKey(s.Key)
	if _, known := book.Defaults[kind]; !ok || !known {
		return nil
	}
	var p notify.RulePatch
	if err := json.Unmarshal(s.Value, &p); err != nil {
		return fmt.Errorf("stored rule %s: %w", s.Key, err)
	}
	patches := book.Company
	if project != "" {
		if patches = book.Projects[project]; patches == nil {
			patches = map[notify.Kind]notify.RulePatch{}
			book.Projects[project] = patches
		}
	}
	patches[kind] = p
	return nil
}
