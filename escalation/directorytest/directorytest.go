package directorytest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/ticketmail/escalation"
)

// Run tests the directories made by open, which loads the fixture into an
// empty one and registers its own clean-up.
func Run(t *testing.T, open func(t *testing.T, f Fixture) escalation.Directory) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if err := c.check(t.Context(), open(t, NewFixture())); err != nil {
				t.Error(err)
			}
		})
	}
}

// Check makes the tests of [Run] on a directory that holds [NewFixture], and
// returns all faults joined. It is for tests of directories that must fail.
func Check(ctx context.Context, d escalation.Directory) error {
	var errs []error
	for _, c := range checks {
		if err := c.check(ctx, d); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
		}
	}
	return errors.Join(errs...)
}

// checks are the rules of [escalation.Directory], one each. A check changes
// nothing in the directory.
var checks = []struct {
	name  string
	check func(context.Context, escalation.Directory) error
}{
	{"Person", person},
	{"UnknownPerson", unknownPerson},
	{"PersonByAddress", personByAddress},
	{"SharedAddress", sharedAddress},
	{"UnknownAddress", unknownAddress},
	{"Members", members},
	{"MembersAreStable", membersAreStable},
	{"AdministratorsAreAdministratorsAnywhere", administratorsAnywhere},
	{"NearestDepartment", nearestDepartment},
	{"EmptyGroups", emptyGroups},
	{"Place", place},
	{"UnknownTask", unknownTask},
	{"Cancelled", cancelled},
	{"Concurrent", concurrent},
	{"Search", search},
	{"SearchPages", searchPages},
}
