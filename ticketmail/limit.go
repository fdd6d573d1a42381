package ticketmail

import (
	"cmp"
	"context"

	"example.com/ticketmail/notify"
)

// A Limit bounds what several engines of one process do at once while they
// Run: those of the tenants of [storage.Tenants], say. An engine of its own for
// each tenant costs a few goroutines that sleep; connections, memory for mails
// and hands at the mail exit are what is scarce, and these are shared. Who waits
// gets his turn in the order of waiting.
//
// [Polling] and [Delivery] hold for each engine besides. Polling.Parallel
// should be lower than the Limit's, so that the servers of one tenant, when
// they hang, do not take all hands.
//
// A nil Limit bounds nothing.
type Limit struct {
	polls, idle, sends chan struct{}
}

// NewLimit returns a Limit of so many mailboxes polled at once (0: 16), of so
// many connections kept open between polls (0: 100; negative: none), and of so
// many mails sent at once (0: 4), all engines together.
func NewLimit(polls, idle, sends int) *Limit {
	return &Limit{
		polls: make(chan struct{}, max(cmp.Or(polls, 16), 1)),
		idle:  make(chan struct{}, max(cmp.Or(idle, 100), 0)),
		sends: make(chan struct{}, max(cmp.Or(sends, 4), 1)),
	}
}

// poll waits for the right to poll a mailbox, and reports false where ctx ends
// before.
func (l *Limit) poll(ctx context.Context) (done func(), ok bool) {
	if l == nil {
		return func() {}, true
	}
	return take(ctx, l.polls)
}

func take(ctx context.Context, slots chan struct{}) (done func(), ok bool) {
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, true
	case <-ctx.Done():
		return nil, false
	}
}

// sender returns a Sender that waits for the right to send.
func (l *Limit) sender(s notify.Sender) notify.Sender {
	if l == nil {
		return s
	}
	return notify.SenderFunc(func(ctx context.Context, m notify.Mail) error {
		done, ok := take(ctx, l.sends)
		if !ok {
			return context.Cause(ctx)
		}
		defer done()
		return s.Send(ctx, m)
	})
}
