package escalation_test

import (
	"context"
	"fmt"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
)

// The assignee left the company: who is told instead? Of the task's members
// one has no address and the other one did it himself, so it is the task's
// manager.
func ExampleChain_Walk() {
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{
			{ID: "anna", Name: "Anna", Address: "anna@corp.example", Kind: escalation.Employee},
			{ID: "bert", Name: "Bert", Kind: escalation.Employee},
			{ID: "dora", Name: "Dora", Address: "dora@corp.example", Kind: escalation.Employee},
		},
		Projects: []memdirectory.Project{{ID: "erp"}},
		Tasks: []memdirectory.Task{{
			ID: "support", Project: "erp",
			Members:  []escalation.PersonID{"anna", "bert"},
			Managers: []escalation.PersonID{"dora"},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	place, err := people.Place(ctx, "support")
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := escalation.DefaultChain().Walk(ctx, escalation.Walk{Directory: people, Place: place, Actor: "anna"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range result.Skipped {
		fmt.Println("not", s.Name, "of", s.Group, "because:", s.Reason)
	}
	for _, p := range result.Persons {
		fmt.Println("tell", p.Name, "of", result.Group)
	}
	// Output:
	// not Anna of task_members because: actor
	// not Bert of task_members because: no_address
	// tell Dora of task_managers
}
