package oauthtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/seal"
)

// RunStore tests the stores made by open, each of which is empty, and cleaned
// up by open with t.Cleanup.
func RunStore(t *testing.T, open func(t *testing.T) oauth.Store) {
	for _, c := range storeChecks() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.check(t.Context(), open(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// RunLock tests the locks made by open, which nobody else holds. The second is
// another node's view of the first, and may be the same. It takes some
// tenths of a second.
func RunLock(t *testing.T, open func(t *testing.T) (one, other oauth.Lock)) {
	for _, c := range lockChecks() {
		t.Run(c.name, func(t *testing.T) {
			one, other := open(t)
			if err := c.check(t.Context(), one, other); err != nil {
				t.Error(err)
			}
		})
	}
}

type storeCheck struct {
	name  string
	check func(context.Context, oauth.Store) error
}

func storeChecks() []storeCheck {
	return []storeCheck{{"Versions", versions}, {"Places", places}, {"Longest", longest}, {"Parallel", parallel}, {"Cancelled", cancelled}}
}

// versions: a Save counts only over the version it knows.
func versions(ctx context.Context, s oauth.Store) error {
	at := seal.Place{Mailbox: "support", Field: "x"}
	if it, err := s.Load(ctx, at); err != nil || it != (oauth.Item{}) {
		return fmt.Errorf("Load of nothing = %+v, %v; want the zero Item", it, err)
	}
	if _, err := s.Save(ctx, at, oauth.Item{Text: "a", Version: 1}); !errors.Is(err, oauth.ErrConflict) {
		return fmt.Errorf("Save over a version where nothing is: %v, want ErrConflict", err)
	}
	seen := map[int64]bool{0: true}
	var last int64
	for _, text := range []string{"a", "b", "a", "a"} {
		version, err := s.Save(ctx, at, oauth.Item{Text: text, Version: last})
		if err != nil || seen[version] || version < 0 {
			return fmt.Errorf("Save over version %d = %d, %v; want a new version", last, version, err)
		}
		if it, err := s.Load(ctx, at); err != nil || it != (oauth.Item{Text: text, Version: version}) {
			return fmt.Errorf("Load = %+v, %v; want %q with version %d", it, err, text, version)
		}
		for old := range seen {
			if _, err := s.Save(ctx, at, oauth.Item{Text: "late", Version: old}); !errors.Is(err, oauth.ErrConflict) {
				return fmt.Errorf("Save over the old version %d: %v, want ErrConflict", old, err)
			}
		}
		seen[version], last = true, version
	}
	return nil
}

// places: mailbox and field together say where an item stands.
func places(ctx context.Context, s oauth.Store) error {
	all := []seal.Place{{Mailbox: "a", Field: "bc"}, {Mailbox: "ab", Field: "c"}, {Mailbox: "a.b", Field: "c"}, {Mailbox: "a", Field: "b.c"}, {Mailbox: "A", Field: "bc"}, {Mailbox: "a", Field: "b/c"}}
	for _, at := range all {
		if _, err := s.Save(ctx, at, oauth.Item{Text: fmt.Sprint(at)}); err != nil {
			return fmt.Errorf("Save at %+v: %w", at, err)
		}
	}
	for _, at := range all {
		if it, err := s.Load(ctx, at); err != nil || it.Text != fmt.Sprint(at) {
			return fmt.Errorf("Load at %+v = %q, %v: it is another place's", at, it.Text, err)
		}
	}
	return nil
}

// longest: an item of the longest text comes back whole.
func longest(ctx context.Context, s oauth.Store) error {
	at, text := seal.Place{Mailbox: "support", Field: "x"}, strings.Repeat("x", oauth.MaxItem)
	if _, err := s.Save(ctx, at, oauth.Item{Text: text}); err != nil {
		return fmt.Errorf("Save of %d bytes: %w", len(text), err)
	}
	if it, err := s.Load(ctx, at); err != nil || it.Text != text {
		return fmt.Errorf("Load = %d bytes, %v; want %d", len(it.Text), err, len(text))
	}
	return nil
}

// parallel: of many that save over the same version at once one succeeds.
func parallel(ctx context.Context, s oauth.Store) error {
	at := seal.Place{Mailbox: "support", Field: "x"}
	for round := range 10 {
		old, err := s.Load(ctx, at)
		if err != nil {
			return err
		}
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = s.Save(ctx, at, oauth.Item{Text: fmt.Sprint("writer ", i), Version: old.Version})
			})
		}
		wg.Wait()
		winner := -1
		for i, err := range errs {
			switch {
			case err == nil && winner >= 0:
				return fmt.Errorf("round %d: writers %d and %d both saved over version %d", round, winner, i, old.Version)
			case err == nil:
				winner = i
			case !errors.Is(err, oauth.ErrConflict):
				return fmt.Errorf("round %d: %w, want ErrConflict", round, err)
			}
		}
		if it, err := s.Load(ctx, at); err != nil || it.Text != fmt.Sprint("writer ", winner) {
			return fmt.Errorf("round %d: %q is left, %v; want that of writer %d", round, it.Text, err, winner)
		}
	}
	return nil
}

