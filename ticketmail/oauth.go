package ticketmail

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/http"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/storage"
)

// OAuth says how mailboxes that are defined in the store sign in with tokens.
type OAuth struct {
	// RedirectURI is the public address at which the host mounts the handler
	// of [Engine.OAuth]: as registered with the provider, letter by letter.
	// Empty: nobody signs in with a browser.
	RedirectURI string
	Transport   http.RoundTripper // to the providers; nil: one of its own, which obeys Config.DialPolicy
}

const (
	settingAccount = "mailbox-oauth" // how a mailbox signs in, by mailbox
	settingTokens  = "oauth"         // sealed texts of the client, by mailbox and field
)

// ErrNoOAuth reports that nothing signs in with tokens here: the configuration
// has no Sealer.
var ErrNoOAuth = errors.New("mailboxes cannot sign in with OAuth without Config.Sealer")

// OAuth returns what signs mailboxes in with tokens: its Handler for the host's
// server, the health of tokens, sign-in on another device. It is nil without
// Config.Sealer.
func (e *Engine) OAuth() *oauth.Client { return e.oauth }

// newOAuth makes the client over the engine's store.
func (e *Engine) newOAuth() error {
	if e.cfg.Sealer == nil {
		return nil
	}
	c, err := oauth.New(oauth.Config{
		Accounts:    e.account,
		Store:       tokenStore{e.cfg.Store},
		Sealer:      e.cfg.Sealer,
		Lock:        leaseLock{e},
		RedirectURI: e.cfg.OAuth.RedirectURI,
		Transport:   e.cfg.OAuth.Transport,
		Asking:      e.tokenAsked,
		Policy:      e.cfg.DialPolicy,
		Logger:      e.cfg.Logger,
		Now:         e.cfg.Now,
	})
	e.oauth = c
	return err
}

// tokenAsked tells the Observer that a provider is asked for a token.
func (e *Engine) tokenAsked(ctx context.Context, id mailbox.ID) (context.Context, func(error)) {
	ctx, took := begin(ctx, e.observer, TokenEvent{Mailbox: id})
	return ctx, func(err error) {
		took.end(err, func(r Result) Event { return TokenEvent{id, r} })
	}
}

// A storedAccount is how an oauth.Account stands in the store.
type storedAccount struct {
	Provider      oauth.Provider `json:"provider"`
	Grant         oauth.Grant    `json:"grant,omitempty"`
	ClientID      string         `json:"client_id"`
	ClientSecret  string         `json:"client_secret,omitempty"` // sealed
	SecretExpires time.Time      `json:"secret_expires,omitzero"`
	Login         string         `json:"login,omitempty"`
	Generation    string         `json:"generation,omitempty"` // empty in those of before there were any
}

// secretOf is the place a client secret is sealed for.
func secretOf(id mailbox.ID) seal.Place { return seal.Place{Mailbox: id, Field: "client_secret"} }

// PutOAuth says how a mailbox of the store signs in with tokens. It comes
// before the PutMailbox whose Auth asks for tokens, which is refused without, and
// the sign-in after that. A
// zero ClientSecret keeps the one that is stored, as long as client id and
// endpoints stay. The engine makes the Generation: tokens of before DeleteOAuth
// do not come back. A mailbox whose Auth is empty signs in with tokens from then
// on, and its password rests until DeleteOAuth; other words of Auth are obeyed.
//
// What cannot work is refused with a *mailbox.FieldError; ErrFixed, ErrNoOAuth.
func (e *Engine) PutOAuth(ctx context.Context, a oauth.Account) error {
	if err := e.putOAuth(ctx, a); err != nil {
		return fmt.Errorf("put OAuth of mailbox %s: %w", a.Mailbox, err)
	}
	return nil
}

func (e *Engine) putOAuth(ctx context.Context, a oauth.Account) error {
	if e.oauth == nil {
		return ErrNoOAuth
	}
	put := storedAccount{Provider: a.Provider, Grant: a.Grant, ClientID: a.ClientID, SecretExpires: a.SecretExpires, Login: a.Login}
	if !a.ClientSecret.IsZero() {
		var err error
		if put.ClientSecret, err = e.cfg.Sealer.Seal(ctx, secretOf(a.Mailbox), a.ClientSecret); err != nil {
			return err
		}
	}
	return e.changeRoutes(ctx, a.Mailbox, func(s storage.Settings, _ *routing) error {
		if e.fixed(a.Mailbox) {
			return ErrFixed
		}
		had, err := readAccount(ctx, s, a.Mailbox)
		switch {
		case err == nil:
			put.Generation = had.Generation
		case errors.Is(err, storage.ErrNotFound):
			put.Generation = rand.Text()
		default:
			return err
		}
		if put.ClientSecret == "" && had.ClientSecret != "" && had.asksAsWell(put) {
			put.ClientSecret = e.resealed(ctx, secretOf(a.Mailbox), had.ClientSecret)
			if a.ClientSecret, err = e.cfg.Sealer.Open(ctx, secretOf(a.Mailbox), had.ClientSecret); err != nil {
				return fmt.Errorf("client secret: %w", err)
			}
		}
		if err := a.Validate(); err != nil {
			return err
		}
		return putJSON(ctx, s, settingAccount, string(a.Mailbox), put)
	})
}

// asksAsWell reports whether both show the client secret to the same endpoints
// for the same client.
func (a storedAccount) asksAsWell(b storedAccount) bool {
	return a.ClientID == b.ClientID && a.Provider.TokenURL == b.Provider.TokenURL && a.Provider.DeviceURL == b.Provider.DeviceURL
}

func readAccount(ctx context.Context, s storage.SettingsReader, id mailbox.ID) (a storedAccount, err error) {
	b, err := s.Get(ctx, settingAccount, string(id))
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	return a, err
}

