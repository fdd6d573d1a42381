package memstore

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"example.com/ticketmail/storage"
)

// settingLimit is the most bytes a setting may have.
const settingLimit = 1 << 20

type settings struct{ tx *tx }

// Get implements [storage.SettingsReader].
func (p settings) Get(ctx context.Context, kind, key string) ([]byte, error) {
	if err := p.tx.usable(ctx); err != nil {
		return nil, fmt.Errorf("setting %s %q: %w", kind, key, err)
	}
	value, ok := p.tx.state.settings.get(settingKey{kind, key})
	if !ok {
		return nil, fmt.Errorf("setting %s %q: %w", kind, key, storage.ErrNotFound)
	}
	return bytes.Clone(value), nil
}

// List implements [storage.SettingsReader].
func (p settings) List(ctx context.Context, kind string) iter.Seq2[storage.Setting, error] {
	rows := func() (iter.Seq2[settingKey, storage.Setting], error) {
		return func(yield func(settingKey, storage.Setting) bool) {
			if value, ok := p.tx.state.settings.get(settingKey{kind, ""}); ok {
				if !yield(settingKey{}, storage.Setting{Kind: kind, Value: value}) {
					return
				}
			}
			for k, value := range p.tx.state.settings.behind(settingKey{kind, ""}) {
				if k.kind != kind || !yield(k, storage.Setting{Kind: kind, Key: k.key, Value: value}) {
					return
				}
			}
		}, nil
	}
	return listing(ctx, p.tx, 0, rows, func(s storage.Setting) (storage.Setting, bool) {
		s.Value = bytes.Clone(s.Value)
		return s, true
	})
}

// Put implements [storage.Settings].
func (p settings) Put(ctx context.Context, kind, key string, value []byte) error {
	if err := p.tx.usable(ctx); err != nil {
		return fmt.Errorf("put setting %s %q: %w", kind, key, err)
	}
	if len(value) > settingLimit {
		return fmt.Errorf("put setting %s %q: %d bytes are more than %d", kind, key, len(value), settingLimit)
	}
	p.tx.news.Add(storage.News{Settings: []string{kind}})
	p.tx.state.settings = p.tx.state.settings.put(settingKey{kind, key}, bytes.Clone(value))
	return nil
}

// Delete implements [storage.Settings].
func (p settings) Delete(ctx context.Context, kind, key string) error {
	if err := p.tx.usable(ctx); err != nil {
		return fmt.Errorf("delete setting %s %q: %w", kind, key, err)
	}
	p.tx.news.Add(storage.News{Settings: []string{kind}})
	p.tx.state.settings = p.tx.state.settings.remove(settingKey{kind, key})
	return nil
}
