package oauth

import (
	"context"
	"fmt"
	"time"

	"example.com/ticketmail/mailbox"
)

// A source is the token source of one mailbox.
type source struct {
	*Client
	id mailbox.ID
}

var _ mailbox.TokenProber = source{}

// Token implements [mailbox.TokenSource].
func (s source) Token(ctx context.Context, refused mailbox.Secret) (mailbox.Secret, error) {
	rec, err := s.need(ctx, s.id, want{refused: refused})
	return rec.Access, err
}

// tested is how long ago a token may have been renewed for a test to be
// content with it: somebody who clicks often does not bother the provider.
const tested = time.Minute

// ProbeToken implements [mailbox.TokenProber]: it renews the token, although
// it may be valid still, so that it shows whether that works. A provider that
// refused a moment ago is asked again, for somebody may just have fixed that,
// but not one that asked to be left alone.
func (s source) ProbeToken(ctx context.Context) (facts []string, err error) {
	a, err := s.account(ctx, s.id)
	if err != nil {
		return nil, err
	}
	if a.Provider.Name != "" {
		facts = []string{fmt.Sprintf("given out by %.100q", a.Provider.Name)}
	}
	if h, err := s.Health(ctx, s.id); err == nil && h.Failure != nil && h.Failure.Action != Later {
		if err := s.Retry(ctx, s.id); err != nil {
			return facts, err
		}
	}
	_, err = s.need(ctx, s.id, want{since: s.now().Add(-tested)})
	h, broken := s.Health(ctx, s.id)
	if broken == nil {
		facts = append(facts, h.facts(s.now())...)
	}
	return facts, err
}

// facts tells an administrator what h says.
func (h Health) facts(now time.Time) []string {
	const day, minute = time.DateOnly, "2006-01-02 15:04 MST"
	var facts []string
	switch {
	case h.Grant == AppOnly:
		facts = append(facts, "the application signs in itself (app-only)")
	case !h.SignedIn.IsZero():
		facts = append(facts, "signed in by a person on "+h.SignedIn.UTC().Format(day))
	}
	if h.Owner != "" {
		facts = append(facts, fmt.Sprintf("the token is for %q", h.Owner))
	}
	switch {
	case h.Refreshed.IsZero():
	case now.Before(h.Expires):
		facts = append(facts, fmt.Sprintf("renewed at %s, valid until %s", h.Refreshed.UTC().Format(minute), h.Expires.UTC().Format(minute)))
	default:
		facts = append(facts, fmt.Sprintf("renewed at %s, expired at %s", h.Refreshed.UTC().Format(minute), h.Expires.UTC().Format(minute)))
	}
	for _, w := range h.Warnings {
		facts = append(facts, w.Text)
	}
	return facts
}
