package pgstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/storage"
)

// Small content is not staged piece by piece: what is finished waits in memory
// for Sync, or for more of it, and goes to the server in one trip and one
// transaction. Whoever refers to it sooner writes it himself.

// Content of up to smallBytes waits, and at most maxPending pieces and
// maxPendingBytes of it.
const (
	smallBytes      = 64 << 10
	maxPending      = 100
	maxPendingBytes = 2 << 20
)

// A pending is content that is finished and not on the server yet.
type pending struct {
	storage.Blob
	data *[]byte // of buffers
}

// A stager holds what is pending. It is safe for concurrent use.
type stager struct {
	sending chan struct{} // whose it is sends: the others wait for the outcome

	mu      sync.Mutex
	waiting []pending
	bytes   int64
}

// add takes content, and data with it, unless enough is pending.
func (s *stager) add(p pending) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) >= maxPending || s.bytes+p.Size > maxPendingBytes {
		return false
	}
	s.waiting = append(s.waiting, p)
	s.bytes += p.Size
	return true
}

// content returns a copy of content that is pending. Whoever needs it in the
// middle of something must not wait for who sends, who may wait for him.
func (s *stager) content(blob storage.Blob) (data []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.waiting {
		if p.Blob == blob {
			return slices.Clone(*p.data), true
		}
	}
	return nil, false
}

// all returns what is pending now.
func (s *stager) all() []pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.waiting)
}

// drop takes away the first n pieces, whose fate is known. Only who sends calls
// it; others add behind them.
func (s *stager) drop(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.waiting[:n] {
		s.bytes -= p.Size
		buffers.Put(p.data)
	}
	s.waiting = slices.Delete(s.waiting, 0, n)
}

// settle sends what is pending, and waits for what others are sending. After an
// error it is pending still, for another attempt; but a piece that the server
// refuses for what is in it is given up, so that it does not stop the others.
// Then whoever refers to that finds out that it is not there.
func (s *Store) settle(ctx context.Context) error {
	select {
	case s.staged.sending <- struct{}{}:
		defer func() { <-s.staged.sending }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	all := s.staged.all()
	if len(all) == 0 {
		return nil
	}
	err := s.send(ctx, all)
	if err == nil {
		s.unsaved.Store(true)
		s.staged.drop(len(all))
		return nil
	}
	if ctx.Err() != nil || isLost(err) {
		return cause(ctx, err)
	}
	var refused error
	for _, p := range all { // what is the matter with one is not with the others
		err := s.send(ctx, []pending{p})
		if err != nil && !isOfData(err) {
			return cause(ctx, err)
		}
		refused = errors.Join(refused, err)
		s.unsaved.Store(true)
		s.staged.drop(1)
	}
	return refused
}

// send writes content in one transaction, always in the same order: two that
// have the same do not wait for each other crosswise.
func (s *Store) send(ctx context.Context, all []pending) error {
	var b pgx.Batch
	b.Queue(`SELECT set_config('synchronous_commit', 'off', true)`)
	sorted := slices.SortedFunc(slices.Values(all), func(x, y pending) int { return slices.Compare(x.SHA256[:], y.SHA256[:]) })
	for _, p := range sorted {
		b.Queue(s.sql(stageSmall), p.SHA256[:], p.Size, *p.data)
	}
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("stage content: %w", err)
	}
	return nil
}

// isKept is the condition of content, $1, that stays for another day at least.
// It is asked without a lock, since an Update that refers to the same content
// has that until its end.
const isKept = `EXISTS (SELECT FROM tm.blobs WHERE sha256 = $1 AND released_at IS NULL
	AND (lasting OR staged_at > clock_timestamp() - interval '1 day'))`

// stageSmall writes a blob of one chunk. Of one that is known and old it notes
// that it was staged anew: xmax is 0 in rows that are new.
const stageSmall = `WITH blob AS (
	INSERT INTO tm.blobs (sha256, size) SELECT $1, $2 WHERE NOT ` + isKept + `
	ON CONFLICT (sha256) DO UPDATE SET staged_at = clock_timestamp()
	RETURNING id, xmax = 0 AS fresh
) INSERT INTO tm.blob_chunks (blob, n, data) SELECT id, 0, $3 FROM blob WHERE fresh`
