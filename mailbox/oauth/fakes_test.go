package oauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
)

// A noLock is a lock that does not work.
type noLock struct{}

func (noLock) Hold(ctx context.Context, _ string, fn func(context.Context) error) error {
	return fn(ctx)
}

// A slowLock takes a second to be had.
type slowLock struct{ oauth.Lock }

func (l slowLock) Hold(ctx context.Context, name string, fn func(context.Context) error) error {
	time.Sleep(time.Second)
	return l.Lock.Hold(ctx, name, fn)
}

// A lostLock is lost after a while.
type lostLock struct{ after time.Duration }

func (l lostLock) Hold(ctx context.Context, _ string, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, l.after)
	defer cancel()
	return fn(ctx)
}

// A onceLost is a lock that is lost at once the first time.
type onceLost struct {
	oauth.Lock
	held atomic.Int32
}

func (l *onceLost) Hold(ctx context.Context, name string, fn func(context.Context) error) error {
	if l.held.Add(1) == 1 {
		return lostLock{0}.Hold(ctx, name, fn)
	}
	return l.Lock.Hold(ctx, name, fn)
}

// A deafStore does not notice that its ctx is done.
type deafStore struct{ oauth.Store }

func (s deafStore) Load(ctx context.Context, at seal.Place) (oauth.Item, error) {
	return s.Store.Load(context.WithoutCancel(ctx), at)
}

func (s deafStore) Save(ctx context.Context, at seal.Place, it oauth.Item) (int64, error) {
	return s.Store.Save(context.WithoutCancel(ctx), at, it)
}

// A brokenStore fails to save when told to.
type brokenStore struct {
	oauth.Store
	broken atomic.Bool
}

func (s *brokenStore) failSaves(fail bool) { s.broken.Store(fail) }

func (s *brokenStore) Save(ctx context.Context, at seal.Place, it oauth.Item) (int64, error) {
	if s.broken.Load() {
		return 0, errors.New("disk full")
	}
	return s.Store.Save(ctx, at, it)
}

// A delayedRefusal says after a while that the refresh token is dead.
type delayedRefusal struct{ wait time.Duration }

func (d delayedRefusal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(d.wait)
	oauthtest.Refused(http.StatusBadRequest, "invalid_grant", "AADSTS70000")(nil).ServeHTTP(w, r)
}

// A rewriter spoils one field of each form that is sent.
type rewriter struct {
	next  http.RoundTripper
	field string
}

func (w rewriter) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	r.PostForm.Set(w.field, "x"+r.PostForm.Get(w.field))
	other := r.Clone(r.Context())
	other.PostForm, other.Form = nil, nil
	other.Body = io.NopCloser(strings.NewReader(r.PostForm.Encode()))
	other.ContentLength = -1
	return w.next.RoundTrip(other)
}
