package crash_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"example.com/ticketmail/storage/storetest/fault"
)

// TestCrashStops ends Run at numbered points (THREATS R14): it returns within
// five seconds (measured with TICKETMAIL_LONG), leaves no goroutine, and the next one goes on.
func TestCrashStops(t *testing.T) {
	for _, p := range []product{memory, sqlite, postgreSQL} {
		t.Run(string(p), func(t *testing.T) {
			what := row{Kind: "stops", Scenario: "Run is ended", Store: string(p), Server: string(uidplus)}
			if tableHas(t, what) {
				t.Log("in the table already")
				return
			}
			var slowest time.Duration
			wanted := pick(3, 6, 100)
			for n := range wanted {
				at := 1 + n*100/wanted
				t.Run(fmt.Sprint("at ", at), func(t *testing.T) {
					s := &step{scenario: mixed(), product: p, dialect: uidplus, killed: true}
					s.disturb = func(t *testing.T, j job, store vault) error {
						ctx, stop := context.WithCancelCause(t.Context())
						defer stop(nil)
						var asked time.Time
						in := &fault.Injector{Plan: fault.At(at, func(context.Context, fault.Point) error {
							asked = time.Now()
							stop(errBroken)
							return nil
						})}
						e, end, err := j.engine(t.Context(), store, in)
						if err != nil {
							return err
						}
						defer end()
						if err := e.Run(ctx); !errors.Is(err, errBroken) {
							t.Errorf("Run = %v, want the cause of its context", err)
						}
						slowest = max(slowest, time.Since(asked))
						if stacks := running(); len(stacks) > 0 {
							t.Errorf("after Run there is still:\n%s", stacks)
						}
						return nil
					}
					s.take(t)
					what.add(*s)
				})
			}
			most := time.Minute // nothing that Run waits for lasts as long, and machines are busy
			if long() {
				most = 5 * time.Second
			}
			if slowest > most {
				t.Errorf("Run returned after %s, want %s at most", slowest, most)
			}
			what.Steps = int(slowest.Milliseconds())
			what.record(t)
		})
	}
}

// running returns the stacks of goroutines that the engine has started. One
// that has just said that it is done is given time to end.
func running() []byte {
	var found []byte
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		found = nil
		buf := make([]byte, 1<<20)
		for stack := range bytes.SplitSeq(buf[:runtime.Stack(buf, true)], []byte("\n\n")) {
			_, by, _ := bytes.Cut(stack, []byte("created by "))
			if bytes.HasPrefix(by, []byte("example.com/ticketmail/ticketmail.")) || bytes.HasPrefix(by, []byte("example.com/ticketmail/mailbox")) {
				found = append(append(found, stack...), "\n\n"...)
			}
		}
		if len(found) == 0 {
			return nil
		}
		runtime.Gosched()
		<-time.After(20 * time.Millisecond)
	}
	return found
}

// TestCrashMigrations kills a process while it makes its tables (THREATS R14):
// what it leaves is opened by the next one, and works.
func TestCrashMigrations(t *testing.T) {
	for _, p := range products {
		t.Run(string(p), func(t *testing.T) {
			what := row{Kind: "migrations", Scenario: "killed while migrating", Store: string(p)}
			if tableHas(t, what) {
				t.Log("in the table already")
				return
			}
			random := newRandom(t)
			whole, wanted := 100*time.Millisecond, pick(3, 8, 100)
			for try := 0; what.Runs < wanted && try < 20*wanted; try++ {
				t.Run(fmt.Sprint(try), func(t *testing.T) {
					j := job{Where: newWhere(t, p, ""), Box: box{}, Migrate: true}
					c := j.start(t)
					c.begun(t)
					began := time.Now()
					timer := c.killAfter(time.Duration(random.Int64N(int64(whole))))
					killed := c.wait(t)
					timer.Stop()
					if !killed {
						whole = time.Since(began)
						return
					}
					what.Runs++
					s := &step{scenario: scenarios()[0], product: p, dialect: uidplus, at: 0, where: &j.Where}
					s.take(t)
					what.Mails += s.mails
				})
			}
			if what.Runs < wanted {
				t.Errorf("killed %d times only: migrating was faster", what.Runs)
			}
			what.record(t)
		})
	}
}
