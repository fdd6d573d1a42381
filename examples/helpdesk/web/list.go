package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// pageSize is how many tickets a page shows.
const pageSize = 50

// A row is a ticket in a list.
type row struct {
	ticketmail.Ticket
	AssigneeName string
	From         string
	Labels       []string
}

// A listPage is what the list shows, and what may be chosen.
type listPage struct {
	Query      storage.TicketQuery
	Category   string
	Search     string
	Rows       []row
	Next       string // address of the next page; empty: none
	Further    bool   // the page may have more on the next one although it is not full
	Statuses   []storage.Status
	People     []escalation.Person
	Projects   []escalation.ProjectID
	Categories []choice
}

// A choice is something to choose.
type choice struct {
	ID, Label string
	Chosen    bool
}

var statuses = []storage.Status{storage.New, storage.InProcess, storage.Done, storage.Rejected, storage.Accepted}

// list shows the tickets that fit the form above them, the newest first.
func (s *site) list(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	ctx, v := r.Context(), r.URL.Query()
	categories, err := s.categories(ctx)
	if err != nil {
		return err
	}
	p := listPage{
		Category: v.Get("category"),
		Search:   v.Get("q"),
		Query: storage.TicketQuery{
			Status:   storage.Status(v.Get("status")),
			Project:  escalation.ProjectID(v.Get("project")),
			Assignee: escalation.PersonID(v.Get("assignee")),
			Parent:   storage.TicketID(v.Get("parent")),
			Newest:   true,
			After:    storage.TicketID(v.Get("after")),
		},
		Statuses:   statuses,
		People:     slices.DeleteFunc(s.everybody(ctx), func(p escalation.Person) bool { return !p.Internal() }),
		Categories: choices(categories, who, v.Get("category")),
	}
	for _, project := range s.People.Data().Projects {
		p.Projects = append(p.Projects, project.ID)
	}
	if p.Category != "" {
		p.Query.AnyCategory = []string{p.Category}
	}
	found, err := s.find(ctx, who, p.Query, p.Search)
	if err != nil {
		return err
	}
	for _, t := range found.tickets {
		p.Rows = append(p.Rows, s.row(ctx, t, categories, who))
	}
	p.Further = found.further
	if found.next != "" {
		v.Set("after", string(found.next))
		p.Next = "/tickets?" + v.Encode()
	}
	s.show(w, r, who, "list", http.StatusOK, p)
	return nil
}

// A finding is a page of tickets.
type finding struct {
	tickets []ticketmail.Ticket
	next    storage.TicketID // what the next page is behind; empty: there is none
	further bool             // the page ends because enough was looked at, not because it is full
}

// maxLooked is how many tickets are looked at for a page: a customer has few of
// many, and those that are his are not asked for apart. He is not told how many
// it were: they are other people's.
const maxLooked = 2000

// find returns a page of the tickets that somebody may read, with the words of
// a search in them. Customers find nothing by what is internal.
func (s *site) find(ctx context.Context, who escalation.Person, q storage.TicketQuery, words string) (f finding, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		f = finding{}
		list := r.Tickets().List(ctx, q)
		if strings.TrimSpace(words) != "" {
			searcher, ok := r.Tickets().(storage.Searcher)
			if !ok {
				return ticketmail.ErrNoSearch
			}
			list = searcher.Search(ctx, words, who.Internal(), q)
		}
		var last storage.TicketID
		looked := 0
		for t, err := range list {
			switch {
			case err != nil:
				return err
			case looked == maxLooked:
				f.next, f.further = last, true
				return nil
			case !mayRead(who, t):
			case len(f.tickets) == pageSize:
				f.next = f.tickets[pageSize-1].ID
				return nil
			default:
				f.tickets = append(f.tickets, t)
			}
			looked, last = looked+1, t.ID
		}
		return nil
	})
	return f, err
}

func (s *site) row(ctx context.Context, t ticketmail.Ticket, categories catalog.List, who escalation.Person) row {
	r := row{Ticket: t, From: t.Sender.Name}
	if t.Assignee != "" {
		r.AssigneeName = s.name(ctx, t.Assignee)
	}
	if r.From == "" {
		r.From = t.Sender.Address
	}
	if r.From == "" && t.Creator != "" {
		r.From = s.name(ctx, t.Creator)
	}
	for _, id := range t.Categories {
		r.Labels = append(r.Labels, categories.Label(id, languages(who)))
	}
	return r
}

func (s *site) categories(ctx context.Context) (catalog.List, error) {
	all, err := s.Engine.Categories(ctx)
	if err != nil {
		return catalog.List{}, err
	}
	return catalog.NewList(all)
}

// choices returns the active categories, and those that are chosen.
func choices(list catalog.List, who escalation.Person, chosen ...string) []choice {
	var all []choice
	for _, c := range list.All() {
		on := slices.Contains(chosen, c.ID)
		if !c.Inactive || on {
			all = append(all, choice{c.ID, c.Label(languages(who)), on})
		}
	}
	return all
}
