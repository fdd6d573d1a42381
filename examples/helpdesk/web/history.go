package web

import (
	"context"
	"net/http"
	"strconv"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A line is one of the history.
type line struct {
	storage.Change
	Who  string // who did it, before what he did; empty: nobody in particular
	Text string // what happened, for people
}

// How many lines of history are shown: those at the end, on the page of the
// ticket, and all of them on pages of their own.
const (
	lastHistory = 50
	historyPage = 200
)

// lastLines returns the last lines of a ticket's history, and how many are
// before. Customers get none: it tells of internal comments.
func lastLines(ctx context.Context, r storage.Reader, who escalation.Person, id storage.TicketID) (last []line, older int, err error) {
	if !who.Internal() {
		return nil, 0, nil
	}
	for c, err := range r.Tickets().Changes(ctx, id, 0) {
		if err != nil {
			return nil, 0, err
		}
		if len(last) == 2*lastHistory { // now and then, so that moving costs little
			older += copy(last, last[lastHistory:])
			last = last[:lastHistory]
		}
		last = append(last, line{Change: c})
	}
	if n := len(last) - lastHistory; n > 0 {
		last, older = last[n:], older+n
	}
	return last, older, nil
}

// A historyBody is a page of a ticket's history, from its beginning.
type historyBody struct {
	Ticket ticketmail.Ticket
	Lines  []line
	Next   int64 // number of the line that the next page is behind; 0: there is none
}

// history shows employees the history of a ticket.
func (s *site) history(w http.ResponseWriter, r *http.Request, who escalation.Person) error {
	if !who.Internal() {
		return storage.ErrNotFound
	}
	ctx := r.Context()
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil {
		after = 0
	}
	body := &historyBody{}
	err = s.Store.View(ctx, func(read storage.Reader) (err error) {
		if body.Ticket, err = readable(ctx, read, who, storage.TicketID(r.PathValue("id"))); err != nil {
			return err
		}
		for c, err := range read.Tickets().Changes(ctx, body.Ticket.ID, after) {
			if err != nil {
				return err
			}
			if len(body.Lines) == historyPage {
				body.Next = body.Lines[historyPage-1].Seq
				return nil
			}
			body.Lines = append(body.Lines, line{Change: c})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.tell(ctx, who, body.Lines); err != nil {
		return err
	}
	s.show(w, r, who, "history", http.StatusOK, body)
	return nil
}
