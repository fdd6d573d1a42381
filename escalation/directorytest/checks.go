package directorytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
)

func person(ctx context.Context, d escalation.Directory) error {
	for _, want := range NewFixture().Persons {
		got, err := d.Person(ctx, want.ID)
		if err != nil {
			return fmt.Errorf("Person(%q): %w; people who left are known too", want.ID, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("Person(%q) (-want +got):\n%s", want.ID, diff)
		}
	}
	return nil
}

func unknownPerson(ctx context.Context, d escalation.Directory) error {
	for _, id := range []escalation.PersonID{"", "nobody", "ANNA", "anna ", "%", "a' OR '1'='1", "\x00"} {
		if p, err := d.Person(ctx, id); !errors.Is(err, escalation.ErrNotFound) {
			return fmt.Errorf("Person(%q) = %+v, %v, want ErrNotFound: ids are compared byte for byte", id, p, err)
		}
	}
	return nil
}

func personByAddress(ctx context.Context, d escalation.Directory) error {
	for address, want := range map[string]escalation.PersonID{
		"anna@corp.example":        "anna",
		"anna@CORP.Example":        "anna",
		"Bert.Brandt@Corp.Example": "bert",
		"Bert.Brandt@corp.example": "bert",
		"carl@customer.example":    "carl",
	} {
		p, err := d.PersonByAddress(ctx, address)
		if err != nil || p.ID != want {
			return fmt.Errorf("PersonByAddress(%q) = %q, %v, want %q: the domain has no case", address, p.ID, err, want)
		}
	}
	return nil
}

func sharedAddress(ctx context.Context, d escalation.Directory) error {
	p, err := d.PersonByAddress(ctx, "desk@corp.example")
	if err != nil || p.ID != "kim2" {
		return fmt.Errorf("PersonByAddress of an address that gone (who left), kim2 and kim3 have = %q, %v, want kim2: "+
			"who has not left comes first, then the lowest id", p.ID, err)
	}
	return nil
}

func unknownAddress(ctx context.Context, d escalation.Directory) error {
	for _, address := range []string{
		"", "anna", "@corp.example", "anna@corp.example.evil.example", "xanna@corp.example",
		"<anna@corp.example>", "Anna <anna@corp.example>", "anna@corp.example ", "%@corp.example", "_nna@corp.example",
		"\u212aim@corp.example", // Kelvin sign: strings.ToLower makes it a k
		"аnna@corp.example",     // Cyrillic а
	} {
		if p, err := d.PersonByAddress(ctx, address); !errors.Is(err, escalation.ErrNotFound) {
			return fmt.Errorf("PersonByAddress(%q) = %q, %v, want ErrNotFound: the bare address is compared, "+
				"only ASCII letters may lose their case, and emil's missing one is none", address, p.ID, err)
		}
	}
	return nil
}

// groupsOf is who is in each group as seen from the task support.
var groupsOf = map[escalation.Group][]escalation.PersonID{
	escalation.TaskMembers:        {"emil", "anna", "gone"},
	escalation.TaskManagers:       {"bert"},
	escalation.ProjectMembers:     {"bert", "anna", "carl"},
	escalation.ProjectManagers:    {"bert"},
	escalation.DepartmentManagers: {"dora", "gone"},
	escalation.Administrators:     {"root", "anna"},
}

func members(ctx context.Context, d escalation.Directory) error {
	at, err := d.Place(ctx, "support")
	if err != nil {
		return err
	}
	for g, want := range groupsOf {
		got, err := memberIDs(ctx, d, g, at)
		if err != nil {
			return err
		}
		// The order is the directory's.
		if diff := cmp.Diff(asSet(want), asSet(got)); diff != "" || len(got) != len(want) {
			return fmt.Errorf("Members(%q) = %v: everybody once, people who left included (-want +got):\n%s", g, got, diff)
		}
	}
	return nil
}

func administratorsAnywhere(ctx context.Context, d escalation.Directory) error {
	for g := range groupsOf {
		got, err := memberIDs(ctx, d, g, escalation.Place{})
		if err != nil {
			return fmt.Errorf("Members(%q) of no task: %w; what belongs to no task is told to somebody as well", g, err)
		}
		if want := groupsOf[g]; g == escalation.Administrators && !maps.Equal(asSet(got), asSet(want)) {
			return fmt.Errorf("Members(%q) of no task = %v, want %v", g, got, want)
		}
	}
	return nil
}

func membersAreStable(ctx context.Context, d escalation.Directory) error {
	at, err := d.Place(ctx, "support")
	if err != nil {
		return err
	}
	for g := range groupsOf {
		first, err := d.Members(ctx, g, at)
		if err != nil {
			return err
		}
		for range 20 {
			again, err := d.Members(ctx, g, at)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(first, again); diff != "" {
				return fmt.Errorf("Members(%q) asked again (-first +again):\n%s", g, diff)
			}
		}
		for _, m := range first {
			p, err := d.Person(ctx, m.ID)
			if diff := cmp.Diff(p, m); diff != "" || err != nil {
				return fmt.Errorf("Members(%q) and Person(%q) disagree (%v):\n%s", g, m.ID, err, diff)
			}
		}
	}
	return nil
}

func nearestDepartment(ctx context.Context, d escalation.Directory) error {
	for task, want := range map[escalation.TaskID][]escalation.PersonID{
		"support": {"dora", "gone"}, // of corp: it has no manager
		"orders":  {"kim1"},         // of sales, not of corp above it
	} {
		at, err := d.Place(ctx, task)
		if err != nil {
			return err
		}
		got, err := memberIDs(ctx, d, escalation.DepartmentManagers, at)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(asSet(want), asSet(got)); diff != "" {
			return fmt.Errorf("department managers seen from %q, of the nearest department that has one (-want +got):\n%s", task, diff)
		}
	}
	return nil
}

func emptyGroups(ctx context.Context, d escalation.Directory) error {
	for task, empty := range map[escalation.TaskID][]escalation.Group{
		"orders": {escalation.TaskMembers, escalation.TaskManagers, escalation.ProjectManagers},
		"idle":   {escalation.TaskMembers, escalation.ProjectMembers, escalation.DepartmentManagers},
		"alone":  {escalation.TaskManagers, escalation.ProjectMembers, escalation.ProjectManagers, escalation.DepartmentManagers},
	} {
		at, err := d.Place(ctx, task)
		if err != nil {
			return err
		}
		for _, g := range empty {
			if got, err := memberIDs(ctx, d, g, at); err != nil || len(got) != 0 {
				return fmt.Errorf("Members(%q) seen from %q = %v, %v, want nobody and no error", g, task, got, err)
			}
		}
	}
	return nil
}

func place(ctx context.Context, d escalation.Directory) error {
	for _, want := range []escalation.Place{
		{Task: "support", Project: "erp", Departments: []escalation.DepartmentID{"it", "corp"}, Language: "fr"},
		{Task: "orders", Project: "shop", Departments: []escalation.DepartmentID{"sales", "corp"}},
		{Task: "idle", Project: "free"},
		{Task: "alone"},
	} {
		got, err := d.Place(ctx, want.Task)
		if err != nil {
			return fmt.Errorf("Place(%q): %w", want.Task, err)
		}
		if len(got.Departments) == 0 {
			got.Departments = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("Place(%q), departments from the inside out (-want +got):\n%s", want.Task, diff)
		}
	}
	return nil
}

func unknownTask(ctx context.Context, d escalation.Directory) error {
	for _, task := range []escalation.TaskID{"", "nowhere", "Support", "erp"} {
		if p, err := d.Place(ctx, task); !errors.Is(err, escalation.ErrNotFound) {
			return fmt.Errorf("Place(%q) = %+v, %v, want ErrNotFound", task, p, err)
		}
	}
	return nil
}

func cancelled(ctx context.Context, d escalation.Directory) error {
	at, err := d.Place(ctx, "support")
	if err != nil {
		return err
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, errPerson := d.Person(done, "anna")
	_, errAddress := d.PersonByAddress(done, "anna@corp.example")
	_, errMembers := d.Members(done, escalation.TaskMembers, at)
	_, errPlace := d.Place(done, "support")
	for name, err := range map[string]error{
		"Person": errPerson, "PersonByAddress": errAddress, "Members": errMembers, "Place": errPlace,
	} {
		if !errors.Is(err, context.Canceled) {
			return fmt.Errorf("%s with a cancelled context: error = %v, want context.Canceled", name, err)
		}
	}
	return nil
}

// concurrent finds what the race detector or a shared cursor shows.
func concurrent(ctx context.Context, d escalation.Directory) error {
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { errs[i] = errors.Join(person(ctx, d), members(ctx, d), place(ctx, d)) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func memberIDs(ctx context.Context, d escalation.Directory, g escalation.Group, at escalation.Place) ([]escalation.PersonID, error) {
	persons, err := d.Members(ctx, g, at)
	if err != nil {
		return nil, fmt.Errorf("Members(%q): %w", g, err)
	}
	return idsOf(persons), nil
}

func idsOf(persons []escalation.Person) []escalation.PersonID {
	var ids []escalation.PersonID
	for _, p := range persons {
		ids = append(ids, p.ID)
	}
	return ids
}

func asSet(ids []escalation.PersonID) map[escalation.PersonID]bool {
	set := map[escalation.PersonID]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return set
}
