package ticketmail

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"example.com/ticketmail/mailbox"
)

// An Observer is told what an Engine does, so that a host can count, measure
// and trace it with whatever it uses for that. Package otelobserver, a module
// of its own, is one for OpenTelemetry.
//
// Its methods are called by many goroutines at once and in the middle of the
// work, some for every mail, so they must be quick and must not call the
// Engine. A panic in one is logged, once, and stops nothing.
type Observer interface {
	// Begin is told that something begins that takes time. Of e only those
	// fields are set that are known beforehand. It returns the context of what
	// is done, made from ctx or ctx itself: what happens within is observed
	// with contexts made from that, so that traces nest.
	Begin(ctx context.Context, e Event) context.Context

	// Observe is told that something has happened. Where Begin was told that
	// it begins, ctx is what that returned; then it is told of its end too,
	// once, unless the host's own code panics meanwhile. ctx may be done.
	Observe(ctx context.Context, e Event)
}

// ObserverFunc lets an ordinary function act as an [Observer] that counts and
// measures, and traces nothing: it is called for what has happened.
type ObserverFunc func(ctx context.Context, e Event)

// Begin returns ctx.
func (f ObserverFunc) Begin(ctx context.Context, _ Event) context.Context { return ctx }

// Observe calls f.
func (f ObserverFunc) Observe(ctx context.Context, e Event) { f(ctx, e) }

var _ Observer = ObserverFunc(nil)

// An observed is an Observer that cannot do harm. The nil one is nobody.
type observed struct {
	Observer
	logger   *slog.Logger
	panicked atomic.Bool
}

// observedBy returns nil where there is no Observer.
func observedBy(o Observer, logger *slog.Logger) *observed {
	if o == nil {
		return nil
	}
	return &observed{Observer: o, logger: logger}
}

// A stretch is the time that something takes.
type stretch struct {
	watch *observed
	ctx   context.Context // as Begin returned it
	began time.Time
}

// begin tells that something begins. Without an Observer it costs a
// comparison: e becomes an Event only behind that.
func begin[E Event](ctx context.Context, watch *observed, e E) (context.Context, stretch) {
	if watch == nil {
		return ctx, stretch{}
	}
	return watch.begin(ctx, e)
}

func (w *observed) begin(ctx context.Context, e Event) (within context.Context, s stretch) {
	within = ctx
	defer func() {
		w.caught(ctx, recover())
		s = stretch{w, within, time.Now()}
	}()
	if c := w.Begin(ctx, e); c != nil {
		within = c
	}
	return within, s
}

// end tells of the end. made is called, with how it went, only if there is
// somebody to be told.
func (s stretch) end(err error, made func(Result) Event) {
	if s.watch == nil {
		return
	}
	s.watch.tell(s.ctx, made(Result{Took: time.Since(s.began), Failure: classify(err), Err: err}))
}

// observe tells of something that takes no time.
func observe[E Event](ctx context.Context, watch *observed, e E) {
	if watch != nil {
		watch.tell(ctx, e)
	}
}

func (w *observed) tell(ctx context.Context, e Event) {
	defer func() { w.caught(ctx, recover()) }()
	w.Observe(ctx, e)
}

func (w *observed) caught(ctx context.Context, thrown any) {
	if thrown != nil && !w.panicked.Swap(true) {
		w.logger.LogAttrs(ctx, slog.LevelError, "the observer panicked; its further panics are not logged", slog.String("panic", fmt.Sprint(thrown)))
	}
}

// tellOf tells what became of mails.
func (e *Engine) tellOf(ctx context.Context, entries ...mailbox.Entry) {
	if e.observer == nil {
		return
	}
	for _, entry := range entries {
		told := MailEvent{Mailbox: entry.Mailbox, Outcome: entry.Outcome, Bytes: entry.Size}
		if len(entry.Reasons) > 0 {
			told.Reason = entry.Reasons[0].Code
		}
		e.observer.tell(ctx, told)
	}
}
