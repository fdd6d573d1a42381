package ticketmail_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

var ignoreOrder = cmpopts.SortSlices(func(a, b string) bool { return a < b })

// A moody directory fails while it is told to, at once or by not answering.
type moody struct {
	escalation.Directory
	down, hangs bool
	asked       atomic.Int32
}

var errDown = errors.New("directory is down")

func (d *moody) fails(ctx context.Context) error {
	d.asked.Add(1)
	if d.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if d.down {
		return errDown
	}
	return nil
}

func (d *moody) Person(ctx context.Context, id escalation.PersonID) (escalation.Person, error) {
	if err := d.fails(ctx); err != nil {
		return escalation.Person{}, err
	}
	return d.Directory.Person(ctx, id)
}

func (d *moody) PersonByAddress(ctx context.Context, a string) (escalation.Person, error) {
	if err := d.fails(ctx); err != nil {
		return escalation.Person{}, err
	}
	return d.Directory.PersonByAddress(ctx, a)
}

func (d *moody) Members(ctx context.Context, g escalation.Group, at escalation.Place) ([]escalation.Person, error) {
	if err := d.fails(ctx); err != nil {
		return nil, err
	}
	return d.Directory.Members(ctx, g, at)
}

func (d *moody) Place(ctx context.Context, task escalation.TaskID) (escalation.Place, error) {
	if err := d.fails(ctx); err != nil {
		return escalation.Place{}, err
	}
	return d.Directory.Place(ctx, task)
}

// TestDirectoryFails: what people do to tickets stands while the directory
// fails, nobody is asked for ever, and everybody is told afterwards what he
// would have been told at once.
func TestDirectoryFails(t *testing.T) {
	for name, breaks := range map[string]func(*moody){
		"an error":  func(d *moody) { d.down = true },
		"no answer": func(d *moody) { d.hangs = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := &moody{}
				h := build(t, func(c *ticketmail.Config) {
					dir.Directory = c.Directory
					c.Directory, c.Now = dir, time.Now
				})
				k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
				before := len(h.mails())
				breaks(dir)
				dir.asked.Store(0)
				started := time.Now()
				if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "It burns."}); err != nil {
					t.Fatalf("a comment while the directory fails: %v", err)
				}
				if took := time.Since(started); took > 25*time.Second || dir.asked.Load() > 10 {
					t.Errorf("it took %v and %d questions, want at most 3 of 5 s and a few of one", took, dir.asked.Load())
				}
				if _, err := h.SetStatus(t.Context(), carl, k.ID, "in_process"); err != nil {
					t.Fatalf("a status: %v", err)
				}
				if _, err := h.SetStatus(t.Context(), carl, k.ID, "done"); err != nil {
					t.Fatalf("a status with an event: %v", err)
				}
				if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "Done.", Reply: true}); err != nil {
					t.Fatalf("a reply: %v", err)
				}
				_, err := h.SetStatus(t.Context(), ticketmail.Actor{Person: "max"}, k.ID, "accepted")
				if d, ok := errors.AsType[*ticketmail.DirectoryError](err); !ok || d.Question == "" {
					t.Errorf("a right that only the directory knows: %v, want a DirectoryError", err)
				}
				h.deliver()
				if got := h.since(before); len(got) != 0 {
					t.Errorf("told without a directory: %v", got)
				}
				dir.down, dir.hangs = false, false
				time.Sleep(time.Minute)
				h.deliver()
				h.deliver()
				want := []string{
					"comment_added carl@erp.example", "comment_added carl@erp.example", "reply mia@kunde.example",
					"status_done bea@erp.example", "status_done mia@kunde.example",
				}
				if diff := cmp.Diff(want, h.since(before), ignoreOrder); diff != "" {
					t.Errorf("told afterwards (-want +got):\n%s", diff)
				}
				m := h.outgoing(notify.CommentAdded)[0]
				if !strings.Contains(m.Text, "Bea Braun") || !strings.Contains(m.Text, "It burns.") || m.ReplyTo == "" {
					t.Errorf("the mail lacks what it would have had at once:\n%s", m.Text)
				}
			})
		})
	}
}

var carl = ticketmail.Actor{Person: "carl"}

