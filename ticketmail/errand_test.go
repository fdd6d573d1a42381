package ticketmail_test

import (
	"context"
	"errors"
	"slices"
	"strings"
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
	asked       int
}

var errDown = errors.New("directory is down")

func (d *moody) fails(ctx context.Context) error {
	d.asked++
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
					c.Directory = dir
				})
				k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
				before := len(h.mails())
				breaks(dir)
				dir.asked = 0
				started := time.Now()
				if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "It burns."}); err != nil {
					t.Fatalf("a comment while the directory fails: %v", err)
				}
				if took := time.Since(started); took > 16*time.Second || dir.asked > 3 {
					t.Errorf("it took %v and %d questions, want at most 3 of 5 s", took, dir.asked)
				}
				if _, err := h.SetStatus(t.Context(), carl, k.ID, "in_process"); err != nil {
					t.Fatalf("a status: %v", err)
				}
				if _, err := h.SetStatus(t.Context(), carl, k.ID, "done"); err != nil {
					t.Fatalf("a status with an event: %v", err)
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
				h.deliver()
				h.deliver()
				want := []string{"comment_added carl@erp.example", "status_done bea@erp.example", "status_done mia@kunde.example"}
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
	seen map[escalation.PersonID]bool
}

func (d *hesitant) Person(ctx context.Context, id escalation.PersonID) (escalation.Person, error) {
	if !d.seen[id] {
		if d.seen == nil {
			d.seen = map[escalation.PersonID]bool{}
		}
		d.seen[id] = true
		return escalation.Person{}, errDown
	}
	return d.moody.Person(ctx, id)
}
