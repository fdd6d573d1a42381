package ticketmail

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// replyRule sends a reply to the customer contact or, without one, to the
// address the ticket came from. The comment's files go along, as many as a mail
// holds.
func replyRule(k notify.TicketView) notify.Rule {
	r := notify.Rule{Kind: notify.Reply, Active: true, Roles: []notify.Role{notify.RoleCustomerContact}, Attach: notify.MaxAttach}
	if k.CustomerContact == "" {
		r.Roles = []notify.Role{notify.RoleSender}
	}
	return r
}

// replyEvent is the event of a comment that is sent to the customer. added is
// that of the comment itself.
func (t *tx) replyEvent(ctx context.Context, k Ticket, added notify.Event) (notify.Event, error) {
	if k.CustomerContact == "" && k.Sender.Address == "" {
		return added, fmt.Errorf("%w: the ticket has neither a customer contact nor a sender to reply to", ErrInvalid)
	}
	added.Kind = notify.Reply
	added.ID = string(notify.Reply) + "." + added.Comment.ID
	var err error
	added.Answers, err = t.lastFromCustomer(ctx, k)
	return added, err
}

// lastFromCustomer returns the Message-ID of the last mail that whoever gets a
// reply has sent to the ticket, so that his mail program shows it as answered.
func (t *tx) lastFromCustomer(ctx context.Context, k Ticket) (string, error) {
	address := k.Sender.Address
	if k.CustomerContact != "" {
		p, err := t.dir.Person(ctx, k.CustomerContact)
		if err != nil && !errors.Is(err, escalation.ErrNotFound) && !t.overlook(err) {
			return "", err
		}
		address = p.Address
	}
	id := ""
	for c, err := range t.w.Tickets().Comments(ctx, k.ID) {
		if err != nil {
			return "", err
		}
		if c.Kind == storage.ByMail && !c.Internal && notify.FoldAddress(c.Sender.Address) == notify.FoldAddress(address) {
			id = c.MessageID
		}
	}
	return id, nil
}
