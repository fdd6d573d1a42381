package oauth

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/seal"
)

// Times of a [Client].
const (
	DefaultTimeout = 30 * time.Second
	// Early is how long before its end a token is replaced; a quarter of its
	// life if that is less.
	Early = 5 * time.Minute
	// KeepAfter is how long a refresh token lies unused before [Client.Keep]
	// uses it.
	KeepAfter = 7 * 24 * time.Hour
	// freshFor is how long a token that replaced a refused one counts as
	// fresh: refused as well, it is not replaced again.
	freshFor = 15 * time.Minute
)

// Config says what a [Client] works with. Accounts, Store and Sealer are
// required.
type Config struct {
	Accounts Accounts
	Store    Store
	Sealer   seal.Sealer
	Lock     Lock // over all nodes that use Store; nil: this Client is the only one
	// RedirectURI is where the provider sends a browser back to: the public
	// address of [Client.Handler], letter by letter as registered with the
	// provider. Empty: nobody signs in with a browser.
	RedirectURI string
	Transport   http.RoundTripper // nil: one of its own, with the proxy of the environment
	// Policy says which addresses the client's own transport may connect to,
	// which then uses no proxy; the zero value: all. It has no hold over
	// Transport.
	Policy  mailbox.DialPolicy
	Timeout time.Duration // of one request; 0: DefaultTimeout
	// Asking is told, in a flight of its own, that a provider is about to be
	// asked for an access token, and returns the context to do so and a function
	// that is told how it went (nil, or an *Error). nil: nobody is.
	Asking func(ctx context.Context, id mailbox.ID) (context.Context, func(error))
	Logger *slog.Logger     // nil: no logging
	Now    func() time.Time // nil: time.Now
}

// A Client gets tokens for mailboxes. Its methods are safe for concurrent use.
type Client struct {
	accounts    Accounts
	store       Store
	sealer      seal.Sealer
	lock        Lock
	redirectURI string
	http        *http.Client
	timeout     time.Duration
	asking      func(ctx context.Context, id mailbox.ID) (context.Context, func(error))
	log         *slog.Logger
	clock       func() time.Time

	mu     sync.Mutex
	states map[mailbox.ID]*state
}

// New returns a Client, or a [*mailbox.FieldError]. It starts nothing.
func New(cfg Config) (*Client, error) {
	if field, reason := cfg.flaw(); field != "" {
		return nil, &mailbox.FieldError{Field: field, Reason: reason}
	}
	c := &Client{
		accounts: cfg.Accounts, store: cfg.Store, sealer: cfg.Sealer, lock: cfg.Lock,
		redirectURI: cfg.RedirectURI, timeout: cfg.Timeout, asking: cfg.Asking, log: cfg.Logger, clock: cfg.Now,
		states: map[mailbox.ID]*state{},
	}
	if c.lock == nil {
		c.lock = &MemLock{}
	}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.clock == nil {
		c.clock = time.Now
	}
	c.http = newHTTP(cfg.Transport, cfg.Policy, c.timeout)
	return c, nil
}

func (cfg Config) flaw() (field, reason string) {
	switch {
	case cfg.Accounts == nil:
		return "Accounts", "is missing"
	case cfg.Store == nil:
		return "Store", "is missing"
	case cfg.Sealer == nil:
		return "Sealer", "is missing"
	case cfg.Timeout < 0:
		return "Timeout", "is negative"
	case cfg.RedirectURI == "":
		return "", ""
	}
	if why := badAddress(cfg.RedirectURI); why != "" {
		return "RedirectURI", why
	}
	return "", ""
}

// Close waits for the refreshes under way, each of which ends within two
// minutes. The Client can still be used.
func (c *Client) Close() {
	c.mu.Lock()
	states := slices.Collect(maps.Values(c.states))
	c.mu.Unlock()
	for _, st := range states {
		st.wait()
	}
}

// RedirectURI returns the address to register with the provider, letter by
// letter; empty if nobody signs in with a browser.
func (c *Client) RedirectURI() string { return c.redirectURI }

// now is UTC without a monotonic reading, as it is stored.
func (c *Client) now() time.Time { return c.clock().UTC().Round(0) }

// account returns the settings of a mailbox; its errors are complete.
func (c *Client) account(ctx context.Context, id mailbox.ID) (Account, error) {
	a, err := c.accounts(ctx, id)
	if err != nil {
		if errors.Is(err, ErrUnknown) {
			return Account{}, newError(id, CodeSettings, err)
		}
		e := storeError(id, err)
		if e.Action == Fix {
			e.Cause, e.Cure = "the client secret cannot be opened", "give the key back that sealed it, or enter the client secret again"
		}
		return Account{}, e
	}
	a.Mailbox = id
	if err := a.Validate(); err != nil {
		return Account{}, newError(id, CodeSettings, err)
	}
	return a, nil
}

// Source returns the token source of one mailbox. Its errors are an [*Error],
// or the cause of ctx. It keeps the token in memory until shortly before its
// end, so settings changed meanwhile count from the next refresh on; an account
// that is gone, or of another [Account.Generation], counts at once. It is a
// [mailbox.TokenProber].
func (c *Client) Source(id mailbox.ID) mailbox.TokenSource { return source{c, id} }

// origin returns scheme and host of the redirect URI.
func (c *Client) origin() string {
	u, err := url.Parse(c.redirectURI)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
