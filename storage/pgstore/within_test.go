package pgstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// TestWithin: the host's row and ours are one transaction, which the host ends.
func TestWithin(t *testing.T) {
	store, pool, schema := openBlobs(t)
	ctx := t.Context()
	raw := stage(t, store, []byte("mail"))
	execute(t, pool, "CREATE TABLE "+schema+".hosts_own (x integer)")
	run := func(end func(pgx.Tx, context.Context) error) {
		t.Helper()
		tx, err := pool.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(ctx) }()
		execute(t, tx, "INSERT INTO "+schema+".hosts_own VALUES (1)")
		joined := store.Within(tx)
		update(t, joined, func(w storage.Writer) error { return putEntry(ctx, w, "1", raw) })
		update(t, joined, func(w storage.Writer) error { // once more in the same transaction
			return errors.Join(w.Tickets().Put(ctx, &storage.Ticket{Subject: "s"}), w.Tickets().AddChange(ctx, &storage.Change{Ticket: "1"}))
		})
		if !joined.Durable() {
			t.Error("the host's transaction is not durable")
		}
		err = joined.View(ctx, func(r storage.Reader) error {
			if n := len(collect(t, r.Ledger().List(ctx, mailbox.LedgerQuery{}))); n != 1 {
				t.Errorf("the transaction sees %d entries of its own, want 1", n)
			}
			return nil
		})
		if err := errors.Join(err, end(tx, ctx)); err != nil {
			t.Fatal(err)
		}
	}
	count := func() string {
		return scalar[string](t, pool, "SELECT concat((SELECT count(*) FROM "+schema+".tm_ledger), (SELECT count(*) FROM "+
			schema+".tm_tickets), (SELECT count(*) FROM "+schema+".tm_changes), (SELECT count(*) FROM "+schema+".hosts_own))")
	}
	run(pgx.Tx.Rollback)
	if got := count(); got != "0000" {
		t.Errorf("after a rollback there are %s entries, tickets, changes and rows of the host, want none", got)
	}
	run(pgx.Tx.Commit)
	if got := count(); got != "1111" {
		t.Errorf("after a commit there are %s entries, tickets, changes and rows of the host, want one each", got)
	}
	readBack(t, store, []byte("mail"))
	var ids []storage.TicketID
	update(t, store, func(w storage.Writer) error {
		for range 2 {
			k := storage.Ticket{}
			if err := w.Tickets().Put(ctx, &k); err != nil {
				return err
			}
			ids = append(ids, k.ID)
		}
		return nil
	})
	if ids[0] != "3" || ids[1] != "4" { // 1 was rolled back, 2 committed
		t.Errorf("ids after the host's transactions are %q", ids)
	}
}

// TestWithinKeepsTheLock: until the host ends its transaction others wait.
func TestWithinKeepsTheLock(t *testing.T) {
	store, pool, _ := openBlobs(t)
	ctx := t.Context()
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	var first storage.Change
	update(t, store.Within(tx), func(w storage.Writer) error { return w.Tickets().AddChange(ctx, &first) })
	done := make(chan error, 1)
	var second storage.Change
	go func() {
		done <- store.Update(ctx, func(w storage.Writer) error { return w.Tickets().AddChange(ctx, &second) })
	}()
	awaitWaiter(t, pool)
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || second.Seq <= first.Seq {
		t.Errorf("change %d after the host's %d, error %v", second.Seq, first.Seq, err)
	}
}

// TestWithinRefuses: a transaction whose snapshot may be older than our lock.
func TestWithinRefuses(t *testing.T) {
	store, pool, _ := openBlobs(t)
	ctx := t.Context()
	for _, level := range []pgx.TxIsoLevel{pgx.RepeatableRead, pgx.Serializable} {
		tx, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: level})
		if err != nil {
			t.Fatal(err)
		}
		err = store.Within(tx).Update(ctx, func(w storage.Writer) error { return w.Settings().Put(ctx, "k", "a", nil) })
		if err == nil || !strings.Contains(err.Error(), "read committed") {
			t.Errorf("Update in a transaction that is %s: %v, want it refused", level, err)
		}
		if err := store.Within(tx).View(ctx, func(r storage.Reader) error {
			_, err := r.Settings().Get(ctx, "k", "a")
			return err
		}); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("View in it: %v, want storage.ErrNotFound", err)
		}
		if err := tx.Rollback(ctx); err != nil {
			t.Error(err)
		}
	}
	pool = openPool(t, server.DSN(t)+" options='-c synchronous_commit=off'")
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if store.Within(tx).Durable() {
		t.Error("Durable in a transaction with synchronous_commit off")
	}
}
