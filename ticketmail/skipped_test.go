package ticketmail_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// The history of a ticket says who was meant and got no mail: here in words of
// the host.
func ExampleParseNotTold() {
	ctx, e := context.Background(), office(nil)
	if _, err := e.CreateTicket(ctx, ticketmail.Actor{Person: "bea"}, ticketmail.NewTicket{Subject: "Printer", Task: "helpdesk", Assignee: "dora"}); err != nil {
		fmt.Println(err)
		return
	}
	history, err := e.Changes(ctx, 0, 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range history {
		if c.Field != storage.FieldSkipped {
			continue
		}
		list, _, _ := ticketmail.ParseNotTold(c.New)
		for _, n := range list {
			fmt.Printf("%s, the %s, was not told: %s\n", n.Who, n.Role, n.Why)
		}
	}
	// Output:
	// dora, the assignee, was not told: left
}

func TestParseNotTold(t *testing.T) {
	type told = ticketmail.NotTold
	for name, tt := range map[string]struct {
		text string
		want []told
		more int
		ok   bool
	}{
		"a person": {"task_members dora (ticket_created, left)", []told{{"task_members", "dora", notify.TicketCreated, escalation.Left, ""}}, 0, true},
		"two": {"assignee (comment_added, empty); kim@x.example (comment_added, no_address)", []told{
			{Role: notify.RoleAssignee, Event: notify.CommentAdded, Why: notify.EmptyRole},
			{Who: "kim@x.example", Event: notify.CommentAdded, Why: escalation.NoAddress},
		}, 0, true},
		"an id with a blank": {"creator Kim Doe (status_done, bouncing)", []told{{notify.RoleCreator, "Kim Doe", notify.StatusDone, escalation.Bouncing, ""}}, 0, true},
		"held":               {"kim@x.example (receipt, held: 3 automatic mails to this address within a day)", []told{{Who: "kim@x.example", Event: notify.Receipt, Held: "held: 3 automatic mails to this address within a day"}}, 0, true},
		"more":               {"creator kim (status_done, left); and 4 more", []told{{notify.RoleCreator, "kim", notify.StatusDone, escalation.Left, ""}}, 4, true},
		"nothing":            {"", nil, 0, false},
		"no event":           {"creator kim (left)", nil, 0, false},
		"no end":             {"creator kim (status_done, left", nil, 0, false},
		"erased":             {"[erased]", nil, 0, false},
		"almost more":        {"and 4 more of them", nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, more, ok := ticketmail.ParseNotTold(tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" || more != tt.more || ok != tt.ok {
				t.Errorf("more = %d, ok = %t, want %d, %t (-want +got):\n%s", more, ok, tt.more, tt.ok, diff)
			}
		})
	}
}
