package examples_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/storage/pgstore"
	"example.com/ticketmail/ticketmail"
)

// TestActionsInTheHostsPostgres: the same with a host on PostgreSQL.
func TestActionsInTheHostsPostgres(t *testing.T) {
	dsn := postgres.Start(t).DSN
	for name, end := range map[string]func(pgx.Tx, context.Context) error{"commit": pgx.Tx.Commit, "rollback": pgx.Tx.Rollback} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			pool, err := pgxpool.New(ctx, dsn)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pool.Close)
			if _, err := pool.Exec(ctx, "DROP TABLE IF EXISTS orders; CREATE TABLE orders (id text PRIMARY KEY, ticket text)"); err != nil {
				t.Fatal(err)
			}
			store, err := pgstore.New(ctx, pool, &pgstore.Options{Schema: name})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			engine := returnsEngine(t, store)

			tx, err := pool.Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			k, err := engine.Within(store.Within(tx)).CreateTicket(ctx, ticketmail.Actor{Person: "bea"},
				ticketmail.NewTicket{Subject: "Order 12 came back", Task: "returns"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(ctx, "INSERT INTO orders VALUES ('12', $1)", string(k.ID)); err != nil {
				t.Fatal(err)
			}
			if err := end(tx, ctx); err != nil {
				t.Fatal(err)
			}

			var orders int
			if err := pool.QueryRow(ctx, "SELECT count(*) FROM orders").Scan(&orders); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"commit": "1 1 1", "rollback": "0 0 0"}[name]
			tickets, mails := count(t, ctx, store)
			if got := fmt.Sprint(orders, tickets, mails); got != want {
				t.Errorf("orders, tickets and mails are %s, want %s", got, want)
			}
		})
	}
}
