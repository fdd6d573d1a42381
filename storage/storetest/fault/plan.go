package fault

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// A Plan decides what happens at a point. An error becomes that of the call,
// as [Moment] says. It is called by the goroutine that makes the call, and may
// block it.
type Plan func(ctx context.Context, p Point) error

// At returns a plan that does something at the n-th points alone.
func At(n int, do Plan, more ...int) Plan {
	return func(ctx context.Context, p Point) error {
		if p.N != n && !slices.Contains(more, p.N) {
			return nil
		}
		return do(ctx, p)
	}
}

// From returns a plan that does something at the n-th point and at all that
// follow.
func From(n int, do Plan) Plan {
	return func(ctx context.Context, p Point) error {
		if p.N < n {
			return nil
		}
		return do(ctx, p)
	}
}

// Fail returns a plan that fails: with err and the point, which errors.Is finds
// to be err.
func Fail(err error) Plan {
	return func(_ context.Context, p Point) error { return fmt.Errorf("point %s: %w", p, err) }
}

// Delay returns a plan that waits for d. It fails with the cause of a ctx that
// ends before.
func Delay(d time.Duration) Plan {
	return func(ctx context.Context, _ Point) error {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.C:
			return nil
		}
	}
}

// Kill returns a plan that ends this process as kill -9 does: nothing is
// cleaned up, nothing that is under way is finished, and it does not return.
func Kill() Plan {
	return func(context.Context, Point) error {
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = p.Kill()
		}
		if err != nil {
			panic(fmt.Sprintf("cannot kill this process: %v", err))
		}
		select {} // until the signal arrives
	}
}
