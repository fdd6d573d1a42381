package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// canaries stand in what is internal and nowhere else.
const canaryText = "CANARY"

// A walk lets everything happen to tickets that can, in any order, with
// something internal in all of them.
type walk struct {
	house
	t      *testing.T
	server *mailboxtest.Server
	dir    *moody
	rng    *rand.Rand
	ids    []ticketmail.TicketID
	n      int
	now    *time.Time
}

func newWalk(t *testing.T, seed uint64) *walk {
	now := noon
	w := &walk{t: t, dir: &moody{}, rng: rand.New(rand.NewPCG(seed, 1)), now: &now}
	words, err := (*notify.Templates)(nil).WithValues(notify.Field{Name: "value.secret", About: "for us", Staff: true}, notify.Field{Name: "value.mixed", About: "for us, sometimes"})
	if err != nil {
		t.Fatal(err)
	}
	words, err = words.With(notify.Template{Name: "overdue", Audience: notify.Customer, Language: "en", Subject: "{{ticket.subject}}", Text: "{{value.mixed}}!\n{{changes}}"})
	if err != nil {
		t.Fatal(err)
	}
	w.house, w.server = withServer(t, func(c *ticketmail.Config) {
		w.dir.Directory = c.Directory
		c.Directory, c.Templates, c.Rules = w.dir, words, tellEverybody()
		c.Rules["overdue"] = notify.Rule{Kind: "overdue", Active: true, Roles: []notify.Role{notify.RoleAssignee, notify.RoleCustomerContact}}
		for _, kind := range slices.Sorted(maps.Keys(c.Rules)) {
			r := c.Rules[kind]
			r.Attach, r.Delay = notify.MaxAttach, time.Duration(w.rng.IntN(2))*time.Hour
			c.Rules[kind] = r
		}
		c.DirectoryTime = time.Nanosecond // a directory that fails does so at once
		c.Caps = ticketmail.Caps{AddressHour: -1, AddressDay: -1, TicketHour: -1, MailboxMinute: -1, Minute: -1, ContentDay: -1}
		c.Threading = ticketmail.Threading{
			Strangers: []ticketmail.StrangerPolicy{"", ticketmail.StrangerHeld, ticketmail.StrangerOpens}[w.rng.IntN(3)],
			Closed:    []ticketmail.ClosedPolicy{"", ticketmail.ClosedReopens, ticketmail.ClosedOpens}[w.rng.IntN(3)],
			Forwards:  w.rng.IntN(2) == 0,
		}
		c.Now = func() time.Time { return *w.now }
		c.Delivery.Parallel = 1 // one order: the same seed, the same walk
	})
	return w
}

func pick[T any](w *walk, list []T) T { return list[w.rng.IntN(len(list))] }

// step does one thing. What is refused does not matter: what is sent does.
func (w *walk) step() {
	w.n++
	ctx := w.t.Context()
	by := ticketmail.Actor{Person: pick(w, []escalation.PersonID{"bea", "carl", "max"})}
	if len(w.ids) == 0 || w.rng.IntN(12) == 0 {
		internal := w.rng.IntN(3) == 0
		k, err := w.CreateTicket(ctx, by, ticketmail.NewTicket{
			Subject: "Printer", Text: w.text(internal), Internal: internal, Task: "helpdesk", Files: w.files(internal),
			Assignee: pick(w, []escalation.PersonID{"", "bea", "carl", "dora"}), CustomerContact: pick(w, []escalation.PersonID{"", "mia"}),
		})
		if err == nil {
			w.ids = append(w.ids, k.ID)
		}
		return
	}
	id := pick(w, w.ids)
	comments := w.comments(id)
	switch w.rng.IntN(13) {
	case 0, 1:
		_, _ = w.AddComment(ctx, by, id, ticketmail.NewComment{Text: w.text(true), Internal: true, Files: w.files(true)})
	case 2:
		_, _ = w.AddComment(ctx, by, id, ticketmail.NewComment{Text: w.text(false), Files: w.files(false), Reply: w.rng.IntN(2) == 0})
	case 3:
		status := pick(w, []ticketmail.Status{storage.InProcess, storage.Done, storage.Accepted, storage.Rejected})
		assignee := pick(w, []escalation.PersonID{"bea", "carl", "max"})
		_, _ = w.Edit(ctx, by, id, ticketmail.Edit{Status: status, Assignee: &assignee, Comment: &ticketmail.NewComment{Text: w.text(true), Internal: true, Files: w.files(true)}})
	case 4:
		_ = w.Forward(ctx, by, id, ticketmail.Forward{Comment: pick(w, comments).ID, To: []string{pick(w, []string{"supplier@third.example", "mia@kunde.example", "max@erp.example"})}})
	case 5:
		c := pick(w, comments)
		_, _ = w.EditComment(ctx, ticketmail.Actor{Person: "max"}, id, ticketmail.CommentEdit{Comment: c.ID, Text: w.text(c.Internal)})
	case 6:
		_ = w.Merge(ctx, by, id, pick(w, append(w.ids, "")))
	case 7:
		values := map[string]notify.Value{"secret": notify.TextValue(canaryText), "mixed": notify.TextValue(canaryText).ForStaff()}
		_ = w.Raise(ctx, by, id, ticketmail.Occurrence{Kind: "overdue", Values: values})
	case 8:
		w.dir.down = !w.dir.down
	case 9, 10:
		w.answer()
	case 11:
		w.decide(by)
	case 12:
		*w.now = w.now.Add(2 * time.Hour)
		_, _ = w.Deliver(ctx)
	}
}

