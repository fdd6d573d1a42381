package ticketmail

import (
	"context"
	"fmt"

	"example.com/ticketmail/storage"
)

// CategoryUse returns how many tickets are filed under each of the categories
// that the store has; those without tickets are not in it. Where the store is no
// storage.TicketCounter, it reads every ticket that has one of them.
func (e *Engine) CategoryUse(ctx context.Context) (map[string]int, error) {
	var use map[string]int
	err := e.store.View(ctx, func(r storage.Reader) error {
		use = map[string]int{}
		known, err := categories(ctx, r.Settings())
		if err != nil || len(known) == 0 {
			return err
		}
		ids := make([]string, len(known))
		for i, c := range known {
			ids[i] = c.ID
		}
		if c, ok := r.Tickets().(storage.TicketCounter); ok {
			use, err = c.CountCategories(ctx, ids)
			return err
		}
		for k, err := range r.Tickets().List(ctx, storage.TicketQuery{AnyCategory: ids}) {
			if err != nil {
				return err
			}
			for _, id := range k.Categories {
				use[id]++
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count categories: %w", err)
	}
	return use, nil
}