// TestDirectoryHesitates: one failure is not one.
func TestDirectoryHesitates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := &moody{}
		h := build(t, func(c *ticketmail.Config) {
			dir.Directory = c.Directory
			c.Directory = &hesitant{moody: dir}
		})
		h.create(ticketmail.NewTicket{Assignee: "carl"})
		if got := h.mails(); !slices.Equal(got, []string{"ticket_created carl@erp.example"}) {
			t.Errorf("mails = %v", got)
		}
	})
}

// A hesitant directory answers when it is asked again.
type hesitant struct {
	*moody
	seen sync.Map // by escalation.PersonID
}

func (d *hesitant) Person(ctx context.Context, id escalation.PersonID) (escalation.Person, error) {
	if _, seen := d.seen.LoadOrStore(id, true); !seen {
		return escalation.Person{}, errDown
	}
	return d.moody.Person(ctx, id)
}

// strange is a directory that never answers about one person.
type strange struct {
	escalation.Directory
	about escalation.PersonID
}

func (d strange) Person(ctx context.Context, id escalation.PersonID) (escalation.Person, error) {
	if id == d.about {
		return escalation.Person{}, errDown
	}
	return d.Directory.Person(ctx, id)
}

// TestOneErrandStopsNoOther: a question that is never answered, and an event
// whose rule the host has taken away, keep nobody else from being told.
func TestOneErrandStopsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := &moody{}
		h := build(t, func(c *ticketmail.Config) {
			dir.Directory = strange{c.Directory, "max"}
			c.Directory, c.Now = dir, time.Now
			c.Rules = map[notify.Kind]notify.Rule{"overdue": {Kind: "overdue", Active: true, Roles: []notify.Role{notify.RoleAssignee}}}
		})
		bad := h.create(ticketmail.NewTicket{Assignee: "max"})
		good := h.create(ticketmail.NewTicket{Assignee: "carl"})
		h.deliver()
		before := len(h.mails())
		dir.down = true
		if err := h.Raise(t.Context(), ticketmail.Actor{}, good.ID, ticketmail.Occurrence{Kind: "overdue"}); err != nil {
			t.Fatal(err)
		}
		for _, k := range []ticketmail.Ticket{bad, bad, bad, bad, bad, good} {
			if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "?"}); err != nil {
				t.Fatal(err)
			}
		}
		dir.down = false
		later, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) { c.Directory, c.Now = dir, time.Now })) // without "overdue"
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			time.Sleep(time.Minute)
			if _, err := later.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := h.since(before); !slices.Equal(got, []string{"comment_added carl@erp.example"}) {
			t.Errorf("told: %v, want the one who can be", got)
		}
		if got := h.history(good.ID); !slices.Contains(got, "notified nobody") {
			t.Errorf("history of what cannot be told any more: %q", got)
		}
		found, err := later.Lint(t.Context())
		found = slices.DeleteFunc(found, func(f ticketmail.Finding) bool { return f.Code != "people-not-told" })
		if err != nil || len(found) != 1 {
			t.Fatalf("Lint = %v, %v, want one finding about those that wait", found, err)
		}
		if diff := cmp.Diff([]string{"6", string(bad.ID)}, found[0].Args); diff != "" {
			t.Errorf("args of %q (-want +got):\n%s", found[0].Text, diff)
		}
		if want := "events that wait to be told: 6, for example of ticket " + string(bad.ID) + " ("; !strings.HasPrefix(found[0].Text, want) || !strings.Contains(found[0].Text, errDown.Error()) {
			t.Errorf("Lint says %q, want %q and why", found[0].Text, want)
		}
	})
}

// TestLateAssignment: who was assigned while the directory failed is told of
// it, not who is assigned by then.
func TestLateAssignment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := &moody{}
		h := build(t, func(c *ticketmail.Config) {
			dir.Directory = c.Directory
			c.Directory, c.Now = dir, time.Now
		})
		k := h.create(ticketmail.NewTicket{Assignee: "carl"})
		before := len(h.mails())
		dir.down = true
		for _, id := range []escalation.PersonID{"max", "carl"} {
			if _, err := h.Assign(t.Context(), bea, k.ID, id); err != nil {
				t.Fatal(err)
			}
		}
		dir.down = false
		time.Sleep(time.Minute)
		h.deliver()
		want := []string{"assignee_changed carl@erp.example", "assignee_changed max@erp.example"}
		if diff := cmp.Diff(want, h.since(before), ignoreOrder); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}
