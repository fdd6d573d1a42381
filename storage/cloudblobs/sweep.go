package cloudblobs

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"gocloud.dev/gcerrors"

	"example.com/ticketmail/storage"
)

// sweepBatch is how much content is held against the stores at once, about
// 50 MB of memory.
const sweepBatch = 1 << 18

// Sweep removes copies of content that none of stores refers to, and copies
// of which there is a younger one, once they are two days old, and returns how
// many objects that were. stores must be all that refer to this bucket;
// without one Sweep fails. It may be called while the bucket is used, by any
// process, and reads each store once for every 262,144 pieces of old content.
//
// It cannot race with a writer: who stages content relies only on copies
// younger than a day, so none that is removed was relied on within a day. The
// clocks of nodes and bucket must agree within some hours.
func (b *Blobs) Sweep(ctx context.Context, stores ...storage.Store) (removed int, err error) {
	if len(stores) == 0 {
		return 0, errors.New("sweep blobs: no store was named that may refer to them")
	}
	s := sweeper{Blobs: b, stores: stores}
	if err := s.sweep(ctx); err != nil {
		return s.removed, fmt.Errorf("sweep blobs: %w", cause(ctx, err))
	}
	if s.removed > 0 {
		b.log.LogAttrs(ctx, slog.LevelInfo, "removed unreferenced blobs", slog.Int("objects", s.removed))
	}
	return s.removed, nil
}

type sweeper struct {
	*Blobs
	stores  []storage.Store
	removed int
}

func (s *sweeper) sweep(ctx context.Context) error {
	for o, err := range s.list(ctx, spoolDir) {
		if err != nil {
			return err
		}
		if time.Since(o.ModTime) >= fresh+keep {
			if err := s.remove(ctx, o.Key); err != nil {
				return err
			}
		}
	}
	old := make(map[[32]byte]string) // the youngest copy of content that has old ones only
	for c, err := range s.contents(ctx) {
		if err != nil {
			return err
		}
		if !c.young {
			old[c.blob.SHA256] = c.last.key
		}
		for _, key := range c.old {
			if err := s.remove(ctx, key); err != nil {
				return err
			}
		}
		if len(old) == sweepBatch {
			if err := s.unreferenced(ctx, old); err != nil {
				return err
			}
			clear(old)
		}
	}
	return s.unreferenced(ctx, old)
}

// unreferenced removes what no store refers to.
func (s *sweeper) unreferenced(ctx context.Context, old map[[32]byte]string) error {
	left := make(map[[32]byte]struct{}, len(old))
	for sum := range old {
		left[sum] = struct{}{}
	}
	for _, store := range s.stores {
		if len(left) == 0 {
			return nil
		}
		if err := storage.Unreferenced(ctx, store, left); err != nil {
			return err
		}
	}
	for sum := range left {
		if err := s.remove(ctx, old[sum]); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes one object, which another sweep may have done already.
func (s *sweeper) remove(ctx context.Context, key string) error {
	err := s.bucket.Delete(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	if err == nil {
		s.removed++
	}
	return err
}

// A content is all copies of one piece.
type content struct {
	blob  storage.Blob
	last  stored   // the youngest copy
	young bool     // and that is not old enough to be removed
	old   []string // all others that are
}

// contents yields all content. Its copies stand side by side in a listing.
func (b *Blobs) contents(ctx context.Context) iter.Seq2[content, error] {
	return func(yield func(content, error) bool) {
		var c content
		for o, err := range b.list(ctx, contentDir) {
			if err != nil {
				yield(content{}, err)
				return
			}
			is, ok := parse(o.Key)
			if !ok {
				continue // not ours
			}
			if is != c.blob {
				if c.last.key != "" && !yield(c, nil) {
					return
				}
				c = content{blob: is}
			}
			c.add(stored{o.Key, o.ModTime})
		}
		if c.last.key != "" {
			yield(c, nil)
		}
	}
}

// add takes in another copy.
func (c *content) add(s stored) {
	older := s
	if c.last.key == "" || s.at.After(c.last.at) {
		older, c.last = c.last, s
		c.young = time.Since(s.at) < fresh+keep
	}
	if older.key != "" && time.Since(older.at) >= fresh+keep {
		c.old = append(c.old, older.key)
	}
}

// All implements [storage.Lister].
func (b *Blobs) All(ctx context.Context) iter.Seq2[storage.Blob, error] {
	return func(yield func(storage.Blob, error) bool) {
		for c, err := range b.contents(ctx) {
			if !yield(c.blob, err) {
				return
			}
		}
	}
}
