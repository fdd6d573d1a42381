package pgstore

import (
	"context"
	"fmt"
	"log/slog"
)

// oldest is the oldest server that is accepted, as server_version_num has it.
const oldest = 14_00_00

// A server is what matters of a database and its settings.
type server struct {
	version         int
	versionName     string
	encoding        string
	clientEncoding  string
	readOnly        bool
	fsync           string
	fullPageWrites  string
	synchronous     string
	conformingQuote string
	compression     string // lz4 where it can; empty: its own method
}

// check refuses a database in which text, numbers or commits would not be what
// we take them for, and warns of one that may lose commits.
func (s *Store) check(ctx context.Context) error {
	var db server
	err := s.pool.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_version'),
		current_setting('server_encoding'), current_setting('client_encoding'),
		pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool,
		current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
		current_setting('standard_conforming_strings'),
		CASE WHEN EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN 'lz4' ELSE '' END`).
		Scan(&db.version, &db.versionName, &db.encoding, &db.clientEncoding, &db.readOnly,
			&db.fsync, &db.fullPageWrites, &db.synchronous, &db.conformingQuote, &db.compression)
	if err != nil {
		return err
	}
	if err := db.fit(); err != nil {
		return err
	}
	s.compressBy(db.compression)
	s.durable.Store(true) // for sawFsync, which tells of a change
	s.sawFsync(ctx, db.fsync)
	if db.fullPageWrites != "on" {
		s.log.LogAttrs(ctx, slog.LevelWarn, "full_page_writes is off: a crash of the machine may damage the database, unless its file system writes whole pages")
	}
	if db.synchronous == "off" {
		s.log.LogAttrs(ctx, slog.LevelInfo, "synchronous_commit is off by default, and on in updates")
	}
	return nil
}

// fit says what makes the database unfit.
func (db server) fit() error {
	switch {
	case db.version < oldest:
		return fmt.Errorf("the server is PostgreSQL %s, need %d or newer", db.versionName, oldest/10_000)
	case db.encoding != "UTF8":
		return fmt.Errorf("the database has the encoding %s, need UTF8", db.encoding)
	case db.clientEncoding != "UTF8":
		return fmt.Errorf("client_encoding is %s, need UTF8", db.clientEncoding)
	case db.conformingQuote != "on":
		return fmt.Errorf("standard_conforming_strings is %s, need on", db.conformingQuote)
	case db.readOnly:
		return fmt.Errorf("the database is read-only or a replica")
	}
	return nil
}

// sawFsync notes whether the server flushes, which may change while it runs or
// when another one takes its place.
func (s *Store) sawFsync(ctx context.Context, setting string) {
	on := setting == "on"
	if s.durable.Swap(on) == on {
		return
	}
	if on {
		s.log.LogAttrs(ctx, slog.LevelInfo, "the server's fsync is on: the store is durable again")
		return
	}
	s.log.LogAttrs(ctx, slog.LevelWarn, "the server's fsync is off: the store is not durable")
}

// compressBy makes Updates compress texts by a method from now on.
func (s *Store) compressBy(method string) { s.begin.Store(new(newBeginning(s.schema, s.idle, method))) }
