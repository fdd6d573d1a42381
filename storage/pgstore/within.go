package pgstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// Within returns a store whose Update and View run inside tx, a transaction of
// the host on the same database. They neither commit nor roll back:
//
//   - The host commits. Until then nothing is lasting, whatever Update returned.
//   - An error from Update means that part of its work may stand in tx: the
//     host must roll back, to a savepoint of its own at least. Nothing is tried
//     again by itself.
//   - The host's transaction must be READ COMMITTED, the default of PostgreSQL.
//     A stricter one sees the database as it was before our lock was taken, so
//     Update refuses it.
//   - synchronous_commit is that of the host. Durable reports whether it makes
//     the commit wait for the disk.
//   - Our lock is held until the host ends tx, so Updates of all nodes wait for
//     it, and for ever one that is called by the same goroutine.
//
// The store returned serves one goroutine, as tx does.
func (s *Store) Within(tx pgx.Tx) storage.Store { return within{s, tx} }

type within struct {
	store *Store
	tx    pgx.Tx
}

func (w within) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if err := w.store.usable(ctx); err != nil {
		return err
	}
	var isolation string
	if err := w.tx.QueryRow(ctx, `SELECT current_setting('transaction_isolation')`).Scan(&isolation); err != nil {
		return cause(ctx, err)
	}
	if isolation != "read committed" {
		return fmt.Errorf("the transaction is %s, need read committed", isolation)
	}
	t := newWriter(w.store)
	t.run = w.tx
	defer func() { _ = t.fail(errEnded) }()
	if err := fn(writer{t}); err != nil {
		return err
	}
	if err := t.finish(ctx); err != nil {
		return err
	}
	if last := t.lastStatements(); last != "" {
		if _, err := t.pgConn().Exec(ctx, last).ReadAll(); err != nil {
			return fmt.Errorf("move sequences and renew leases: %w", cause(ctx, err))
		}
	}
	return nil
}

func (w within) View(ctx context.Context, fn func(storage.Reader) error) error {
	if err := w.store.usable(ctx); err != nil {
		return err
	}
	t := &tx{store: w.store, run: w.tx}
	defer func() { _ = t.fail(errEnded) }()
	return fn(reader{t})
}

func (w within) Durable() bool {
	var durable bool
	err := w.tx.QueryRow(context.Background(),
		`SELECT current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off'`).Scan(&durable)
	return err == nil && durable
}
