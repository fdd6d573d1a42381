package escalation

import (
	"errors"
	"fmt"
	"slices"
)

// A Group is one of the user groups that a ticket's place has. The groups are
// the seed's; a host may add groups of its own, which its [Directory] answers.
type Group string

// The groups of the seed, in the order of its escalation procedure.
const (
	TaskMembers        Group = "task_members"        // Vorgangsmitarbeiter
	TaskManagers       Group = "task_managers"       // Vorgangsleiter: project managers assigned to the task
	ProjectMembers     Group = "project_members"     // Projektmitarbeiter
	ProjectManagers    Group = "project_managers"    // Projektleiter
	DepartmentManagers Group = "department_managers" // Abteilungsleiter of the place's nearest department that has one
	Administrators     Group = "administrators"      // Administratoren
)

// A Chain is the order in which groups are told when somebody cannot be
// mailed (seed: Eskalationsverfahren). It is data: a host may shorten,
// reorder or extend it.
type Chain []Group

// DefaultChain returns the seed's order. The caller owns the slice.
func DefaultChain() Chain {
	return Chain{TaskMembers, TaskManagers, ProjectMembers, ProjectManagers, DepartmentManagers, Administrators}
}

// Validate reports a group of c that has no name or comes twice. An empty
// chain is valid: nobody is told instead.
func (c Chain) Validate() error {
	for i, g := range c {
		if g == "" {
			return errors.New("escalation chain: a group has no name")
		}
		if slices.Contains(c[:i], g) {
			return fmt.Errorf("escalation chain: group %q comes twice", g)
		}
	}
	return nil
}

// after returns the groups of c that come after g. If g is empty or no group
// of c, these are all of them.
func (c Chain) after(g Group) Chain {
	return c[slices.Index(c, g)+1:]
}
