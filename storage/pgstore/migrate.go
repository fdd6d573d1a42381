package pgstore

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrations embed.FS

// A migration takes the schema from version-1 to version. A released one is
// never edited: its checksum is recorded in the databases that have it.
type migration struct {
	version  int
	name     string
	sql      string
	checksum string // SHA-256 of sql, hexadecimal
}

// loadMigrations reads migrations/0001_*.sql and so on from fsys, in order and
// without gaps.
func loadMigrations(fsys fs.FS) ([]migration, error) {
	names, err := fs.Glob(fsys, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var all []migration
	for i, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		name = strings.TrimSuffix(path.Base(name), ".sql")
		number, _, _ := strings.Cut(name, "_")
		if version, err := strconv.Atoi(number); err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s does not have number %d", name, i+1)
		}
		sum := sha256.Sum256(text)
		all = append(all, migration{i + 1, name, string(text), hex.EncodeToString(sum[:])})
	}
	return all, nil
}

// migrationLock is the advisory lock under which a schema is made and migrated,
// which a table of it cannot serve as. Its number is of no meaning, and common
// to all schemas of a database: they wait for each other.
const migrationLock = 0x7469636b6d61696c // "tickmail"

// migrate brings the schema up to the last of all. Each step is one
// transaction, so a kill leaves a schema of an older version that the next New
// completes; of several nodes the first to get the lock does the step. One that
// met a reader of an older release in a deadlock is tried again.
func (s *Store) migrate(ctx context.Context, all []migration) error {
	for conflicts := 0; ; {
		// Without the lock first: opening a current database must not wait
		// for a node that migrates another schema.
		done, err := s.applied(ctx, s.pool, all)
		if err != nil || done == len(all) {
			return err
		}
		err = s.step(ctx, all)
		if isConflict(err) && conflicts < maxAttempts {
			conflicts++
			err = pause(ctx, conflicts)
		}
		if err != nil {
			return err
		}
	}
}

// step applies the next migration, if it is still missing under the lock. Where
// the host bounds the time of a statement, a migration of much data is exempt.
func (s *Store) step(ctx context.Context, all []migration) error {
	c, err := s.connect(ctx, fmt.Sprintf(`BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
		SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL synchronous_commit = on;
		SELECT pg_advisory_xact_lock(%d)`, migrationLock))
	if err != nil {
		return err
	}
	if err := s.apply(ctx, c.conn.Conn(), all); err != nil {
		c.rollback()
		return err
	}
	return c.commit(ctx, "")
}

func (s *Store) apply(ctx context.Context, conn *pgx.Conn, all []migration) error {
	if err := s.makeSchema(ctx, conn); err != nil {
		return err
	}
	done, err := s.applied(ctx, conn, all)
	if err != nil || done == len(all) {
		return err
	}
	if done > 0 { // nodes of an older release may be at work: none may hold a table that we need and wait for another
		if _, err := conn.Exec(ctx, s.begin.Load().lock); err != nil {
			return fmt.Errorf("lock: %w", err)
		}
	}
	m := all[done]
	if _, err := conn.PgConn().Exec(ctx, "SET LOCAL search_path = "+s.schema+"; "+m.sql).ReadAll(); err != nil {
		return fmt.Errorf("migration %s: %w", m.name, err)
	}
	_, err = conn.Exec(ctx, s.sql(`INSERT INTO tm.migrations VALUES ($1, $2, $3)`), m.version, m.name, m.checksum)
	return err
}

// makeSchema makes what is needed to record migrations. An existing schema is
// taken as it is: making it anew needs a right that the user may lack.
func (s *Store) makeSchema(ctx context.Context, conn *pgx.Conn) error {
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, s.schema).Scan(&exists); err != nil {
		return err
	}
	if !exists {
		if _, err := conn.Exec(ctx, "CREATE SCHEMA "+s.schema); err != nil {
			return err
		}
	}
	_, err := conn.Exec(ctx, s.sql(`CREATE TABLE IF NOT EXISTS tm.migrations (
		version  integer PRIMARY KEY,
		name     text NOT NULL,
		checksum text NOT NULL
	)`))
	return err
}

// applied returns how many migrations the schema has, after checking that they
// are the first ones of all.
func (s *Store) applied(ctx context.Context, on interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}, all []migration,
) (int, error) {
	var exists bool
	if err := on.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, s.sql("tm.migrations")).Scan(&exists); err != nil || !exists {
		return 0, err
	}
	rows, err := on.Query(ctx, s.sql(`SELECT version, name, checksum FROM tm.migrations ORDER BY version`))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var has migration
		if err := rows.Scan(&has.version, &has.name, &has.checksum); err != nil {
			return 0, err
		}
		if has.version > len(all) {
			return 0, fmt.Errorf("schema %s has version %d (%s), this release knows %d: it was written by a newer release", s.schema, has.version, has.name, len(all))
		}
		if n++; has.version != n {
			return 0, fmt.Errorf("schema %s lacks migration %d but has %d (%s)", s.schema, n, has.version, has.name)
		}
		if want := all[n-1]; has.checksum != want.checksum {
			return 0, fmt.Errorf("migration %s of schema %s differs from this release's %s", has.name, s.schema, want.name)
		}
	}
	return n, rows.Err()
}
