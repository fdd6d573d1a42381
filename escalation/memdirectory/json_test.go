package memdirectory_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
)

func TestReadJSON(t *testing.T) {
	got, err := memdirectory.ReadJSON(strings.NewReader("\uFEFF" + `{
  "language": "de",
  "persons": [
    {"id": "anna", "name": "Anna Arndt", "address": "anna@corp.example", "language": "de-AT", "kind": "employee"},
    {"id": "carl", "kind": "contact", "left": true, "name": null}
  ],
  "departments": [{"id": "corp"}, {"id": "it", "parent": "corp", "managers": ["anna"]}],
  "projects": [{"id": "erp", "department": "it", "language": "en", "members": ["anna"], "managers": ["anna"]}],
  "tasks": [{"id": "support", "project": "erp", "members": ["anna"], "managers": []}],
  "administrators": ["anna"],
  "mailbox": {"task": "support", "creator": "anna", "customer_contact": "carl"}
}
`))
	if err != nil {
		t.Fatal(err)
	}
	anna := []escalation.PersonID{"anna"}
	want := memdirectory.Data{
		Language: "de",
		Persons: []memdirectory.Person{
			{ID: "anna", Name: "Anna Arndt", Address: "anna@corp.example", Language: "de-AT", Kind: escalation.Employee},
			{ID: "carl", Kind: escalation.Contact, Left: true},
		},
		Departments:    []memdirectory.Department{{ID: "corp"}, {ID: "it", Parent: "corp", Managers: anna}},
		Projects:       []memdirectory.Project{{ID: "erp", Department: "it", Language: "en", Members: anna, Managers: anna}},
		Tasks:          []memdirectory.Task{{ID: "support", Project: "erp", Members: anna, Managers: []escalation.PersonID{}}},
		Administrators: anna,
		Mailbox:        &memdirectory.MailboxAssignment{Task: "support", Creator: "anna", CustomerContact: "carl"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ReadJSON (-want +got):\n%s", diff)
	}
}

func TestReadJSONRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"empty":             {"", []string{"line 1: the text ends too early"}},
		"cut":               {"{\n\"persons\": [\n{\"id\": \"a\"", []string{"line 3: the text ends too early"}},
		"no JSON":           {"{\n\"persons\": [\n  oops\n]}", []string{"line 3: "}},
		"comma too many":    {"{\n\"persons\": [],\n}", []string{"line 3: "}},
		"trailing":          {"{}\n{}", []string{"line 2: something follows"}},
		"a list":            {"[]", []string{"line 1: the file: has the JSON type list instead of object"}},
		"unknown field":     {"{\n\"persons\": [\n{\"id\": \"a\",\n\"adress\": {\"x\": [1]}}]}", []string{"line 4: persons[0].adress: is no field here; these are: id, name, address"}},
		"wrong case":        {`{"Persons": []}`, []string{"line 1: Persons: is no field"}},
		"twice":             {"{\"language\": \"de\",\n\"language\": \"en\"}", []string{"line 2: language: comes twice"}},
		"wrong types":       {"{\"persons\": {},\n\"language\": 1,\n\"tasks\": [{\"id\": \"t\", \"members\": \"anna\"}]}", []string{"line 1: persons: has the JSON type object instead of list", "line 2: language: has the JSON type number instead of string", "line 3: tasks[0].members: has the JSON type string instead of list"}},
		"wrong bool":        {`{"persons": [{"id": "a", "left": "no"}]}`, []string{"persons[0].left: has the JSON type string instead of bool"}},
		"address":           {"{\"persons\": [\n{\"id\": \"a\"},\n{\"id\": \"b\",\n\"address\": \"b at x\"}]}", []string{`line 4: persons[1].address (of "b"): "b at x" is no mail address`}},
		"missing id":        {"{\"persons\": [\n{},\n{\"name\": \"x\"}]}", []string{"line 2: persons[0].id: is missing", "line 3: persons[1].id: is missing"}},
		"unknown reference": {"{\"tasks\": [{\"id\": \"t\",\n\"members\": [\n\"anna\"]}]}", []string{`line 3: tasks[0].members[0] (of "t"): "anna" does not exist`}},
		"mailbox":           {"{\n\"mailbox\": {}}", []string{"line 2: mailbox.task: is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := memdirectory.ReadJSON(strings.NewReader(tt.text))
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("ReadJSON error = %v, want one with %q", err, want)
				}
			}
		})
	}
	if _, err := memdirectory.ReadJSON(iotest.ErrReader(errors.ErrUnsupported)); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("ReadJSON of a broken reader = %v, want its error", err)
	}
}

func FuzzReadJSON(f *testing.F) {
	f.Add(`{"persons": [{"id": "a"}], "administrators": ["a"]}`)
	f.Add(`{"persons": [{"id": 1}], "x": [{}], "language": null}`)
	f.Add(`{"departments": [{"id": "a", "parent": "b"}, {"id": "b", "parent": "a"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		data, err := memdirectory.ReadJSON(strings.NewReader(text))
		if err != nil {
			return
		}
		if _, err := memdirectory.New(data); err != nil {
			t.Errorf("New refuses what ReadJSON accepted: %v", err)
		}
	})
}
