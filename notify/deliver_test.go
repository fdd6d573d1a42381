package notify_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

// A box is an outbox in a slice. Its transactions are real: a failed one
// leaves nothing behind.
type box struct {
	mu     sync.Mutex
	mails  []notify.Mail
	fail   error // of the next transaction, after its function ran
	again  bool  // run each function twice, as a store does after a conflict
	calls  int
	onCall func(call int) // inside each transaction
}

func (b *box) UpdateOutbox(ctx context.Context, fn func(notify.Outbox) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	before := slices.Clone(b.mails)
	run := func() error {
		if b.onCall != nil {
			b.onCall(b.calls)
		}
		return errors.Join(ctx.Err(), fn((*open)(b)))
	}
	if b.again {
		_ = run()
		b.mails = slices.Clone(before)
	}
	err := run()
	if err == nil {
		err, b.fail = b.fail, nil
	}
	if err != nil {
		b.mails = before
	}
	return err
}

// open is a box inside a transaction.
type open box

func (b *open) List(context.Context, notify.MailQuery) iter.Seq2[notify.Mail, error] {
	panic("a deliverer has no need to list")
}

func (b *open) Put(_ context.Context, mails ...*notify.Mail) error {
	for _, m := range mails {
		i := slices.IndexFunc(b.mails, func(have notify.Mail) bool { return have.ID == m.ID })
		if i < 0 || b.mails[i].Version != m.Version {
			return mailbox.ErrConflict
		}
		m.Version++
		b.mails[i] = *m
	}
	return nil
}

func (b *open) Claim(_ context.Context, owner string, now, until time.Time, n int) ([]notify.Mail, error) {
	var claimed []notify.Mail
	for i := range b.mails {
		m := &b.mails[i]
		due := m.State == notify.Waiting && !m.Due.After(now) || m.State == notify.Sending && !m.ClaimedUntil.After(now)
		if len(claimed) == n || !due {
			continue
		}
		m.State, m.ClaimedBy, m.ClaimedUntil = notify.Sending, owner, until
		m.Attempts++
		m.Version++
		claimed = append(claimed, *m)
	}
	return claimed, nil
}

func newBox(n int) *box {
	b := &box{}
	for i := range n {
		m := sample(nil)
		m.ID, m.State, m.Due, m.Version = fmt.Sprintf("m%d", i), notify.Waiting, noon, 1
		m.MessageID = m.ID + "@tickets.example"
		m.To.Address = fmt.Sprintf("p%d@corp.example", i)
		b.mails = append(b.mails, m)
	}
	return b
}

// states counts the mails in each state, as "2 sent 1 waiting".
func (b *box) states() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []string
	for _, state := range []notify.State{notify.Failed, notify.Held, notify.Sending, notify.Sent, notify.Waiting} {
		n := 0
		for _, m := range b.mails {
			if m.State == state {
				n++
			}
		}
		if n > 0 {
			list = append(list, fmt.Sprintf("%d %s", n, state))
		}
	}
	return strings.Join(list, " ")
}

func deliverer(b *box, send notify.SenderFunc) *notify.Deliverer {
	return &notify.Deliverer{Tx: b, Sender: send, Owner: "test", Now: func() time.Time { return noon }}
}

func TestDeliverOutcomes(t *testing.T) {
	refused := &notify.RecipientError{Address: "p1@corp.example", Status: "5.1.1", Err: errors.New("no such user")}
	for _, again := range []bool{false, true} {
		b := newBox(4)
		b.again = again
		var marked []string
		d := deliverer(b, func(_ context.Context, m notify.Mail) error {
			switch m.ID {
			case "m1":
				return fmt.Errorf("send: %w", refused)
			case "m2":
				return errors.New("connection\r\nlost")
			case "m3":
				return fmt.Errorf("send: %w: To", notify.ErrInvalidMail)
			}
			return nil
		})
		d.Refused = func(_ context.Context, _ notify.Outbox, m notify.Mail, err *notify.RecipientError) error {
			marked = []string{m.ID + " " + err.Status} // the transaction may run again
			return nil
		}
		var lost []string
		d.GaveUp = func(_ context.Context, _ notify.Outbox, m notify.Mail, err error) error {
			lost = []string{fmt.Sprint(m.ID, " ", errors.Is(err, notify.ErrInvalidMail))}
			return nil
		}
		report, err := d.DeliverDue(t.Context())
		if !slices.Equal(lost, []string{"m3 true"}) {
			t.Errorf("given up: %q", lost)
		}
		if err != nil || report != (notify.Report{Sent: 1, Retried: 1, Failed: 2}) {
			t.Errorf("report %+v, %v", report, err)
		}
		if !slices.Equal(marked, []string{"m1 5.1.1"}) {
			t.Errorf("recipients marked: %q", marked)
		}
		if got := b.states(); got != "2 failed 1 sent 1 waiting" {
			t.Errorf("outbox: %s", got)
		}
		if m := b.mails[0]; m.SentAt != noon || m.Attempts != 1 || m.Error != "" || m.ClaimedBy != "" {
			t.Errorf("sent mail: %+v", m)
		}
		if m := b.mails[2]; m.Due != noon.Add(time.Minute) || m.Attempts != 1 || m.Error != "connection lost" || !m.ClaimedUntil.IsZero() {
			t.Errorf("mail to be tried again: %+v", m)
		}
	}
}

