package crash_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/storetest/fault"
	"example.com/ticketmail/ticketmail"
)

// long reports whether everything is tried, whatever it takes.
func long() bool { return os.Getenv("TICKETMAIL_LONG") != "" }

// pick returns the short form of a number: one where nobody has asked for more,
// another one where everything that the machine needs is promised (CI).
func pick(usual, ci, whole int) int {
	switch {
	case long():
		return whole
	case os.Getenv("TICKETMAIL_REQUIRE") != "" && !raced && !testing.Short():
		return ci
	}
	return usual
}

// TestCrashSteps kills the engine at every numbered step of every scenario, on
// each store and server, and lets another process finish (THREATS R1, R2, R3,
// R12). The short form takes some of the steps.
func TestCrashSteps(t *testing.T) {
	for _, p := range products {
		for _, d := range dialects {
			for i, s := range scenarios() {
				if !s.fits(d) {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", p, d, s.name), func(t *testing.T) {
					what := row{Kind: "steps", Scenario: s.name, Store: string(p), Server: string(d)}
					if tableHas(t, what) {
						t.Logf("in the table already")
						return
					}
					takeSteps(t, s, p, d, i, what)
				})
			}
		}
	}
}

// extraSteps are tried beyond the number of steps that a run had, which differs
// a little from run to run: a fetch overlaps with the commits.
const extraSteps = 3

func takeSteps(t *testing.T, s scenario, p product, d dialect, nth int, what row) {
	t.Helper()
	whole := step{scenario: s, product: p, dialect: d}
	whole.take(t)
	wanted := min(pick(1, 4, whole.points+extraSteps), whole.points+extraSteps)
	var mu sync.Mutex
	t.Run("kill", func(t *testing.T) {
		for i := range wanted {
			n := i + 1
			if !long() { // spread over the run, elsewhere in each scenario
				n = 1 + (i*whole.points/wanted+7*nth)%whole.points
			}
			t.Run(fmt.Sprint("at ", n), func(t *testing.T) {
				t.Parallel()
				one := step{scenario: s, product: p, dialect: d, at: n}
				one.take(t)
				compare(t, whole.outcome, one.outcome)
				mu.Lock()
				defer mu.Unlock()
				what.add(one)
			})
		}
	})
	what.Steps = whole.points
	what.record(t)
}

// A step is one run: prepared, disturbed, resumed and checked.
type step struct {
	scenario scenario
	product  product
	dialect  dialect
	at       int // point at which a child is killed; 0: nowhere

	// disturb does the first round in this process instead, and breaks
	// something in it. Its error is no failure. nil: a child does it.
	disturb func(t *testing.T, j job, store vault) error

	where  *where             // an old store; nil: a new one
	engine *ticketmail.Engine // that disturb used, and that goes on after it; nil: another one does

	// front puts a proxy before the mail server or the exit; nil: there is none.
	front   func(t *testing.T, a *account, j *job) *fault.Proxy
	through *fault.Proxy // what front has made
	dsn     string       // of a PostgreSQL of its own; empty: the shared one

	// once wants the first round after that to be enough.
	once bool

	killed  bool
	points  int // of a run that nobody killed
	outcome outcome
	bad     tally
	mails   int
	removed int
	repeats int // mails sent twice
}

// set makes what the scenario needs.
func (s *step) set(t *testing.T) (a *account, exit *sink, j job) {
	t.Helper()
	a = newAccount(t, s.dialect, s.scenario.lacksIDs, s.scenario.folders...)
	exit = newSink(t)
	j = job{Where: newWhere(t, s.product, s.dsn), Box: a.mailbox(""), Exit: exit.address, Window: s.scenario.window}
	if s.where != nil {
		j.Where = *s.where
	}
	j.Within = s.product == sqlite // a server rolls back for itself, whoever its client was
	if s.dialect != pop3 {
		j.Box.Folders = append([]string{"INBOX"}, s.scenario.folders...)
	}
	if s.disturb != nil {
		j.PerConn = 1 // the exit is waited for
	}
	if s.front != nil {
		s.through = s.front(t, a, &j)
	}
	if s.scenario.box != nil {
		s.scenario.box(&j.Box.Mailbox)
	}
	if s.at > 0 {
		j.KillAt = []int{s.at}
	}
	return a, exit, j
}

