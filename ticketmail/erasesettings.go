package ticketmail

import (
	"context"
	"strings"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// settings takes the person out of what the engine remembers about addresses
// and of errands.
func (x *erasing) settings(ctx context.Context, _ string) (string, bool, error) {
	return "", false, x.prune(ctx, func(w storage.PruneWriter) error {
		for a := range x.q.addresses {
			for _, form := range []string{a, notify.OtherForm(a)} { // it was kept in letters once
				if err := w.Settings().Delete(ctx, settingBounced, form); err != nil {
					return err
				}
			}
		}
		var counters []string
		for s, err := range w.Settings().List(ctx, settingCap) {
			if err != nil {
				return err
			}
			// "address A", "content A …", see limits
			if words := strings.Fields(s.Key); len(words) > 1 && x.q.addresses[words[1]] {
				counters = append(counters, s.Key)
			}
		}
		for _, key := range counters {
			if err := w.Settings().Delete(ctx, settingCap, key); err != nil {
				return err
			}
		}
		if err := x.consents(ctx, w); err != nil {
			return err
		}
		return x.errands(ctx, w)
	})
}

// consents replaces the person as an administrator who let a folder be emptied.
func (x *erasing) consents(ctx context.Context, w storage.PruneWriter) error {
	changed := map[string]consent{}
	err := eachSetting(ctx, w.Settings(), settingConsent, func(key string, c consent) {
		if x.q.is(c.By) {
			c.By = x.alias()
			changed[key] = c
		}
	})
	for key, c := range changed {
		if err == nil {
			err = putJSON(ctx, w.Settings(), settingConsent, key, c)
		}
	}
	return err
}

func (x *erasing) errands(ctx context.Context, w storage.PruneWriter) error {
	changed := map[string]errand{}
	err := eachSetting(ctx, w.Settings(), settingErrand, func(key string, todo errand) {
		why := x.q.notes.ReplaceAllString(todo.Why, erased)
		his := todo.Contact != nil && x.q.is(*todo.Contact)
		if his {
			*todo.Contact = x.alias()
		}
		if his || why != todo.Why {
			todo.Why = why
			changed[key] = todo
		}
	})
	for key, todo := range changed {
		if err == nil {
			err = putJSON(ctx, w.Settings(), settingErrand, key, todo)
		}
	}
	return err
}
