// Package storetest says whether a [storage.Store] or a [storage.Blobs] keeps
// the rules that ticketmail relies on. An adapter's test is three lines:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storage.Store { return open(t) }, nil)
//	}
//
// A failed check says which rule is broken and what would go wrong.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/storage"
)

// Options say what the suite may expect. The zero value expects all.
type Options struct {
	// Advance moves the clock that the opened stores use for leases, see
	// [Clock]. nil: the checks of expiry wait for real.
	Advance func(d time.Duration)

	// Skip names checks that a store declares not to pass, each with the
	// reason. Both are logged; a name that is no check fails the test.
	Skip map[string]string
}

// A Clock is a clock for the leases of a store under test. It starts at a
// fixed time and stands still until advanced. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	passed time.Duration
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Date(2026, 3, 29, 0, 59, 0, 0, time.UTC).Add(c.passed)
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passed += d
}

// Run tests the stores made by open, which returns an empty store and
// registers its own clean-up with t.Cleanup. Where the store is a
// storage.Blobs too, references to content are tested. opts may be nil.
func Run(t *testing.T, open func(t *testing.T) storage.Store, opts *Options) {
	o := optionsOf(opts)
	run(t, o, storeChecks, func(t *testing.T, c check[*env]) error {
		return c.run(&env{ctx: t.Context(), store: open(t), advance: o.Advance})
	})
}

// RunBlobs tests the Blobs made by open, which returns empty ones and
// registers its own clean-up with t.Cleanup. opts may be nil.
func RunBlobs(t *testing.T, open func(t *testing.T) storage.Blobs, opts *Options) {
	run(t, optionsOf(opts), blobChecks, func(t *testing.T, c check[*blobEnv]) error {
		return c.run(&blobEnv{ctx: t.Context(), blobs: open(t)})
	})
}

// A check tests one rule, on an empty store.
type check[E any] struct {
	name string
	rule string // what is lost without it
	run  func(E) error
}

func run[E any](t *testing.T, o Options, checks []check[E], test func(*testing.T, check[E]) error) {
	for name, reason := range o.Skip {
		if !slices.ContainsFunc(checks, func(c check[E]) bool { return c.name == name }) {
			t.Errorf("Options.Skip names %q, which is no check of this suite", name)
		}
		if reason == "" {
			t.Errorf("Options.Skip gives no reason for %q", name)
		}
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if reason, ok := o.Skip[c.name]; ok {
				t.Logf("not supported: %s (%s)", c.rule, reason)
				t.SkipNow()
			}
			err := test(t, c)
			if errors.Is(err, errNotOffered) {
				t.Skipf("%v (%s)", err, c.rule)
			}
			if err != nil {
				t.Errorf("%v\nrule: %s", err, c.rule)
			}
		})
	}
}

// errNotOffered reports a capability beyond [storage.Store] that a store does
// without.
var errNotOffered = errors.New("not offered by this store")

func optionsOf(opts *Options) Options {
	if opts == nil {
		return Options{}
	}
	return *opts
}

// An env is what a check of a store works with.
type env struct {
	ctx     context.Context
	store   storage.Store
	advance func(time.Duration)
}

func (e *env) update(fn func(w storage.Writer) error) error { return e.store.Update(e.ctx, fn) }
func (e *env) view(fn func(r storage.Reader) error) error   { return e.store.View(e.ctx, fn) }

// pass lets time pass on the clock of leases.
func (e *env) pass(d time.Duration) {
	if e.advance != nil {
		e.advance(d)
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-e.ctx.Done():
	}
}

// parallel calls fn n times at once and joins the errors.
func parallel(n int, fn func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// wants returns an error unless err is target.
func wants(what string, err, target error) error {
	if !errors.Is(err, target) {
		return fmt.Errorf("%s: error is %v, want one that is %q", what, err, target)
	}
	return nil
}