// cancelled: nothing is written for a ctx that is done.
func cancelled(ctx context.Context, s oauth.Store) error {
	why := errors.New("the caller has gone")
	done, cancel := context.WithCancelCause(ctx)
	cancel(why)
	at := seal.Place{Mailbox: "support", Field: "x"}
	if _, err := s.Save(done, at, oauth.Item{Text: "a"}); !errors.Is(err, why) {
		return fmt.Errorf("Save with a done ctx: %v, want its cause", err)
	}
	if _, err := s.Load(done, at); !errors.Is(err, why) {
		return fmt.Errorf("Load with a done ctx: %v, want its cause", err)
	}
	if it, err := s.Load(ctx, at); err != nil || it.Version != 0 {
		return fmt.Errorf("Load = %+v, %v; want nothing", it, err)
	}
	return nil
}

type lockCheck struct {
	name  string
	check func(ctx context.Context, one, other oauth.Lock) error
}

func lockChecks() []lockCheck {
	return []lockCheck{{"OneAtATime", oneAtATime}, {"Names", lockNames}, {"Waits", lockWaits}, {"GivenBack", givenBack}}
}

// oneAtATime: two nodes never hold a lock together.
func oneAtATime(ctx context.Context, one, other oauth.Lock) error {
	var mu sync.Mutex
	inside, most, runs := 0, 0, 0
	count := func(step int) {
		mu.Lock()
		defer mu.Unlock()
		inside += step
		most = max(most, inside)
		runs += max(step, 0)
	}
	hold := func(context.Context) error {
		count(1)
		defer count(-1)
		time.Sleep(5 * time.Millisecond)
		return nil
	}
	errs := make([]error, 16)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			errs[i] = []oauth.Lock{one, other}[i%2].Hold(ctx, "oauth/support", hold)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if most != 1 || runs != len(errs) {
		return fmt.Errorf("%d of %d ran, %d at once; want all, one at a time", runs, len(errs), most)
	}
	return nil
}

// patience is how long a lock that is free may take: a moment, where the machine
// has time for it.
const patience = 3 * time.Minute

// lockNames: locks of different names do not know each other.
func lockNames(ctx context.Context, one, other oauth.Lock) error {
	return one.Hold(ctx, "oauth/a", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return other.Hold(ctx, "oauth/b", func(context.Context) error { return nil })
	})
}

// lockWaits: who waits in vain is told why, and fn is not called.
func lockWaits(ctx context.Context, one, other oauth.Lock) error {
	return one.Hold(ctx, "oauth/support", func(ctx context.Context) error {
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		called := false
		err := other.Hold(short, "oauth/support", func(context.Context) error { called = true; return nil })
		if called || !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("Hold of a lock that is held: %v, fn called = %t; want the end of ctx", err, called)
		}
		return nil
	})
}

// givenBack: the error of fn comes back, and so does the lock.
func givenBack(ctx context.Context, one, other oauth.Lock) error {
	why := errors.New("fn failed")
	for _, l := range []oauth.Lock{one, other, one} {
		ctx, cancel := context.WithTimeout(ctx, patience)
		err := l.Hold(ctx, "oauth/support", func(context.Context) error { return why })
		cancel()
		if !errors.Is(err, why) {
			return fmt.Errorf("Hold: %v, want the error of fn", err)
		}
	}
	return nil
}