// TestDeliverBackoff: the times of all attempts, the same mail each time, and
// the end of patience.
func TestDeliverBackoff(t *testing.T) {
	b, now := newBox(1), noon
	var at []time.Duration
	ids := map[string]bool{}
	d := deliverer(b, func(_ context.Context, m notify.Mail) error {
		at = append(at, now.Sub(noon))
		ids[m.MessageID] = true
		return errors.New("try later")
	})
	d.Now = func() time.Time { return now }
	for b.mails[0].State == notify.Waiting {
		now = b.mails[0].Due
		if _, err := d.DeliverDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []time.Duration{0, time.Minute, 6 * time.Minute, 21 * time.Minute, 81 * time.Minute, 321 * time.Minute}
	if !slices.Equal(at[:6], want) {
		t.Errorf("attempts after %v, want %v", at[:6], want)
	}
	if last := at[len(at)-1]; last < 40*time.Hour || last > 48*time.Hour {
		t.Errorf("given up after %s, want about two days", last)
	}
	if len(ids) != 1 || b.mails[0].State != notify.Failed || b.mails[0].Error == "" {
		t.Errorf("%d Message-IDs, mail %+v", len(ids), b.mails[0])
	}
}

// TestDeliverDeferred: a recipient who was not reached until the mail was given
// up counts as refused, after the tries that the exit allows or all of them.
func TestDeliverDeferred(t *testing.T) {
	for tries, want := range map[int]int{4: 4, 1: 1, 0: 16, 1000: 16} {
		b, now, sends := newBox(1), noon, 0
		d := deliverer(b, func(context.Context, notify.Mail) error {
			sends++
			return fmt.Errorf("send: %w", &notify.DeferredError{Address: "p0@corp.example", Status: "4.2.2", Tries: tries, Err: errors.New("full")})
		})
		d.Now = func() time.Time { return now }
		var told []string
		d.Refused = func(_ context.Context, _ notify.Outbox, m notify.Mail, err *notify.RecipientError) error {
			told = []string{m.ID + " " + err.Address + " " + err.Status}
			return nil
		}
		d.GaveUp = func(context.Context, notify.Outbox, notify.Mail, error) error {
			t.Error("given up as if it were nobody's fault")
			return nil
		}
		for b.mails[0].State == notify.Waiting {
			if told != nil {
				t.Errorf("%d tries: told after %d sends that he is refused", tries, sends)
			}
			now = b.mails[0].Due
			if _, err := d.DeliverDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if sends != want || b.mails[0].State != notify.Failed || !slices.Equal(told, []string{"m0 p0@corp.example 4.2.2"}) {
			t.Errorf("%d tries: %d sends, want %d; %s, told %q", tries, sends, want, b.mails[0].State, told)
		}
	}
}

func TestDeliverPausesOnConfigError(t *testing.T) {
	b, now, broken, sends := newBox(20), noon, true, 0
	d := deliverer(b, func(context.Context, notify.Mail) error {
		if sends++; broken {
			return fmt.Errorf("send: %w", &notify.ConfigError{Step: "AUTH", Err: errors.New("535 no")})
		}
		return nil
	})
	d.Parallel = 1
	d.Now = func() time.Time { return now }

	report, err := d.DeliverDue(t.Context())
	if _, ok := errors.AsType[*notify.ConfigError](report.Paused.Err); err != nil || !ok || report.Paused.Until != noon.Add(5*time.Minute) {
		t.Fatalf("report %+v, %v", report, err)
	}
	for _, m := range b.mails {
		if m.State != notify.Waiting || m.Attempts != 0 || m.Due != noon {
			t.Fatalf("a mail paid for our mistake: %+v", m)
		}
	}
	if sends != 1 {
		t.Errorf("%d sends before the pause, want 1", sends)
	}
	if report, _ = d.DeliverDue(t.Context()); report.Paused == nil || sends != 1 {
		t.Errorf("sent %d during the pause; %+v", sends, report)
	}
	broken, now = false, now.Add(5*time.Minute)
	if report, err = d.DeliverDue(t.Context()); err != nil || report.Sent != 20 || report.Paused != nil {
		t.Errorf("after the pause: %+v, %v", report, err)
	}
}

func TestDeliverResume(t *testing.T) {
	b, broken := newBox(1), true
	d := deliverer(b, func(context.Context, notify.Mail) error {
		if broken {
			return &notify.ConfigError{Step: "TLS", Err: errors.New("expired")}
		}
		return nil
	})
	_, _ = d.DeliverDue(t.Context())
	broken = false
	d.Resume()
	if report, err := d.DeliverDue(t.Context()); err != nil || report.Sent != 1 {
		t.Errorf("after Resume: %+v, %v", report, err)
	}
}

// TestDeliverParallel: never more sends at once than allowed, and as many.
func TestDeliverParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(50)
		var mu sync.Mutex
		running, most := 0, 0
		d := deliverer(b, func(context.Context, notify.Mail) error {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		})
		d.Parallel = 5
		start := time.Now()
		report, err := d.DeliverDue(t.Context())
		if err != nil || report.Sent != 50 || most != 5 {
			t.Errorf("report %+v, %v, at most %d at once", report, err, most)
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %s, want 10 s: 50 mails, 5 at once, 1 s each", took)
		}
		if b.calls > 51 {
			t.Errorf("%d transactions for 50 mails", b.calls)
		}
	})
}

