package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/ticketmail/examples/internal/plainimap"
)

var (
	kills = flag.Int("kills", 0, "`number` of times ticketd is killed in each test; 0: a few, or 50 with TICKETMAIL_LONG=1")
	seed  = flag.Uint64("seed", 0, "of the kills and the mails; 0: another one each time")
)

// refill is how many mails come between two kills, so that each has work to
// interrupt.
const refill = 40

// TestKills kills ticketd at random moments of a drain, again and again, and
// wants each mail to be found once in the end.
func TestKills(t *testing.T) { onBoth(t, testKills) }

func testKills(t *testing.T, s *site) {
	n := wanted(15)
	if !s.dsn.IsZero() {
		n = wanted(5) // each run takes longer to connect
	}
	k := newKiller(t, s)
	k.refill()
	k.measure()
	for k.killed < n {
		k.refill()
		k.run()
		if k.ended > 4*n+20 {
			t.Fatalf("ticketd was too fast: killed %d times only, ended by itself %d times", k.killed, k.ended)
		}
	}
	k.check()
}

// TestKillsCorpus does the same while it drains many real mails, which takes
// several batches. It refills the mailbox when it is empty: then everything
// comes a second time.
func TestKillsCorpus(t *testing.T) {
	mails := corpusMails(t)
	n := wanted(6)
	k := newKiller(t, newSite(t, nil))
	k.more(mails)
	k.measure()
	for k.killed < n {
		k.more(mails)
		for before := k.ended; k.killed < n && k.ended == before; {
			k.run()
		}
	}
	k.check()
}