func (s *step) take(t *testing.T) {
	t.Helper()
	a, exit, j := s.set(t)
	store, done, err := j.Where.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	notified, err := j.prepare(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{store: store}
	a.deleting = w.sees(t, s.scenario.lacksIDs)
	a.put(t, s.scenario.mails(newMarks(notified))...)

	where := s.first(t, j, store)
	a.settle()
	exit.settle()
	unsure := sentAndNotNoted(t, store, exit.counts())
	check := checker{
		account: a, store: store, stays: s.scenario.stays, after: j.Box.After, folders: s.scenario.folders,
		exact: s.dialect == uidplus, weak: s.scenario.lacksIDs,
	}
	if s.once {
		if err = s.round(t, j, store, new(fault.Injector)); err == nil {
			check.unmark(t)
			check.checkServer(t)
			err = j.late(t.Context(), store)
		}
	} else if s.engine != nil {
		if err = quiet(t.Context(), s.engine); err == nil {
			err = j.late(t.Context(), store)
		}
	} else {
		err = j.resume(t.Context(), store)
	}
	if err != nil {
		t.Fatalf("%s: resumed: %v", where, err)
	}
	s.bad, s.outcome = check.check(t)
	s.bad.Early, s.removed, s.mails = len(w.early), w.removals, len(a.all())
	if len(w.early) > 0 {
		t.Errorf("%d mails were removed before they were committed: %s", len(w.early), w.early[0])
	}
	s.repeats = checkSent(t, store, unsure, exit.counts())
	if t.Failed() {
		t.Logf("disturbed: %s", where)
	}
}

// round polls and delivers once, with the engine of the rounds before. in is
// that of the first one.
func (s *step) round(t *testing.T, j job, store vault, in *fault.Injector) error {
	t.Helper()
	if s.engine == nil {
		e, end, err := j.engine(t.Context(), store, in)
		if err != nil {
			return err
		}
		t.Cleanup(end)
		s.engine = e
	}
	return oneRound(t.Context(), s.engine)
}

// first does the first round, and says how it went.
func (s *step) first(t *testing.T, j job, store vault) string {
	t.Helper()
	if s.disturb != nil {
		return fmt.Sprint(s.disturb(t, j, store))
	}
	c := j.start(t)
	if s.killed = c.wait(t); !s.killed {
		_, _ = fmt.Sscanf(c.last, "points %d", &s.points)
	}
	return c.last
}

// sentAndNotNoted returns the mails that the exit has taken and the outbox does
// not know to be sent: those alone may be sent again.
func sentAndNotNoted(t testing.TB, store storage.Store, taken map[string]int) map[string]int {
	t.Helper()
	unsure := map[string]int{}
	err := store.View(t.Context(), func(r storage.Reader) error {
		for _, state := range []notify.State{notify.Waiting, notify.Sending, notify.Failed} {
			for m, err := range r.Outbox().List(t.Context(), notify.MailQuery{State: state}) {
				if err != nil {
					return err
				}
				if name := m.To.Address + " " + m.MessageID; taken[name] > 0 {
					unsure[name] = 1
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return unsure
}

// checkSent holds what the exit got against the outbox: each mail that counts
// as sent once, and twice at most where a kill came between its final dot and
// the note. It returns how many came twice.
func checkSent(t testing.TB, store storage.Store, unsure map[string]int, taken map[string]int) (repeats int) {
	t.Helper()
	err := store.View(t.Context(), func(r storage.Reader) error {
		for m, err := range r.Outbox().List(t.Context(), notify.MailQuery{}) {
			if err != nil {
				return err
			}
			name := m.To.Address + " " + m.MessageID
			n := taken[name]
			delete(taken, name)
			most := 1 + unsure[name]
			if n > 1 {
				repeats += n - 1
			}
			if n < 1 || n > most {
				t.Errorf("the exit got mail %s %d times, want once, and %d more where that could not be known", name, n, unsure[name])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range taken {
		t.Errorf("the exit got a mail that is not in the outbox: %s", strings.ToLower(name))
	}
	return repeats
}
