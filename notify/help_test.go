package notify_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
)

// A staff is a directory in two maps.
type staff struct {
	people map[escalation.PersonID]escalation.Person
	groups map[escalation.Group][]escalation.PersonID
	err    error // of every call
}

// newStaff makes a person of each id: "bea" is the employee Bea with the
// address bea@corp.example; ids that start with "k-" are customers' contacts.
func newStaff(ids ...escalation.PersonID) *staff {
	s := &staff{people: map[escalation.PersonID]escalation.Person{}, groups: map[escalation.Group][]escalation.PersonID{}}
	for _, id := range ids {
		p := escalation.Person{ID: id, Name: strings.ToUpper(string(id[:1])) + string(id[1:]), Address: string(id) + "@corp.example", Kind: escalation.Employee}
		if strings.HasPrefix(string(id), "k-") {
			p.Kind, p.Address = escalation.Contact, string(id)+"@customer.example"
		}
		s.people[id] = p
	}
	return s
}

func (s *staff) change(id escalation.PersonID, change func(p *escalation.Person)) {
	p := s.people[id]
	change(&p)
	s.people[id] = p
}

func (s *staff) Person(_ context.Context, id escalation.PersonID) (escalation.Person, error) {
	p, ok := s.people[id]
	if s.err != nil || !ok {
		return escalation.Person{}, cmpOr(s.err, escalation.ErrNotFound)
	}
	return p, nil
}

func (s *staff) PersonByAddress(_ context.Context, address string) (escalation.Person, error) {
	for _, p := range s.people {
		if s.err == nil && strings.EqualFold(p.Address, address) {
			return p, nil
		}
	}
	return escalation.Person{}, cmpOr(s.err, escalation.ErrNotFound)
}

func (s *staff) Members(_ context.Context, g escalation.Group, _ escalation.Place) ([]escalation.Person, error) {
	var list []escalation.Person
	for _, id := range s.groups[g] {
		list = append(list, s.people[id])
	}
	return list, s.err
}

func (s *staff) Place(context.Context, escalation.TaskID) (escalation.Place, error) {
	return escalation.Place{}, cmpOr(s.err, escalation.ErrNotFound)
}

func cmpOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// marks is a Referencer whose marks can be read.
type marks struct{}

func (marks) Subject(ref thread.Ref, subject string) string {
	return "[" + string(ref) + "] " + subject
}
func (marks) MessageID(ref thread.Ref, mail string, internal bool) string {
	id := string(ref) + "." + mail
	if internal {
		id += ".internal"
	}
	return id + "@tickets.example"
}

var (
	noon     = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	envelope = notify.Envelope{
		From:    message.Address{Name: "Support", Address: "support@corp.example"},
		ReplyTo: "support@corp.example",
		Reasons: []notify.Reason{{Code: "reply-to", Text: "mailbox of the task"}},
	}
)

// everybody is a place in which every group has somebody.
func everybody() *staff {
	s := newStaff("anna", "bea", "carl", "dora", "emil", "fritz", "gabi", "hans", "ina", "k-kim", "k-lea")
	s.groups = map[escalation.Group][]escalation.PersonID{
		escalation.TaskMembers:        {"bea", "carl"},
		escalation.TaskManagers:       {"dora"},
		escalation.ProjectMembers:     {"bea", "emil"},
		escalation.ProjectManagers:    {"fritz"},
		escalation.DepartmentManagers: {"gabi"},
		escalation.Administrators:     {"hans", "ina"},
	}
	return s
}

func plan(t *testing.T, d escalation.Directory, ev notify.Event, change func(*notify.Planner, *notify.Rule)) notify.Plan {
	t.Helper()
	rule := notify.DefaultRules()[ev.Kind]
	rule.Active = true
	p := &notify.Planner{Directory: d, References: marks{}}
	if change != nil {
		change(p, &rule)
	}
	if ev.ID == "" {
		ev.ID = "event-1"
	}
	if ev.At.IsZero() {
		ev.At = noon
	}
	if ev.Ticket.Ref == "" {
		ev.Ticket.Ref, ev.Ticket.Subject = "4711", "Printer"
	}
	got, err := p.Plan(t.Context(), ev, rule, envelope)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// told returns who is mailed, in alphabetical order: persons by id, others by address.
func told(p notify.Plan) string {
	var who []string
	for _, m := range p.Mails {
		if m.Person != "" {
			who = append(who, string(m.Person))
		} else {
			who = append(who, m.To.Address)
		}
	}
	slices.Sort(who)
	return strings.Join(who, " ")
}

// skips returns who is not mailed, as "role:person:reason".
func skips(p notify.Plan) string {
	var list []string
	for _, s := range p.Skipped {
		who := string(s.Person)
		if who == "" {
			who = s.Address
		}
		list = append(list, string(s.Role)+":"+who+":"+string(s.Reason))
	}
	return strings.Join(list, " ")
}

func sortedOnce[T cmp.Ordered](list []T) []T {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// lines writes CRLF as LF, to be shown.
type lines struct{ w io.Writer }

func (l lines) Write(p []byte) (int, error) {
	_, err := io.WriteString(l.w, strings.ReplaceAll(string(p), "\r\n", "\n"))
	return len(p), err
}

// A shelf keeps content under its name.
type shelf map[message.Blob][]byte

var errGone = errors.New("not on the shelf")

func (s shelf) Open(_ context.Context, b message.Blob) (io.ReadCloser, error) {
	content, ok := s[b]
	if !ok {
		return nil, errGone
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

// file puts content on the shelf and returns a file that refers to it.
func (s shelf) file(name, mediaType, content string) notify.Attachment {
	b := message.Blob{SHA256: sha256.Sum256([]byte(content)), Size: int64(len(content))}
	s[b] = []byte(content)
	return notify.Attachment{Name: name, Type: mediaType, Blob: b}
}

// sized returns a file of so many bytes whose content nobody has.
func sized(name string, bytes int64) notify.Attachment {
	return notify.Attachment{Name: name, Blob: message.Blob{SHA256: sha256.Sum256([]byte(name)), Size: bytes}}
}

// fileNames returns the names of what goes along with a mail.
func fileNames(m notify.Mail) string {
	var names []string
	for _, a := range m.Attachments {
		names = append(names, a.Name)
	}
	return strings.Join(names, " ")
}