// TestKillsMoving kills ticketd while it moves mails, and wants each of them
// once in the one folder or the other.
func TestKillsMoving(t *testing.T) {
	n := wanted(10)
	k := newKiller(t, newSite(t, nil))
	k.after = []string{"-move-to", "Taken in", "-move-failing", "Failing"}
	k.refill()
	k.measure()
	for k.killed < n {
		k.refill()
		k.run()
		if k.ended > 4*n+20 {
			t.Fatalf("ticketd was too fast: killed %d times only, ended by itself %d times", k.killed, k.ended)
		}
	}
	k.check()
	want := map[string]int{}
	for _, j := range k.journal() {
		if j.Outcome != "left" {
			want[j.SHA256]++
		}
	}
	got := map[string]int{}
	for _, folder := range []string{"Taken in", "Failing"} {
		for _, m := range k.moved(folder) {
			got[fmt.Sprintf("%x", m.SHA256)]++
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("mails that were moved, by their bytes (-want +got):\n%s", diff)
	}
}

// moved returns the mails of a folder that may not have been needed.
func (k *killer) moved(folder string) []plainimap.Mail {
	mails, err := k.account.List(folder, 1)
	if err != nil && folder == "Failing" {
		return nil
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return mails
}

// wanted is how many kills a test does, usually or as asked for.
func wanted(usually int) int {
	switch {
	case *kills > 0:
		return *kills
	case os.Getenv("TICKETMAIL_LONG") != "":
		return 50
	case raced:
		return usually / 3
	}
	return usually
}

// check drains to the end, and looks for every mail.
func (k *killer) check() {
	k.t.Helper()
	k.once(k.with("-max-message-bytes", limit)...)
	k.once(k.with("-max-message-bytes", limit)...)
	checkWhole(k.t, k.site, k.sent)
	outcomes := make(map[string]int)
	for _, j := range k.journal() {
		outcomes[j.Outcome]++
	}
	k.t.Logf("%d kills (%d runs ended before), %d mails: %v; 0 lost, 0 double unless said above", k.killed, k.ended, len(k.sent), outcomes)
}

// limit is what mails may have; each refill has one with more.
const limit = "50000"

// A killer runs ticketd and does not let it end.
type killer struct {
	*site
	random *rand.Rand
	sent   []plainimap.Mail
	serial int
	whole  time.Duration // that a run takes if it is let
	killed int
	ended  int      // runs that ended before their kill
	after  []string // further arguments of every run
	way    *relay   // to the server
}

func newKiller(t *testing.T, s *site) *killer {
	t.Helper()
	seed := cmp.Or(*seed, rand.Uint64())
	t.Logf("-seed %d", seed)
	k := &killer{site: s, random: rand.New(rand.NewPCG(seed, 0)), way: newRelay(t, s.account.Addr)}
	s.account.Addr = k.way.address
	return k
}

func (k *killer) with(args ...string) []string { return append(args, k.after...) }

// measure drains once, undisturbed.
func (k *killer) measure() {
	k.t.Helper()
	started := time.Now()
	k.once(k.with("-import-existing", "-max-message-bytes", limit)...)
	k.whole = time.Since(started)
}

// refill delivers mails that were made up.
func (k *killer) refill() {
	k.t.Helper()
	var mails []string
	for range refill {
		mails = append(mails, k.newMail())
	}
	k.more(mails)
}

// more delivers mails, and notes what the server makes of them.
func (k *killer) more(mails []string) {
	k.t.Helper()
	k.put(mails...)
	from := uint32(1)
	if len(k.sent) > 0 {
		from = k.sent[len(k.sent)-1].UID + 1
	}
	added, err := k.account.List("INBOX", from)
	if err != nil {
		k.t.Fatal(err)
	}
	if len(added) != len(mails) {
		k.t.Fatalf("the server shows %d new mails, want %d", len(added), len(mails))
	}
	k.sent = append(k.sent, added...)
}

// newMail writes the next mail: mostly new matters and answers to earlier ones,
// now and then a file, a copy, a broken or a huge mail.
func (k *killer) newMail() string {
	k.serial++
	id := fmt.Sprintf("%d@customer.example", k.serial)
	text := fmt.Sprintf("Text of mail %d.\n%s", k.serial, strings.Repeat("More of it.\n", k.random.IntN(500)))
	switch {
	case k.serial%refill == 7:
		text = strings.Repeat("Too much of it.\n", 5000)
	case k.serial%10 == 3:
		return strings.Replace(withFile, "4@customer", id[:len(id)-len("@customer.example")]+"@customer", 1)
	case k.serial%10 == 5 && k.serial > 10:
		answered := fmt.Sprintf("In-Reply-To: <%d@customer.example>\n", k.serial-4)
		return newMail(id, "Carla <carla@customer.example>", "Re: A matter", text, answered)
	case k.serial%20 == 9:
		return fmt.Sprintf("Subject: %d\nno colon here\nContent-Type: multipart/mixed; boundary=\n\n--\n\x00\xff", k.serial)
	}
	return newMail(id, "Carla <carla@customer.example>", "A matter", text)
}

// run starts ticketd and kills it at a random moment of the time a whole run
// takes.
func (k *killer) run() {
	k.t.Helper()
	cmd := k.command(k.args(k.with("-once", "-max-message-bytes", limit)...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	bite := time.AfterFunc(time.Duration(k.random.Int64N(int64(k.whole))), func() { _ = cmd.Process.Kill() })
	defer bite.Stop()
	err := cmd.Wait()
	k.way.settle(k.t)
	exit, _ := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		k.tooLate(time.Since(began))
	case exit != nil && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		k.bitten()
	default:
		k.t.Fatalf("ticketd ended by itself: %v\n%s", err, stderr.String())
	}
}

// bitten counts a kill. Kills come a little later after each, or one run that was
// quick for once would have all others killed as early.
func (k *killer) bitten() {
	k.killed++
	k.whole += k.whole / 50
}

// tooLate counts a run that ended before its kill. It says how long a run takes
// now: what was measured on a busy machine is too long for a quiet one.
func (k *killer) tooLate(took time.Duration) {
	k.ended++
	k.whole = took
}
