package mailboxtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/ticketmail/mailbox"
)

func removesExactly(ctx context.Context, a Account) error {
	raws := numbered(6)
	err := holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		return s.Remove(ctx, []mailbox.Item{items[1], items[2], items[5]})
	})
	return errors.Join(err, left(a, []string{raws[0], raws[3], raws[4]}))
}

func removesMany(ctx context.Context, a Account) error {
	raws := numbered(350)
	err := holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		var odd []mailbox.Item // no two of them make a range
		for i := 1; i < len(items); i += 2 {
			odd = append(odd, items[i])
		}
		return s.Remove(ctx, odd)
	})
	var even []string
	for i := 0; i < len(raws); i += 2 {
		even = append(even, raws[i])
	}
	return errors.Join(err, left(a, even))
}

func removesNothing(ctx context.Context, a Account) error {
	raws := numbered(2)
	err := holding(ctx, a, raws, func(s mailbox.Session, _ []mailbox.Item) error {
		return s.Remove(ctx, nil)
	})
	return errors.Join(err, left(a, raws))
}

func removesVanished(ctx context.Context, a Account) error {
	if a.Vanish == nil {
		return errors.ErrUnsupported
	}
	raws := numbered(4)
	err := holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		if err := a.Vanish(0); err != nil {
			return err
		}
		if err := s.Remove(ctx, items[:2]); err != nil {
			return fmt.Errorf("Remove of two mails, one of which is gone: %w", err)
		}
		return s.Remove(ctx, items[:2]) // both are
	})
	return errors.Join(err, left(a, raws[2:]))
}

func sparesForeign(ctx context.Context, a Account) error {
	if a.Mark == nil {
		return errors.ErrUnsupported
	}
	raws := numbered(5)
	err := holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		if err := a.Mark(3); err != nil {
			return err
		}
		return s.Remove(ctx, items[:2])
	})
	if err := errors.Join(err, left(a, raws[2:])); err != nil {
		return fmt.Errorf("a mail that another client marked \\Deleted must stay: %w", err)
	}
	return with(ctx, a, true, func(s mailbox.Session, _ mailbox.Folder) error {
		items, err := s.List(ctx)
		if err != nil {
			return err
		}
		marked := slices.IndexFunc(items, func(it mailbox.Item) bool { return it.Deleted })
		if marked != 1 {
			return fmt.Errorf("the mark of another client must stay and be listed: %+v", items)
		}
		return nil
	})
}

func takesEffect(ctx context.Context, a Account) error {
	raws := numbered(3)
	if err := a.Add(raws...); err != nil {
		return err
	}
	err := with(ctx, a, false, func(s mailbox.Session, f mailbox.Folder) error {
		items, err := s.List(ctx)
		if err != nil {
			return err
		}
		if err := s.Remove(ctx, items[:2]); err != nil {
			return err
		}
		if f.CloseAfter == 0 {
			return left(a, raws[2:])
		}
		if err := left(a, raws); err != nil {
			return fmt.Errorf("Folder.CloseAfter is %d, and mails are removed before Close: %w", f.CloseAfter, err)
		}
		items, err = s.List(ctx)
		if err == nil && len(items) != 1 {
			err = fmt.Errorf("List returns %d mails, want the one that was not given to Remove", len(items))
		}
		return err
	})
	return errors.Join(err, left(a, raws[2:]))
}

func keepsReadOnly(ctx context.Context, a Account) error {
	raws := numbered(2)
	if err := a.Add(raws...); err != nil {
		return err
	}
	err := with(ctx, a, true, func(s mailbox.Session, f mailbox.Folder) error {
		if f.CanRemove {
			return errors.New("a folder selected read-only says that mails can be removed")
		}
		items, err := s.List(ctx)
		if err != nil {
			return err
		}
		if err := s.Remove(ctx, items); !errors.Is(err, mailbox.ErrReadOnly) {
			return fmt.Errorf("Remove from a folder selected read-only returned %v, want ErrReadOnly", err)
		}
		_, _, err = fetch(ctx, s, items) // the session stays usable
		return err
	})
	return errors.Join(err, left(a, raws))
}

func closeKeepsMarked(ctx context.Context, a Account) error {
	if a.Mark == nil {
		return errors.ErrUnsupported
	}
	raws := numbered(2)
	err := holding(ctx, a, raws, func(mailbox.Session, []mailbox.Item) error { return a.Mark(0) })
	return errors.Join(err, left(a, raws))
}
