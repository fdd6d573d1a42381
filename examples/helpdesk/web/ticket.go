package web

import (
	"context"
	"net/http"
	"slices"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/examples/helpdesk/demo"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A ticketPage is a ticket and what can be done with it.
type ticketPage struct {
	Ticket       ticketmail.Ticket
	Project      string
	Creator      string
	Assignee     string
	Contact      string
	Sender       message.Address
	Conversation []contribution
	Earlier      int // comments before those
	Subtasks     []ticketmail.Ticket
	MoreSubtasks bool
	History      []line           // its end
	Older        int              // lines before that
	Next         []storage.Status // that may follow
	Employees    []escalation.Person
	Customers    []escalation.Person
	Tasks        []choice
	Categories   []choice
	CanReply     bool
	Told         *told // who would be told of a comment

	Error    string // why what was asked for did not happen
	Text     string // of the comment that was not made
	Audience string // that was chosen for it: "reply", "public" or "internal"; empty: the usual one
	Forward  sentOn // that did not happen
}

// sentOn is what somebody typed to send a comment on.
type sentOn struct{ Comment, To, Note string }

func (s *site) ticket(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	return s.showTicket(w, r, who, http.StatusOK, "")
}

// showTicket shows the ticket that a request names, with an error above it and
// what was typed and could not be kept.
func (s *site) showTicket(w http.ResponseWriter, r *http.Request, who escalation.Person, status int, failure string) error {
	p, err := s.ticketPage(r.Context(), who, storage.TicketID(r.PathValue("id")), r.FormValue("all") != "")
	if err != nil {
		return err
	}
	p.Error, p.Text, p.Audience = failure, r.PostFormValue("text"), r.PostFormValue("audience")
	p.Forward = sentOn{r.PostFormValue("comment"), r.PostFormValue("to"), r.PostFormValue("note")}
	if p.Audience == "" && p.CanReply {
		p.Audience = "reply"
	}
	s.show(w, r, who, "ticket", status, p)
	return nil
}

// ticketPage reads a ticket, with its last comments or all of them.
func (s *site) ticketPage(ctx context.Context, who escalation.Person, id storage.TicketID, all bool) (*ticketPage, error) {
	p := &ticketPage{}
	var comments []storage.Comment
	err := s.Store.View(ctx, func(r storage.Reader) error {
		comments = nil
		var err error
		if p.Ticket, err = readable(ctx, r, who, id); err != nil {
			return err
		}
		for c, err := range r.Tickets().Comments(ctx, id) {
			if err != nil {
				return err
			}
			if who.Internal() || !c.Internal {
				comments = append(comments, c)
			}
		}
		p.History, p.Older, err = lastLines(ctx, r, who, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	subtasks, err := s.find(ctx, who, storage.TicketQuery{Parent: id, Newest: true}, "")
	if err != nil {
		return nil, err
	}
	p.Subtasks, p.MoreSubtasks = subtasks.tickets, subtasks.next != ""
	if n := len(comments) - maxComments; n > 0 && !all {
		comments, p.Earlier = comments[n:], n
	}
	if p.Conversation, err = s.conversation(ctx, comments); err != nil {
		return nil, err
	}
	if err := s.describe(ctx, who, p); err != nil {
		return nil, err
	}
	if who.Internal() {
		if err := s.mailed(ctx, id, p.Conversation); err != nil {
			return nil, err
		}
		return p, s.offer(ctx, who, p)
	}
	p.Next = nextStatuses(who, p.Ticket.Status)
	return p, nil
}

// nextStatuses returns what may follow a status. Customers say of work that is
// done whether they accept it, and nothing else.
func nextStatuses(who escalation.Person, now storage.Status) []storage.Status {
	switch {
	case who.Internal():
		return ticketmail.DefaultTransitions()[now]
	case now == storage.Done:
		return []storage.Status{storage.Accepted, storage.Rejected}
	}
	return nil
}

// readable returns a ticket that somebody may read; one that he may not is not
// there.
func readable(ctx context.Context, r storage.Reader, who escalation.Person, id storage.TicketID) (ticketmail.Ticket, error) {
	t, err := r.Tickets().Get(ctx, id)
	if err == nil && !mayRead(who, t) {
		err = storage.ErrNotFound
	}
	return t, err
}

// describe fills in the names.
func (s *site) describe(ctx context.Context, who escalation.Person, p *ticketPage) error {
	t := p.Ticket
	p.Project = string(t.Project)
	p.Creator, p.Assignee, p.Contact = s.name(ctx, t.Creator), s.name(ctx, t.Assignee), s.name(ctx, t.CustomerContact)
	p.Sender = t.Sender
	return s.tell(ctx, who, p.History)
}

// offer fills in what an employee may choose.
func (s *site) offer(ctx context.Context, who escalation.Person, p *ticketPage) error {
	t := p.Ticket
	p.Next = nextStatuses(who, t.Status)
	p.CanReply = t.CustomerContact != "" || t.Sender.Address != ""
	for _, x := range s.everybody(ctx) {
		if x.Internal() {
			p.Employees = append(p.Employees, x)
		} else {
			p.Customers = append(p.Customers, x)
		}
	}
	p.Employees, p.Customers = s.including(ctx, p.Employees, t.Assignee), s.including(ctx, p.Customers, t.CustomerContact)
	p.Tasks = s.tasks(who, t.Task)
	categories, err := s.categories(ctx)
	if err != nil {
		return err
	}
	p.Categories = choices(categories, who, t.Categories...)
	x, err := s.Engine.Explain(ctx, t.ID, notify.CommentAdded, ticketmail.Actor{Person: who.ID})
	if err != nil {
		return err
	}
	p.Told = s.teller(ctx, who, categories).told(who, t, x)
	return nil
}

// including returns the people who may be chosen and the one who is, somebody
// who has left, say: a form without him would take him away.
func (s *site) including(ctx context.Context, list []escalation.Person, id escalation.PersonID) []escalation.Person {
	if id == "" || slices.ContainsFunc(list, func(p escalation.Person) bool { return p.ID == id }) {
		return list
	}
	return append(list, escalation.Person{ID: id, Name: s.name(ctx, id)})
}

// tasks returns the tasks of the company that somebody may choose: customers
// those that have a mailbox for them.
func (s *site) tasks(who escalation.Person, chosen escalation.TaskID) []choice {
	var all []choice
	for _, t := range s.People.Data().Tasks {
		if !who.Internal() && t.ID != demo.Helpdesk && t.ID != demo.ShopBugs {
			continue
		}
		all = append(all, choice{ID: string(t.ID), Label: string(t.Project) + " › " + string(t.ID), Chosen: t.ID == chosen})
	}
	slices.SortFunc(all, func(a, b choice) int {
		if a.Label < b.Label {
			return -1
		}
		return 1
	})
	return all
}
