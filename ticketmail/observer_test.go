package ticketmail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A witness is an Observer that writes down what it is told.
type witness struct {
	mu    sync.Mutex
	lines []string // "within/name", in order of ends
	told  []ticketmail.Event
	open  int // begun and not ended
}

type within struct{} // key of a context's value: what it is inside of

func path(ctx context.Context) string {
	p, _ := ctx.Value(within{}).(string)
	return p
}

func (w *witness) Begin(ctx context.Context, e ticketmail.Event) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
	return context.WithValue(ctx, within{}, path(ctx)+e.Name()+"/")
}

func (w *witness) Observe(ctx context.Context, e ticketmail.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := path(ctx) + e.Name()
	if p, ok := strings.CutSuffix(path(ctx), e.Name()+"/"); ok { // its own end
		at = p + e.Name()
		w.open--
	}
	w.lines, w.told = append(w.lines, at), append(w.told, e)
}

// of returns the events of one type.
func of[E ticketmail.Event](w *witness) (list []E) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.told {
		if e, ok := e.(E); ok {
			list = append(list, e)
		}
	}
	return list
}

func (w *witness) observe(c *ticketmail.Config) { c.Observer = w }

// TestObserverNests: what happens in a poll is observed within it, and what
// begins also ends.
func TestObserverNests(t *testing.T) {
	w := &witness{}
	h, server := withServer(t, w.observe)
	server.Add("INBOX", mail("Mia <mia@kunde.example>", "Help", "a@x", "text"))
	server.Add("INBOX", mail("x@elsewhere.example", "Hello", "b@x", "text"))
	w.lines, w.told = nil, nil
	h.poll()
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	var lines []string // questions to the directory come in any number
	for _, line := range w.lines {
		if !strings.HasSuffix(line, "/directory") {
			lines = append(lines, line)
		}
	}
	sends := slices.Repeat([]string{"delivery/send"}, 4)
	want := slices.Concat([]string{"poll/lease", "poll/queue", "poll/commit", "poll/mail", "poll/mail", "poll/queue", "poll/lease", "poll"}, sends, []string{"delivery"})
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	if !slices.Contains(w.lines, "poll/directory") {
		t.Errorf("the directory was asked unseen: %q", w.lines)
	}
	if w.open != 0 {
		t.Errorf("%d have begun and not ended", w.open)
	}
}

// TestObserverCounts: the events say what the reports say.
func TestObserverCounts(t *testing.T) {
	w := &witness{}
	h, server := withServer(t, func(c *ticketmail.Config) {
		w.observe(c)
		c.Routes.Mailboxes[0].MaxMessageBytes = 2000
	})
	k := h.create(ticketmail.NewTicket{Assignee: "bea", CustomerContact: "mia"})
	server.Add("INBOX", mail("Mia <mia@kunde.example>", "Re: "+h.Referencer().Token(k.ID)+" x", "a@x", "text"))
	server.Add("INBOX", mail("x@elsewhere.example", "Hello", "b@x", "text"))
	server.Add("INBOX", mail("x@elsewhere.example", "Big", "c@x", strings.Repeat("text\r\n", 1000)))
	server.Add("INBOX", "")
	w.told = nil
	report := h.poll()

	polls := of[ticketmail.PollEvent](w)
	if len(polls) != 1 || polls[0].Mailbox != "support" || polls[0].Report != report || polls[0].Failure != "" || polls[0].Err != nil || polls[0].Took <= 0 {
		t.Errorf("polls = %+v, want one like %+v", polls, report)
	}
	var mails []string
	for _, m := range of[ticketmail.MailEvent](w) {
		mails = append(mails, fmt.Sprintf("%s %s %s %t", m.Mailbox, m.Outcome, m.Reason, m.Bytes > 0))
	}
	slices.Sort(mails)
	want := []string{"support comment thread true", "support left too-big true", "support quarantine empty false", "support ticket new true"}
	if diff := cmp.Diff(want, mails); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	var commits ticketmail.CommitEvent
	for _, c := range of[ticketmail.CommitEvent](w) {
		commits.Mailbox = c.Mailbox
		commits.Mails += c.Mails
		commits.Notified += c.Notified
		if c.Attempts < 1 || c.Took <= 0 {
			t.Errorf("commit = %+v", c)
		}
	}
	if diff := cmp.Diff(ticketmail.CommitEvent{Mailbox: "support", Mails: report.Received, Notified: report.Notified}, commits); diff != "" {
		t.Errorf("commits together (-want +got):\n%s", diff)
	}
	var depths []int
	for _, q := range of[ticketmail.QueueEvent](w) {
		if q.Queue != ticketmail.QueueMailbox || q.Mailbox != "support" {
			t.Errorf("queue = %+v", q)
		}
		depths = append(depths, q.Depth)
	}
	if !slices.Equal(depths, []int{4, 0}) {
		t.Errorf("mails that waited on the server: %v, want all when they are listed and none at the end", depths)
	}

	h.sender.Fail("carl@erp.example", -1, &notify.RecipientError{Address: "carl@erp.example", Status: "5.1.1", Err: errors.New("no such user")})
	w.told = nil
	delivered, err := h.Deliver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	failures := map[ticketmail.Failure]int{}
	for _, s := range of[ticketmail.SendEvent](w) {
		if s.Attempt != 1 || s.Event == "" || s.Took <= 0 {
			t.Errorf("send = %+v", s)
		}
		failures[s.Failure]++
	}
	if failures[""] != delivered.Sent || failures[ticketmail.FailureRecipient] != delivered.Failed || delivered.Failed != 1 {
		t.Errorf("sends by failure: %v, want those of %+v", failures, delivered)
	}
	if d := of[ticketmail.DeliveryEvent](w); len(d) != 1 || d[0].Report != delivered {
		t.Errorf("deliveries = %+v, want one like %+v", d, delivered)
	}
}

