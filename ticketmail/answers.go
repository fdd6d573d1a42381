package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// A DirectoryError reports that the directory could not be asked, although it
// was tried several times.
type DirectoryError struct {
	Question string // for example "person bea"
	Err      error  // of the last attempt
}

func (e *DirectoryError) Error() string {
	return fmt.Sprintf("ask directory for %s: %v", e.Question, e.Err)
}

// Unwrap returns the directory's error.
func (e *DirectoryError) Unwrap() error { return e.Err }

// isDirectory reports whether err is that the directory could not be asked.
func isDirectory(err error) bool {
	_, ok := errors.AsType[*DirectoryError](err)
	return ok
}

// answers remembers what the Directory said, for one piece of work: an
// action, or a batch of mails.
type answers struct {
	dir      escalation.Directory
	time     time.Duration // of one question
	observer *observed

	mu     sync.Mutex
	known  map[string]answer
	wanted []question      // asked in a transaction, not answered yet
	down   *DirectoryError // the directory has failed; until forgive
}

type answer struct {
	value any
	err   error // nil, escalation.ErrNotFound or a *DirectoryError
}

type question struct {
	key string
	ask func(ctx context.Context) (any, error)
}

// errAsk reports that the directory must be asked outside of the transaction.
var errAsk = errors.New("the directory must be asked first")

// Waits before a question to the directory is asked again.
var directoryWaits = [...]time.Duration{100 * time.Millisecond, 500 * time.Millisecond}

func (e *Engine) newAnswers() *answers {
	return &answers{dir: e.cfg.Directory, time: e.cfg.DirectoryTime, observer: e.observer, known: map[string]answer{}}
}

// directory returns a Directory for work outside of transactions.
func (e *Engine) directory() consulted { return consulted{e.newAnswers(), false} }

// consulted is a Directory that remembers its answers. Inside a transaction
// it does not ask: a directory on the network must not hold the store's write
// lock. There a question without an answer is noted and fails with errAsk; the
// transaction is rolled back, the question asked, and the transaction run
// again (see Engine.update).
type consulted struct {
	*answers
	inTx bool
}

var _ escalation.Directory = consulted{}

func ask[T any](ctx context.Context, c consulted, key string, f func(context.Context) (T, error)) (T, error) {
	var none T
	q := question{key, func(ctx context.Context) (any, error) { return f(ctx) }}
	c.mu.Lock()
	got, ok := c.known[key]
	if !ok && c.inTx {
		c.wanted = append(c.wanted, q)
	}
	c.mu.Unlock()
	if !ok {
		if c.inTx {
			return none, errAsk
		}
		var err error
		if got, err = c.put(ctx, q); err != nil {
			return none, err
		}
	}
	value, _ := got.value.(T)
	return value, got.err
}

// put asks a question and keeps the answer; that there is none is one too. The
// error is ctx's.
func (a *answers) put(ctx context.Context, q question) (answer, error) {
	got, err := a.try(ctx, q)
	if err != nil {
		return answer{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[q.key] = got
	if failure, ok := errors.AsType[*DirectoryError](got.err); ok {
		a.down = failure
	}
	return got, nil
}

// hurried is how long one question may take once the directory has failed:
// work that needs ten answers must not wait ten times.
const hurried = time.Second

// try asks up to three times, or once and in a hurry where the directory has
// failed already. It may be wrong about one person only, so it is asked.
func (a *answers) try(ctx context.Context, q question) (answer, error) {
	a.mu.Lock()
	waits, limit := directoryWaits[:], a.time
	if a.down != nil {
		waits, limit = nil, min(a.time, hurried)
	}
	a.mu.Unlock()
	for attempt := 0; ; attempt++ {
		value, said := a.once(ctx, q, limit)
		switch {
		case said == nil || errors.Is(said, escalation.ErrNotFound):
			return answer{value, said}, nil
		case ctx.Err() != nil:
			return answer{}, context.Cause(ctx)
		case attempt == len(waits):
			return answer{err: &DirectoryError{q.key, said}}, nil
		}
		sleep(ctx, waits[attempt])
	}
}

func (a *answers) once(ctx context.Context, q question, limit time.Duration) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	kind, _, _ := strings.Cut(q.key, " ")
	ctx, took := begin(ctx, a.observer, DirectoryEvent{Question: kind})
	value, err := q.ask(ctx)
	unknown := errors.Is(err, escalation.ErrNotFound)
	failed := err
	if unknown {
		failed = nil
	}
	took.end(failed, func(r Result) Event { return DirectoryEvent{kind, unknown, r} })
	return value, err
}

// forgive lets the directory be asked again for what it failed to answer.
func (a *answers) forgive() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down == nil {
		return
	}
	a.down = nil
	for key, got := range a.known {
		if isDirectory(got.err) {
			delete(a.known, key)
		}
	}
}

// maxAnswers bounds what is remembered during a long drain.
const maxAnswers = 10_000

// trim forgets everything once there is much of it.
func (a *answers) trim() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) > maxAnswers {
		clear(a.known)
	}
}

// resolve asks what a transaction wanted to know. The error is ctx's.
func (a *answers) resolve(ctx context.Context) error {
	a.mu.Lock()
	wanted := a.wanted
	a.wanted = nil
	a.mu.Unlock()
	for _, q := range wanted {
		if _, err := a.put(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// Person implements [escalation.Directory].
func (c consulted) Person(ctx context.Context, id escalation.PersonID) (escalation.Person, error) {
	return ask(ctx, c, "person "+string(id), func(ctx context.Context) (escalation.Person, error) {
		return c.dir.Person(ctx, id)
	})
}

// PersonByAddress implements [escalation.Directory]. It asks for both forms of
// a domain in other than ASCII letters.
func (c consulted) PersonByAddress(ctx context.Context, address string) (escalation.Person, error) {
	return ask(ctx, c, "address "+address, func(ctx context.Context) (escalation.Person, error) {
		p, err := c.dir.PersonByAddress(ctx, address)
		if other := notify.OtherForm(address); other != "" && errors.Is(err, escalation.ErrNotFound) {
			return c.dir.PersonByAddress(ctx, other)
		}
		return p, err
	})
}

// Members implements [escalation.Directory].
func (c consulted) Members(ctx context.Context, g escalation.Group, at escalation.Place) ([]escalation.Person, error) {
	key := fmt.Sprintf("group %q of %q %q %q", g, at.Task, at.Project, at.Departments)
	return ask(ctx, c, key, func(ctx context.Context) ([]escalation.Person, error) {
		return c.dir.Members(ctx, g, at)
	})
}

// Place implements [escalation.Directory].
func (c consulted) Place(ctx context.Context, task escalation.TaskID) (escalation.Place, error) {
	return ask(ctx, c, "task "+string(task), func(ctx context.Context) (escalation.Place, error) {
		return c.dir.Place(ctx, task)
	})
}
