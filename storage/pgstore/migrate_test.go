package pgstore_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"example.com/ticketmail/storage/pgstore"
)

// TestMigrateWhileOthersWork: an older release that has a table and asks for
// another, which a migration changes the other way round, is not disturbed by
// it if it writes, nor is the migration; met by one who reads, the migration is
// done all the same.
func TestMigrateWhileOthersWork(t *testing.T) {
	for name, writes := range map[string]bool{"a writer": true, "a reader": false} {
		t.Run(name, func(t *testing.T) {
			pool := openPool(t, server.DSN(t)+" options='-c deadlock_timeout=2s'") // the migration finds it
			schema := newSchema(t, pool)
			files := readMigrations()
			if err := pgstore.Migrate(t.Context(), pool, schema, files); err != nil {
				t.Fatal(err)
			}
			files[fmt.Sprintf("migrations/%04d_more.sql", len(files)+1)] = &fstest.MapFile{
				Data: []byte("ALTER TABLE tm_outbox ADD more text; ALTER TABLE tm_tickets ADD more text"),
			}
			tx, err := sharedPool(t).Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
			execute(t, tx, "SET LOCAL deadlock_timeout = '1min'")
			if writes {
				execute(t, tx, "LOCK TABLE "+schema+".tm_writer IN EXCLUSIVE MODE")
				execute(t, tx, "SET LOCAL lock_timeout = '500ms'") // less than a deadlock takes to be found
			}
			execute(t, tx, "SELECT FROM "+schema+".tm_tickets")
			migrated := make(chan error, 1)
			go func() { migrated <- pgstore.Migrate(t.Context(), pool, schema, files) }()
			awaitWaiter(t, pool)
			execute(t, tx, "SELECT FROM "+schema+".tm_outbox")
			if err := tx.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-migrated; err != nil {
				t.Errorf("Migrate: %v", err)
			}
		})
	}
}
