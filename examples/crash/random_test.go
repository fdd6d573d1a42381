package crash_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var seed = flag.Uint64("seed", 0, "of what is random; 0: another one each time")

func newRandom(t testing.TB) *rand.Rand {
	t.Helper()
	s := cmp.Or(*seed, rand.Uint64())
	t.Logf("-seed %d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// TestCrashRandom kills the engine at random, while mails come in, and starts
// it again, on each store and server (THREATS R1, R2, R3, R12).
func TestCrashRandom(t *testing.T) {
	const wanted = 500 // kills in the long form, in several runs
	for _, p := range products {
		for _, d := range dialects {
			t.Run(fmt.Sprintf("%s/%s", p, d), func(t *testing.T) {
				what := row{Kind: "random", Scenario: "mixed mails", Store: string(p), Server: string(d)}
				for run := 1; run == 1 || long() && !t.Failed(); run++ {
					if long() && runsIn(t, what) >= wanted {
						break
					}
					t.Run(fmt.Sprint("run ", run), func(t *testing.T) { newBarrage(t, p, d).fire(t, pick(1, 4, 50), what) })
				}
			})
		}
	}
}

// A barrage is an account that is filled again and again, and an engine that is
// killed again and again.
type barrage struct {
	*account
	job
	random *rand.Rand
	store  vault
	seen   *witness
	whole  time.Duration // that the work on one filling takes if it is let
	killed int
	ended  int // runs that were not killed
	serial int
}

// filling is how many mails come before each kill.
const filling = 40

// sizeLimit is above all but a few of the mails.
const sizeLimit = 40 << 10

func newBarrage(t *testing.T, p product, d dialect) *barrage {
	t.Helper()
	b := &barrage{account: newAccount(t, d, false), random: newRandom(t), whole: 300 * time.Millisecond}
	b.job = job{Where: newWhere(t, p, ""), Box: b.mailbox("")}
	b.Box.MaxMessageBytes = sizeLimit
	store, done, err := b.Where.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	if _, err := b.prepare(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	b.store, b.seen = store, &witness{store: store}
	b.deleting = b.seen.sees(t, false)
	return b
}

func (b *barrage) fire(t *testing.T, kills int, what row) {
	t.Helper()
	for b.killed < kills {
		b.fill(t)
		b.run(t)
		if b.ended > 3*kills+10 {
			t.Fatalf("killed %d times only: %d times the engine was faster", b.killed, b.ended)
		}
	}
	if err := b.resume(t.Context(), b.store); err != nil {
		t.Fatalf("resumed: %v", err)
	}
	check := checker{account: b.account, store: b.store, noExit: true, stays: func(g given) bool { return len(g.raw) > sizeLimit }}
	bad, _ := check.check(t)
	bad.Early = len(b.seen.early)
	if bad.Early > 0 {
		t.Errorf("%d mails were removed before they were committed: %s", bad.Early, b.seen.early[0])
	}
	what.Runs, what.Mails, what.Removed = b.killed, len(b.all()), b.seen.removals
	what.Lost, what.Double, what.Early = bad.Lost, bad.Double, bad.Early
	what.record(t)
}

// run starts the engine and kills it, perhaps after it has done its work.
func (b *barrage) run(t *testing.T) {
	t.Helper()
	c := b.start(t)
	c.begun(t)
	began := time.Now()
	timer := c.killAfter(time.Duration(b.random.Int64N(int64(b.whole) + 1)))
	killed := c.wait(t)
	timer.Stop()
	b.settle()
	if killed {
		b.killed++
		b.whole += b.whole / 50 // or a machine that was slow for once would spoil the rest
		return
	}
	b.ended++
	b.whole = time.Since(began)
}

func (b *barrage) fill(t *testing.T) {
	t.Helper()
	mails := make([]given, filling)
	for i := range mails {
		mails[i].raw = b.mail()
	}
	b.put(t, mails...)
}

// mail returns the next mail: mostly a plain one, some with files, answers,
// loops, broken ones, duplicates, and some that are too big.
func (b *barrage) mail() string {
	b.serial++
	id := fmt.Sprintf("%d@customer.example", b.serial)
	text := fmt.Sprintf("Text of mail %d.\n%s", b.serial, strings.Repeat("More of it.\n", b.random.IntN(500)))
	switch n := b.serial % filling; {
	case n == 7:
		return eml(customer, "Too big", id, strings.Repeat("Too much of it.\n", sizeLimit/10))
	case n == 11 && b.serial > filling:
		return b.account.all()[b.serial-filling/2].raw // once more
	case n%10 == 3:
		return withFiles(id, 1000+b.random.IntN(15000))
	case n%10 == 5:
		return eml(customer, "Re: A matter", id, text, fmt.Sprintf("In-Reply-To: <%d@customer.example>\n", b.serial-4))
	case n == 19:
		return eml(customer, "Round", id, text, strings.Repeat("Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0100\n", 60))
	case n%20 == 9:
		return crlf(fmt.Sprintf("Subject: %d\nContent-Type: multipart/mixed; boundary=\n\n--\n\x00\xff", b.serial)) + "\r\n"
	case n == 22:
		return eml(customer, "Poison", id, text)
	}
	return eml(customer, "A matter", id, text)
}
