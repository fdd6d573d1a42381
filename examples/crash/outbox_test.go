package crash_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/storetest/fault"
	"example.com/ticketmail/ticketmail"
)

// TestCrashOutbox kills the engine while it sends (THREATS R9): each mail is
// taken by the exit, and only one that the exit took, and that was not noted as
// sent when the engine was killed, may come again, as the same mail.
func TestCrashOutbox(t *testing.T) {
	const wanted = 500
	for _, p := range products {
		t.Run(string(p), func(t *testing.T) {
			what := row{Kind: "outbox", Scenario: "killed while sending", Store: string(p), Server: "SMTP"}
			for run := 1; run == 1 || long() && !t.Failed(); run++ {
				if long() && runsIn(t, what) >= wanted {
					break
				}
				t.Run(fmt.Sprint("run ", run), func(t *testing.T) { sendAndKill(t, p, pick(3, 8, 50), what) })
			}
		})
	}
}

func sendAndKill(t *testing.T, p product, kills int, what row) {
	t.Helper()
	a, exit, random := newAccount(t, uidplus, false), newSink(t), newRandom(t)
	j := job{Where: newWhere(t, p, ""), Box: a.mailbox(""), Exit: exit.address}
	store, done, err := j.Where.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	e, end, err := j.engine(t.Context(), store, new(fault.Injector))
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	unsure := map[string]int{}
	whole, ended := 200*time.Millisecond, 0
	for what.Runs < kills && ended < 3*kills+10 {
		for range 10 { // tickets, each with a mail to either member of the task
			_, err := e.CreateTicket(t.Context(), ticketmail.Actor{}, ticketmail.NewTicket{Subject: "Matter", Text: "Text.", Task: "inbox"})
			if err != nil {
				t.Fatal(err)
			}
		}
		c := j.start(t)
		c.begun(t)
		began := time.Now()
		timer := c.killAfter(time.Duration(random.Int64N(int64(whole))))
		killed := c.wait(t)
		timer.Stop()
		if !killed {
			whole = time.Since(began)
			ended++
			continue
		}
		whole += whole / 50
		what.Runs++
		exit.settle()
		for name := range sentAndNotNoted(t, store, exit.counts()) {
			unsure[name]++
		}
	}
	if _, err := e.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	what.Mails = countSent(t, store)
	what.Repeats = checkSent(t, store, unsure, exit.counts())
	if what.Runs < kills {
		t.Errorf("killed %d times only: the engine was faster", what.Runs)
	}
	what.record(t)
}

// countSent wants every mail sent, and counts them.
func countSent(t testing.TB, store storage.Store) (n int) {
	t.Helper()
	err := store.View(t.Context(), func(r storage.Reader) error {
		n = 0
		for m, err := range r.Outbox().List(t.Context(), notify.MailQuery{}) {
			if err != nil {
				return err
			}
			if n++; m.State != notify.Sent {
				t.Errorf("mail to %s is %s: %s", m.To.Address, m.State, m.Error)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
