package oauth

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
)

// renew returns a record in which w is met, from the Store or the provider.
// The caller holds the mailbox's lock. Its errors are complete.
func (c *Client) renew(ctx context.Context, id mailbox.ID, st *state, w want) (record, error) {
	if err := c.saveLate(ctx, id, st); err != nil {
		return record{}, err
	}
	a, err := c.account(ctx, id)
	if err != nil {
		return record{}, err
	}
	w.generation = a.Generation
	// The second round is for a refresh token that somebody else replaced
	// while this one asked, in spite of the lock.
	for round := 1; ; round++ {
		rec, err := c.recall(ctx, a)
		if err != nil {
			return record{}, err
		}
		now := c.now()
		if w.met(rec, now) {
			return rec, nil
		}
		if e := blocked(a, rec, w, now); e != nil {
			return graced(rec, w, now, e)
		}
		got, e := c.ask(ctx, a, rec)
		if e == nil {
			return c.keep(ctx, id, st, rec, renewed(a, rec, got, w, now))
		}
		if e.Code == CodeStore {
			return graced(rec, w, now, e) // it was not asked
		}
		if round == 1 && e.Action != Later && c.overtaken(ctx, a, rec) {
			continue
		}
		return graced(c.remember(ctx, a, rec, e), w, now, e)
	}
}

// recall loads the record of a mailbox as far as it belongs to its present
// settings.
func (c *Client) recall(ctx context.Context, a Account) (record, error) {
	rec, err := c.load(ctx, a.Mailbox)
	if err != nil {
		if a.Grant == AppOnly && rec.version > 0 {
			return rec, nil // nothing in it that cannot be had again
		}
		return record{}, err
	}
	if rec.Generation != a.Generation || a.Grant == AppOnly && rec.issuedTo != a.issuedTo() {
		return record{version: rec.version}, nil
	}
	return rec, nil
}

// blocked says why the provider is not to be asked, or nil.
func blocked(a Account, rec record, w want, now time.Time) *Error {
	switch {
	case a.Grant == Person && rec.Refresh.IsZero():
		return newError(a.Mailbox, CodeNotSignedIn, nil)
	case a.Grant == Person && rec.issuedTo != a.issuedTo():
		// A refresh token goes to nobody but who gave it out.
		return newError(a.Mailbox, CodeChanged, nil)
	case rec.Failure != nil && now.Before(rec.Failure.Until) && rec.Failure.Fingerprint == a.fingerprint():
		return rec.Failure.Error
	case !w.refused.IsZero() && rec.Access.Equal(w.refused) && now.Before(rec.Forced.Add(freshFor)):
		return newError(a.Mailbox, CodeTokenRefused, nil)
	}
	return nil
}

// graced returns rec where it still serves although it could not be renewed,
// else e.
func graced(rec record, w want, now time.Time, e *Error) (record, error) {
	if w.usable(rec, now) {
		return rec, nil
	}
	return record{}, e
}

// ask asks the provider for an access token.
func (c *Client) ask(ctx context.Context, a Account, rec record) (answer, *Error) {
	if ctx.Err() != nil { // the lock is lost, or the time used up by waiting for it
		return answer{}, newError(a.Mailbox, CodeStore, context.Cause(ctx))
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {rec.Refresh.Reveal()}}
	if a.Grant == AppOnly {
		form = url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(a.Provider.AppScopes, " ")}}
	}
	// Once asked, the answer counts even if the lock is lost meanwhile.
	ctx = context.WithoutCancel(ctx)
	if c.asking == nil {
		return c.exchange(ctx, a, form)
	}
	ctx, asked := c.asking(ctx, a.Mailbox)
	got, e := c.exchange(ctx, a, form)
	if e != nil {
		asked(e)
	} else {
		asked(nil)
	}
	return got, e
}

