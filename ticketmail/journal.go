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

// journal is what a drain remembers, in the engine's store. Each write proves
// that the mailbox is still ours.
type journal struct {
	*Engine
	lease *heldLease
}

var _ mailbox.Journal = journal{}

func (j journal) write(ctx context.Context, fn func(w storage.Writer) error) error {
	return j.store.Update(ctx, func(w storage.Writer) error {
		if err := j.lease.renew(ctx, w); err != nil {
			return err
		}
		return fn(w)
	})
}

// Lookup implements [mailbox.Journal].
func (j journal) Lookup(ctx context.Context, keys []mailbox.Key) (entries []mailbox.Entry, err error) {
	err = j.store.View(ctx, func(r storage.Reader) error {
		entries, err = r.Ledger().Lookup(ctx, keys)
		return err
	})
	return entries, err
}

// Put implements [mailbox.Journal].
func (j journal) Put(ctx context.Context, entries ...*mailbox.Entry) error {
	var put []*mailbox.Entry // copies: Put raises versions, and may be run again
	err := j.write(ctx, func(w storage.Writer) error {
		put = nil
		for _, e := range entries {
			fresh := *e
			put = append(put, &fresh)
		}
		return w.Ledger().Put(ctx, put...)
	})
	if err != nil {
		return err
	}
	for i, e := range put {
		*entries[i] = *e
		if e.Outcome == mailbox.LeftThere {
			j.tellOf(ctx, *e)
		}
	}
	return nil
}

// Emptied implements [mailbox.Journal].
func (j journal) Emptied(ctx context.Context, keys []mailbox.Key, at time.Time) error {
	return j.write(ctx, func(w storage.Writer) error { return w.Ledger().Emptied(ctx, keys, at) })
}

// Opened implements [mailbox.Journal].
func (j journal) Opened(ctx context.Context, f mailbox.FolderKey) (uids []string, err error) {
	err = j.store.View(ctx, func(r storage.Reader) error {
		b, err := r.Settings().Get(ctx, settingMarker, folderText(f))
		if errors.Is(err, storage.ErrNotFound) {
			uids = nil
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(b, &uids)
	})
	return uids, err
}

// Open implements [mailbox.Journal].
func (j journal) Open(ctx context.Context, f mailbox.FolderKey, uids []string) error {
	b, err := json.Marshal(uids)
	if err != nil {
		return err
	}
	return j.write(ctx, func(w storage.Writer) error {
		return w.Settings().Put(ctx, settingMarker, folderText(f), b)
	})
}

func folderText(f mailbox.FolderKey) string {
	return fmt.Sprintf("%s/%d/%s", f.Mailbox, f.Validity, f.Folder)
}
