package oauth

import (
	"context"
	"errors"
	"time"

	"example.com/ticketmail/mailbox"
)

// Keep keeps a mailbox signed in that is not polled: where the refresh token
// lay unused for [KeepAfter] it is used. A poller calls it for each mailbox,
// active or not, now and then; daily is often enough. It costs one look at
// the Store, and on one node once a week a request.
//
// Its errors are those of [Client.Source]. Where nobody signs in (AppOnly)
// there is nothing to keep.
func (c *Client) Keep(ctx context.Context, id mailbox.ID) error {
	a, err := c.account(ctx, id)
	if err != nil || a.Grant == AppOnly {
		return err
	}
	rec, err := c.recall(ctx, a)
	if err != nil {
		return err
	}
	if !rec.Refresh.IsZero() && c.now().Before(rec.Refreshed.Add(KeepAfter)) {
		return nil
	}
	_, err = c.need(ctx, id, want{}) // the access token has ended long ago
	return err
}

// Retry makes the next call of the token source ask the provider although it
// refused a moment ago: for the administrator who has just fixed something
// there. What is fixed in the [Account] counts without it.
func (c *Client) Retry(ctx context.Context, id mailbox.ID) error {
	return c.change(ctx, id, func(rec *record) bool {
		if rec.Failure == nil && rec.Forced.IsZero() {
			return false
		}
		rec.Failure, rec.Forced = nil, time.Time{}
		return true
	})
}

// Forget drops the tokens of a mailbox, also those that cannot be opened any
// more. The provider is not told.
func (c *Client) Forget(ctx context.Context, id mailbox.ID) error {
	return c.replace(ctx, id, record{})
}

// change changes the record of a mailbox where fn says so.
func (c *Client) change(ctx context.Context, id mailbox.ID, fn func(*record) bool) error {
	for {
		rec, err := c.load(ctx, id)
		if err != nil || !fn(&rec) {
			return err
		}
		_, err = c.save(ctx, id, rec)
		if errors.Is(err, ErrConflict) && ctx.Err() == nil {
			continue
		}
		return c.changed(id, record{}, err)
	}
}

// replace puts rec in the place of whatever is kept of a mailbox.
func (c *Client) replace(ctx context.Context, id mailbox.ID, rec record) error {
	for {
		old, err := c.load(ctx, id)
		if err != nil && old.version == 0 {
			return err
		}
		rec.version = old.version
		saved, err := c.save(ctx, id, rec)
		if errors.Is(err, ErrConflict) && ctx.Err() == nil {
			continue
		}
		return c.changed(id, saved, err)
	}
}

// changed ends a change of the record: this node goes on with rec.
func (c *Client) changed(id mailbox.ID, rec record, err error) error {
	if err != nil {
		return storeError(id, err)
	}
	st := c.state(id)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.rec = rec
	return nil
}
