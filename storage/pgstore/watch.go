package pgstore

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// channel names the channel of a schema's news: schemas of one database may have
// names too long to be part of it.
func channel(schema string) string {
	sum := sha256.Sum256([]byte(schema))
	return fmt.Sprintf("ticketmail_%x", sum[:8])
}

// maxPayload is how long a notification may be (8000 bytes, all in all).
const maxPayload = 7900

// tells returns the statement that tells the other nodes what the transaction
// wrote, once it is committed, or "".
func (t *tx) tells() string {
	if t.news.IsZero() {
		return ""
	}
	payload := toJSON(t.news)
	if len(payload) > maxPayload {
		payload = toJSON(storage.News{Missed: true})
	}
	return fmt.Sprintf("SELECT pg_notify('%s', %s); ", channel(t.store.schema), literal(payload))
}

// How long Watch waits before it tries to connect again, and how often it makes
// sure that a silent connection is not a dead one.
const (
	firstRetry = 250 * time.Millisecond
	lastRetry  = 15 * time.Second
	checkEvery = 30 * time.Second
	checkTime  = 5 * time.Second
)

// Watch implements [storage.Watcher] with LISTEN and NOTIFY. It keeps a
// connection of its own beside those of the pool, made as the pool makes its
// own; a host's OnNotification is not called on it. Commits of transactions of a host, see Within, are told too.
//
// Behind a proxy that hands out connections by the transaction (PgBouncer in
// transaction mode) nothing is ever told but News.Missed at the beginning.
func (s *Store) Watch(ctx context.Context, fn func(storage.News)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-s.done:
			cancel(storage.ErrClosed)
		case <-stop:
		}
	}()
	wait := firstRetry
	for {
		err := s.listen(ctx, func(n storage.News) {
			wait = firstRetry
			fn(n)
		})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.log.LogAttrs(ctx, slog.LevelWarn, "commits of other nodes are not told, connecting again", slog.Duration("in", wait), slog.Any("error", err))
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
		wait = min(2*wait, lastRetry)
	}
}

// listen tells the news of one connection until that ends.
func (s *Store) listen(ctx context.Context, fn func(storage.News)) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer func() {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
		defer cancel()
		_ = conn.Close(bounded)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+channel(s.schema)); err != nil {
		return err
	}
	fn(storage.News{Missed: true})
	for {
		n, err := nextNews(ctx, conn)
		if err != nil {
			return err
		}
		if !n.IsZero() {
			fn(n)
		}
	}
}

// dial makes a connection as the pool makes its own, but for a host's
// OnNotification, which would take the news away from us.
func (s *Store) dial(ctx context.Context) (*pgx.Conn, error) {
	c := s.pool.Config() // a copy
	if c.BeforeConnect != nil {
		if err := c.BeforeConnect(ctx, c.ConnConfig); err != nil {
			return nil, err
		}
	}
	c.ConnConfig.OnNotification = nil
	conn, err := pgx.ConnectConfig(ctx, c.ConnConfig)
	if err != nil || c.AfterConnect == nil {
		return conn, err
	}
	if err := c.AfterConnect(ctx, conn); err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

// nextNews waits for a notification. Where none comes for a while it asks
// whether the server is there, and returns the zero News.
func nextNews(ctx context.Context, conn *pgx.Conn) (n storage.News, err error) {
	wait, cancel := context.WithTimeout(ctx, checkEvery)
	defer cancel()
	told, err := conn.WaitForNotification(wait)
	if err == nil {
		if told == nil || json.Unmarshal([]byte(told.Payload), &n) != nil {
			n = storage.News{Missed: true} // of another release, or taken by somebody else
		}
		return n, nil
	}
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return n, err
	}
	check, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return n, conn.Ping(check)
}
