package ticketmail_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// withRival returns a house with a moody directory that knows another contact,
// and a ticket of mia's.
func withRival(t *testing.T) (house, *moody, ticketmail.Ticket) {
	dir := &moody{}
	h := build(t, func(c *ticketmail.Config) {
		data := people()
		data.Persons = append(data.Persons, memdirectory.Person{ID: "tom", Name: "Tom Rival", Address: "tom@rival.example", Kind: escalation.Contact})
		dir.Directory = directoryOf(t, data)
		c.Directory, c.Now = dir, time.Now
	})
	return h, dir, h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
}

// A reply that could not be planned when it was written is for who was the
// contact then, not for who is by now, or for nobody.
func TestLateReply(t *testing.T) {
	for name, contact := range map[string]escalation.PersonID{"another contact": "tom", "none": ""} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, dir, k := withRival(t)
				before := len(h.mails())
				dir.down = true
				if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "Dear Mia", Reply: true}); err != nil {
					t.Fatal(err)
				}
				if _, err := h.Edit(t.Context(), bea, k.ID, ticketmail.Edit{CustomerContact: &contact}); err != nil {
					t.Fatal(err)
				}
				dir.down = false
				time.Sleep(time.Minute)
				h.deliver()
				want := []string{"comment_added carl@erp.example", "reply mia@kunde.example"}
				if diff := cmp.Diff(want, h.since(before), ignoreOrder); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Who is erased meanwhile gets no late reply, and nobody else does.
func TestLateReplyToAnErasedContact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dir, k := withRival(t)
		before := len(h.mails())
		dir.down = true
		if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "Hello", Reply: true}); err != nil {
			t.Fatal(err)
		}
		tom := escalation.PersonID("tom")
		if _, err := h.Edit(t.Context(), bea, k.ID, ticketmail.Edit{CustomerContact: &tom}); err != nil {
			t.Fatal(err)
		}
		dir.down = false
		if _, err := h.Erase(t.Context(), ticketmail.Subject{Person: "mia"}, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		h.deliver()
		if diff := cmp.Diff([]string{"comment_added carl@erp.example"}, h.since(before)); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// One of several events that cannot be told any more, since the host has taken
// its rule away, keeps nobody from being told of the others.
func TestReturnedMailAboutAnEventThatIsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		roles := []notify.Role{notify.RoleAssignee}
		collecting := func(c *ticketmail.Config) {
			c.Now = time.Now
			c.Rules = map[notify.Kind]notify.Rule{notify.CommentAdded: {Kind: notify.CommentAdded, Active: true, Roles: roles, Delay: time.Hour}}
		}
		h := build(t, func(c *ticketmail.Config) {
			collecting(c)
			c.Rules["overdue"] = notify.Rule{Kind: "overdue", Active: true, Roles: roles, Delay: time.Hour}
		})
		k := h.create(ticketmail.NewTicket{Assignee: "carl"})
		h.deliver()
		before := len(h.mails())
		if err := h.Raise(t.Context(), ticketmail.Actor{}, k.ID, ticketmail.Occurrence{Kind: "overdue"}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.AddComment(t.Context(), ticketmail.Actor{}, k.ID, ticketmail.NewComment{Text: "It burns."}); err != nil {
			t.Fatal(err)
		}
		if got := h.since(before); len(got) != 1 {
			t.Fatalf("mails %v, want one for both", got)
		}
		h = h.restarted(collecting) // without "overdue"
		h.sender.Fail("carl@erp.example", -1, refusal("carl@erp.example"))
		time.Sleep(2 * time.Hour)
		h.deliver()
		h.deliver()
		want := []string{"overdue carl@erp.example", "comment_added bea@erp.example"}
		if diff := cmp.Diff(want, h.since(before)); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}
