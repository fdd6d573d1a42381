package ticketmail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// A ConsentError reports a folder that held mail when it was first seen.
// Nothing of it is fetched or deleted before [Engine.Consent].
type ConsentError struct {
	Mailbox mailbox.ID
	Folder  string // the server's name
	Mails   int
	Bytes   int64 // as announced
	After   mailbox.AfterImport
}

func (e *ConsentError) Error() string {
	then := map[mailbox.AfterImport]string{mailbox.AfterMove: "be moved", mailbox.AfterFlag: "be marked"}
	return fmt.Sprintf("folder %q of mailbox %s holds %d mails (%d bytes) already, which would become tickets and %s: "+
		"consent is needed", e.Folder, e.Mailbox, e.Mails, e.Bytes, cmp.Or(then[e.After], "be deleted"))
}

// consent is the stored record of a folder having been admitted.
type consent struct {
	At       time.Time `json:"at"`
	Given    bool      `json:"given"`    // by an administrator; false: the folder was empty at first sight
	Validity uint32    `json:"validity"` // UIDVALIDITY under which the folder's mails are known; 0: none yet
}

// Consent allows the folders that a mailbox has now to be emptied although
// they hold mail already. It is remembered for the account they are on.
func (e *Engine) Consent(ctx context.Context, id mailbox.ID) error {
	err := e.store.Update(ctx, func(w storage.Writer) error {
		routes, err := e.routes(ctx, w.Settings())
		if err != nil {
			return err
		}
		m, known := routes.find(id)
		if !known {
			return ErrUnknownMailbox
		}
		for _, folder := range m.Folders {
			c, _, err := readConsent(ctx, w.Settings(), m, folder)
			if err != nil {
				return err
			}
			c.At, c.Given = e.now(), true
			if err := writeConsent(ctx, w, m, folder, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("consent to empty mailbox %s: %w", id, err)
	}
	return nil
}

// admit is the guard of a drain: a folder that holds mail when it is first
// seen is not touched without consent. folder is its name as typed.
//
// A folder whose UIDVALIDITY has changed since it was last drained gives its
// mails new keys: those that were settled and perhaps not removed are returned
// by their bytes, so that they are known when they are found again.
func (e *Engine) admit(ctx context.Context, m mailbox.Mailbox, folder string, f mailbox.FolderKey, items []mailbox.Item) (map[storage.Blob]mailbox.Entry, error) {
	var c consent
	var seen bool
	orphans := map[storage.Blob]mailbox.Entry{}
	err := e.store.View(ctx, func(r storage.Reader) (err error) {
		clear(orphans)
		if c, seen, err = readConsent(ctx, r.Settings(), m, folder); err != nil || !seen || c.Validity == f.Validity || c.Validity == 0 {
			return err
		}
		for entry, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{Mailbox: m.ID}) {
			if err != nil {
				return err
			}
			if entry.Folder == f.Folder && entry.Validity != f.Validity && entry.Settled() && entry.EmptiedAt.IsZero() {
				orphans[entry.RawName()] = entry
			}
		}
		return nil
	})
	if err != nil || c.Validity != 0 {
		return orphans, err
	}
	if !seen && len(items) > 0 {
		c := &ConsentError{Mailbox: m.ID, Folder: f.Folder, Mails: len(items), After: m.After}
		for _, it := range items {
			c.Bytes += max(it.Size, 0)
		}
		return nil, c
	}
	return nil, e.settled(ctx, m, folder, f)
}

// settled notes that the mails of a folder are known under this UIDVALIDITY.
func (e *Engine) settled(ctx context.Context, m mailbox.Mailbox, folder string, f mailbox.FolderKey) error {
	var c consent
	err := e.store.View(ctx, func(r storage.Reader) (err error) {
		c, _, err = readConsent(ctx, r.Settings(), m, folder)
		return err
	})
	if err != nil || !c.At.IsZero() && c.Validity == f.Validity {
		return err
	}
	return e.store.Update(ctx, func(w storage.Writer) error {
		c, seen, err := readConsent(ctx, w.Settings(), m, folder)
		if err != nil {
			return err
		}
		if !seen {
			c.At = e.now()
		}
		old := f
		if old.Validity = c.Validity; old != f {
			if err := w.Settings().Delete(ctx, settingMarker, folderText(old)); err != nil {
				return err
			}
		}
		c.Validity = f.Validity
		return writeConsent(ctx, w, m, folder, c)
	})
}

// consentKey names a folder of an account.
func consentKey(m mailbox.Mailbox, folder string) string {
	return fmt.Sprintf("%s %s://%s@%s:%d/%s", m.ID, m.Protocol, m.User, m.Host, m.Port, folder)
}

func readConsent(ctx context.Context, s storage.SettingsReader, m mailbox.Mailbox, folder string) (c consent, seen bool, err error) {
	b, err := s.Get(ctx, settingConsent, consentKey(m, folder))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return consent{}, false, nil
	case err != nil:
		return consent{}, false, err
	}
	err = json.Unmarshal(b, &c)
	return c, true, err
}

func writeConsent(ctx context.Context, w storage.Writer, m mailbox.Mailbox, folder string, c consent) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return w.Settings().Put(ctx, settingConsent, consentKey(m, folder), b)
}
