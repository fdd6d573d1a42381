package ticketmail

import (
	"time"

	"example.com/ticketmail/mailbox"
)

// turnTime is how long a poll goes on while other mailboxes wait for the hand
// or the server that it holds: a full mailbox does not keep small ones waiting
// longer. It is taken up again behind them.
const turnTime = 10 * time.Second

// A turn is one poll by Run. It is used by the goroutine of the poll.
type turn struct {
	poller *poller
	host   string
	began  time.Time
	over   bool // it ended although there is more to do
}

// turn returns the turn of a mailbox whose poll begins.
func (p *poller) turn(id mailbox.ID, began time.Time) *turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &turn{poller: p, host: p.boxes[id].Host, began: began}
}

// enough reports whether others should have their turn. It is asked where
// there is more to do, and says so from then on: of several folders each has
// some of every turn.
func (t *turn) enough() bool {
	if !t.over && time.Since(t.began) >= turnTime {
		t.over = t.poller.awaited(t.host)
	}
	return t.over
}

// awaited reports whether a mailbox is due that could be polled if a poll on a
// host ended.
func (p *poller) awaited(host string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting[host] || p.full && len(p.waiting) > 0
}
