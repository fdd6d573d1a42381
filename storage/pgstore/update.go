package pgstore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"example.com/ticketmail/storage"
)

// maxAttempts bounds how often an Update is tried. Conflicts are rare: see the
// package comment.
const maxAttempts = 10

// Update implements [storage.Store]. It waits for other writers until ctx is
// done. fn is called again where the server ended the transaction because of a
// deadlock, which only those can cause who take several leases or lock our
// tables by other means; where it turns out that it does more than to take
// leases while many others write; and where a new record's key is taken, or
// content is not there, which is not looked at record by record the first time.
func (s *Store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	mine := &turn{of: s.turns}
	if err := mine.take(ctx, s.done, false); err != nil {
		return err
	}
	defer mine.end()
	hopes := true
	for attempt := 1; ; attempt++ {
		err := s.attempt(ctx, fn, mine, hopes)
		if errors.Is(err, errWrites) {
			mine.end()
			if err := mine.take(ctx, s.done, true); err != nil {
				return err
			}
			err = s.attempt(ctx, fn, mine, hopes)
		}
		if errors.Is(err, errHope) {
			s.log.LogAttrs(ctx, slog.LevelDebug, "update is done again record by record", slog.Any("error", err))
			hopes = false
			err = s.attempt(ctx, fn, mine, hopes)
		}
		if !isConflict(err) || attempt == maxAttempts {
			return err
		}
		s.log.LogAttrs(ctx, slog.LevelDebug, "update is tried again", slog.Int("attempt", attempt), slog.Any("error", err))
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// attempt runs one transaction. A conflict is returned whatever fn makes of it.
func (s *Store) attempt(ctx context.Context, fn func(storage.Writer) error, mine *turn, hopes bool) error {
	t := newWriter(s)
	t.turn, t.hopes = mine, hopes
	committed := false
	defer func() { // also when fn panics
		_ = t.fail(errEnded)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_ = t.land(ended)
		if t.conn != nil && !committed {
			t.conn.rollback()
		}
	}()
	err := fn(writer{t})
	if err == nil {
		err = t.finish(ctx)
	} else {
		t.verify(ctx) // fn may have failed for what it was told about a record
	}
	if isConflict(t.err) || errors.Is(t.err, errWrites) || errors.Is(t.err, errHope) {
		err = t.err
		t.takeBack()
	}
	if err != nil || t.conn == nil {
		return err
	}
	committed = true // or not, but the connection is given back
	if err = t.conn.commit(ctx, t.lastStatements()); isConflict(err) {
		t.takeBack()
	}
	return err
}

// pause waits before the next attempt: 5 ms, then twice as long each time up
// to 320 ms, half of it by chance, so that those who met do not meet again.
func pause(ctx context.Context, attempt int) error {
	whole := 5 * time.Millisecond << min(attempt-1, 6)
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	timer := time.NewTimer(whole/2 + time.Duration(binary.LittleEndian.Uint64(random[:])%uint64(whole/2)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// start begins the transaction of an Update, when that first does something.
func (t *tx) start(ctx context.Context, locked bool) error {
	how := t.store.begin.Load()
	begin := how.plain
	if locked {
		begin = how.locked
	}
	c, results, err := t.store.connectResult(ctx, begin)
	if how.method != "" && hasState(err, stateNotASetting) { // another server has taken the place of the one that New found
		t.store.log.LogAttrs(ctx, slog.LevelWarn, "the server does not compress as the one before did", slog.String("method", how.method), slog.Any("error", err))
		t.store.compressBy("")
		return t.start(ctx, locked)
	}
	if err != nil {
		return t.fail(fmt.Errorf("begin: %w", err))
	}
	t.conn, t.run = c, c.conn.Conn()
	t.store.sawFsync(ctx, string(results[how.fsync].Rows[0][0]))
	if locked {
		return t.numbered(results[len(results)-1])
	}
	return nil
}

// lock makes the transaction the only one that writes, until its end.
func (t *tx) lock(ctx context.Context) error {
	if t.locked {
		return nil
	}
	if t.turn != nil && !t.turn.write() {
		return t.fail(errWrites)
	}
	if t.run == nil {
		return t.start(ctx, true)
	}
	results, err := t.pgConn().Exec(ctx, t.store.begin.Load().lock+"; "+t.store.begin.Load().last).ReadAll()
	if err != nil {
		return t.fail(fmt.Errorf("lock: %w", cause(ctx, err)))
	}
	return t.numbered(results[1])
}

// numbered takes over the numbers given out so far, and is locked.
func (t *tx) numbered(result *pgconn.Result) error {
	for i, name := range sequences {
		last, err := strconv.ParseInt(string(result.Rows[0][i]), 10, 64)
		if err != nil {
			return t.fail(fmt.Errorf("sequence %s: %w", name, err))
		}
		t.last[name] = last
	}
	t.locked = true
	return nil
}
