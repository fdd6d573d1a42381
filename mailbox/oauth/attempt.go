package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/seal"
)

// Limits of sign-ins under way.
const (
	// AttemptLife is how long a person may take to sign in.
	AttemptLife = 10 * time.Minute
	// maxAttempts is how many may be under way for one mailbox; the oldest
	// goes.
	maxAttempts = 8
	maxID       = 64 // bytes of a mailbox.ID
)

// ErrState reports a browser that comes back with a state that was not given
// to it: none, a foreign one, a used or an expired one. Nothing was asked of
// the provider.
var ErrState = errors.New("not a sign-in that was begun here, or not within ten minutes, or ended already")

// ErrIssuer reports a browser that comes back from another provider than the
// one it was sent to (RFC 9207). Nothing was asked of the provider.
var ErrIssuer = errors.New("the answer is from another provider")

// An attempt is one sign-in under way. It knows state and session by their
// hashes.
type attempt struct {
	State, Session []byte // SHA-256
	Verifier       string // of PKCE
	Ends           time.Time
	Fingerprint    string // of the account when it began
}

// Begin begins the sign-in of a mailbox and returns the address of the
// provider to which the person's browser is to be sent. session is what
// identifies the person's session with the host, the same when the browser
// comes back to [Client.Finish].
//
// [Client.Handler] is the usual caller.
func (c *Client) Begin(ctx context.Context, id mailbox.ID, session string) (string, error) {
	a, err := c.account(ctx, id)
	if err != nil {
		return "", err
	}
	if err := c.signsInHere(a, session); err != nil {
		return "", err
	}
	state, verifier := string(id)+"."+randomText(), randomText()
	begun := attempt{
		State: hash(state), Session: hash(session), Verifier: verifier,
		Ends: c.now().Add(AttemptLife), Fingerprint: a.fingerprint(),
	}
	err = c.changeAttempts(ctx, id, func(all []attempt) ([]attempt, bool) {
		all = append(all, begun)
		return all[max(0, len(all)-maxAttempts):], true
	})
	if err != nil {
		return "", err
	}
	return c.signInAddress(a, state, verifier)
}

func (c *Client) signsInHere(a Account, session string) error {
	refuse := func(field, reason string) error {
		return newError(a.Mailbox, CodeSettings, &mailbox.FieldError{Field: field, Reason: reason})
	}
	switch {
	case a.Grant != Person:
		return refuse("Grant", "is app-only: nobody signs in")
	case a.Provider.AuthURL == "":
		return refuse("Provider.AuthURL", "is empty: nobody signs in with a browser")
	case c.redirectURI == "":
		return refuse("RedirectURI", "is empty: nobody signs in with a browser")
	case session == "":
		return ErrState
	}
	return nil
}

// signInAddress returns where the browser is sent.
func (c *Client) signInAddress(a Account, state, verifier string) (string, error) {
	u, err := url.Parse(a.Provider.AuthURL)
	if err != nil {
		return "", newError(a.Mailbox, CodeSettings, err)
	}
	q := u.Query()
	for name, value := range a.Provider.Params {
		q.Set(name, value)
	}
	if a.Login != "" {
		q.Set("login_hint", a.Login)
	}
	q.Set("response_type", "code")
	q.Set("client_id", a.ClientID)
	q.Set("redirect_uri", c.redirectURI)
	q.Set("scope", strings.Join(a.Provider.Scopes, " "))
	q.Set("state", state)
	q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(hash(verifier)))
	q.Set("code_challenge_method", "S256")
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// Finish ends the sign-in with which a browser came back: query is that of
// the redirect URI, session what [Client.Begin] was given. It returns the
// mailbox as soon as that is known, together with an error, too.
//
// A state that was not given to this session is [ErrState], an answer of
// another provider [ErrIssuer]; what the provider refused is an [*Error]. A
// state is used up by the first call that names it, whatever comes of it.
func (c *Client) Finish(ctx context.Context, query url.Values, session string) (mailbox.ID, error) {
	state := query.Get("state")
	dot := strings.LastIndexByte(state, '.')
	if dot < 1 || dot > maxID || len(query["state"]) != 1 || session == "" {
		return "", ErrState
	}
	id := mailbox.ID(state[:dot])
	a, err := c.account(ctx, id)
	switch {
	case errors.Is(err, ErrUnknown):
		return "", ErrState // the state may name anything
	case err != nil:
		return "", err
	}
	ours, err := c.takeAttempt(ctx, id, state, session)
	if err != nil {
		return "", err
	}
	switch iss := query["iss"]; {
	case ours.Fingerprint != a.fingerprint():
		return id, newError(id, CodeChanged, nil)
	case len(iss) > 1, len(iss) == 1 && !a.Provider.issued(iss[0]):
		return id, ErrIssuer
	case query.Has("error"):
		return id, about(a, refusal(tokenJSON{Error: query.Get("error"), Description: query.Get("error_description")}, 0, nil, c.now()))
	case len(query["code"]) != 1 || query.Get("code") == "":
		return id, newError(id, CodeBadAnswer, nil)
	}
	return id, c.redeem(ctx, a, url.Values{
		"grant_type": {"authorization_code"}, "code": {query.Get("code")},
		"redirect_uri": {c.redirectURI}, "code_verifier": {ours.Verifier},
	})
}