// TestDeliverCancelled: mails under way come back as they were, and those
// that had been sent stay sent.
func TestDeliverCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := newBox(10)
		d := deliverer(b, func(ctx context.Context, m notify.Mail) error {
			if m.ID == "m0" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		time.AfterFunc(time.Second, cancel)
		report, err := d.DeliverDue(ctx)
		if !errors.Is(err, context.Canceled) || report.Sent != 1 || report.Retried != 0 {
			t.Errorf("report %+v, %v", report, err)
		}
		if got := b.states(); got != "1 sent 9 waiting" {
			t.Errorf("outbox: %s", got)
		}
		for _, m := range b.mails[1:] {
			if m.Attempts != 0 || m.Due != noon || m.Error != "" {
				t.Errorf("mail %s: %d attempts, due %s, error %q", m.ID, m.Attempts, m.Due, m.Error)
			}
		}
	})
}

// TestDeliverBoundsASend: a sender that hangs loses its mail before the claim
// on it ends, so that no other node sends the mail at the same time.
func TestDeliverBoundsASend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(1)
		d := deliverer(b, func(ctx context.Context, m notify.Mail) error {
			<-ctx.Done()
			return ctx.Err()
		})
		d.Lease = 10 * time.Minute
		start := time.Now()
		report, err := d.DeliverDue(t.Context())
		if took := time.Since(start); err != nil || report.Retried != 1 || took >= d.Lease {
			t.Errorf("report %+v, %v, after %s", report, err, took)
		}
	})
}

// TestDeliverStoreFails: an outbox that fails ends the round with its error,
// and what was sent is noted if it can be.
func TestDeliverStoreFails(t *testing.T) {
	down := errors.New("disk full")
	b := newBox(8)
	b.onCall = func(call int) {
		if call == 2 {
			b.fail = down
		}
	}
	d := deliverer(b, func(context.Context, notify.Mail) error { return nil })
	d.Parallel = 2
	report, err := d.DeliverDue(t.Context())
	if !errors.Is(err, down) || report.Sent != 2 {
		t.Errorf("report %+v, %v", report, err)
	}
	if got := b.states(); got != "2 sent 6 waiting" {
		t.Errorf("outbox: %s", got)
	}
}

// TestDeliverNotesLater: what was sent while the store fails for longer is
// noted by the next round, and not sent again.
func TestDeliverNotesLater(t *testing.T) {
	down := errors.New("the database is gone")
	b := newBox(4)
	b.onCall = func(call int) {
		if call > 1 { // all but the first claim
			b.fail = down
		}
	}
	var sent atomic.Int32
	d := deliverer(b, func(context.Context, notify.Mail) error { sent.Add(1); return nil })
	if report, err := d.DeliverDue(t.Context()); !errors.Is(err, down) || report.Sent != 0 {
		t.Errorf("while the store fails: %+v, %v", report, err)
	}
	b.onCall = nil
	if report, err := d.DeliverDue(t.Context()); err != nil || report.Sent != 4 {
		t.Errorf("after that: %+v, %v, want four noted", report, err)
	}
	if got := b.states(); got != "4 sent" || sent.Load() != 4 {
		t.Errorf("outbox: %s after %d sends", got, sent.Load())
	}
}

