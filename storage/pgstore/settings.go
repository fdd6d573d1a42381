package pgstore

import (
	"bytes"
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
	value, err := p.get(ctx, settingID(kind, key))
	if err == nil && value == nil {
		err = storage.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("setting %s %q: %w", kind, key, err)
	}
	return value, nil
}

// get returns a value, or nil.
func (p settings) get(ctx context.Context, id []byte) ([]byte, error) {
	if err := p.ready(ctx); err != nil {
		return nil, err
	}
	if value, ok := p.values.get(id); ok {
		return value, nil
	}
	var value []byte
	_, err := p.first(ctx, func(rows pgx.Rows) error { return rows.Scan(&value) }, `SELECT value FROM tm.settings WHERE id = $1`, id)
	if err == nil && p.writes {
		p.values.put(id, value)
	}
	return value, err
}

// A settingCache has the settings that an Update met, which nobody else changes
// meanwhile: many mails in it ask for the same.
type settingCache struct {
	values map[string][]byte // by id; nil: there is none
	size   int
}

// cacheBytes bounds what is remembered.
const cacheBytes = 1 << 20

func (c *settingCache) get(id []byte) (value []byte, ok bool) {
	value, ok = c.values[string(id)]
	return bytes.Clone(value), ok
}

func (c *settingCache) put(id, value []byte) {
	c.size += len(id) + len(value) + 64
	if c.values == nil || c.size > cacheBytes {
		c.values, c.size = make(map[string][]byte), len(id)+len(value)+64
	}
	c.values[string(id)] = bytes.Clone(value)
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
	p.news.Add(storage.News{Settings: []string{kind}})
	id := settingID(kind, key)
	seq, err := p.next(ctx, settingsLast)
	if err == nil {
		err = p.hold(ctx, putSetting, id, seq, encode(kind), []byte(key), bytes.Clone(value))
	}
	if err != nil {
		return fmt.Errorf("put setting %s %q: %w", kind, key, err)
	}
	p.values.put(id, value)
	return nil
}

const putSetting = `INSERT INTO tm.settings (id, seq, kind, key, value) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (id) DO UPDATE SET value = excluded.value`

// Delete implements [storage.Settings].
func (p settings) Delete(ctx context.Context, kind, key string) error {
	p.news.Add(storage.News{Settings: []string{kind}})
	id := settingID(kind, key)
	if _, err := p.exec(ctx, `DELETE FROM tm.settings WHERE id = $1`, id); err != nil {
		return fmt.Errorf("delete setting %s %q: %w", kind, key, err)
	}
	p.values.put(id, nil)
	return nil
}
