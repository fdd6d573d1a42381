package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"example.com/ticketmail/storage"
)

// settings is the part of a transaction about small named values.
type settings struct{ *tx }

// maxSetting bounds a value, see [storage.Setting].
const maxSetting = 1 << 20

// Get implements [storage.SettingsReader].
func (p settings) Get(ctx context.Context, kind, key string) ([]byte, error) {
	var value []byte
	found, err := p.first(ctx, func(rows *sql.Rows) error { return rows.Scan(&value) },
		`SELECT value FROM tm_settings WHERE kind = ? AND key = ?`, kind, key)
	if err == nil && !found {
		err = storage.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("setting %s %q: %w", kind, key, err)
	}
	return value, nil
}

// List implements [storage.SettingsReader]. It reads one value at a time, by
// its key, so that fn may change settings in the loop.
func (p settings) List(ctx context.Context, kind string) iter.Seq2[storage.Setting, error] {
	return func(yield func(storage.Setting, error) bool) {
		s := storage.Setting{Kind: kind}
		for comparison := ">="; ; comparison = ">" {
			var value []byte
			found, err := p.first(ctx, func(rows *sql.Rows) error { return rows.Scan(&s.Key, &value) },
				`SELECT key, value FROM tm_settings WHERE kind = ? AND key `+comparison+` ? ORDER BY key LIMIT 1`, kind, s.Key)
			if err != nil {
				yield(storage.Setting{}, fmt.Errorf("settings %s: %w", kind, err))
				return
			}
			s.Value = value
			if !found || !yield(s, nil) {
				return
			}
		}
	}
}

// Put implements [storage.Settings].
func (p settings) Put(ctx context.Context, kind, key string, value []byte) error {
	if len(value) > maxSetting {
		return fmt.Errorf("setting %s %q: %d bytes, at most %d are kept", kind, key, len(value), maxSetting)
	}
	if value == nil {
		value = []byte{} // nil would be NULL
	}
	p.news.Add(storage.News{Settings: []string{kind}})
	_, err := p.exec(ctx, `INSERT INTO tm_settings (kind, key, value) VALUES (?, ?, ?)
		ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value`, kind, key, value)
	if err != nil {
		return fmt.Errorf("put setting %s %q: %w", kind, key, err)
	}
	return nil
}

// Delete implements [storage.Settings].
func (p settings) Delete(ctx context.Context, kind, key string) error {
	p.news.Add(storage.News{Settings: []string{kind}})
	if _, err := p.exec(ctx, `DELETE FROM tm_settings WHERE kind = ? AND key = ?`, kind, key); err != nil {
		return fmt.Errorf("delete setting %s %q: %w", kind, key, err)
	}
	return nil
}
