package storetest

import "example.com/ticketmail/storage"

func settingsRules(e *env) error {
	err := e.update(func(w storage.Writer) error {
		for _, k := range []string{"b", "a/x", "Z", "ä", "", "a"} {
			if err := w.Settings().Put(e.ctx, "kind", k, []byte("old")); err != nil {
				return err
			}
		}
		if err := w.Settings().Put(e.ctx, "kind2", "other", nil); err != nil {
			return err
		}
		if err := w.Settings().Put(e.ctx, "kind", "a", []byte("new")); err != nil {
			return err
		}
		if err := w.Settings().Delete(e.ctx, "kind", "b"); err != nil {
			return err
		}
		return w.Settings().Delete(e.ctx, "kind", "missing")
	})
	if err != nil {
		return err
	}
	return e.view(func(r storage.Reader) error {
		all, err := collect(r.Settings().List(e.ctx, "kind"))
		if err != nil {
			return err
		}
		var got []string
		for _, s := range all {
			got = append(got, s.Kind+" "+s.Key+" "+string(s.Value))
		}
		return same("settings", got, []string{"kind  old", "kind Z old", "kind a new", "kind a/x old", "kind ä old"})
	})
}
