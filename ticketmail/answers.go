package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// answers remembers what the Directory said, for one piece of work: an
// action, or a batch of mails.
type answers struct {
	dir escalation.Directory

	mu     sync.Mutex
	known  map[string]answer
	wanted []question // asked in a transaction, not answered yet
}

type answer struct {
	value any
	err   error // nil or escalation.ErrNotFound
}

type question struct {
	key string
	ask func(ctx context.Context) (any, error)
}

// errAsk reports that the directory must be asked outside of the transaction.
var errAsk = errors.New("the directory must be asked first")

// directoryTime bounds one question to the directory.
const directoryTime = 10 * time.Second

func newAnswers(dir escalation.Directory) *answers {
	return &answers{dir: dir, known: map[string]answer{}}
}

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

// put asks a question and keeps the answer, unless the directory failed.
func (a *answers) put(ctx context.Context, q question) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, directoryTime)
	defer cancel()
	value, err := q.ask(ctx)
	if err != nil && !errors.Is(err, escalation.ErrNotFound) {
		return answer{}, fmt.Errorf("ask directory for %s: %w", q.key, err)
	}
	got := answer{value, err}
	a.mu.Lock()
	a.known[q.key] = got
	a.mu.Unlock()
	return got, nil
}

// foresee asks what telling people of a new ticket will need to know in most
// cases. A transaction that has to be run again costs a ticket number.
func (e *Engine) foresee(ctx context.Context, known *answers, task escalation.TaskID, people ...escalation.PersonID) error {
	dir := consulted{known, false}
	for _, id := range people {
		if id == "" {
			continue
		}
		if _, err := dir.Person(ctx, id); err != nil && !errors.Is(err, escalation.ErrNotFound) {
			return err
		}
	}
	place, err := dir.Place(ctx, task)
	if errors.Is(err, escalation.ErrNotFound) {
		place = escalation.Place{Task: task}
	} else if err != nil {
		return err
	}
	rule := e.cfg.Rules[notify.TicketCreated]
	if !rule.Active {
		return nil
	}
	reached := true
	for _, id := range people {
		p, err := dir.Person(ctx, id)
		reached = reached && (id == "" || err == nil && escalation.Mailable(p, nil) == "")
	}
	for _, role := range slices.Concat(rule.Roles, rule.Unassigned) {
		g := escalation.Group(role)
		if !slices.Contains(e.cfg.Chain, g) {
			continue
		}
		members, err := dir.Members(ctx, g, place)
		if err != nil {
			return err
		}
		reached = reached && slices.ContainsFunc(members, func(p escalation.Person) bool { return escalation.Mailable(p, nil) == "" })
	}
	if reached {
		return nil
	}
	for _, g := range e.cfg.Chain { // somebody cannot be mailed, so it will be walked
		if _, err := dir.Members(ctx, g, place); err != nil {
			return err
		}
	}
	return nil
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

// resolve asks what a transaction wanted to know.
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

// PersonByAddress implements [escalation.Directory].
func (c consulted) PersonByAddress(ctx context.Context, address string) (escalation.Person, error) {
	return ask(ctx, c, "address "+address, func(ctx context.Context) (escalation.Person, error) {
		return c.dir.PersonByAddress(ctx, address)
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
