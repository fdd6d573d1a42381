package sqlitestore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
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

const createMigrations = `CREATE TABLE IF NOT EXISTS tm_migrations (
	version  INTEGER PRIMARY KEY,
	name     TEXT NOT NULL,
	checksum TEXT NOT NULL
)`

// migrate brings the schema up to the last of all. Each step is one
// transaction, so a kill leaves a database of an older version that the next
// open completes; of several processes the first to get the lock does the step.
func (c *writeConn) migrate(ctx context.Context, all []migration) error {
	for {
		// Without the lock first: opening a current database must not wait
		// for a process that is busy writing.
		done, err := applied(ctx, c.conn, all)
		if err != nil || done == len(all) {
			return err
		}
		if err := c.step(ctx, all); err != nil {
			return err
		}
	}
}

// step applies the next migration, if it is still missing under the lock.
func (c *writeConn) step(ctx context.Context, all []migration) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	err := func() error {
		if _, err := c.conn.ExecContext(ctx, createMigrations); err != nil {
			return err
		}
		done, err := applied(ctx, c.conn, all)
		if err != nil || done == len(all) {
			return err
		}
		m := all[done]
		if _, err := c.conn.ExecContext(ctx, m.sql); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
		_, err = c.conn.ExecContext(ctx, `INSERT INTO tm_migrations VALUES (?, ?, ?)`, m.version, m.name, m.checksum)
		return err
	}()
	if err != nil {
		c.rollback()
		return err
	}
	return c.commit()
}

// applied returns how many migrations the database has, after checking that
// they are the first ones of all.
func applied(ctx context.Context, conn *sql.Conn, all []migration) (int, error) {
	var exists int
	const look = `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'tm_migrations'`
	if err := conn.QueryRowContext(ctx, look).Scan(&exists); err != nil || exists == 0 {
		return 0, err
	}
	rows, err := conn.QueryContext(ctx, `SELECT version, name, checksum FROM tm_migrations ORDER BY version`)
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
			return 0, fmt.Errorf("database has schema version %d (%s), this release knows %d: it was written by a newer release", has.version, has.name, len(all))
		}
		if n++; has.version != n {
			return 0, fmt.Errorf("database lacks migration %d but has %d (%s)", n, has.version, has.name)
		}
		if want := all[n-1]; has.checksum != want.checksum {
			return 0, fmt.Errorf("migration %s of the database differs from this release's %s", has.name, want.name)
		}
	}
	return n, rows.Err()
}
