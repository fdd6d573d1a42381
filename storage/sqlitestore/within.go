package sqlitestore

import (
	"context"
	"database/sql"

	"example.com/ticketmail/storage"
)

// Within returns a store whose Update and View run inside tx, a transaction of
// the host on the same database. They neither commit nor roll back:
//
//   - The host commits. Until then nothing is lasting, whatever Update returned;
//     content referred to is on disk before Update returns.
//   - An error from Update means that part of its work may stand in tx: the
//     host must roll back.
//   - How durable the commit is depends on the host's connection. Durable
//     reports whether it has synchronous FULL or EXTRA.
//   - The host should begin with BEGIN IMMEDIATE. SQLite refuses the first
//     write of a transaction that read before somebody else committed.
//   - The write lock is held until the host ends tx, so an Update of the Store
//     itself waits for it, and for ever if it is called by the same goroutine.
//
// The store returned serves one goroutine, as tx does.
func (s *Store) Within(tx *sql.Tx) storage.Store { return within{s, tx} }

type within struct {
	store *Store
	tx    *sql.Tx
}

func (w within) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if w.store.isClosed() {
		return storage.ErrClosed
	}
	t := newWriter(w.store, unprepared{w.tx})
	defer func() { _ = t.fail(errEnded) }()
	if err := fn(writer{t}); err != nil {
		return err
	}
	return t.finish(ctx)
}

func (w within) View(_ context.Context, fn func(storage.Reader) error) error {
	if w.store.isClosed() {
		return storage.ErrClosed
	}
	t := &tx{store: w.store, run: unprepared{w.tx}}
	defer func() { _ = t.fail(errEnded) }()
	return fn(reader{t})
}

func (w within) Durable() bool {
	var level int
	err := w.tx.QueryRowContext(context.Background(), "PRAGMA synchronous").Scan(&level)
	return err == nil && level >= 2
}
