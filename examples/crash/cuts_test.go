package crash_test

import (
	"fmt"
	"sync"
	"testing"

	"example.com/ticketmail/storage/storetest/fault"
)

// TestCrashCuts breaks the connection after the n-th byte, n over the whole
// conversation with each kind of server (THREATS R8).
func TestCrashCuts(t *testing.T) {
	mail := func(t *testing.T, a *account, j *job) *fault.Proxy {
		p := newProxy(t, "tcp", a.address)
		folders := j.Box.Folders
		j.Box = a.mailbox(p.Addr())
		j.Box.Folders = folders
		return p
	}
	exit := func(t *testing.T, _ *account, j *job) *fault.Proxy {
		p := newProxy(t, "tcp", j.Exit)
		j.Exit = p.Addr()
		return p
	}
	for _, c := range []struct {
		name    string
		dialect dialect
		front   func(*testing.T, *account, *job) *fault.Proxy
	}{
		{string(uidplus), uidplus, mail},
		{string(plainest), plainest, mail},
		{string(pop3), pop3, mail},
		{"SMTP", uidplus, exit},
	} {
		t.Run(c.name, func(t *testing.T) {
			what := row{Kind: "cuts", Scenario: "mixed mails", Store: string(sqlite), Server: c.name}
			if tableHas(t, what) {
				t.Log("in the table already")
				return
			}
			var total int64
			whole := &step{scenario: mixed(), product: sqlite, dialect: c.dialect, front: c.front}
			whole.disturb = func(t *testing.T, j job, store vault) error {
				err := whole.round(t, j, store, new(fault.Injector))
				total = whole.through.Passed()
				return err
			}
			whole.take(t)
			what.Steps = int(total)
			wanted := pick(3, 20, 1000)
			var mu sync.Mutex
			t.Run("cut", func(t *testing.T) {
				for i := range wanted {
					n := int64(i) * total / int64(wanted)
					t.Run(fmt.Sprint("after ", n), func(t *testing.T) {
						t.Parallel()
						one := &step{scenario: mixed(), product: sqlite, dialect: c.dialect, front: c.front, killed: true}
						one.disturb = func(t *testing.T, j job, store vault) error {
							one.through.CutAfter(n, [...]fault.Break{fault.Hangup, fault.Reset}[i%2])
							return one.round(t, j, store, new(fault.Injector))
						}
						one.take(t)
						compare(t, whole.outcome, one.outcome)
						mu.Lock()
						defer mu.Unlock()
						what.add(*one)
					})
				}
			})
			what.record(t)
		})
	}
}

// newProxy starts a proxy that ends with the test.
func newProxy(t testing.TB, network, address string) *fault.Proxy {
	t.Helper()
	p, err := fault.NewProxy(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}
