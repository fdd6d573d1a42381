package memstore

import (
	"context"
	"iter"
)

// listing yields copies of the rows that match, at most limit of them unless
// it is 0. rows are taken when the sequence is ranged over, and what is put
// during the loop is not seen.
func listing[K, R, T any](ctx context.Context, t *tx, limit int, rows func() (iter.Seq2[K, R], error), pick func(R) (T, bool)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		seq, err := rows()
		if err != nil {
			yield(zero, err)
			return
		}
		if err := t.usable(ctx); err != nil { // also where nothing is found
			yield(zero, err)
			return
		}
		n := 0
		for _, r := range seq {
			if err := t.usable(ctx); err != nil {
				yield(zero, err)
				return
			}
			v, ok := pick(r)
			if !ok {
				continue
			}
			if !yield(v, nil) {
				return
			}
			if n++; n == limit {
				return
			}
		}
	}
}
