package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgconn"

	"example.com/ticketmail/storage/pgstore"
)

// TestMigrateWhileOthersWork: an older release that has a table and asks for
// another, which a migration changes the other way round, is not disturbed by
// it if it writes, nor is the migration; met by one who reads, the migration is
// done all the same.
func TestMigrateWhileOthersWork(t *testing.T) {
	for name, writes := range map[string]bool{"a writer": true, "a reader": false} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				if !disturbed(t, writes) {
					return
				}
			}
			t.Error("the older release is always the one that a deadlock ends")
		})
	}
}

// disturbed migrates beside an older release, and reports whether a deadlock
// ended that one. The server looks for a deadlock once, a while after somebody
// began to wait: where this test is so slow that the migration has looked by
// the time there is one, it is left to the older release to find it.
func disturbed(t *testing.T, writes bool) bool {
	t.Helper()
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
	execute(t, tx, "SET LOCAL deadlock_timeout = '20s'")
	if writes {
		execute(t, tx, "LOCK TABLE "+schema+".tm_writer IN EXCLUSIVE MODE")
		execute(t, tx, "SET LOCAL lock_timeout = '500ms'") // less than a deadlock takes to be found
	}
	execute(t, tx, "SELECT FROM "+schema+".tm_tickets")
	migrated := make(chan error, 1)
	go func() { migrated <- pgstore.Migrate(t.Context(), pool, schema, files) }()
	awaitWaiter(t, pool)
	_, err = tx.Exec(t.Context(), "SELECT FROM "+schema+".tm_outbox")
	if err == nil {
		err = tx.Commit(t.Context())
	} else {
		_ = tx.Rollback(t.Context())
	}
	if err := <-migrated; err != nil {
		t.Errorf("Migrate: %v", err)
	}
	ended, ok := errors.AsType[*pgconn.PgError](err)
	if err != nil && (!ok || ended.Code != stateDeadlock) {
		t.Fatal(err)
	}
	return err != nil
}

// stateDeadlock is deadlock_detected (PostgreSQL, appendix A).
const stateDeadlock = "40P01"
