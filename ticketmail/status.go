package ticketmail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
)

// A MailboxStatus is how a mailbox fares in this process.
type MailboxStatus struct {
	Mailbox mailbox.ID
	Task    escalation.TaskID // it serves; empty: none, so it is not polled and keeps its mail

	Inactive  bool // switched off by an administrator
	Paused    bool // by [Engine.PauseMailbox]
	Polling   bool // now
	Elsewhere bool // another node had it at the last try

	LastSuccess  time.Time // end of the last poll that went well; zero: none yet
	FailingSince time.Time // zero: it does not fail
	Err          error     // of the last poll; nil: it went well. mailbox.Diagnose says what is behind it, where that is known
	Next         time.Time // when it is polled next; zero: it is not
	Backlog      int       // mails on the server when the poll under way began, less those done
	Untouched    int       // mails that stay by the terms of a consent, at the last poll that went well
	Done         Report    // since the process began

	Token *oauth.Health // of a mailbox that signs in with tokens; nil: it does not
}

// Status returns how all mailboxes fare in this process, by their ids. Before
// Run it knows nothing but their names.
func (e *Engine) Status(ctx context.Context) ([]MailboxStatus, error) {
	r, err := e.routesNow(ctx)
	if err != nil {
		return nil, fmt.Errorf("status of mailboxes: %w", err)
	}
	list := e.poller.statuses(r)
	for i, s := range list {
		if m, ok := r.find(s.Mailbox); !ok || m.Tokens == nil || e.oauth == nil {
			continue
		}
		health, err := e.oauth.Health(ctx, s.Mailbox)
		if errors.Is(err, oauth.ErrUnknown) { // deleted meanwhile
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("status of mailbox %s: %w", s.Mailbox, err)
		}
		list[i].Token = &health
	}
	return list, nil
}

func (p *poller) statuses(r *routing) []MailboxStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]MailboxStatus, 0, len(r.Mailboxes))
	for _, m := range r.Mailboxes {
		s := MailboxStatus{Mailbox: m.ID}
		if b := p.boxes[m.ID]; b != nil {
			s = b.status
		}
		as, assigned := r.Assignment(m.ID)
		s.Task, s.Inactive = as.Task, m.Inactive
		if !assigned || m.Inactive || s.Paused {
			s.Next = time.Time{}
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b MailboxStatus) int { return cmp.Compare(a.Mailbox, b.Mailbox) })
	return list
}

// PollSoon makes Run poll a mailbox as soon as a hand is free: the host knows
// that mail has come, or that what was wrong is mended.
func (e *Engine) PollSoon(id mailbox.ID) {
	e.poller.change(id, func(b *box) { b.next, b.soon = time.Time{}, b.status.Polling })
}

// PauseMailbox keeps Run in this process from polling a mailbox until
// [Engine.ResumeMailbox]; a poll under way goes on. To switch it off for good,
// and on all nodes, make it inactive.
func (e *Engine) PauseMailbox(id mailbox.ID) {
	e.poller.change(id, func(b *box) { b.status.Paused = true })
}

// ResumeMailbox ends a pause: the mailbox is polled as soon as a hand is free.
func (e *Engine) ResumeMailbox(id mailbox.ID) {
	e.poller.change(id, func(b *box) { b.status.Paused, b.next, b.soon = false, time.Time{}, b.status.Polling })
}

// change changes what is known of a mailbox, also of one that Run has not
// seen yet.
func (p *poller) change(id mailbox.ID, fn func(*box)) {
	p.mu.Lock()
	b := p.boxes[id]
	if b == nil {
		b = &box{status: MailboxStatus{Mailbox: id}}
		p.boxes[id] = b
	}
	fn(b)
	idle := b.quiet()
	p.mu.Unlock()
	idle.close()
	p.rouse()
}

// seen notes how far a poll has come.
func (p *poller) seen(now Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.boxes[now.Mailbox]; b != nil {
		b.status.Backlog = max(now.Waiting-now.Done.Received-now.Done.Left, 0)
	}
}
