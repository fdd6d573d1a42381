package ticketmail

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// A gate is the guard of one folder in one poll: a folder that holds mail when
// it is first seen is not touched without consent, and nothing beyond the
// terms of one.
type gate struct {
	*Engine
	mailbox mailbox.Mailbox
	folder  string // as typed
	lease   *heldLease
	key     mailbox.FolderKey // the state of the folder on the server
	reader  mailbox.ID        // who read it last; "": not known
	passed  consent           // under which it was opened
	tenure  *tenure           // of the mailbox, for all folders of a poll

	orphans map[storage.Blob]mailbox.Entry // see known
}

// admit returns those of a folder's mails that may be taken.
func (g *gate) admit(ctx context.Context, s mailbox.Session, f mailbox.FolderKey, items []mailbox.Item) ([]mailbox.Item, error) {
	g.key = f
	var seen bool
	err := g.store.View(ctx, func(r storage.Reader) (err error) {
		if g.passed, seen, err = readConsent(ctx, r.Settings(), g.mailbox, g.folder); err != nil || !seen {
			return err
		}
		if g.reader, err = g.lastReader(ctx, r.Settings()); err != nil {
			return err
		}
		g.orphans, err = g.known(ctx, r, g.passed)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !seen && len(items) > 0:
		return nil, g.refuse(ctx, s, items, false)
	}
	if err := g.moveIn(ctx); err != nil {
		return nil, err
	}
	if len(g.orphans) == 0 { // else the rest is known by its bytes until all is settled
		if err := g.settled(ctx); err != nil {
			return nil, err
		}
	}
	if g.passed.Scope != ImportAll {
		return g.within(ctx, s, items)
	}
	return items, nil
}

// knows reports whether the mails of the folder are known by their keys: nobody
// has read it since.
func (g *gate) knows(c consent) bool {
	return !c.At.IsZero() && c.Validity == g.key.Validity && c.Account == g.tenure.Number && (g.reader == "" || g.reader == g.mailbox.ID)
}

// known returns the mails that are to be known by their bytes. A folder whose
// UIDVALIDITY has changed since it was last drained, or that is on another
// account now, gives its mails new keys: these are those that were settled and
// perhaps not removed. So are those that another mailbox has left in a folder
// that it read before this one did.
func (g *gate) known(ctx context.Context, r storage.Reader, c consent) (map[storage.Blob]mailbox.Entry, error) {
	orphans := map[storage.Blob]mailbox.Entry{}
	if g.knows(c) {
		return orphans, nil
	}
	others := map[mailbox.ID]tenure{}
	err := eachSetting(ctx, r.Settings(), settingTenure, func(key string, t tenure) {
		if mailbox.ID(key) != g.mailbox.ID {
			others[mailbox.ID(key)] = t
		}
	})
	if err == nil {
		err = g.orphaned(ctx, r.Ledger(), orphans, g.mailbox.ID, func(e mailbox.Entry) bool {
			return g.key.Key(e.UID) != e.Key || e.Account() != g.tenure.Number
		})
	}
	for _, id := range slices.Sorted(maps.Keys(others)) {
		here := func(number int) bool { return isOn(others[id].on(number), g.mailbox) }
		if err == nil && others[id].any(here) {
			err = g.orphaned(ctx, r.Ledger(), orphans, id, func(e mailbox.Entry) bool { return here(e.Account()) })
		}
	}
	return orphans, err
}

// orphaned adds to orphans what a mailbox has settled in the folder and perhaps
// not removed.
func (g *gate) orphaned(ctx context.Context, l mailbox.LedgerReader, orphans map[storage.Blob]mailbox.Entry, id mailbox.ID, fits func(mailbox.Entry) bool) error {
	for entry, err := range l.List(ctx, mailbox.LedgerQuery{Mailbox: id}) {
		if err != nil {
			return err
		}
		if inbox(entry.Folder) == inbox(g.key.Folder) && entry.Settled() && entry.EmptiedAt.IsZero() && fits(entry) {
			orphans[entry.RawName()] = entry
		}
	}
	return nil
}

// inbox gives the one folder of POP3 the name it has over IMAP.
func inbox(folder string) string { return cmp.Or(folder, "INBOX") }

// refuse returns the *ConsentError of the folder. What could not be looked at
// is only counted.
func (g *gate) refuse(ctx context.Context, s mailbox.Session, items []mailbox.Item, again bool) error {
	f := mailbox.Folder{Name: cmp.Or(g.key.Folder, g.folder), Validity: g.key.Validity}
	inv, err := g.stockTaker().Take(ctx, s, g.mailbox, f, items)
	if err != nil {
		g.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "folder only counted", slog.String("mailbox", string(g.mailbox.ID)), slog.Any("error", err))
	}
	return &ConsentError{Inventory: inv, Mailbox: g.mailbox.ID, After: g.mailbox.After, Again: again}
}

// unchanged refuses to take in mails of a folder whose terms were changed since
// it was opened. It stands in the transaction of the work.
func (g *gate) unchanged(ctx context.Context, s storage.SettingsReader) error {
	c, _, err := readConsent(ctx, s, g.mailbox, g.folder)
	if err == nil && c.Revision != g.passed.Revision {
		err = ErrChanged
	}
	return err
}

// settled notes that the mails of a folder are known under this UIDVALIDITY,
// on this account.
func (g *gate) settled(ctx context.Context) error {
	if g.knows(g.passed) {
		return nil
	}
	var c consent
	err := g.store.View(ctx, func(r storage.Reader) (err error) {
		c, _, err = readConsent(ctx, r.Settings(), g.mailbox, g.folder)
		return err
	})
	if err != nil || g.knows(c) {
		return err
	}
	return g.store.Update(ctx, func(w storage.Writer) error {
		c, seen, err := readConsent(ctx, w.Settings(), g.mailbox, g.folder)
		if err != nil {
			return err
		}
		if !seen {
			routes, err := g.routes(ctx, w.Settings())
			if err != nil {
				return err
			}
			if _, known := routes.find(g.mailbox.ID); !known { // deleted meanwhile: what we saw is nothing to the next of that name
				return ErrChanged
			}
			c.At = g.now()
		}
		old := g.key
		if old.Validity = c.Validity; old != g.key {
			if err := w.Settings().Delete(ctx, settingMarker, folderText(old)); err != nil {
				return err
			}
		}
		c.Validity, c.Account = g.key.Validity, g.tenure.Number
		return writeConsent(ctx, w, g.mailbox, g.folder, c)
	})
}
