package ticketmail

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/storage"
)

// stuck is a store that keeps an Update waiting until its context is done, for
// some time, and then renews leases.
type stuck struct {
	storage.Store
	until time.Time
}

func (s stuck) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if time.Now().Before(s.until) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Until(s.until)):
			return errors.New("the server is starting up")
		}
	}
	return fn(lessor{})
}

type lessor struct{ storage.Writer }

func (lessor) Leases() storage.Leases { return renewer{} }

type renewer struct{ storage.Leases }

func (renewer) Renew(context.Context, storage.Lease, time.Duration) error { return nil }

// TestRefreshUntilTheEnd: a store that does not answer for a while costs no
// lease while that lasts, and costs it when it has run out, no earlier.
func TestRefreshUntilTheEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		stuck time.Duration
		lost  time.Duration // after the beginning; 0: not
	}{
		"answers":           {0, 0},
		"for most of it":    {leaseTime - 2*time.Second, 0},
		"for longer":        {leaseTime + time.Second, leaseTime},
		"for very much":     {time.Hour, leaseTime},
		"for a single turn": {leaseTime / 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				h := &heldLease{abandoned: &abandoned{}, began: began}
				refresh, stop := context.WithTimeout(t.Context(), 10*leaseTime)
				defer stop()
				var lostAfter time.Duration
				h.refresh(refresh, stuck{until: began.Add(tt.stuck)}, func(err error) {
					if !errors.Is(err, storage.ErrLeaseLost) {
						t.Errorf("lost because of %v", err)
					}
					lostAfter = time.Since(began)
				})
				if lostAfter != tt.lost || h.lost.Load() != (tt.lost != 0) {
					t.Errorf("lost after %v (told: %t), want %v", lostAfter, h.lost.Load(), tt.lost)
				}
			})
		})
	}
}
