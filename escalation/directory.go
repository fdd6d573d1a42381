package escalation

import (
	"context"
	"errors"
)

// ErrNotFound reports that the directory does not know the person or task
// asked for. Directories wrap it or return it as it is.
var ErrNotFound = errors.New("not in the directory")

// A Place is where a ticket lives, from the inside out.
type Place struct {
	Task        TaskID
	Project     ProjectID      // empty: the task stands alone
	Departments []DepartmentID // the project's department first, then its parents; no id twice
	Language    string         // the project's BCP 47 tag; empty: the company's
}

// A Directory answers who the people of the host are. It is the host's own
// data: ticketmail keeps no copy and asks anew for every decision.
//
// Implementations are safe for concurrent use, return promptly when ctx is
// done, and pass [example.com/ticketmail/escalation/directorytest.Run].
type Directory interface {
	// Person returns the person with this id, also one who left.
	// It returns ErrNotFound for an unknown id.
	Person(ctx context.Context, id PersonID) (Person, error)

	// PersonByAddress returns the person whose address this is. The address
	// is a bare addr-spec; the local part is compared without case by most
	// hosts, the domain always is. Only the case of ASCII letters may be
	// ignored: folding Unicode makes "\u212Aim@" (Kelvin sign) equal "kim@".
	// Of several persons with the same address those who have not left come
	// first, then the lowest id. It returns ErrNotFound when nobody has it,
	// and for the empty address, which many people may have.
	PersonByAddress(ctx context.Context, address string) (Person, error)

	// Members returns the persons of a group as seen from a place, each once,
	// in a stable order, people who left included (the caller skips and
	// records them). A group without anybody is empty, not an error. What
	// belongs to no task, such as a mailbox that fails, is asked for with the
	// zero Place: administrators are the same there, other groups may be empty.
	Members(ctx context.Context, g Group, at Place) ([]Person, error)

	// Place returns where a task is. It returns ErrNotFound for an unknown task.
	Place(ctx context.Context, task TaskID) (Place, error)
}

// A Searcher is a [Directory] that can list employees, for forms that pick
// one. It is an optional capability.
type Searcher interface {
	Directory

	// SearchEmployees returns at most limit employees (limit <= 0: 50) whose
	// name, address or id contains query without regard to case, by name,
	// then id, starting after the person `after` (empty: from the start;
	// an unknown one: ErrNotFound). An empty query lists all of them. People
	// who left and contacts are not offered.
	SearchEmployees(ctx context.Context, query string, after PersonID, limit int) ([]Person, error)
}
