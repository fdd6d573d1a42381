package fault

import (
	"context"
	"fmt"
	"sync"
)

// An Op is a call that crosses a boundary.
type Op string

// The calls. Those inside of a transaction, which are points with
// Injector.Within only, have the names of their part and method, for example
// "tickets.put".
const (
	View   Op = "view"   // of a Store
	Update Op = "update" // the same

	Create Op = "create" // of Blobs
	Finish Op = "finish" // of what Create returned
	Sync   Op = "sync"
	Open   Op = "open"

	Connect Op = "connect" // of a Connector
	Select  Op = "select"  // of a Session, as the following
	List    Op = "list"
	Fetch   Op = "fetch"
	Body    Op = "body" // of one mail: its bytes are about to be read, or have been
	Remove  Op = "remove"
	Move    Op = "move"
	Flag    Op = "flag"
	Wait    Op = "wait"
	Close   Op = "close"

	Send Op = "send" // of a Sender
)

// A Moment is where in a call a point lies.
type Moment string

// The moments.
const (
	Before Moment = "before" // nothing was done: an error is that of the call
	Commit Moment = "commit" // of Update only: its function has succeeded; an error rolls back
	After  Moment = "after"  // all was done: an error is told instead of the success
)

// A Point is one place where something can break.
type Point struct {
	N      int // from 1, in the order in which the points were reached
	Op     Op
	Moment Moment
}

// String returns for example "17 update commit".
func (p Point) String() string { return fmt.Sprintf("%d %s %s", p.N, p.Op, p.Moment) }

// An Injector numbers the calls that pass its wrappers. All wrappers of one
// Injector share the numbers. It is safe for concurrent use; the zero value
// lets everything pass.
//
// Calls of several goroutines are numbered as they come, so that the n-th may
// be another one in the next run.
type Injector struct {
	Plan Plan // is asked at each point; nil: nothing happens

	// Within makes points also of the calls inside of View and Update, and of
	// each write to a spool: Before only, since a transaction that is broken
	// rolls back whatever was done in it.
	Within bool

	mu sync.Mutex
	n  int
}

// Count returns how many points were reached.
func (in *Injector) Count() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.n
}

// reach numbers a point and asks the plan.
func (in *Injector) reach(ctx context.Context, op Op, m Moment) error {
	in.mu.Lock()
	in.n++
	p := Point{in.n, op, m}
	in.mu.Unlock()
	if in.Plan == nil {
		return nil
	}
	return in.Plan(ctx, p)
}

// within is reach for a call inside of a transaction.
func (in *Injector) within(ctx context.Context, op Op) error {
	if !in.Within {
		return nil
	}
	return in.reach(ctx, op, Before)
}

// around calls do between the points Before and After.
func (in *Injector) around(ctx context.Context, op Op, do func() error) error {
	if err := in.reach(ctx, op, Before); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return in.reach(ctx, op, After)
}
