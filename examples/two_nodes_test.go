package examples_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/internal/postgres"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// nodeBoxes are the mailboxes of the nodes: twice as many as one polls at once.
var nodeBoxes = []string{"north", "east", "south", "west"}

// A twoNodes is two engines on one database, polling the same mailboxes.
type twoNodes struct {
	*testing.T
	servers map[string]*mailboxtest.Server
	sender  memsender.Sender
	nodes   [2]*node
	added   int

	mu   sync.Mutex
	rung chan struct{} // closed when something happened
}

// A node is an engine that runs, with connections of its own.
type node struct {
	*ticketmail.Engine
	all   *twoNodes
	name  string
	stop  context.CancelFunc
	ended chan error

	mu        sync.Mutex
	connected int
	connect   func(ctx context.Context) // before each connection; nil: nothing
	progress  func(ctx context.Context) // after each commit; nil: nothing
	ctx       context.Context           //nolint:containedctx // of Run, for progress
}

// ring tells those who wait that something happened.
func (a *twoNodes) ring() {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.rung)
	a.rung = make(chan struct{})
}

// patience is more than two nodes need for anything here, on a machine that is
// busy.
const patience = 4 * time.Minute

// await waits until done, which is asked whenever something happened. Nodes
// poll all the time, so that this is often.
func (a *twoNodes) await(what string, done func() bool) {
	a.Helper()
	ctx, cancel := context.WithTimeout(a.Context(), patience)
	defer cancel()
	for {
		a.mu.Lock()
		rung := a.rung
		a.mu.Unlock()
		if done() {
			return
		}
		select {
		case <-rung:
		case <-ctx.Done():
			a.Fatalf("%s: %v", what, context.Cause(ctx))
		}
	}
}

// Connect implements [mailbox.Connector].
func (n *node) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	n.mu.Lock()
	n.connected++
	before := n.connect
	n.mu.Unlock()
	n.all.ring()
	if before != nil {
		before(ctx)
	}
	return n.all.servers[m.Host].Connect(ctx, m)
}

// Send implements [notify.Sender].
func (n *node) Send(ctx context.Context, m notify.Mail) error {
	defer n.all.ring()
	return n.all.sender.Send(ctx, m)
}

func (n *node) hook(connect, progress func(context.Context)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.connect, n.progress = connect, progress
}

func (n *node) committed() {
	n.mu.Lock()
	after, ctx := n.progress, n.ctx
	n.mu.Unlock()
	n.all.ring()
	if after != nil {
		after(ctx)
	}
}

