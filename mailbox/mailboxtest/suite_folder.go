package mailboxtest

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
)

func listsInOrder(ctx context.Context, a Account) error {
	raws := hostile()
	return holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		seen := map[string]bool{}
		for i, it := range items {
			if it.UID == "" || seen[it.UID] {
				return fmt.Errorf("mail %d has the UID %q, empty or given before", i, it.UID)
			}
			seen[it.UID] = true
			if it.Size != int64(len(raws[i])) && it.Size != -1 {
				return fmt.Errorf("mail %d is announced with %d bytes, it has %d; the list must be in the order of delivery", i, it.Size, len(raws[i]))
			}
			if it.Deleted {
				return fmt.Errorf("mail %d is listed as deleted", i)
			}
		}
		return nil
	})
}

func describesFolder(ctx context.Context, a Account) error {
	for _, n := range []int{0, 3} {
		if err := a.Add(numbered(n)...); err != nil {
			return err
		}
		err := with(ctx, a, false, func(s mailbox.Session, f mailbox.Folder) error {
			if f.Messages != n || !f.CanRemove || f.Name == "" {
				return fmt.Errorf("folder with %d mails is described as %+v", n, f)
			}
			items, err := s.List(ctx)
			if err != nil || len(items) != n {
				return fmt.Errorf("List = %d items, %v, want %d", len(items), err, n)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func keepsUIDs(ctx context.Context, a Account) error {
	var first []mailbox.Item
	err := holding(ctx, a, numbered(5), func(s mailbox.Session, items []mailbox.Item) error {
		first = items
		return s.Remove(ctx, items[:2])
	})
	if err != nil {
		return err
	}
	return with(ctx, a, false, func(s mailbox.Session, _ mailbox.Folder) error {
		items, err := s.List(ctx)
		return errors.Join(err, equal("mails of a new session, after two were removed", items, first[2:]))
	})
}

func refusesUnknownFolder(ctx context.Context, a Account) error {
	s, err := a.Connector.Connect(ctx, a.Mailbox)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	_, err = s.Select(ctx, "no such folder", false)
	refused, ok := errors.AsType[*mailbox.FolderError](err)
	if !ok || refused.Folder != "no such folder" {
		return fmt.Errorf("Select of an unknown folder returned %v, want a FolderError that names it", err)
	}
	if _, err := s.Select(ctx, "INBOX", false); err != nil {
		return fmt.Errorf("after a FolderError the session is no longer usable: %w", err)
	}
	return nil
}

func refusesPassword(ctx context.Context, a Account) error {
	m := a.Mailbox
	m.Password = mailbox.NewSecret("certainly not this one")
	s, err := a.Connector.Connect(ctx, m)
	if s != nil {
		_ = s.Close()
	}
	if refused, ok := errors.AsType[*mailbox.AuthError](err); !ok || refused.User != m.User {
		return fmt.Errorf("Connect with a wrong password returned %v, want an AuthError that names the user", err)
	}
	return nil
}

func connectsCancelled(ctx context.Context, a Account) error {
	gone := errors.New("the caller has gone")
	ctx, cancel := context.WithCancelCause(ctx)
	cancel(gone)
	s, err := a.Connector.Connect(ctx, a.Mailbox)
	if s != nil {
		_ = s.Close()
	}
	if !errors.Is(err, gone) {
		return fmt.Errorf("Connect with an ended context returned %v, want its cause", err)
	}
	return nil
}

func closesEarly(ctx context.Context, a Account) error {
	s, err := a.Connector.Connect(ctx, a.Mailbox)
	if err != nil {
		return err
	}
	return s.Close()
}