// OAuthAccount returns how a mailbox of the store signs in with tokens, as
// [Engine.PutOAuth] has it, without client secret and Generation. storage.ErrNotFound: it
// signs in with its password.
func (e *Engine) OAuthAccount(ctx context.Context, id mailbox.ID) (oauth.Account, error) {
	var stored storedAccount
	err := e.store.View(ctx, func(r storage.Reader) (err error) {
		stored, err = readAccount(ctx, r.Settings(), id)
		return err
	})
	if err != nil {
		return oauth.Account{}, fmt.Errorf("OAuth of mailbox %s: %w", id, err)
	}
	return stored.account(id), nil
}

// account returns the account without its secret and generation.
func (a storedAccount) account(id mailbox.ID) oauth.Account {
	return oauth.Account{
		Mailbox: id, Provider: a.Provider, Grant: a.Grant, ClientID: a.ClientID,
		SecretExpires: a.SecretExpires, Login: a.Login,
	}
}

// DeleteOAuth makes a mailbox sign in with its password again, and forgets its
// tokens. It is refused while the mailbox's Auth asks for tokens; a mailbox that
// has none does not matter.
func (e *Engine) DeleteOAuth(ctx context.Context, id mailbox.ID) error {
	if e.oauth == nil {
		return fmt.Errorf("delete OAuth of mailbox %s: %w", id, ErrNoOAuth)
	}
	err := e.changeRoutes(ctx, id, func(s storage.Settings, _ *routing) error {
		return deleteAccount(ctx, s, id)
	})
	if err != nil {
		return fmt.Errorf("delete OAuth of mailbox %s: %w", id, err)
	}
	return nil
}

// deleteAccount deletes how a mailbox signs in with tokens, and these. What is
// in the memory of any node, or saved late by it, is of the generation that ends.
func deleteAccount(ctx context.Context, s storage.Settings, id mailbox.ID) error {
	for _, at := range oauth.Places(id) {
		if err := s.Delete(ctx, settingTokens, tokenKey(at)); err != nil {
			return err
		}
	}
	return s.Delete(ctx, settingAccount, string(id))
}

// account implements [oauth.Accounts].
func (e *Engine) account(ctx context.Context, id mailbox.ID) (oauth.Account, error) {
	var stored storedAccount
	err := e.store.View(ctx, func(r storage.Reader) (err error) {
		stored, err = readAccount(ctx, r.Settings(), id)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return oauth.Account{}, oauth.ErrUnknown
	}
	if err != nil {
		return oauth.Account{}, err
	}
	a := stored.account(id)
	a.Generation = stored.Generation
	if stored.ClientSecret != "" {
		if a.ClientSecret, err = e.cfg.Sealer.Open(ctx, secretOf(id), stored.ClientSecret); err != nil {
			return oauth.Account{}, fmt.Errorf("client secret: %w", err)
		}
	}
	return a, nil
}

// A tokenStore keeps sealed tokens among the settings of a store. Settings
// have no versions, so each stands in its value.
type tokenStore struct{ store storage.Store }

var _ oauth.Store = tokenStore{}

func tokenKey(at seal.Place) string { return fmt.Sprintf("%s %s", at.Mailbox, at.Field) }

// Load implements [oauth.Store].
func (s tokenStore) Load(ctx context.Context, at seal.Place) (it oauth.Item, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		it, err = readToken(ctx, r.Settings(), at)
		return err
	})
	return it, err
}

// Save implements [oauth.Store].
func (s tokenStore) Save(ctx context.Context, at seal.Place, it oauth.Item) (int64, error) {
	next := it.Version + 1
	if it.Version == 0 {
		// Its place may have been deleted, and versions are not used twice.
		start, err := rand.Int(rand.Reader, big.NewInt(math.MaxInt64/2))
		if err != nil {
			return 0, err
		}
		next += start.Int64()
	}
	err := s.store.Update(ctx, func(w storage.Writer) error {
		now, err := readToken(ctx, w.Settings(), at)
		if err != nil {
			return err
		}
		if now.Version != it.Version {
			return oauth.ErrConflict
		}
		return putJSON(ctx, w.Settings(), settingTokens, tokenKey(at), oauth.Item{Text: it.Text, Version: next})
	})
	if err != nil {
		return 0, err
	}
	return next, nil
}

func readToken(ctx context.Context, s storage.SettingsReader, at seal.Place) (it oauth.Item, err error) {
	b, err := s.Get(ctx, settingTokens, tokenKey(at))
	if errors.Is(err, storage.ErrNotFound) {
		return oauth.Item{}, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &it)
	}
	return it, err
}

// A leaseLock keeps other nodes out by a lease of the store.
type leaseLock struct{ *Engine }

var _ oauth.Lock = leaseLock{}

// How soon a lock that another holder gives back is taken: most are held for
// the length of one request, and one that is held longer is looked at less often.
const (
	lockInterval    = 50 * time.Millisecond
	maxLockInterval = time.Second
)

// Hold implements [oauth.Lock].
func (l leaseLock) Hold(ctx context.Context, name string, fn func(context.Context) error) error {
	for wait := lockInterval; ; wait = min(2*wait, maxLockInterval) {
		lease, alive, err := l.acquire(ctx, name)
		if _, held := errors.AsType[*storage.HeldError](err); held {
			if sleep(ctx, wait); ctx.Err() != nil {
				return context.Cause(ctx)
			}
			continue
		}
		if err != nil {
			return err
		}
		defer lease.release(ctx, l.store)
		if alive.Err() != nil { // it may have taken long
			return context.Cause(alive)
		}
		return fn(alive)
	}
}
