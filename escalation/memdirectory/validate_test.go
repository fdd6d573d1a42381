package memdirectory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
)

func TestNewRefuses(t *testing.T) {
	type data = memdirectory.Data
	type persons = []memdirectory.Person
	type departments = []memdirectory.Department
	nobody := []escalation.PersonID{"nobody"}
	address := func(a string) data { return data{Persons: persons{{ID: "a", Address: a}}} }
	badAddress := []string{"persons[0].address a"}

	for name, tt := range map[string]struct {
		data data
		want []string // field and record of each fault
	}{
		"empty is good": {data{}, nil},
		"good address":  {address("Ä.b+c@xn--e1afmkfd.example"), nil},

		"duplicate person": {data{Persons: persons{{ID: "a"}, {ID: "b"}, {ID: "a"}}}, []string{"persons[2].id a"}},
		"duplicate task":   {data{Tasks: []memdirectory.Task{{ID: "t"}, {ID: "t"}}}, []string{"tasks[1].id t"}},
		"id missing":       {data{Projects: []memdirectory.Project{{}}}, []string{"projects[0].id "}},
		"id line break":    {data{Persons: persons{{ID: "a\n"}}}, []string{"persons[0].id a\n"}},
		"name line break":  {data{Persons: persons{{ID: "a", Name: "A\r\nBcc: x"}}}, []string{"persons[0].name a"}},
		"kind":             {data{Persons: persons{{ID: "a", Kind: "boss"}}}, []string{"persons[0].kind a"}},
		"languages": {
			data{Language: "??", Persons: persons{{ID: "a", Language: "german"}}, Projects: []memdirectory.Project{{ID: "p", Language: "qq"}}},
			[]string{"language ", "persons[0].language a", "projects[0].language p"},
		},
		"display name":    {address("Anna <anna@corp.example>"), badAddress},
		"brackets":        {address("<anna@corp.example>"), badAddress},
		"comment":         {address("anna@corp.example (A)"), badAddress},
		"two addresses":   {address("a@x.example, b@x.example"), badAddress},
		"line break":      {address("a@x.example\r\nBcc: b@x.example"), badAddress},
		"folded":          {address("a@x.example\r\n "), badAddress},
		"blank at an end": {address(" a@x.example"), badAddress},
		"no domain":       {address("anna"), badAddress},

		"unknown references": {
			data{
				Departments:    departments{{ID: "d", Parent: "x", Managers: nobody}},
				Projects:       []memdirectory.Project{{ID: "p", Department: "x", Members: nobody, Managers: nobody}},
				Tasks:          []memdirectory.Task{{ID: "t", Project: "x", Members: nobody, Managers: nobody}},
				Administrators: nobody,
				Mailbox:        &memdirectory.MailboxAssignment{Task: "x", Creator: "nobody", CustomerContact: "nobody"},
			},
			[]string{
				"departments[0].parent d", "departments[0].managers[0] d",
				"projects[0].department p", "projects[0].members[0] p", "projects[0].managers[0] p",
				"tasks[0].project t", "tasks[0].members[0] t", "tasks[0].managers[0] t",
				"administrators[0] ", "mailbox.task ", "mailbox.creator ", "mailbox.customer_contact ",
			},
		},
		"its own parent": {data{Departments: departments{{ID: "d", Parent: "d"}}}, []string{"departments[0].parent d"}},
		"cycle with a tail": {
			data{Departments: departments{{ID: "tail", Parent: "a"}, {ID: "a", Parent: "b"}, {ID: "b", Parent: "a"}}},
			[]string{"departments[1].parent a", "departments[2].parent b"},
		},
		"creator is a contact": {
			data{
				Persons: persons{{ID: "c", Kind: escalation.Contact}}, Tasks: []memdirectory.Task{{ID: "t"}},
				Mailbox: &memdirectory.MailboxAssignment{Task: "t", Creator: "c"},
			},
			[]string{"mailbox.creator "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := memdirectory.New(tt.data)
			var got []string
			if joined, ok := err.(interface{ Unwrap() []error }); ok {
				for _, err := range joined.Unwrap() {
					e, ok := errors.AsType[*memdirectory.FieldError](err)
					if !ok {
						t.Fatalf("fault %v is no FieldError", err)
					}
					got = append(got, e.Field+" "+e.Record)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults of New (-want +got):\n%s\n%v", diff, err)
			}
		})
	}
}
