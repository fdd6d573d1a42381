package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/seal"
)

// Fields of the places in the [Store].
const (
	fieldTokens   = "oauth-tokens"
	fieldAttempts = "oauth-attempts"
)

// A record is what is kept about the tokens of one mailbox.
type record struct {
	issuedTo                       // the app that got the tokens, and from whom
	Access, Refresh mailbox.Secret // Refresh is empty for AppOnly
	Fresh           time.Time      // before this, Access is handed out without a question
	Expires         time.Time      // of Access
	SignedIn        time.Time      // when a person signed in; zero for AppOnly
	Refreshed       time.Time      // last answer of the provider
	Dies            time.Time      // when Refresh dies, whatever is done; zero: not known
	Forced          time.Time      // when Access replaced a refused token; zero: it did not
	Failure         *failure       // since Refreshed; nil: none
	version         int64          // in the Store
}

// issuedTo ties a refresh token to where it may be sent, and all tokens to the
// generation of the account.
type issuedTo struct {
	Grant      Grant
	ClientID   string
	TokenURL   string
	Generation string `json:",omitempty"` // none in records of before there were any
}

func (a Account) issuedTo() issuedTo {
	return issuedTo{a.Grant, a.ClientID, a.Provider.TokenURL, a.Generation}
}

// A failure is a refusal that keeps us from asking again at once.
type failure struct {
	Error       *Error `json:"-"`
	Kept        keptError
	Count       int       // refusals in a row
	At, Until   time.Time // when, and until when the provider is left alone
	Fingerprint string    // of the account as it was
}

// keptError is what is stored of an [Error]: not Err, which belongs to the
// process.
type keptError struct {
	Action             Action
	Code, OAuth, Trace string
	Status             int
	RetryAfter         time.Duration
	Cause, Cure        string
}

// storedRecord is a record as it is sealed.
type storedRecord struct {
	record
	Access, Refresh string
}

// load returns the record of a mailbox, the zero one if there is none.
func (c *Client) load(ctx context.Context, id mailbox.ID) (record, error) {
	var s storedRecord
	version, err := c.read(ctx, TokenPlace(id), &s)
	rec := s.record
	rec.Access, rec.Refresh = mailbox.NewSecret(s.Access), mailbox.NewSecret(s.Refresh)
	rec.version = version
	if f := rec.Failure; f != nil {
		k := f.Kept
		f.Error = &Error{
			Mailbox: id, Action: k.Action, Code: k.Code, OAuth: k.OAuth, Status: k.Status, Trace: k.Trace,
			RetryAfter: k.RetryAfter, Cause: k.Cause, Cure: k.Cure,
		}
	}
	if err != nil {
		return record{version: version}, storeError(id, err)
	}
	return rec, nil
}

// save writes rec over the version it was loaded as, and returns it with the
// new one; ErrConflict if somebody else was faster.
func (c *Client) save(ctx context.Context, id mailbox.ID, rec record) (record, error) {
	s := storedRecord{rec, rec.Access.Reveal(), rec.Refresh.Reveal()}
	version, err := c.write(ctx, TokenPlace(id), rec.version, s)
	if err != nil {
		return rec, err
	}
	rec.version = version
	return rec, nil
}

// read opens what stands at a place into v, which stays untouched where
// nothing does.
func (c *Client) read(ctx context.Context, at seal.Place, v any) (version int64, err error) {
	it, err := c.store.Load(ctx, at)
	if err != nil || it.Version == 0 {
		return 0, err
	}
	plain, err := c.sealer.Open(ctx, at, it.Text)
	if err != nil {
		return it.Version, err
	}
	if json.Unmarshal([]byte(plain.Reveal()), v) != nil {
		// The error of package json may quote what it read.
		return it.Version, fmt.Errorf("open %s of mailbox %q: not understood", at.Field, at.Mailbox)
	}
	return it.Version, nil
}

// write seals v and puts it at a place, over a version.
func (c *Client) write(ctx context.Context, at seal.Place, version int64, v any) (int64, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return 0, fmt.Errorf("write %s of mailbox %q: %w", at.Field, at.Mailbox, err)
	}
	text, err := c.sealer.Seal(ctx, at, mailbox.NewSecret(string(plain)))
	if err != nil {
		return 0, err
	}
	return c.store.Save(ctx, at, Item{Text: text, Version: version})
}

// storeError is what a failing Store or Sealer is told as.
func storeError(id mailbox.ID, err error) *Error {
	e := newError(id, CodeStore, err)
	_, noKey := errors.AsType[*seal.UnknownKeyError](err)
	if noKey || errors.Is(err, seal.ErrRefused) {
		e.Action = Fix
		e.Cause, e.Cure = "the kept sign-in cannot be opened", "give the key back that sealed it, or sign the mailbox in again"
	}
	return e
}