// redeem turns a code into tokens, and keeps them.
func (c *Client) redeem(ctx context.Context, a Account, form url.Values) error {
	got, e := c.exchange(ctx, a, form)
	if e != nil {
		return e
	}
	return c.signedIn(ctx, a, got)
}

// signedIn keeps what a person's sign-in yielded.
func (c *Client) signedIn(ctx context.Context, a Account, got answer) error {
	switch {
	case !granted(a.Provider.Scopes, got.scope):
		return newError(a.Mailbox, CodeNotGranted, nil)
	case got.refresh.IsZero():
		return newError(a.Mailbox, CodeNoRefresh, nil)
	}
	switch then, err := c.account(ctx, a.Mailbox); { // it may have taken long
	case err != nil:
		return err
	case then.issuedTo() != a.issuedTo(): // of no use, and those of another sign-in may be there by now
		return newError(a.Mailbox, CodeChanged, nil)
	}
	now := c.now()
	rec := renewed(a, record{SignedIn: now}, got, want{}, now)
	if rec.Dies.IsZero() && a.Provider.Life > 0 {
		rec.Dies = now.Add(a.Provider.Life)
	}
	// A code works once: the browser may be gone, the tokens must be kept.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	return c.replace(ctx, a.Mailbox, rec)
}

// takeAttempt takes the attempt of a state out of the Store. One of another
// session goes too: its state has leaked.
func (c *Client) takeAttempt(ctx context.Context, id mailbox.ID, state, session string) (attempt, error) {
	var found attempt
	wanted := hash(state)
	err := c.changeAttempts(ctx, id, func(all []attempt) ([]attempt, bool) {
		i := slices.IndexFunc(all, func(x attempt) bool { return subtle.ConstantTimeCompare(x.State, wanted) == 1 })
		if i < 0 {
			found = attempt{}
			return all, false
		}
		found = all[i]
		return slices.Delete(all, i, i+1), true
	})
	if err != nil {
		return attempt{}, err
	}
	if found.State == nil || subtle.ConstantTimeCompare(found.Session, hash(session)) != 1 {
		return attempt{}, ErrState
	}
	return found, nil
}

// changeAttempts changes the attempts of a mailbox that have not ended, where
// fn says so. What cannot be opened counts as none.
func (c *Client) changeAttempts(ctx context.Context, id mailbox.ID, fn func([]attempt) ([]attempt, bool)) error {
	at := seal.Place{Mailbox: id, Field: fieldAttempts}
	for {
		var all []attempt
		version, err := c.read(ctx, at, &all)
		if err != nil && version == 0 {
			return storeError(id, err)
		}
		now := c.now()
		all = slices.DeleteFunc(all, func(x attempt) bool { return !now.Before(x.Ends) })
		all, changed := fn(all)
		if !changed {
			return nil
		}
		_, err = c.write(ctx, at, version, all)
		if errors.Is(err, ErrConflict) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return storeError(id, err)
		}
		return nil
	}
}

// randomText returns 256 random bits as 43 letters, digits, dashes and
// underscores: a state, or a verifier as RFC 7636 section 4.1 wants it.
func randomText() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: package crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
