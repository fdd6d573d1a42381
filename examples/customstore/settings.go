package main

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"example.com/ticketmail/storage"
)

type settings struct{ *tx }

// Get implements [storage.SettingsReader].
func (p settings) Get(ctx context.Context, kind, key string) (value []byte, err error) {
	err = p.one(ctx, func(rows *sql.Rows) error { return rows.Scan(&value) }, `SELECT value FROM tm_setting WHERE kind = ? AND key = ?`, kind, key)
	return value, in(err, "setting %s %q", kind, key)
}

// List implements [storage.SettingsReader]. A kind has few settings: they are
// read at once.
func (p settings) List(ctx context.Context, kind string) iter.Seq2[storage.Setting, error] {
	return func(yield func(storage.Setting, error) bool) {
		var all []storage.Setting
		err := p.each(ctx, func(rows *sql.Rows) error {
			s := storage.Setting{Kind: kind}
			err := rows.Scan(&s.Key, &s.Value)
			all = append(all, s)
			return err
		}, `SELECT key, value FROM tm_setting WHERE kind = ? ORDER BY key`, kind)
		for i := 0; err == nil && i < len(all); i++ {
			if err = p.usable(ctx); err == nil && !yield(all[i], nil) {
				return
			}
		}
		if err != nil {
			yield(storage.Setting{}, fmt.Errorf("settings %s: %w", kind, err))
		}
	}
}

// Put implements [storage.Settings].
func (p settings) Put(ctx context.Context, kind, key string, value []byte) error {
	if len(value) > 1<<20 {
		return fmt.Errorf("put setting %s %q: %d bytes are more than 1 MiB", kind, key, len(value))
	}
	// A nil value would be NULL.
	_, err := p.exec(ctx, `INSERT INTO tm_setting VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`, kind, key, append([]byte{}, value...))
	return in(err, "put setting %s %q", kind, key)
}

// Delete implements [storage.Settings].
func (p settings) Delete(ctx context.Context, kind, key string) error {
	_, err := p.exec(ctx, `DELETE FROM tm_setting WHERE kind = ? AND key = ?`, kind, key)
	return in(err, "delete setting %s %q", kind, key)
}