// TestObserverLeases: a lease is won and given back, or lost.
func TestObserverLeases(t *testing.T) {
	w := &witness{}
	h, server := withServer(t, w.observe)
	changes := func() (all []string) {
		for _, l := range of[ticketmail.LeaseEvent](w) {
			if l.Lease != "mailbox/"+string(l.Mailbox) || l.Fence == 0 {
				t.Errorf("lease = %+v", l)
			}
			all = append(all, string(l.Change))
		}
		w.told = nil
		return all
	}
	h.poll()
	if got := changes(); !slices.Equal(got, []string{"won", "released"}) {
		t.Errorf("of a poll: %q", got)
	}
	server.Add("INBOX", mail("x@y.example", "Help", "a@x", "text"))
	server.OnCall(func(c mailboxtest.Call) error {
		if c.Op != mailboxtest.OpBody {
			return nil
		}
		return h.store.Update(t.Context(), func(w storage.Writer) error {
			held, err := ticketmail.Holdings(t.Context(), h.store)
			if err != nil || len(held) == 0 || held[0].Lease.Holder == "another node" {
				return err
			}
			_, err = w.Leases().Acquire(t.Context(), "mailbox/support", "another node", time.Hour, held[0].Lease.Fence)
			return err
		})
	})
	if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, storage.ErrLeaseLost) {
		t.Fatalf("Poll = %v, want ErrLeaseLost", err)
	}
	if p := of[ticketmail.PollEvent](w); p[0].Failure != ticketmail.FailureLease {
		t.Errorf("poll = %+v", p)
	}
	if got := changes(); !slices.Equal(got, []string{"won", "lost"}) {
		t.Errorf("of a poll that lost its lease: %q", got)
	}
	if _, err := h.Poll(t.Context(), "support"); err == nil {
		t.Fatal("the mailbox is polled although another node has it")
	}
	if p := of[ticketmail.PollEvent](w); p[0].Failure != ticketmail.FailureElsewhere || len(changes()) != 0 {
		t.Errorf("poll of a mailbox that another has: %+v", p)
	}
}

// TestObserverQueues: what waits in the store is told while the engine runs.
func TestObserverQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &witness{}
		h, _ := withServer(t, func(c *ticketmail.Config) {
			w.observe(c)
			c.Now = time.Now
			c.Sender = nil // the mail waits, and is not under way when it is counted
		})
		h.create(ticketmail.NewTicket{Assignee: "carl"})
		h.run(150 * time.Second)
		var got []string
		for _, q := range of[ticketmail.QueueEvent](w) {
			if q.Queue != ticketmail.QueueMailbox {
				got = append(got, fmt.Sprintf("%s %d", q.Queue, q.Depth))
			}
		}
		once := []string{"waiting 1", "held 0", "failed 0", "quarantine 0"}
		if diff := cmp.Diff(slices.Concat(once, once, once), got); diff != "" {
			t.Errorf("queues in 2.5 minutes (-want +got):\n%s", diff)
		}
	})
}