// renewed returns rec after an answer of the provider at a time.
func renewed(a Account, rec record, got answer, w want, now time.Time) record {
	next := record{
		issuedTo: a.issuedTo(), Access: got.access, Refresh: got.refresh,
		Expires: now.Add(got.lifetime), Fresh: now.Add(got.lifetime - min(Early, got.lifetime/4)),
		SignedIn: rec.SignedIn, Refreshed: now, Dies: rec.Dies, version: rec.version,
	}
	if got.refresh.IsZero() {
		next.Refresh = rec.Refresh
	}
	if a.Grant == AppOnly {
		next.Refresh = mailbox.Secret{}
	}
	if got.dies > 0 {
		next.Dies = now.Add(got.dies)
	}
	if !w.refused.IsZero() {
		next.Forced = now
	}
	return next
}

// keep saves what the provider gave in place of rec, before anybody uses it.
func (c *Client) keep(ctx context.Context, id mailbox.ID, st *state, rec, next record) (record, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	for {
		saved, err := c.save(ctx, id, next)
		switch {
		case err == nil:
			c.log.LogAttrs(ctx, slog.LevelDebug, "token renewed", slog.String("mailbox", string(id)), slog.Time("expires", saved.Expires))
			return saved, nil
		case !errors.Is(err, ErrConflict):
			st.unsaved = &next
			return record{}, storeError(id, err)
		}
		stored, err := c.load(ctx, id)
		if err != nil {
			st.unsaved = &next
			return record{}, err
		}
		if !stored.Access.IsZero() && stored.Generation != next.Generation {
			return record{}, storeError(id, ErrConflict) // the account is another by now, or was
		}
		if !stored.Refresh.Equal(rec.Refresh) || stored.Refreshed.After(rec.Refreshed) {
			return theirs(id, stored) // a sign-in, or another node's refresh
		}
		next.version = stored.version // only a failure was noted: ours is newer
	}
}

// theirs returns what somebody else put in place of a record.
func theirs(id mailbox.ID, stored record) (record, error) {
	if stored.Access.IsZero() { // forgotten
		return record{}, newError(id, CodeNotSignedIn, nil)
	}
	return stored, nil
}

// saveLate saves what could not be saved when it came.
func (c *Client) saveLate(ctx context.Context, id mailbox.ID, st *state) error {
	if st.unsaved == nil {
		return nil
	}
	_, err := c.save(ctx, id, *st.unsaved)
	if err != nil && !errors.Is(err, ErrConflict) {
		return storeError(id, err)
	}
	st.unsaved = nil // saved, or overtaken
	return nil
}

// overtaken reports whether somebody else replaced rec meanwhile, so that the
// refusal of its refresh token says nothing.
func (c *Client) overtaken(ctx context.Context, a Account, rec record) bool {
	stored, err := c.load(ctx, a.Mailbox)
	return err == nil && !stored.Access.Equal(rec.Access) && !stored.Access.IsZero()
}

// remember notes a refusal, so that no node asks again at once.
func (c *Client) remember(ctx context.Context, a Account, rec record, e *Error) record {
	count := 1
	if rec.Failure != nil && rec.Failure.Fingerprint == a.fingerprint() {
		count = rec.Failure.Count + 1
	}
	now := c.now()
	rec.issuedTo = a.issuedTo() // there may be no record yet
	rec.Failure = &failure{
		Error: e, Count: count, At: now, Until: now.Add(holdOff(e, count)), Fingerprint: a.fingerprint(),
		Kept: keptError{
			Action: e.Action, Code: e.Code, OAuth: e.OAuth, Status: e.Status, Trace: e.Trace,
			RetryAfter: e.RetryAfter, Cause: e.Cause, Cure: e.Cure,
		},
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	saved, err := c.save(ctx, a.Mailbox, rec)
	if err != nil && !errors.Is(err, ErrConflict) {
		c.log.LogAttrs(ctx, slog.LevelWarn, "refusal not kept", slog.String("mailbox", string(a.Mailbox)), slog.Any("error", err))
	}
	return saved
}
