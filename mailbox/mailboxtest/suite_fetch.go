package mailboxtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"example.com/ticketmail/mailbox"
)

// fetch returns the mails that a session hands over, in its order.
func fetch(ctx context.Context, s mailbox.Session, items []mailbox.Item) (got []mailbox.Item, raws []string, err error) {
	err = s.Fetch(ctx, items, func(it mailbox.Item, body io.Reader) error {
		raw, err := io.ReadAll(body)
		got, raws = append(got, it), append(raws, string(raw))
		return err
	})
	return got, raws, err
}

func fetchesAll(ctx context.Context, a Account, raws []string) error {
	return holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		for range 2 { // a mail can be fetched again
			got, bodies, err := fetch(ctx, s, items)
			if err := errors.Join(err, equal("items handed over", got, items), equal("bodies", bodies, raws)); err != nil {
				return err
			}
		}
		return nil
	})
}

func fetchesBytes(ctx context.Context, a Account) error { return fetchesAll(ctx, a, hostile()) }

func fetchesMany(ctx context.Context, a Account) error { return fetchesAll(ctx, a, numbered(350)) }

func fetchesSome(ctx context.Context, a Account) error {
	raws := numbered(9)
	return holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		_, bodies, err := fetch(ctx, s, []mailbox.Item{items[1], items[4], items[8]})
		return errors.Join(err, equal("bodies", bodies, []string{raws[1], raws[4], raws[8]}))
	})
}

func skipsUnread(ctx context.Context, a Account) error {
	raws := hostile()
	return holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		var bodies []string
		n := 0
		err := s.Fetch(ctx, items, func(_ mailbox.Item, body io.Reader) error {
			n++
			if n%2 == 0 {
				_, err := io.ReadFull(body, make([]byte, 3))
				return err
			}
			raw, err := io.ReadAll(body)
			bodies = append(bodies, string(raw))
			return err
		})
		want := []string{raws[0], raws[2], raws[4], raws[6]}
		return errors.Join(err, equal("bodies that were read, between others that were not", bodies, want))
	})
}

func fetchesNothing(ctx context.Context, a Account) error {
	return holding(ctx, a, numbered(1), func(s mailbox.Session, items []mailbox.Item) error {
		got, _, err := fetch(ctx, s, nil)
		if err := errors.Join(err, equal("items of a fetch of nothing", got, nil)); err != nil {
			return err
		}
		_, _, err = fetch(ctx, s, items) // the session still works
		return err
	})
}

func fetchesVanished(ctx context.Context, a Account) error {
	if a.Vanish == nil {
		return errors.ErrUnsupported
	}
	raws := numbered(4)
	return holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		if err := a.Vanish(1); err != nil {
			return err
		}
		_, bodies, err := fetch(ctx, s, items)
		return errors.Join(err, equal("bodies without the vanished mail", bodies, slices.Delete(slices.Clone(raws), 1, 2)))
	})
}

func endsWithEach(ctx context.Context, a Account) error {
	stop := errors.New("stop")
	if err := a.Add(numbered(5)...); err != nil {
		return err
	}
	s, err := a.Connector.Connect(ctx, a.Mailbox)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // the session may be dead
	if _, err := s.Select(ctx, "INBOX", true); err != nil {
		return err
	}
	items, err := s.List(ctx)
	if err != nil {
		return err
	}
	calls := 0
	err = s.Fetch(ctx, items, func(mailbox.Item, io.Reader) error {
		if calls++; calls == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || calls != 2 {
		return fmt.Errorf("each failed at its second call: Fetch called it %d times and returned %v, want 2 and that error", calls, err)
	}
	return nil
}

func fetchesCancelled(ctx context.Context, a Account) error {
	gone := errors.New("the caller has gone")
	if err := a.Add(hostile()...); err != nil {
		return err
	}
	s, err := a.Connector.Connect(ctx, a.Mailbox)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Select(ctx, "INBOX", true); err != nil {
		return err
	}
	items, err := s.List(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	err = s.Fetch(ctx, items, func(_ mailbox.Item, body io.Reader) error {
		cancel(gone)
		_, err := io.Copy(io.Discard, body)
		return err
	})
	if !errors.Is(err, gone) {
		return fmt.Errorf("Fetch whose context ended returned %v, want its cause", err)
	}
	return nil
}

func fetchChangesNothing(ctx context.Context, a Account) error {
	raws := hostile()
	if err := a.Add(raws...); err != nil {
		return err
	}
	var before []mailbox.Item
	for range 2 {
		err := with(ctx, a, true, func(s mailbox.Session, _ mailbox.Folder) error {
			items, err := s.List(ctx)
			if err != nil {
				return err
			}
			if before == nil {
				before = items
			}
			_, _, err = fetch(ctx, s, items)
			return errors.Join(err, equal("listing after a fetch", items, before))
		})
		if err != nil {
			return err
		}
	}
	return left(a, raws)
}
