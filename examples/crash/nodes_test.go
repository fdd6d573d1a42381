//go:build unix

package crash_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/storage/storetest/fault"
)

// leaseTime is how long a node that stops without a word keeps a mailbox.
const leaseTime = 15 * time.Second

// pollTime is the interval of the nodes' polls.
const pollTime = 200 * time.Millisecond

// TestCrashNodes lets three nodes with one PostgreSQL empty one mailbox, while
// they are killed, stopped for longer than their lease, have a clock that is
// ten minutes wrong, lose the network, and the database restarts (THREATS R7).
// The short form is without what takes longer than a lease.
func TestCrashNodes(t *testing.T) {
	what := row{Kind: "nodes", Scenario: "three nodes", Store: string(postgreSQL), Server: string(uidplus)}
	if tableHas(t, what) {
		t.Skip("TICKETMAIL_LONG: in the table already")
	}
	c := newCluster(t, 3)
	rounds, batch := pick(2, 7, 100), pick(20, 40, 500)
	for round := range rounds {
		c.fill(t, batch)
		c.disturb(t, round)
		what.Runs++
		c.awaitEmpty(t)
		if t.Failed() {
			break
		}
	}
	c.end(t, &what)
	what.record(t)
}

// A cluster is some nodes, their database and their mailbox.
type cluster struct {
	*account
	job
	database *postgres.Server
	exit     *sink
	mailway  *fault.Proxy
	nodes    []*node
	random   *rand.Rand
	store    vault
	seen     *witness
	serial   int
	takeover time.Duration // the longest time until another node had the mailbox
	resumed  time.Duration // and until it removed a mail

	mu       sync.Mutex
	stop     bool      // the holder of the mailbox, when it removes mails next
	stopped  int       // process; 0: none is
	since    time.Time // it has stopped
	removals chan struct{}
}

// A node is a process and its way to the database.
type node struct {
	*child
	job
	way *fault.Proxy
}

func newCluster(t *testing.T, n int) *cluster {
	t.Helper()
	c := &cluster{
		account: newAccount(t, uidplus, false), database: postgres.Start(t), exit: newSink(t), random: newRandom(t),
		removals: make(chan struct{}, 1),
	}
	c.mailway = newProxy(t, "tcp", c.address)
	c.job = job{
		Where: where{Product: postgreSQL, Schema: "crash", DSN: c.database.DSN},
		Box:   c.mailbox(c.mailway.Addr()), Exit: c.exit.address, Run: true,
	}
	c.Box.Interval = pollTime
	store, done, err := c.Where.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	if _, err := c.prepare(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	c.store, c.seen = store, &witness{store: store}
	c.deleting = c.removing(t)
	socket, _, _ := strings.Cut(strings.TrimPrefix(c.database.DSN, "host="), " ")
	for i := range n {
		node := &node{job: c.job, way: newProxy(t, "unix", socket+"/.s.PGSQL.5432")}
		host, port, _ := strings.Cut(node.way.Addr(), ":")
		node.Where.DSN = fmt.Sprintf("host=%s port=%s user=ticketmail dbname=postgres sslmode=disable connect_timeout=5", host, port)
		if i == 0 {
			node.Ahead = 10 * time.Minute
		}
		c.nodes = append(c.nodes, node)
		c.launch(t, node)
	}
	return c
}

// launch starts a node, again and again for some minutes if the database or
// the way to it is not there.
func (c *cluster) launch(t *testing.T, n *node) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); {
		n.child = n.start(t)
		if n.lines.Scan() {
			return
		}
		_ = n.cmd.Wait()
		select {
		case <-t.Context().Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatalf("the node does not start: %s", n.stderr.String())
}

func (c *cluster) fill(t *testing.T, n int) {
	t.Helper()
	mails := make([]given, n)
	for i := range mails {
		c.serial++
		mails[i].raw = eml(customer, fmt.Sprint("Matter ", c.serial), fmt.Sprintf("%d@customer.example", c.serial), "Text.")
	}
	c.put(t, mails...)
}

// removing watches removals, and stops the node that makes them where that is
// wanted.
func (c *cluster) removing(t *testing.T) func(...removal) {
	sees := c.seen.sees(t, false)
	return func(mails ...removal) {
		sees(mails...)
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case c.stop:
			if pid := c.holder(t); pid != 0 && syscall.Kill(pid, syscall.SIGSTOP) == nil {
				c.stop, c.stopped, c.since = false, pid, time.Now()
			}
		case c.stopped != 0 && c.holder(t) != c.stopped:
			select {
			case c.removals <- struct{}{}:
				c.resumed = max(c.resumed, time.Since(c.since))
			default:
			}
		}
	}
}