// newTwoNodes makes both, and the mailboxes by the first.
func newTwoNodes(t *testing.T) *twoNodes {
	t.Helper()
	dsn := postgres.Start(t).DSN
	a := &twoNodes{T: t, servers: map[string]*mailboxtest.Server{}, rung: make(chan struct{})}
	key := seal.NewKey("test")
	data := memdirectory.Data{
		Persons: []memdirectory.Person{{ID: "bea", Address: "bea@erp.example", Kind: escalation.Employee}},
	}
	for _, name := range nodeBoxes {
		a.servers[name] = mailboxtest.NewServer()
		data.Tasks = append(data.Tasks, memdirectory.Task{ID: escalation.TaskID(name), Members: []escalation.PersonID{"bea"}})
	}
	for i := range a.nodes {
		n := &node{all: a, name: fmt.Sprint("node ", i)}
		a.nodes[i] = n
		people, err := memdirectory.New(data)
		if err != nil {
			t.Fatal(err)
		}
		sealer, err := seal.NewRing(key)
		if err != nil {
			t.Fatal(err)
		}
		n.Engine, err = ticketmail.New(t.Context(), ticketmail.Config{
			Store: openPostgres(t, dsn, "nodes"), Directory: people, Sender: n, Sealer: sealer,
			From:       message.Address{Address: "erp@erp.example"},
			Connectors: map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: n},
			Polling:    ticketmail.Polling{Parallel: len(nodeBoxes) / 2, PerHost: 1, IdleConnections: -1},
			Drain:      mailbox.DrainOptions{BatchMails: 3},
			Progress:   func(ticketmail.Progress) { n.committed() },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range nodeBoxes {
		m := a.box(name)
		must(t, a.nodes[0].PutMailbox(t.Context(), m))
		must(t, a.nodes[0].AssignMailbox(t.Context(), mailbox.Assignment{Mailbox: m.ID, Task: escalation.TaskID(name)}))
		must(t, a.nodes[0].Consent(t.Context(), ticketmail.Actor{}, m.ID, ticketmail.Terms{}))
	}
	return a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (a *twoNodes) box(name string) mailbox.Mailbox {
	return mailbox.Mailbox{
		ID: mailbox.ID(name), Address: name + "@erp.example", Host: name, User: name, Password: mailbox.NewSecret("secret"),
		Interval: 20 * time.Millisecond,
	}
}

// run begins to run both, of which the first connections are made at the same
// time.
func (a *twoNodes) run() {
	var both sync.WaitGroup
	both.Add(len(a.nodes))
	for _, n := range a.nodes {
		var once sync.Once
		n.hook(func(context.Context) {
			once.Do(both.Done)
			both.Wait()
		}, nil)
		n.ctx, n.stop = context.WithCancel(a.Context())
		n.ended = make(chan error, 1)
		go func() { n.ended <- n.Run(n.ctx) }()
		a.Cleanup(func() { a.end(n) })
	}
}

// end ends a node.
func (a *twoNodes) end(n *node) {
	n.stop()
	if err := <-n.ended; !errors.Is(err, context.Canceled) {
		a.Errorf("Run of %s = %v, want the cause of its context", n.name, err)
	}
	n.ended <- context.Canceled // may be ended again
}

// add delivers n mails to each of some mailboxes.
func (a *twoNodes) add(n int, boxes ...string) {
	for range n {
		for _, name := range boxes {
			a.servers[name].Add("INBOX", ingestMail(name, a.added))
			a.added++
		}
	}
}

// tickets awaits that each mail is a ticket, and no more than one, and that
// nothing is left on the servers.
func (a *twoNodes) tickets() {
	a.Helper()
	var subjects []string
	a.await("not all mails became tickets", func() bool {
		subjects = nil
		must(a.T, a.nodes[1].View(a.Context(), func(r storage.Reader) error {
			for k, err := range r.Tickets().List(a.Context(), storage.TicketQuery{}) {
				if err != nil {
					return err
				}
				subjects = append(subjects, k.Subject)
			}
			return nil
		}))
		left := 0
		for _, s := range a.servers {
			left += len(s.UIDs("INBOX"))
		}
		return len(subjects) >= a.added && left == 0
	})
	slices.Sort(subjects)
	if n := len(subjects); n != a.added || len(slices.Compact(subjects)) != n {
		a.Errorf("%d tickets of %d mails: %q", n, a.added, subjects)
	}
}

// mails awaits that so many mails were sent, each about another ticket.
func (a *twoNodes) mails(want int) {
	a.Helper()
	a.await("not all were told", func() bool { return len(a.sender.Mails()) >= want })
	told := map[string]int{}
	for _, m := range a.sender.Mails() {
		if told[string(m.Ticket)]++; told[string(m.Ticket)] > 1 || m.Event != notify.TicketCreated {
			a.Errorf("mail %d about ticket %s tells of %s", told[string(m.Ticket)], m.Ticket, m.Event)
		}
	}
	if len(told) != want {
		a.Errorf("%d tickets were told of, want %d", len(told), want)
	}
}

// TestTwoNodes runs two engines on one database over the same mailboxes. Every
// mail becomes one ticket and is told once; what an administrator changes on
// one of them holds for the other; and when one ends amid its work, the other
// takes it up.
func TestTwoNodes(t *testing.T) {
	a := newTwoNodes(t)
	one, two := a.nodes[0], a.nodes[1]
	ctx := t.Context()

	a.add(5, nodeBoxes...)
	a.run()
	a.add(5, nodeBoxes...) // while they work
	a.tickets()
	a.mails(a.added)

	// The first switches a mailbox off, the second on again.
	off := a.box("west")
	off.Inactive = true
	must(t, one.PutMailbox(ctx, off))
	if _, err := two.Poll(ctx, off.ID); !errors.Is(err, ticketmail.ErrInactive) {
		t.Errorf("the other polls a mailbox that was switched off: %v", err)
	}
	a.add(1, "west")
	for _, n := range a.nodes {
		from := n.connections()
		a.await(n.name+" polls no more", func() bool { return n.connections() >= from+2*len(nodeBoxes) })
	}
	if left := a.servers["west"].UIDs("INBOX"); len(left) != 1 {
		t.Errorf("%d mails are left in a mailbox that was switched off, want 1", len(left))
	}
	must(t, two.PutMailbox(ctx, a.box("west")))
	a.tickets()
	a.mails(a.added)

	// The first changes a rule, and ends amid its work, which the second goes on
	// with by that rule.
	no := false
	must(t, one.PatchRule(ctx, "", notify.TicketCreated, notify.RulePatch{Active: &no}))
	told := a.added
	open := make(chan struct{})
	two.hook(func(ctx context.Context) { // so that the first has work
		select {
		case <-open:
		case <-ctx.Done():
		}
	}, nil)
	amid := make(chan struct{})
	var once sync.Once
	one.hook(nil, func(ctx context.Context) {
		once.Do(func() { close(amid) })
		<-ctx.Done() // what was committed is on the server still
	})
	a.add(10, nodeBoxes...)
	select {
	case <-amid:
	case <-time.After(patience):
		t.Fatal("the first node does nothing")
	}
	a.end(one)
	close(open)
	a.tickets()

	// The second alone, by the rule as it was.
	must(t, two.PatchRule(ctx, "", notify.TicketCreated, notify.RulePatch{}))
	a.add(2, nodeBoxes...)
	a.tickets()
	a.mails(told + 2*len(nodeBoxes))
}

func (n *node) connections() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.connected
}
