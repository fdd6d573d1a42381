package oauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/ticketmail/mailbox"
)

// A Health says how a mailbox's sign-in is, and how long it will last.
type Health struct {
	Mailbox   mailbox.ID
	Grant     Grant
	Owner     string    // whom the access token says it is for, as Microsoft's do; unchecked, for people; may be empty
	SignedIn  time.Time // when a person signed in; zero: nobody did, or AppOnly
	Refreshed time.Time // when the provider last gave a token; zero: never
	Expires   time.Time // of the access token; past ones are replaced when needed
	// DiesUnused is when the sign-in ends if it is not used until then, Dies
	// when it ends whatever is done; zero: never, or not known.
	DiesUnused, Dies time.Time
	SecretExpires    time.Time // as in the Account
	// Failure is the provider's last refusal since Refreshed and since the
	// Account was changed, or what keeps it from being asked; nil: all is well.
	// Since when is FailedAt.
	Failure  *Error
	FailedAt time.Time
	Warnings []Warning // most urgent first
}

// Ready reports whether a token can be expected.
func (h Health) Ready() bool { return h.Failure == nil || h.Failure.Action == Later }

// A Subject is what a [Warning] is about.
type Subject string

// The subjects.
const (
	AboutSecret Subject = "client secret" // it expires
	AboutUse    Subject = "unused"        // the sign-in ends unless it is used
	AboutLife   Subject = "sign-in"       // the sign-in ends
)

// A Warning announces something that will stop a mailbox.
type Warning struct {
	About  Subject
	At     time.Time     // when it happens, or happened
	Left   time.Duration // until then; negative: it is over
	Urgent bool          // within days, or over
	Text   string        // in plain words, English, with what to do
}

// When warnings begin: this long before, but at most in the last third (tenth)
// of a life, so that Google's seven days do not begin with one.
const (
	warnBefore   = 30 * 24 * time.Hour
	urgentBefore = 7 * 24 * time.Hour
)

// Health returns the state of a mailbox's sign-in and what will end it. It
// asks nobody but the Store. Of an account that is not valid, or whose secret
// cannot be opened, nothing is known but that Failure. [ErrUnknown]: there is
// none.
func (c *Client) Health(ctx context.Context, id mailbox.ID) (Health, error) {
	a, err := c.account(ctx, id)
	e, broken := errors.AsType[*Error](err)
	switch {
	case broken && e.Action != Later && !errors.Is(err, ErrUnknown):
		return Health{Mailbox: id, Failure: e}, nil
	case err != nil:
		return Health{}, err
	}
	rec, err := c.recall(ctx, a)
	e, broken = errors.AsType[*Error](err)
	if err != nil && (!broken || e.Action == Later) {
		return Health{}, err
	}
	h := Health{
		Mailbox: id, Grant: a.Grant, Owner: owner(rec.Access), SignedIn: rec.SignedIn, Refreshed: rec.Refreshed, Expires: rec.Expires,
		Dies: rec.Dies, SecretExpires: a.SecretExpires,
	}
	if !rec.Refresh.IsZero() && a.Provider.IdleLife > 0 {
		h.DiesUnused = rec.Refreshed.Add(a.Provider.IdleLife)
	}
	now := c.now()
	switch f := rec.Failure; {
	case broken: // it cannot be opened
		h.Failure = e
	case f != nil && f.Fingerprint == a.fingerprint():
		h.Failure, h.FailedAt = f.Error, f.At
	default:
		h.Failure = blocked(a, rec, want{}, now)
	}
	h.Warnings = h.warn(a, rec, now)
	return h, nil
}

// warn returns the warnings of h at a time.
func (h Health) warn(a Account, rec record, now time.Time) []Warning {
	var urgent, others []Warning
	for _, x := range []struct {
		about        Subject
		at           time.Time
		life         time.Duration // 0: longer than warnBefore matters
		before, over string
	}{
		{AboutLife, h.Dies, h.Dies.Sub(rec.SignedIn), "the sign-in ends on %s: sign in again before", "the sign-in ended on %s: sign in again"},
		{AboutSecret, h.SecretExpires, 0, "the client secret expires on %s: make a new one in the app registration and enter it before", "the client secret expired on %s: make a new one in the app registration and enter it"},
		{AboutUse, h.DiesUnused, a.Provider.IdleLife, "unless it is used, the sign-in ends on %s: poll the mailbox or call Keep", "the sign-in was not used until %s: sign in again"},
	} {
		left := x.at.Sub(now)
		soon, verySoon := warnBefore, urgentBefore
		if x.life > 0 {
			soon, verySoon = min(soon, x.life/3), min(verySoon, x.life/10)
		}
		if x.at.IsZero() || left > soon {
			continue
		}
		w := Warning{About: x.about, At: x.at, Left: left, Urgent: left <= verySoon}
		text := x.before
		if left <= 0 {
			text = x.over
		}
		w.Text = fmt.Sprintf(text, x.at.UTC().Format(time.DateOnly))
		if w.Urgent {
			urgent = append(urgent, w)
		} else {
			others = append(others, w)
		}
	}
	return append(urgent, others...)
}