// holder returns the process that has the mailbox; 0: none of ours.
func (c *cluster) holder(t *testing.T) int {
	conn, err := pgx.Connect(t.Context(), c.database.DSN)
	if err != nil {
		return 0
	}
	defer conn.Close(t.Context())
	var name string
	if conn.QueryRow(t.Context(), "SELECT holder FROM crash.tm_leases WHERE name = $1", "mailbox/"+string(boxID)).Scan(&name) != nil {
		return 0
	}
	for _, n := range c.nodes {
		if strings.Contains(name, fmt.Sprintf("|%d|", n.cmd.Process.Pid)) {
			return n.cmd.Process.Pid
		}
	}
	return 0
}

// disturb does something to the cluster while it works.
func (c *cluster) disturb(t *testing.T, round int) {
	t.Helper()
	n := c.nodes[c.random.IntN(len(c.nodes))]
	kinds := []string{"kill", "network", "mail", "clock", "restart"}
	if pick(0, 1, 1) > 0 {
		kinds = append(kinds, "stop")
	}
	kind := kinds[round%len(kinds)]
	t.Logf("round %d: %s", round, kind)
	switch kind {
	case "kill":
		c.kill(t, n)
		c.launch(t, n)
	case "clock":
		c.kill(t, n)
		n.Ahead = 10*time.Minute - n.Ahead
		c.launch(t, n)
	case "network":
		n.way.Down()
		t.Cleanup(n.way.Up)
		time.AfterFunc(2*time.Second, n.way.Up)
	case "mail":
		c.mailway.CutAfter(int64(c.random.IntN(20000)), fault.Reset)
	case "restart":
		c.database.Stop()
		if err := c.database.Start(); err != nil {
			t.Fatal(err)
		}
	case "stop":
		c.stopHolder(t)
	}
}

func (c *cluster) kill(t *testing.T, n *node) {
	t.Helper()
	_ = n.cmd.Process.Kill()
	if err := n.cmd.Wait(); err == nil {
		t.Error("a node has ended by itself")
	}
}

// stopHolder stops the node that works on the mailbox for longer than its
// lease, and wants another one to go on meanwhile.
func (c *cluster) stopHolder(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	c.stop = true
	c.mu.Unlock()
	c.fill(t, 20)
	deadline := time.After(5 * time.Minute)
	more, look := time.NewTicker(time.Second), time.NewTicker(20*time.Millisecond)
	defer more.Stop()
	defer look.Stop()
	taken := false
	for ended := false; !ended; {
		select {
		case <-look.C:
			taken = taken || c.takenOver(t)
		case <-c.removals:
			taken = taken || c.takenOver(t)
			ended = true
		case <-more.C: // so that there is something to be removed by another one
			c.fill(t, 1)
		case <-deadline:
			t.Error("no other node takes over")
			ended = true
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop = false; c.stopped != 0 {
		if err := syscall.Kill(c.stopped, syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	}
	c.stopped = 0
	if most := leaseTime + pollTime + slack(); c.takeover == 0 || c.resumed > most {
		t.Errorf("another node took over after %s and removed a mail after %s, want %s at most", c.takeover, c.resumed, most)
	}
}

// takenOver notes when another node than the one that was stopped has the mailbox.
func (c *cluster) takenOver(t *testing.T) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped == 0 {
		return false
	}
	holder := c.holder(t)
	if holder == 0 || holder == c.stopped {
		return false
	}
	c.takeover = max(c.takeover, time.Since(c.since))
	return true
}

// slack is what the machine may need for a poll: not much where that is measured,
// more where others work on it.
func slack() time.Duration {
	if long() {
		return 10 * time.Second
	}
	return 3 * time.Minute
}

// awaitEmpty waits until the nodes have emptied the mailbox.
func (c *cluster) awaitEmpty(t *testing.T) {
	t.Helper()
	deadline := time.After(5 * time.Minute)
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for len(c.left(t, "INBOX")) > 0 {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatal("the nodes do not empty the mailbox")
		}
	}
}

// end kills all nodes, finishes in their place and checks.
func (c *cluster) end(t *testing.T, what *row) {
	t.Helper()
	for _, n := range c.nodes {
		c.kill(t, n)
	}
	c.exit.settle()
	if err := c.resume(t.Context(), c.store); err != nil {
		t.Fatal(err)
	}
	check := checker{account: c.account, store: c.store, stays: func(given) bool { return false }}
	bad, _ := check.check(t)
	bad.Early = len(c.seen.early)
	if bad.Early > 0 {
		t.Errorf("%d mails were removed before they were committed: %s", bad.Early, c.seen.early[0])
	}
	what.Mails, what.Removed, what.Lost, what.Double, what.Early = len(c.all()), c.seen.removals, bad.Lost, bad.Double, bad.Early
	what.Steps = int(c.takeover.Milliseconds())
	for name, n := range c.exit.counts() {
		if what.Repeats += n - 1; n > 1+what.Runs {
			t.Errorf("mail %s was sent %d times", name, n)
		}
	}
	t.Logf("the longest take-over was %s, the first mail was removed after %s", c.takeover.Round(time.Millisecond), c.resumed.Round(time.Millisecond))
}