// TestDeliverUnnotable: a mail that cannot be noted, time after time, does not
// keep others from being sent, and is tried again when its claim has ended.
func TestDeliverUnnotable(t *testing.T) {
	b, now := newBox(8), noon
	hook, sends := errors.New("the address book is gone"), map[string]int{}
	d := deliverer(b, func(_ context.Context, m notify.Mail) error {
		if sends[m.ID]++; m.ID == "m0" {
			return &notify.RecipientError{Address: m.To.Address, Status: "5.1.1", Err: errors.New("no such user")}
		}
		return nil
	})
	d.Parallel, d.Now = 1, func() time.Time { return now }
	d.Refused = func(context.Context, notify.Outbox, notify.Mail, *notify.RecipientError) error { return hook }
	for range 3 {
		if _, err := d.DeliverDue(t.Context()); !errors.Is(err, hook) {
			t.Errorf("error %v, want that of the hook", err)
		}
	}
	if got := b.states(); got != "1 sending 7 sent" || sends["m0"] != 1 {
		t.Errorf("while the hook fails: %s after %d sends", got, sends["m0"])
	}
	now = now.Add(15 * time.Minute) // the claim ends
	if _, err := d.DeliverDue(t.Context()); !errors.Is(err, hook) || sends["m0"] != 2 {
		t.Errorf("after the claim: %v, %d sends", err, sends["m0"])
	}
	hook = nil
	if report, err := d.DeliverDue(t.Context()); err != nil || report.Failed != 1 || sends["m0"] != 2 {
		t.Errorf("after the repair: %+v, %v, %d sends", report, err, sends["m0"])
	}
	if got := b.states(); got != "1 failed 7 sent" {
		t.Errorf("outbox: %s", got)
	}
}

// TestDeliverNotesInPause: what could not be noted before a pause is noted
// during it, for the claim may end before the pause does; and noting that the
// exit refused us begins no pause anew.
func TestDeliverNotesInPause(t *testing.T) {
	down := errors.New("the database is gone")
	b, now := newBox(2), noon
	b.onCall = func(call int) {
		if call > 1 {
			b.fail = down
		}
	}
	var sent atomic.Int32
	d := deliverer(b, func(_ context.Context, m notify.Mail) error {
		if m.ID == "m1" && sent.Load() < 2 {
			sent.Add(1)
			return &notify.ConfigError{Step: "AUTH", Err: errors.New("535 no")}
		}
		sent.Add(1)
		return nil
	})
	d.Pause, d.Now = time.Hour, func() time.Time { return now }
	if report, err := d.DeliverDue(t.Context()); !errors.Is(err, down) || report.Paused == nil {
		t.Fatalf("while the store fails: %+v, %v", report, err)
	}
	now = now.Add(time.Minute)
	if report, err := d.DeliverDue(t.Context()); !errors.Is(err, down) || report.Paused == nil {
		t.Errorf("while it goes on failing: %+v, %v", report, err)
	}
	b.onCall, b.fail = nil, nil
	if report, err := d.DeliverDue(t.Context()); err != nil || report.Sent != 1 || report.Paused == nil || report.Paused.Until != noon.Add(time.Hour) {
		t.Errorf("in the pause: %+v, %v", report, err)
	}
	if got := b.states(); got != "1 sent 1 waiting" || sent.Load() != 2 {
		t.Errorf("outbox: %s after %d sends", got, sent.Load())
	}
}

// TestDeliverPausesOnce: an outcome kept over the end of a pause does not begin
// it anew.
func TestDeliverPausesOnce(t *testing.T) {
	down := errors.New("the database is gone")
	b, now, broken := newBox(1), noon, true
	b.onCall = func(call int) {
		if call > 1 {
			b.fail = down
		}
	}
	d := deliverer(b, func(context.Context, notify.Mail) error {
		if broken {
			return &notify.ConfigError{Step: "AUTH", Err: errors.New("535 no")}
		}
		return nil
	})
	d.Now = func() time.Time { return now }
	if report, err := d.DeliverDue(t.Context()); !errors.Is(err, down) || report.Paused == nil {
		t.Fatalf("while the store fails: %+v, %v", report, err)
	}
	b.onCall, b.fail, broken, now = nil, nil, false, now.Add(5*time.Minute)
	if report, err := d.DeliverDue(t.Context()); err != nil || report.Sent != 1 || report.Paused != nil {
		t.Errorf("after the pause: %+v, %v", report, err)
	}
}

// TestDeliverConflict: a mail that an administrator changed while it was
// being sent does not keep others from being noted.
func TestDeliverConflict(t *testing.T) {
	b := newBox(2)
	d := deliverer(b, func(_ context.Context, m notify.Mail) error {
		if m.ID == "m0" {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.mails[0].Version += 10
		}
		return nil
	})
	if _, err := d.DeliverDue(t.Context()); !errors.Is(err, mailbox.ErrConflict) {
		t.Errorf("error %v, want the conflict", err)
	}
	if got := b.states(); got != "1 sending 1 sent" {
		t.Errorf("outbox: %s", got)
	}
}

func TestDelivererNeeds(t *testing.T) {
	if _, err := (&notify.Deliverer{}).DeliverDue(t.Context()); err == nil {
		t.Error("a deliverer without anything delivers")
	}
}
