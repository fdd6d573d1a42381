package pgstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"weak"
)

// errHope ends an Update that took for granted what is not so: that the ids and
// keys of new records are free, and that content referred to is there. It begins
// anew and looks at each, so that whoever put the record gets the error.
var errHope = errors.New("a record is not as nearly all are")

// disappointed returns errHope where a hope may have caused err, an error of a
// statement that was held back.
func (t *tx) disappointed(err error) error {
	if t.hopes && (errors.Is(err, errRows) || isOfData(err)) {
		return fmt.Errorf("%w: %w", errHope, err)
	}
	return err
}

// verify finds out whether all that was hoped for is so, unless the server is
// silent. The error is kept, see fail.
func (t *tx) verify(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if t.hopes && t.usable(ctx) == nil {
		_ = t.flushHeld(ctx)
	}
	_ = t.land(ctx)
}

// remember notes the ID and Version of a record that is being put: where Update
// calls fn again, one that fn does not make anew must not pass for a stored one.
// restore gives them back.
func remember[R any](t *tx, record *R, restore func(*R)) {
	if t.turn == nil {
		return // a host's transaction, where fn is called once
	}
	kept := weak.Make(record) // many are big, and most are not needed any more
	t.undo = append(t.undo, func() {
		if r := kept.Value(); r != nil {
			restore(r)
		}
	})
}

// takeBack gives records the ID and Version they had.
func (t *tx) takeBack() {
	for _, undo := range slices.Backward(t.undo) {
		undo()
	}
}
