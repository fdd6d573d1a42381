package mailboxtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/ticketmail/mailbox"
)

// moveTarget does not exist at first.
const moveTarget = "Taken in"

// keeping is holding with a session that keeps mails.
func keeping(ctx context.Context, a Account, raws []string, fn func(mailbox.Keeper, []mailbox.Item) error) error {
	err := holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		k, ok := s.(mailbox.Keeper)
		if !ok {
			return errors.ErrUnsupported
		}
		return fn(k, items)
	})
	if errors.Is(err, mailbox.ErrCannotKeep) {
		return errors.ErrUnsupported
	}
	return err
}

// moved wants these mails in the target, in any order.
func moved(ctx context.Context, a Account, want []string) error {
	s, err := a.Connector.Connect(ctx, a.Mailbox)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Select(ctx, moveTarget, true); err != nil {
		return fmt.Errorf("the folder that mails were moved to: %w", err)
	}
	items, err := s.List(ctx)
	if err != nil {
		return err
	}
	_, got, err := fetch(ctx, s, items)
	if err != nil {
		return err
	}
	return equal("mails in the target", slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want)))
}

func movesExactly(ctx context.Context, a Account) error {
	raws := hostile()
	err := keeping(ctx, a, raws, func(s mailbox.Keeper, items []mailbox.Item) error {
		if err := s.Move(ctx, []mailbox.Item{items[1], items[2]}, moveTarget); err != nil {
			return err
		}
		return s.Move(ctx, []mailbox.Item{items[5]}, moveTarget) // which is there now
	})
	if err != nil {
		return err
	}
	return errors.Join(left(a, []string{raws[0], raws[3], raws[4], raws[6]}), moved(ctx, a, []string{raws[1], raws[2], raws[5]}))
}

func movesMany(ctx context.Context, a Account) error {
	raws := numbered(350)
	var odd, even []string
	err := keeping(ctx, a, raws, func(s mailbox.Keeper, items []mailbox.Item) error {
		var some []mailbox.Item // no two of them make a range
		for i, it := range items {
			if i%2 == 1 {
				some, odd = append(some, it), append(odd, raws[i])
			} else {
				even = append(even, raws[i])
			}
		}
		return s.Move(ctx, some, moveTarget)
	})
	if err != nil {
		return err
	}
	return errors.Join(left(a, even), moved(ctx, a, odd))
}

func movesNothing(ctx context.Context, a Account) error {
	raws := numbered(2)
	err := keeping(ctx, a, raws, func(s mailbox.Keeper, items []mailbox.Item) error {
		if err := s.Move(ctx, nil, moveTarget); err != nil {
			return err
		}
		return s.Flag(ctx, nil)
	})
	if err != nil {
		return err
	}
	return left(a, raws)
}

func movesVanished(ctx context.Context, a Account) error {
	if a.Vanish == nil {
		return errors.ErrUnsupported
	}
	raws := numbered(4)
	err := keeping(ctx, a, raws, func(s mailbox.Keeper, items []mailbox.Item) error {
		if err := s.Move(ctx, items[3:], moveTarget); err != nil {
			return err
		}
		if err := a.Vanish(0); err != nil {
			return err
		}
		if err := s.Move(ctx, items[:2], moveTarget); err != nil {
			return fmt.Errorf("Move of two mails, one of which is gone: %w", err)
		}
		return s.Move(ctx, items[:2], moveTarget) // both are
	})
	if err != nil {
		return err
	}
	return errors.Join(left(a, raws[2:3]), moved(ctx, a, []string{raws[1], raws[3]}))
}

func moveSparesForeign(ctx context.Context, a Account) error {
	if a.Mark == nil {
		return errors.ErrUnsupported
	}
	raws := numbered(5)
	err := keeping(ctx, a, raws, func(s mailbox.Keeper, items []mailbox.Item) error {
		if err := a.Mark(3); err != nil {
			return err
		}
		return s.Move(ctx, items[:2], moveTarget)
	})
	if err != nil {
		return err
	}
	if err := left(a, raws[2:]); err != nil {
		return fmt.Errorf("a mail that another client marked \\Deleted must stay: %w", err)
	}
	return moved(ctx, a, raws[:2])
}

func movesNothingReadOnly(ctx context.Context, a Account) error {
	raws := numbered(2)
	if err := a.Add(raws...); err != nil {
		return err
	}
	err := with(ctx, a, true, func(s mailbox.Session, _ mailbox.Folder) error {
		k, ok := s.(mailbox.Keeper)
		if !ok {
			return errors.ErrUnsupported
		}
		items, err := s.List(ctx)
		if err != nil {
			return err
		}
		if err := k.Move(ctx, items, moveTarget); !errors.Is(err, mailbox.ErrReadOnly) {
			return fmt.Errorf("Move in a folder selected read-only returned %w, want ErrReadOnly", err)
		}
		return k.Flag(ctx, items) // which only helps people
	})
	if err != nil {
		return err
	}
	return left(a, raws)
}

func flags(ctx context.Context, a Account) error {
	raws := numbered(5)
	var want []mailbox.Item
	err := keeping(ctx, a, raws, func(s mailbox.Keeper, items []mailbox.Item) error {
		want = slices.Clone(items)
		for _, i := range []int{0, 3} {
			want[i].Kept = true
		}
		some := []mailbox.Item{items[0], items[3]}
		return errors.Join(s.Flag(ctx, some), s.Flag(ctx, some)) // a second time changes nothing
	})
	if err != nil {
		return err
	}
	err = with(ctx, a, false, func(s mailbox.Session, _ mailbox.Folder) error {
		items, err := s.List(ctx)
		if err == nil && !slices.ContainsFunc(items, func(it mailbox.Item) bool { return it.Kept }) {
			return nil // the server keeps no keywords
		}
		return errors.Join(err, equal("listing after two mails were flagged", items, want))
	})
	return errors.Join(err, left(a, raws))
}
