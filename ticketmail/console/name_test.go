package console_test

import (
	"fmt"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail/console"
)

// A page of the host says in the reader's language who was not told, and why.
func ExampleName() {
	fmt.Println(console.Name("en", notify.StatusDone))
	fmt.Println(console.Name("de-AT", notify.RoleAssignee))
	fmt.Println(console.Name("fr", escalation.Left))
	// Output:
	// Status “done”
	// Bearbeiter
	// a quitté l’entreprise
}

func TestName(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{console.Name("fr;q=0.9, de;q=0.8", escalation.TaskMembers), "Membres de la tâche"},
		{console.Name("it", notify.IsPolled), "is a mailbox that is polled"},
		{console.Name("de", notify.Kind("overdue")), "overdue"},
		{console.Name("de", notify.Role("first_level")), "first_level"},
		{console.Name("en", notify.Role("")), "Extra"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
