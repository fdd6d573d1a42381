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
		"an id with a blank":     {"creator Kim Doe (status_done, bouncing)", []told{{notify.RoleCreator, "Kim Doe", notify.StatusDone, escalation.Bouncing, ""}}, 0, true},
		"held":                   {"kim@x.example (receipt, held: 3 automatic mails to this address within a day)", []told{{Who: "kim@x.example", Event: notify.Receipt, Held: "held: 3 automatic mails to this address within a day"}}, 0, true},
		"more":                   {"creator kim (status_done, left); and 4 more", []told{{notify.RoleCreator, "kim", notify.StatusDone, escalation.Left, ""}}, 4, true},
		"an id with parentheses": {"creator Kim (Sales) (status_done, left)", []told{{notify.RoleCreator, "Kim (Sales)", notify.StatusDone, escalation.Left, ""}}, 0, true},
		"an id with a semicolon": {"creator Doe; Kim (status_done, left); assignee bea; (status_done, left)", []told{
			{notify.RoleCreator, "Doe; Kim", notify.StatusDone, escalation.Left, ""},
			{notify.RoleAssignee, "bea;", notify.StatusDone, escalation.Left, ""},
		}, 0, true},
		"an id with a comma":            {"creator Doe, Kim (status_done, left)", []told{{notify.RoleCreator, "Doe, Kim", notify.StatusDone, escalation.Left, ""}}, 0, true},
		"a quoted address that is held": {`"kim doe"@x.example (receipt, held: 3 automatic mails to this address within a day)`, []told{{Who: `"kim doe"@x.example`, Event: notify.Receipt, Held: "held: 3 automatic mails to this address within a day"}}, 0, true},
		"a quoted address":              {`"kim doe"@x.example (status_done, bouncing)`, []told{{Who: `"kim doe"@x.example`, Event: notify.StatusDone, Why: escalation.Bouncing}}, 0, true},
		"a quoted address in a role":    {`sender "kim doe"@x.example (receipt, bouncing)`, []told{{notify.RoleSender, `"kim doe"@x.example`, notify.Receipt, escalation.Bouncing, ""}}, 0, true},
		"a reason with a blank":         {"creator kim (status_done, on leave)", []told{{notify.RoleCreator, "kim", notify.StatusDone, "on leave", ""}}, 0, true},
		"a role with a blank":           {"night shift (status_done, empty)", []told{{Role: "night shift", Event: notify.StatusDone, Why: notify.EmptyRole}}, 0, true},

		// What the documentation says is read otherwise than meant.
		"two words without a role":       {"kim doe (status_done, left)", []told{{"kim", "doe", notify.StatusDone, escalation.Left, ""}}, 0, true},
		"somebody in a role of two":      {"night shift kim (status_done, left)", []told{{"night", "shift kim", notify.StatusDone, escalation.Left, ""}}, 0, true},
		"somebody in a quoted role":      {`"night" kim (status_done, left)`, []told{{"", `"night" kim`, notify.StatusDone, escalation.Left, ""}}, 0, true},
		"a member without id":            {"task_members (status_done, unknown)", []told{{Who: "task_members", Event: notify.StatusDone, Why: escalation.Unknown}}, 0, true},
		"an id like the end of an entry": {"creator Kim (Sales); Rome (status_done, left)", nil, 0, false},
		"an id like an entry": {"creator kim (status_done, left); bob (status_done, left)", []told{
			{notify.RoleCreator, "kim", notify.StatusDone, escalation.Left, ""},
			{Who: "bob", Event: notify.StatusDone, Why: escalation.Left},
		}, 0, true},

		"less than none":      {"creator kim (status_done, left); and -3 more", nil, 0, false},
		"none more":           {"creator kim (status_done, left); and 0 more", nil, 0, false},
		"more, with a sign":   {"creator kim (status_done, left); and +3 more", nil, 0, false},
		"more than fit":       {"creator kim (status_done, left); and 99999999999999999999 more", nil, 0, false},
		"more twice":          {"creator kim (status_done, left); and 3 more; and 4 more", nil, 0, false},
		"more alone":          {"and 4 more", nil, 0, false},
		"less alone":          {"and -3 more", nil, 0, false},
		"more of them":        {"creator kim (status_done, left); and 4 more of them", nil, 0, false},
		"nobody":              {" (status_done, left)", nil, 0, false},
		"no reason":           {"creator kim (status_done, )", nil, 0, false},
		"an event of nothing": {"creator kim (, left)", nil, 0, false},
		"white space":         {"creator kim  (status_done, left)", nil, 0, false},
		"nothing":             {"", nil, 0, false},
		"no event":            {"creator kim (left)", nil, 0, false},
		"no end":              {"creator kim (status_done, left", nil, 0, false},
		"erased":              {"[erased]", nil, 0, false},
		"almost more":         {"and 4 more of them", nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, more, ok := ticketmail.ParseNotTold(tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" || more != tt.more || ok != tt.ok {
				t.Errorf("more = %d, ok = %t, want %d, %t (-want +got):\n%s", more, ok, tt.more, tt.ok, diff)
			}
		})
	}
}
