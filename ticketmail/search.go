package ticketmail

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/storage"
)

// ErrNoSearch reports that the store keeps no index of words (storage.Searcher).
var ErrNoSearch = errors.New("the store cannot search by words")

// Search returns the tickets that fit q in which all of text is found, at most
// 100 unless q.Limit says otherwise: in the order of their creation, or newest
// first with q.Newest; the last one's ID is the next q.After. text is what a
// person typed, see [storage.ParseSearch]: words, "words as they stand" and
// begin*. Nothing typed is an error; no words find nothing.
//
// Internal comments are looked at only if internal is set. Do not set it for
// customers: that a ticket is found would tell them what stands in it. Which
// tickets somebody may see the host knows: filter what is returned.
//
// Without an index of words Search fails with ErrNoSearch. memstore needs none;
// sqlitestore and pgstore keep one with Options.Search.
func (e *Engine) Search(ctx context.Context, text string, internal bool, q storage.TicketQuery) ([]Ticket, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	var list []Ticket
	err := e.store.View(ctx, func(r storage.Reader) error {
		list = nil
		s, ok := r.Tickets().(storage.Searcher)
		if !ok {
			return ErrNoSearch
		}
		for k, err := range s.Search(ctx, text, internal, q) {
			if err != nil {
				return err
			}
			list = append(list, k)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("search tickets: %w", err)
	}
	return list, nil
}
