package escalation

// The ids of the host's records. They are opaque to ticketmail: any text that
// the host's [Directory] understands, compared byte for byte. The empty id
// means "none".
type (
	PersonID     string // somebody who can create, handle or follow tickets
	TaskID       string // a task (seed: Vorgang), the place a ticket lives in
	ProjectID    string // the project a task belongs to
	DepartmentID string // the department a project belongs to; departments nest
)

// Kind tells the host's own people from its customers' people.
type Kind string

// The kinds of a [Person].
const (
	Employee Kind = "employee" // may see internal comments
	Contact  Kind = "contact"  // a customer's contact; never sees anything internal
)

// A Person is somebody the [Directory] knows.
type Person struct {
	ID       PersonID
	Name     string // as shown to others; may be empty
	Address  string // one bare addr-spec (RFC 5322 section 3.4.1) without display name; empty: cannot be mailed
	Language string // BCP 47 tag, for example "de-AT"; empty: the project's, else the company's
	Kind     Kind   // empty counts as Contact, so that a forgotten field discloses nothing
	Left     bool   // no longer with the company: never mailed, never an actor by mail
}

// Internal reports whether p may see internal comments and files.
func (p Person) Internal() bool { return p.Kind == Employee && !p.Left }
