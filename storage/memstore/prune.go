package memstore

import (
	"context"
	"fmt"

	"example.com/ticketmail/storage"
)

var _ storage.Pruner = (*Store)(nil)

// Prune implements [storage.Pruner].
func (s *Store) Prune(ctx context.Context, fn func(storage.PruneWriter) error) error {
	var released []storage.Blob
	err := s.Update(ctx, func(w storage.Writer) error {
		p := &pruner{writer: w.(writer)}
		err := fn(p)
		released = p.released
		return err
	})
	if err == nil {
		s.blobs.release(released)
	}
	return err
}

// A pruner is a writer that can take away.
type pruner struct {
	writer
	released []storage.Blob
}

// DeleteMails implements [storage.PruneWriter].
func (p *pruner) DeleteMails(ctx context.Context, ids ...string) error {
	if err := p.tx.usable(ctx); err != nil {
		return fmt.Errorf("delete mails: %w", err)
	}
	s := &p.tx.state
	for _, id := range ids {
		if r, ok := s.mails.byKey.get(text(id)); ok {
			s.mails.byKey = s.mails.byKey.remove(text(id))
			s.mails.bySeq = s.mails.bySeq.remove(r.seq)
			s.open = s.open.remove(turn(r))
		}
	}
	return nil
}

// ReplaceChange implements [storage.PruneWriter].
func (p *pruner) ReplaceChange(ctx context.Context, c storage.Change) error {
	if err := p.tx.usable(ctx); err != nil {
		return fmt.Errorf("replace change: %w", err)
	}
	s := &p.tx.state
	was, ok := s.changes.get(number(c.Seq))
	if !ok {
		return fmt.Errorf("replace change %d: %w", c.Seq, storage.ErrNotFound)
	}
	rec := copyChange(c)
	s.changes = s.changes.put(number(c.Seq), &rec)
	s.changesOf = s.changesOf.remove(entry{string(was.Ticket), number(c.Seq)}).put(entry{string(c.Ticket), number(c.Seq)}, &rec)
	return nil
}

// Release implements [storage.PruneWriter].
func (p *pruner) Release(ctx context.Context, blobs ...storage.Blob) error {
	if err := p.tx.usable(ctx); err != nil {
		return fmt.Errorf("release content: %w", err)
	}
	p.released = append(p.released, blobs...)
	return nil
}

func (b *blobs) release(released []storage.Blob) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, blob := range released {
		b.released[blob.SHA256] = struct{}{}
	}
}

// Discard implements [storage.Pruner]. Writers wait for it.
func (s *Store) Discard(ctx context.Context) (removed int, err error) {
	select {
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	case <-s.turn:
	}
	defer func() { s.turn <- struct{}{} }()
	s.blobs.mu.Lock()
	defer s.blobs.mu.Unlock()
	if len(s.blobs.released) == 0 {
		return 0, nil
	}
	if err := storage.Unreferenced(ctx, s, s.blobs.released); err != nil {
		return 0, fmt.Errorf("discard content: %w", err)
	}
	for blob := range s.blobs.content {
		if _, ok := s.blobs.released[blob.SHA256]; ok {
			delete(s.blobs.content, blob)
			removed++
		}
	}
	clear(s.blobs.released)
	return removed, nil
}
