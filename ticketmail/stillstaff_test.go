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

// An employee leaves, or becomes a customer's contact, while a mail for him
// waits: he does not get what is internal, and others are told instead, also one
// who has got his address. A directory that fails keeps back only that.
func TestRecipientLeavesWhileAMailWaits(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(dir *moody, carl, bea *memdirectory.Person)
		want   []string // sent, of an internal comment and of one that is not
	}{
		"nothing happens": {func(_ *moody, _, _ *memdirectory.Person) {}, []string{"comment_added carl@erp.example", "internal_comment_added carl@erp.example"}},
		"he leaves":       {func(_ *moody, c, _ *memdirectory.Person) { c.Left = true }, []string{"comment_added carl@erp.example", "internal_comment_added bea@erp.example"}},
		"he is a contact": {func(_ *moody, c, _ *memdirectory.Person) { c.Kind = escalation.Contact }, []string{"comment_added carl@erp.example", "internal_comment_added bea@erp.example"}},
		"nobody can tell": {func(dir *moody, _, _ *memdirectory.Person) { dir.down = true }, []string{"comment_added carl@erp.example"}},
		"his address is his successor's": {func(_ *moody, c, bea *memdirectory.Person) {
			bea.Address, c.Address, c.Left = c.Address, "", true
		}, []string{"comment_added carl@erp.example", "internal_comment_added carl@erp.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := &moody{}
				h := build(t, func(c *ticketmail.Config) {
					dir.Directory = c.Directory
					c.Directory, c.Now = dir, time.Now
					c.Rules = map[notify.Kind]notify.Rule{}
					for _, kind := range []notify.Kind{notify.CommentAdded, notify.InternalCommentAdded} {
						c.Rules[kind] = notify.Rule{Kind: kind, Active: true, Roles: []notify.Role{notify.RoleAssignee}, Delay: time.Hour}
					}
				})
				k := h.create(ticketmail.NewTicket{Assignee: "carl"})
				h.deliver()
				h.sender.Reset()
				for _, internal := range []bool{false, true} {
					if _, err := h.AddComment(t.Context(), ticketmail.Actor{}, k.ID, ticketmail.NewComment{Text: "text", Internal: internal}); err != nil {
						t.Fatal(err)
					}
				}
				data := people()
				carl := &data.Persons[1]
				tt.change(dir, carl, &data.Persons[0])
				if carl.Kind == escalation.Contact {
					data.Tasks[0].Members = []escalation.PersonID{"bea"} // contacts are in no group
				}
				dir.Directory = directoryOf(t, data)
				time.Sleep(2 * time.Hour)
				h.deliver()
				h.deliver()
				var got []string
				for _, m := range h.sender.Mails() {
					got = append(got, string(m.Event)+" "+m.To.Address)
				}
				if diff := cmp.Diff(tt.want, got, ignoreOrder); diff != "" {
					t.Errorf("sent (-want +got):\n%s", diff)
				}
				if bouncing, err := h.Bouncing(t.Context(), "carl@erp.example"); bouncing || err != nil {
					t.Errorf("Bouncing = %t, %v: nothing is wrong with the address", bouncing, err)
				}
			})
		})
	}
}
