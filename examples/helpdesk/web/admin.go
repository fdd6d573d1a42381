package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/console"
)

// AdminPrefix is where the administration console is mounted.
const AdminPrefix = "/admin"

// newConsole returns the administration pages for those who are signed in.
func (s *site) newConsole() (*console.Console, error) {
	return console.New(s.Engine, s, &console.Options{
		Prefix:  AdminPrefix,
		Product: "Muster Anlagenbau",
		Home:    "/tickets",
		Refused: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, signInFirst(r), http.StatusSeeOther) }),
		Ticket:  func(id ticketmail.TicketID) string { return "/tickets/" + url.PathEscape(string(id)) },
		Places:  s,
	})
}

// Visitor implements [console.Access]: administrators may change everything,
// employees read, customers have no business there.
func (s *site) Visitor(r *http.Request) (console.Visitor, error) {
	who, ok := s.person(r)
	if !ok {
		return console.Visitor{}, nil
	}
	v := console.Visitor{Person: who.ID, Name: who.Name, Language: who.Language, Session: string(who.ID)}
	switch {
	case slices.Contains(s.People.Data().Administrators, who.ID):
		v.Right = console.Administer
	case who.Internal():
		v.Right = console.Read
	}
	return v, nil
}

// Places implements [console.Places].
func (s *site) Places(_ context.Context, kind console.PlaceKind, limit int) ([]console.Place, error) {
	var all []console.Place
	d := s.People.Data()
	switch kind {
	case console.Projects:
		for _, x := range d.Projects {
			all = append(all, console.Place{ID: string(x.ID)})
		}
	case console.Tasks:
		for _, x := range d.Tasks {
			all = append(all, console.Place{ID: string(x.ID)})
		}
	case console.Departments:
		for _, x := range d.Departments {
			all = append(all, console.Place{ID: string(x.ID)})
		}
	}
	return all[:min(limit, len(all))], nil
}
