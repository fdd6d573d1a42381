package oauth_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
)

const box = mailbox.ID("support")

// A rig is a provider, and what its clients share.
type rig struct {
	server *oauthtest.Server
	store  oauth.Store
	lock   oauth.Lock
	sealer seal.Sealer

	mu      sync.Mutex
	account oauth.Account
}

func newRig(t testing.TB, opts *oauthtest.Options) *rig {
	t.Helper()
	ring, err := seal.NewRing(seal.NewKey("test"))
	if err != nil {
		t.Fatal(err)
	}
	server := oauthtest.New(opts)
	return &rig{server: server, store: &oauth.MemStore{}, lock: &oauth.MemLock{}, sealer: ring, account: server.Account(box)}
}

// config is that of one node.
func (r *rig) config(t testing.TB) oauth.Config {
	return oauth.Config{
		Accounts: func(_ context.Context, id mailbox.ID) (oauth.Account, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if id != r.account.Mailbox {
				return oauth.Account{}, oauth.ErrUnknown
			}
			return r.account, nil
		},
		Store: r.store, Lock: r.lock, Sealer: r.sealer,
		RedirectURI: oauthtest.DefaultRedirectURI, Transport: r.server.Transport(),
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// node returns one node's client.
func (r *rig) node(t testing.TB) *oauth.Client {
	t.Helper()
	c, err := oauth.New(r.config(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// change changes the settings of the mailbox.
func (r *rig) change(fn func(*oauth.Account)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fn(&r.account)
}

// visit begins a sign-in and returns with what the browser comes back.
func (r *rig) visit(t testing.TB, c *oauth.Client, session string) url.Values {
	t.Helper()
	address, err := c.Begin(t.Context(), box, session)
	if err != nil {
		t.Fatal(err)
	}
	back, err := r.server.Visit(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return back.Query()
}

// signIn signs the mailbox in.
func (r *rig) signIn(t testing.TB, c *oauth.Client) {
	t.Helper()
	if id, err := c.Finish(t.Context(), r.visit(t, c, "session"), "session"); err != nil || id != box {
		t.Fatalf("Finish = %q, %v; want %q", id, err, box)
	}
}

// signedIn returns a rig whose mailbox is signed in, and one node.
func signedIn(t testing.TB, opts *oauthtest.Options) (*rig, *oauth.Client) {
	t.Helper()
	r := newRig(t, opts)
	c := r.node(t)
	r.signIn(t, c)
	return r, c
}

// token returns a token that the provider's mail server accepts.
func (r *rig) token(t testing.TB, c *oauth.Client, refused mailbox.Secret) mailbox.Secret {
	t.Helper()
	token, err := c.Source(box).Token(t.Context(), refused)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := r.server.User(token.Reveal()); !ok {
		t.Fatal("the provider does not know the token")
	}
	return token
}

// refuses checks that there is no token, and returns why.
func refuses(t testing.TB, c *oauth.Client, action oauth.Action, code string) oauth.Error {
	t.Helper()
	token, err := c.Source(box).Token(t.Context(), mailbox.Secret{})
	return checkError(t, token, err, action, code)
}

func checkError(t testing.TB, token mailbox.Secret, err error, action oauth.Action, code string) oauth.Error {
	t.Helper()
	e, ok := errors.AsType[*oauth.Error](err)
	if !ok || e.Action != action || e.Code != code || e.Cause == "" || e.Cure == "" || !token.IsZero() {
		t.Fatalf("error %#v (%v), want %q with code %s", e, err, action, code)
	}
	return *e
}

// asked returns how often the provider was asked for a token.
func (r *rig) asked() int { return len(r.server.Requests()) }
