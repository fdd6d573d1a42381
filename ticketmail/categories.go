package ticketmail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/storage"
)

const settingCategory = "category"

// A UsedError reports a category that cannot be deleted because tickets have
// it.
type UsedError struct {
	Category string
	Tickets  int
}

func (e *UsedError) Error() string {
	return fmt.Sprintf("category %q is used by %d tickets: name a replacement, or make it inactive", e.Category, e.Tickets)
}

// Categories returns all categories, inactive ones included, in their order.
func (e *Engine) Categories(ctx context.Context) ([]catalog.Category, error) {
	var all []catalog.Category
	err := e.store.View(ctx, func(r storage.Reader) error {
		var err error
		all, err = categories(ctx, r.Settings())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read categories: %w", err)
	}
	list, err := catalog.NewList(all)
	if err != nil {
		return nil, fmt.Errorf("read categories: %w", err)
	}
	return list.All(), nil
}

func categories(ctx context.Context, s storage.SettingsReader) ([]catalog.Category, error) {
	var all []catalog.Category
	for v, err := range s.List(ctx, settingCategory) {
		if err != nil {
			return nil, err
		}
		var c catalog.Category
		if err := json.Unmarshal(v.Value, &c); err != nil {
			return nil, fmt.Errorf("category %q: %w", v.Key, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// PutCategory defines a category or changes its labels, order and activity;
// tickets keep theirs. The error for one that cannot be is a
// *catalog.FieldError.
func (e *Engine) PutCategory(ctx context.Context, c catalog.Category) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("category %q: %w", c.ID, err)
	}
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	err = e.store.Update(ctx, func(w storage.Writer) error { return w.Settings().Put(ctx, settingCategory, c.ID, b) })
	if err != nil {
		return fmt.Errorf("category %q: %w", c.ID, err)
	}
	return nil
}

// DeleteCategory deletes a category. One that tickets have is refused with a
// *UsedError, unless a replacement is named, which they get instead, each
// with a line in its history. storage.ErrNotFound: there is no such category.
func (e *Engine) DeleteCategory(ctx context.Context, by Actor, id, replacement string) error {
	err := e.update(ctx, e.newAnswers(), func(t *tx) error {
		for _, needed := range []string{id, replacement} {
			if needed == "" {
				continue
			}
			if _, err := t.w.Settings().Get(ctx, settingCategory, needed); err != nil {
				return fmt.Errorf("category %q: %w", needed, err)
			}
		}
		if err := t.replaceCategory(ctx, by, id, replacement); err != nil {
			return err
		}
		return t.w.Settings().Delete(ctx, settingCategory, id)
	})
	if err != nil {
		return fmt.Errorf("delete category %q: %w", id, err)
	}
	return nil
}

func (t *tx) replaceCategory(ctx context.Context, by Actor, id, replacement string) error {
	var used []Ticket
	for k, err := range t.w.Tickets().List(ctx, storage.TicketQuery{AnyCategory: []string{id}}) {
		if err != nil {
			return err
		}
		used = append(used, k)
	}
	if len(used) > 0 && (replacement == "" || replacement == id) {
		return &UsedError{Category: id, Tickets: len(used)}
	}
	for _, k := range used {
		changed := slices.Clone(k.Categories)
		changed[slices.Index(changed, id)] = replacement
		s := editing{tx: t, by: by.Person, ticket: k, edit: Edit{Categories: changed}}
		if err := s.rest(ctx); err != nil {
			return err
		}
		if err := s.write(ctx); err != nil {
			return err
		}
	}
	return nil
}

// checkCategories refuses ids that no ticket should newly get: unknown and
// inactive ones. A store without categories takes any id: the host keeps its
// own list.
func (t *tx) checkCategories(ctx context.Context, had, wanted []string) error {
	all, err := categories(ctx, t.w.Settings())
	if err != nil || len(all) == 0 {
		return err
	}
	for _, id := range wanted {
		if slices.Contains(had, id) {
			continue
		}
		i := slices.IndexFunc(all, func(c catalog.Category) bool { return c.ID == id })
		switch {
		case i < 0:
			return fmt.Errorf("category %q: %w", id, errors.Join(ErrInvalid, storage.ErrNotFound))
		case all[i].Inactive:
			return fmt.Errorf("category %q: %w: is inactive", id, ErrInvalid)
		}
	}
	return nil
}

// sortCategories returns those of ids, which nobody is there to correct, that a
// new ticket gets, and the others, each once.
func (t *tx) sortCategories(ctx context.Context, ids []string) (given, refused []string, err error) {
	for _, id := range distinct(ids) {
		switch err := t.checkCategories(ctx, nil, []string{id}); {
		case errors.Is(err, ErrInvalid):
			refused = append(refused, id)
		case err != nil:
			return nil, nil, err
		default:
			given = append(given, id)
		}
	}
	return given, refused, nil
}