// TestObserverTokens: a provider that is asked is observed.
func TestObserverTokens(t *testing.T) {
	h := newTokenHouse(t)
	w := &witness{}
	engine, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) {
		h.change(c)
		w.observe(c)
	}))
	if err != nil {
		t.Fatal(err)
	}
	h.Engine = engine
	ctx := t.Context()
	if err := errors.Join(h.PutOAuth(ctx, h.provider.Account("sales")), h.PutMailbox(ctx, tokenBox()),
		h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"})); err != nil {
		t.Fatal(err)
	}
	signIn(t, h, "sales")
	source := h.OAuth().Source("sales")
	refused, err := source.Token(ctx, mailbox.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Token(ctx, refused); err != nil {
		t.Fatal(err)
	}
	if got := of[ticketmail.TokenEvent](w); len(got) != 1 || got[0].Mailbox != "sales" || got[0].Failure != "" || got[0].Took <= 0 {
		t.Errorf("tokens = %+v, want one", got)
	}
}

// TestObserverPanics: an Observer that panics stops nothing, and is logged
// once.
func TestObserverPanics(t *testing.T) {
	var log bytes.Buffer
	h, server := withServer(t, func(c *ticketmail.Config) {
		c.Observer, c.Logger = panicky{}, slog.New(slog.NewTextHandler(&log, nil))
	})
	server.Add("INBOX", mail("x@y.example", "Help", "a@x", "text"))
	if r := h.poll(); r.Tickets != 1 || r.Deleted != 1 {
		t.Errorf("report = %+v", r)
	}
	if r, err := h.Deliver(t.Context()); err != nil || r.Sent != 2 {
		t.Errorf("Deliver = %+v, %v", r, err)
	}
	if n := strings.Count(log.String(), "the observer panicked"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
}

type panicky struct{}

func (panicky) Begin(context.Context, ticketmail.Event) context.Context { panic("begin") }
func (panicky) Observe(context.Context, ticketmail.Event)               { panic("observe") }

// TestObserverLearnsNobody: no address, name, subject or text is in an event,
// whatever goes wrong.
func TestObserverLearnsNobody(t *testing.T) {
	const canary = "Zcanary"
	w := &witness{}
	h, server := withServer(t, func(c *ticketmail.Config) {
		w.observe(c)
		c.Hooks.Route = func(context.Context, ticketmail.Inbound) (ticketmail.Routing, error) {
			return ticketmail.Routing{Reason: canary}, nil
		}
		c.Sender = notify.SenderFunc(func(_ context.Context, m notify.Mail) error {
			return &notify.RecipientError{Address: m.To.Address, Err: errors.New(canary)}
		})
	})
	server.Add("INBOX", mail(canary+" <"+canary+"@"+canary+".example>", canary, canary+"@x", canary))
	h.poll()
	_, _ = h.Deliver(t.Context())
	_, _ = h.AddComment(t.Context(), bea, canary, ticketmail.NewComment{Text: canary})
	_, _ = h.Poll(t.Context(), "nowhere")
	if len(of[ticketmail.SendEvent](w)) == 0 || len(of[ticketmail.MailEvent](w)) == 0 {
		t.Fatal("nothing happened")
	}
	for _, e := range w.told {
		if text := fmt.Sprintf("%+v", withoutErr(e)); strings.Contains(text, canary) || strings.Contains(text, "@") {
			t.Errorf("%s: %s", e.Name(), text)
		}
	}
}

// withoutErr returns an event without the error, which may name people.
func withoutErr(e ticketmail.Event) ticketmail.Event {
	switch e := e.(type) {
	case ticketmail.PollEvent:
		e.Err = nil
		return e
	case ticketmail.CommitEvent:
		e.Err = nil
		return e
	case ticketmail.DeliveryEvent:
		e.Err = nil
		return e
	case ticketmail.SendEvent:
		e.Err = nil
		return e
	case ticketmail.DirectoryEvent:
		e.Err = nil
		return e
	case ticketmail.HousekeepingEvent:
		e.Err = nil
		return e
	}
	return e
}