// answer lets somebody answer a mail that was sent, or lets it come back.
func (w *walk) answer() {
	sent := w.sender.Mails()
	if len(sent) == 0 {
		return
	}
	m := pick(w, sent)
	quoted := ""
	if m.Internal {
		quoted = "> " + canaryText
	}
	from := pick(w, []string{m.To.Address, "private@home.example"})
	id := fmt.Sprintf("a%d@x", w.n)
	date := "Date: " + w.now.Format(time.RFC1123Z)
	switch w.rng.IntN(4) {
	case 0:
		w.server.Add("INBOX", mail(from, "Re: "+m.Subject, id, "yes "+quoted, "In-Reply-To: <"+m.MessageID+">", date))
	case 1: // only the subject came back, from somebody of the house
		if m.Audience == notify.Staff {
			w.server.Add("INBOX", mail(m.To.Address, "Re: "+m.Subject, id, "yes "+w.lastSecret(m), date))
		}
	case 2:
		w.server.Add("INBOX", strings.Repeat("Received: from a by b\r\n", 60)+mail(from, "Re: "+m.Subject, id, "yes "+quoted, "References: <"+m.MessageID+">", date))
	case 3:
		w.server.Add("INBOX", bounce(m.To.Address, m.MessageID))
	}
	_, _ = w.Poll(w.t.Context(), "support")
}

// lastSecret is what an employee may quote who answers the last mail he got on
// a ticket.
func (w *walk) lastSecret(m notify.Mail) string {
	all := w.sender.To(m.To.Address)
	for _, o := range slices.Backward(all) {
		if o.Ticket == m.Ticket {
			if o.Internal {
				return "> " + canaryText
			}
			break
		}
	}
	return ""
}

// decide is an administrator at the quarantine.
func (w *walk) decide(by ticketmail.Actor) {
	list, err := w.Quarantine(w.t.Context(), nil, 0)
	if err != nil || len(list) == 0 {
		return
	}
	v := pick(w, []ticketmail.Verdict{{}, {Task: "elsewhere"}, {Ticket: pick(w, w.ids)}})
	_, _ = w.Replay(w.t.Context(), by, pick(w, list).Key, v)
}

func (w *walk) text(internal bool) string {
	if internal {
		return fmt.Sprintf("%s %d", canaryText, w.n)
	}
	return fmt.Sprintf("public %d", w.n)
}

func (w *walk) files(internal bool) []ticketmail.File {
	if w.rng.IntN(2) == 0 {
		return nil
	}
	return []ticketmail.File{file(w.text(internal)+".txt", w.text(internal))}
}

// TestCanariesEverywhere (S7): whatever happens to tickets, what is internal
// reaches nobody outside, in words, names or contents of files. 10,000 tickets
// with TICKETMAIL_LONG=1.
func TestCanariesEverywhere(t *testing.T) {
	tickets, perWalk := 400, 20
	if os.Getenv("TICKETMAIL_LONG") != "" {
		tickets = 10_000
	}
	made, outside, staff := 0, 0, 0
	for seed := uint64(1); made < tickets; seed++ {
		var w *walk
		synctest.Test(t, func(t *testing.T) { // a directory that fails is asked again after a while
			w = newWalk(t, seed)
			for len(w.ids) < perWalk {
				w.step()
			}
			w.dir.down = false
			for range 3 {
				*w.now = w.now.Add(48 * time.Hour)
				w.deliver()
			}
		})
		made += len(w.ids)
		for _, m := range w.sender.Mails() {
			said := m.Subject + m.Text + m.HTML + m.To.Name
			for _, a := range m.Attachments {
				said += a.Name + w.content(a)
			}
			switch found := strings.Contains(said, canaryText); {
			case m.Audience == notify.Staff && found:
				staff++
			case m.Audience != notify.Staff:
				outside++
				if found {
					t.Fatalf("seed %d: %s (%s) is told of what is internal by %s:\n%s", seed, m.To.Address, m.Audience, m.Event, said)
				}
			}
		}
	}
	t.Logf("%d tickets: 0 canaries in %d mails to outsiders; %d mails to employees have one", made, outside, staff)
	if outside < made || staff < made {
		t.Errorf("%d mails to outsiders and %d to employees of %d tickets: the test does not test", outside, staff, made)
	}
}

func (w *walk) content(a notify.Attachment) string {
	r, err := w.store.Open(context.Background(), a.Blob)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}
