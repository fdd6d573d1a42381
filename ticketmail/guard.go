package ticketmail

import (
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
}

func (e *ConsentError) Error() string {
	return fmt.Sprintf("folder %q of mailbox %s holds %d mails (%d bytes) already, which would become tickets and be deleted: "+
		"consent is needed", e.Folder, e.Mailbox, e.Mails, e.Bytes)
}

// consent is the stored record of a folder having been admitted.
type consent struct {
	At    time.Time `json:"at"`
	Given bool      `json:"given"` // by an administrator; false: the folder was empty at first sight
}

// Consent allows the folders of a mailbox to be emptied although they hold
// mail already. It is remembered for the account the mailbox names now.
func (e *Engine) Consent(ctx context.Context, id mailbox.ID) error {
	m, err := e.mailbox(id)
	if err != nil {
		return err
	}
	return e.store.Update(ctx, func(w storage.Writer) error {
		return putConsent(ctx, w, consentKey(m, ""), consent{e.now(), true})
	})
}

func putConsent(ctx context.Context, w storage.Writer, key string, c consent) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return w.Settings().Put(ctx, settingConsent, key, b)
}

// consentKey names a folder of an account; the empty folder stands for all.
func consentKey(m mailbox.Mailbox, folder string) string {
	return fmt.Sprintf("%s %s://%s@%s:%d/%s", m.ID, m.Protocol, m.User, m.Host, m.Port, folder)
}

// admit is the guard of a drain: a folder that holds mail when it is first
// seen is not touched without consent.
func (e *Engine) admit(ctx context.Context, m mailbox.Mailbox, folder string, items []mailbox.Item) error {
	admitted, err := e.admitted(ctx, m, folder)
	if err != nil || admitted {
		return err
	}
	if len(items) == 0 {
		return e.store.Update(ctx, func(w storage.Writer) error {
			return putConsent(ctx, w, consentKey(m, folder), consent{e.now(), false})
		})
	}
	c := &ConsentError{Mailbox: m.ID, Folder: folder, Mails: len(items)}
	for _, it := range items {
		c.Bytes += max(it.Size, 0)
	}
	return c
}

func (e *Engine) admitted(ctx context.Context, m mailbox.Mailbox, folder string) (bool, error) {
	found := false
	err := e.store.View(ctx, func(r storage.Reader) error {
		for _, key := range []string{consentKey(m, folder), consentKey(m, "")} {
			_, err := r.Settings().Get(ctx, settingConsent, key)
			if found = err == nil; found || !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	return found, err
}
