package memdirectory_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/directorytest"
	"example.com/ticketmail/escalation/memdirectory"
)

func TestDirectory(t *testing.T) {
	directorytest.Run(t, func(t *testing.T, f directorytest.Fixture) escalation.Directory {
		data := memdirectory.Data{Administrators: f.Administrators}
		for _, p := range f.Persons {
			data.Persons = append(data.Persons, memdirectory.Person(p))
		}
		for _, d := range f.Departments {
			data.Departments = append(data.Departments, memdirectory.Department(d))
		}
		for _, p := range f.Projects {
			data.Projects = append(data.Projects, memdirectory.Project(p))
		}
		for _, x := range f.Tasks {
			data.Tasks = append(data.Tasks, memdirectory.Task(x))
		}
		return newDirectory(t, data)
	})
}

func newDirectory(t *testing.T, data memdirectory.Data) *memdirectory.Directory {
	t.Helper()
	d, err := memdirectory.New(data)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSetAndReplace(t *testing.T) {
	d := newDirectory(t, memdirectory.Data{Persons: []memdirectory.Person{{ID: "anna", Address: "a@x.example"}}})

	anna := escalation.Person{ID: "anna", Address: "anna@x.example", Kind: escalation.Employee}
	bert := escalation.Person{ID: "bert", Name: "Bert"}
	for _, p := range []escalation.Person{anna, bert} {
		if err := d.Set(p); err != nil {
			t.Fatal(err)
		}
		if got, err := d.Person(t.Context(), p.ID); err != nil || got != p {
			t.Errorf("Person after Set = %+v, %v, want %+v", got, err, p)
		}
	}
	if _, err := d.PersonByAddress(t.Context(), "a@x.example"); !errors.Is(err, escalation.ErrNotFound) {
		t.Errorf("the old address is still known: %v", err)
	}

	before := d.Data()
	if err := d.Set(escalation.Person{ID: "carl", Address: "not an address"}); err == nil {
		t.Error("Set accepted a person without a good address")
	}
	if err := d.Replace(memdirectory.Data{Administrators: []escalation.PersonID{"nobody"}}); err == nil {
		t.Error("Replace accepted an administrator who does not exist")
	}
	if diff := cmp.Diff(before, d.Data()); diff != "" {
		t.Errorf("data changed in spite of an error (-before +after):\n%s", diff)
	}
	if err := d.Replace(memdirectory.Data{}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Person(t.Context(), "anna"); !errors.Is(err, escalation.ErrNotFound) {
		t.Errorf("Person after Replace: error = %v, want ErrNotFound", err)
	}
}

func TestDataIsCopied(t *testing.T) {
	data := memdirectory.Data{
		Persons:        []memdirectory.Person{{ID: "anna"}, {ID: "bert"}},
		Tasks:          []memdirectory.Task{{ID: "t", Members: []escalation.PersonID{"anna"}}},
		Administrators: []escalation.PersonID{"anna"},
		Mailbox:        &memdirectory.MailboxAssignment{Task: "t"},
	}
	d := newDirectory(t, data)
	want := d.Data()
	for _, x := range []memdirectory.Data{data, d.Data()} {
		x.Persons[0].ID, x.Tasks[0].Members[0], x.Administrators[0], x.Mailbox.Task = "x", "bert", "bert", "x"
	}
	if diff := cmp.Diff(want, d.Data()); diff != "" {
		t.Errorf("the directory shares memory with its caller (-want +got):\n%s", diff)
	}
}

// Readers see one state or the other while people change.
func TestSetWhileReading(t *testing.T) {
	d := newDirectory(t, memdirectory.Data{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 25 {
				if err := d.Set(escalation.Person{ID: escalation.PersonID(fmt.Sprint(i, "-", j)), Kind: escalation.Employee}); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 100 {
				if _, err := d.SearchEmployees(t.Context(), "", "", 10); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got, err := d.SearchEmployees(t.Context(), "", "", 1000)
	if err != nil || len(got) != 100 {
		t.Errorf("%d employees after 100 Sets, %v: an update was lost", len(got), err)
	}
}
