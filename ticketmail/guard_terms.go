package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// settingLeft are the marks of POP3 mails that stay, by folder.
const settingLeft = "drain-left"

// maxRemembered is how many POP3 mails can be left: their marks are one value
// of 1 MiB at most.
const maxRemembered = 100_000

// errNoDates is a session that cannot tell when mails came.
var errNoDates = errors.New("the mails cannot be told by when they came: consent to take all, or to leave all that are there")

// within returns the mails that the terms of the consent let us take. The first
// poll draws the line, durably, before anything is touched.
func (g *gate) within(ctx context.Context, s mailbox.Session, items []mailbox.Item) ([]mailbox.Item, error) {
	if !g.passed.Drawn {
		if err := g.draw(ctx, items); err != nil {
			return nil, err
		}
	}
	taken, sound, err := g.beyond(ctx, s, items)
	if err != nil {
		return nil, err
	}
	if !sound && !g.passed.Void {
		if err := g.change(ctx, func(c *consent) { c.Void = true }); err != nil {
			return nil, err
		}
	}
	if g.passed.Void {
		return nil, g.refuse(ctx, s, items, true)
	}
	return taken, g.note(ctx, items, taken)
}

// draw notes which mails stay.
func (g *gate) draw(ctx context.Context, items []mailbox.Item) error {
	byMarks := g.passed.Scope == LeaveThere && g.mailbox.Protocol == mailbox.POP3
	if byMarks && len(items) > maxRemembered {
		return fmt.Errorf("%d mails are too many to be left over POP3, %d can be: consent to take all, or have the folder read over IMAP", len(items), maxRemembered)
	}
	var upto uint64
	for _, it := range items {
		upto = max(upto, numberOf(it))
	}
	return g.changing(ctx, func(w storage.Writer, c *consent) error {
		c.Drawn, c.Under, c.Upto = true, g.key.Validity, 0
		switch {
		case byMarks:
			return w.Settings().Put(ctx, settingLeft, consentKey(g.mailbox, g.folder), marksOf(items))
		case c.Scope == LeaveThere:
			c.Upto = upto
		}
		return nil
	})
}

// beyond returns the mails that do not stay. sound is false where the line says
// nothing about these mails.
func (g *gate) beyond(ctx context.Context, s mailbox.Session, items []mailbox.Item) (taken []mailbox.Item, sound bool, err error) {
	switch {
	case g.passed.Under != g.key.Validity:
		return nil, false, nil
	case g.passed.Scope == ImportNewer:
		surveyor, able := s.(mailbox.Surveyor)
		if !able {
			return nil, true, errNoDates
		}
		taken, err = surveyor.Since(ctx, items, g.passed.Since)
		if errors.Is(err, errors.ErrUnsupported) {
			err = fmt.Errorf("%w (%w)", errNoDates, err)
		}
		return taken, true, err
	case g.mailbox.Protocol == mailbox.POP3:
		return g.unmarked(ctx, items)
	}
	return slices.DeleteFunc(slices.Clone(items), func(it mailbox.Item) bool { return numberOf(it) <= g.passed.Upto }), true, nil
}

// numberOf returns the number of an IMAP mail, 0 if it has none: then it stays.
func numberOf(it mailbox.Item) uint64 {
	n, err := strconv.ParseUint(it.UID, 10, 32)
	if err != nil {
		return 0
	}
	return n
}

// unmarked returns the POP3 mails that are not among those that stay. sound is
// false where one of them might be an old one under another name; see strange.
func (g *gate) unmarked(ctx context.Context, items []mailbox.Item) (taken []mailbox.Item, sound bool, err error) {
	var all marks
	err = g.store.View(ctx, func(r storage.Reader) (err error) {
		all, err = r.Settings().Get(ctx, settingLeft, consentKey(g.mailbox, g.folder))
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("mails that stay: %w", err)
	}
	taken = slices.DeleteFunc(slices.Clone(items), func(it mailbox.Item) bool { _, has := all.find(it.UID); return has })
	return taken, len(taken) == 0 || !all.strange(items, taken), nil
}

// note keeps count of the mails that stay: one fact of a folder, however many
// they are.
func (g *gate) note(ctx context.Context, items, taken []mailbox.Item) error {
	left, bytes := len(items)-len(taken), int64(0)
	for _, it := range items {
		bytes += max(it.Size, 0)
	}
	for _, it := range taken {
		bytes -= max(it.Size, 0)
	}
	if left == g.passed.Left && bytes == g.passed.LeftBytes {
		return nil
	}
	return g.change(ctx, func(c *consent) { c.Left, c.LeftBytes = left, bytes })
}

// change changes the record of the folder, while the mailbox is ours and the
// terms are those that we know.
func (g *gate) change(ctx context.Context, fn func(*consent)) error {
	return g.changing(ctx, func(_ storage.Writer, c *consent) error { fn(c); return nil })
}

func (g *gate) changing(ctx context.Context, fn func(w storage.Writer, c *consent) error) error {
	var now consent
	err := g.store.Update(ctx, func(w storage.Writer) error {
		if err := g.lease.renew(ctx, w); err != nil {
			return err
		}
		c, _, err := readConsent(ctx, w.Settings(), g.mailbox, g.folder)
		if err != nil {
			return err
		}
		if c.Revision != g.passed.Revision {
			return ErrChanged
		}
		if err := fn(w, &c); err != nil {
			return err
		}
		now = c
		return writeConsent(ctx, w, g.mailbox, g.folder, c)
	})
	if err == nil {
		g.passed = now
	}
	return err
}
