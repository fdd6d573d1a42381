package mailboxtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
)

// surveying is holding with a session that can look at mails.
func surveying(ctx context.Context, a Account, raws []string, fn func(mailbox.Surveyor, []mailbox.Item) error) error {
	return holding(ctx, a, raws, func(s mailbox.Session, items []mailbox.Item) error {
		v, ok := s.(mailbox.Surveyor)
		if !ok {
			return errors.ErrUnsupported
		}
		return fn(v, items)
	})
}

// letter is a mail whose header an inventory has use for.
func letter(n int) string {
	return fmt.Sprintf("Received: from a by b\r\nDate: Mon, %d Mar 2026 10:00:00 +0000\r\nFrom: a@b.example\r\nSubject: letter %d\r\nList-Id: <list.b.example>\r\n\r\n%s",
		n%28+1, n, "the body\r\n.\r\nList-Unsubscribe: <no>\r\n")
}

func letters(n int) []string {
	raws := make([]string, n)
	for i := range raws {
		raws[i] = letter(i)
	}
	return raws
}

func surveys(ctx context.Context, a Account) error {
	raws := letters(30)
	raws[29] = "Subject: long\r\nX-Long: " + strings.Repeat("x", 900) + strings.Repeat("\r\n "+strings.Repeat("y", 70), 3000) + "\r\n\r\nbody\r\n"
	err := surveying(ctx, a, raws, func(s mailbox.Surveyor, items []mailbox.Item) error {
		asked := []mailbox.Item{items[0], items[7], items[8], items[29]}
		found, err := s.Survey(ctx, asked)
		if err != nil {
			return err
		}
		if len(found.Glances) != len(asked) {
			return fmt.Errorf("Survey of %d mails shows %d", len(asked), len(found.Glances))
		}
		for i, g := range found.Glances {
			if err := shows(g, asked[i]); err != nil {
				return err
			}
		}
		none, err := s.Survey(ctx, nil)
		if err != nil || len(none.Glances) > 0 {
			return fmt.Errorf("Survey of no mails shows %d, %w", len(none.Glances), err)
		}
		again, err := s.List(ctx)
		return errors.Join(err, equal("listing after a survey", again, items))
	})
	return errors.Join(err, left(a, raws))
}

// shows holds a glance against what letter wrote.
func shows(g mailbox.Glance, it mailbox.Item) error {
	switch {
	case g.UID != it.UID:
		return fmt.Errorf("Survey shows mail %s where %s was asked for: the order is that of the items", g.UID, it.UID)
	case len(g.Header) > mailbox.MaxGlance:
		return fmt.Errorf("Survey shows %d bytes of a header, more than MaxGlance", len(g.Header))
	case g.Seen || g.Answered:
		return errors.New("Survey shows a mail as read that nobody has read: looking must not mark it")
	case bytes.Contains(g.Header, []byte("the body")):
		return errors.New("Survey shows the body")
	case it.Size > 200_000: // its fields come late, or are none of those asked for
		return nil
	case !bytes.Contains(g.Header, []byte("Date: Mon, ")) || !bytes.Contains(g.Header, []byte("List-Id: <list.b.example>")):
		return fmt.Errorf("Survey shows %q, in which Date or List-Id is missing", g.Header)
	}
	return nil
}

func surveysVanished(ctx context.Context, a Account) error {
	if a.Vanish == nil {
		return errors.ErrUnsupported
	}
	return surveying(ctx, a, letters(4), func(s mailbox.Surveyor, items []mailbox.Item) error {
		if err := a.Vanish(1); err != nil {
			return err
		}
		found, err := s.Survey(ctx, items)
		if err != nil {
			return err
		}
		for _, g := range found.Glances { // POP3 sessions keep what was there when they began
			if len(g.Header) == 0 {
				return fmt.Errorf("mail %s is shown without a header", g.UID)
			}
		}
		again, err := s.Survey(ctx, items[:1])
		return errors.Join(err, equal("what a second survey shows", again.Glances, found.Glances[:1]))
	})
}

func findsByDate(ctx context.Context, a Account) error {
	raws := letters(3)
	err := surveying(ctx, a, raws, func(s mailbox.Surveyor, items []mailbox.Item) error {
		now := time.Now()
		early, err := s.Since(ctx, items, now.Add(-24*time.Hour))
		if errors.Is(err, errors.ErrUnsupported) {
			if _, err := s.List(ctx); err != nil {
				return fmt.Errorf("List after a Since that is not supported: %w", err)
			}
			return err
		}
		if err != nil {
			return err
		}
		if err := equal("mails since yesterday", early, items); err != nil {
			return err
		}
		some, err := s.Since(ctx, slices.Clone(items[1:]), now.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if err := equal("some of the mails since yesterday", some, items[1:]); err != nil {
			return err
		}
		late, err := s.Since(ctx, items, now.Add(24*time.Hour))
		return errors.Join(err, equal("mails since tomorrow", late, nil))
	})
	return errors.Join(err, left(a, raws))
}
