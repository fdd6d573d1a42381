package pgstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// settings is the part of a transaction about small named values.
type settings struct{ *tx }

// maxSetting bounds a value, see [storage.Setting].
const maxSetting = 1 << 20

// settingID is the key of the table: kind and key may be too long for an index.
func settingID(kind, key string) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(len(kind)))
	sum := sha256.Sum256(append(append(b, kind...), key...))
	return sum[:]
}

// Get implements [storage.SettingsReader].
func (p settings) Get(ctx context.Context, kind, key string) ([]byte, error) {
	var value []byte
	found, err := p.first(ctx, func(rows pgx.Rows) error { return rows.Scan(&value) },
		`SELECT value FROM tm.settings WHERE id = $1`, settingID(kind, key))
	if err == nil && !found {
		err = storage.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("setting %s %q: %w", kind, key, err)
	}
	return value, nil
}

// List implements [storage.SettingsReader]. It reads a few keys ahead, and one
// value at a time, so that fn may change settings in the loop.
func (p settings) List(ctx context.Context, kind string) iter.Seq2[storage.Setting, error] {
	return func(yield func(storage.Setting, error) bool) {
		until, err := p.settingsHorizon(ctx)
		last, comparison := []byte{}, ">="
		for err == nil {
			var page []storage.Setting
			if page, err = p.page(ctx, kind, last, comparison, until); err != nil {
				break
			}
			for _, s := range page {
				if !yield(s, nil) {
					return
				}
			}
			if len(page) == 0 {
				return
			}
			last, comparison = []byte(page[len(page)-1].Key), ">"
		}
		yield(storage.Setting{}, fmt.Errorf("settings %s: %w", kind, err))
	}
}

// settingsHorizon returns the number of the last setting that a loop begun now
// will see.
func (p settings) settingsHorizon(ctx context.Context) (int64, error) {
	if !p.writes {
		return math.MaxInt64, nil // the snapshot bounds it
	}
	err := p.ready(ctx)
	return p.last[settingsLast], err
}

// page returns settings behind a key, as many as fit.
func (p settings) page(ctx context.Context, kind string, last []byte, comparison string, until int64) ([]storage.Setting, error) {
	const rows = 50
	var page []storage.Setting
	// What ends the page is where the values, added up, go beyond it.
	err := p.each(ctx, func(rows pgx.Rows) error {
		s := storage.Setting{Kind: kind}
		var key []byte
		err := rows.Scan(&key, &s.Value)
		s.Key = string(key)
		page = append(page, s)
		return err
	}, `SELECT key, value FROM (
		SELECT key, value, sum(length(value)) OVER (ORDER BY substring(key from 1 for 1000), key) - length(value) AS before FROM (
			SELECT key, value FROM tm.settings WHERE kind = $1 AND substring(key from 1 for 1000) >= substring($2::bytea from 1 for 1000)
			AND key `+comparison+` $2 AND seq <= $3 ORDER BY substring(key from 1 for 1000), key LIMIT $4) next
	) page WHERE before < $5 ORDER BY substring(key from 1 for 1000), key`, encode(kind), last, until, rows, pageBytes)
	return page, err
}

// Put implements [storage.Settings].
func (p settings) Put(ctx context.Context, kind, key string, value []byte) error {
	if len(value) > maxSetting {
		return fmt.Errorf("setting %s %q: %d bytes, at most %d are kept", kind, key, len(value), maxSetting)
	}
	if value == nil {
		value = []byte{} // nil would be NULL
	}
	seq, err := p.next(ctx, settingsLast)
	if err == nil {
		_, err = p.exec(ctx, `INSERT INTO tm.settings (id, seq, kind, key, value) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO UPDATE SET value = excluded.value`, settingID(kind, key), seq, encode(kind), []byte(key), value)
	}
	if err != nil {
		return fmt.Errorf("put setting %s %q: %w", kind, key, err)
	}
	return nil
}

// Delete implements [storage.Settings].
func (p settings) Delete(ctx context.Context, kind, key string) error {
	if _, err := p.exec(ctx, `DELETE FROM tm.settings WHERE id = $1`, settingID(kind, key)); err != nil {
		return fmt.Errorf("delete setting %s %q: %w", kind, key, err)
	}
	return nil
}
