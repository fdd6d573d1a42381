package oauth

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
)

// A want is what somebody needs of a mailbox's tokens: an access token other
// than the refused one, got at since or later, for the account of a generation.
type want struct {
	refused    mailbox.Secret
	since      time.Time
	generation string
}

// met reports whether rec has what is wanted.
func (w want) met(rec record, now time.Time) bool {
	return now.Before(rec.Fresh) && w.usable(rec, now)
}

// usable reports whether the access token of rec still serves where a newer
// one cannot be had.
func (w want) usable(rec record, now time.Time) bool {
	return !rec.Access.IsZero() && rec.Generation == w.generation && now.Before(rec.Expires) && !rec.Refreshed.Before(w.since) && (w.refused.IsZero() || !rec.Access.Equal(w.refused))
}

// A state is what a Client remembers of a mailbox.
type state struct {
	mu      sync.Mutex
	rec     record  // as last loaded or saved
	flight  *flight // under way; nil: none
	unsaved *record // got from the provider, but not saved yet; owned by the flight
}

// A flight is one look at the Store, and at the provider if need be, that all
// callers of the moment share.
type flight struct {
	done chan struct{} // closed at the end; rec and err do not change afterwards
	rec  record
	err  error
}

func (c *Client) state(id mailbox.ID) *state {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.states[id]
	if st == nil {
		st = &state{}
		c.states[id] = st
	}
	return st
}

// need returns a record in which w is met, from memory or by a flight. It
// belongs to the account in force at the time of the call, or a later one: what
// memory and earlier flights have may be of an account that was deleted, perhaps
// by another node, and the mailbox on another server by now.
func (c *Client) need(ctx context.Context, id mailbox.ID, w want) (record, error) {
	a, err := c.account(ctx, id)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return record{}, err
	}
	w.generation = a.Generation
	st := c.state(id)
	for ctx.Err() == nil {
		st.mu.Lock()
		if w.met(st.rec, c.now()) {
			rec := st.rec
			st.mu.Unlock()
			return rec, nil
		}
		f := st.flight
		mine := f == nil
		if mine {
			f = c.start(ctx, id, st, w)
		}
		st.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return record{}, context.Cause(ctx)
		}
		// Somebody else's flight may have brought less than is needed here.
		if mine || f.err != nil {
			return f.rec, f.err
		}
	}
	return record{}, context.Cause(ctx)
}

// start begins a flight. It does not end with its first caller's ctx: a
// provider may have replaced the refresh token already, and an answer that
// nobody waits for would lock the mailbox out.
func (c *Client) start(ctx context.Context, id mailbox.ID, st *state, w want) *flight {
	f := &flight{done: make(chan struct{})}
	st.flight = f
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*c.timeout+time.Minute)
	go func() { // Close waits for it
		defer cancel()
		var err error
		for range lockTries {
			var again bool
			if f.rec, again, err = c.locked(ctx, id, st, w); !again {
				break
			}
		}
		land(id, st, f, err)
	}()
	return f
}

// lockTries is how often a flight takes its lock where it loses it before the
// end: on a node so busy that a lease ends before the work under it begins.
const lockTries = 3

// locked renews under the mailbox's lock, and says whether it is worth another
// try: the lock was lost, and for that nothing could be read or asked. What the
// provider gave meanwhile is saved by the next try, see saveLate.
func (c *Client) locked(ctx context.Context, id mailbox.ID, st *state, w want) (rec record, again bool, err error) {
	err = c.lock.Hold(ctx, "oauth/"+string(id), func(held context.Context) error {
		var err error
		rec, err = c.renew(held, id, st, w)
		e, ok := errors.AsType[*Error](err)
		again = ok && e.Code == CodeStore && held.Err() != nil && ctx.Err() == nil
		return err
	})
	return rec, again && err != nil, err
}

// land ends a flight.
func land(id mailbox.ID, st *state, f *flight, err error) {
	if err != nil {
		f.rec = record{}
		if _, ok := errors.AsType[*Error](err); !ok {
			err = newError(id, CodeStore, err)
		}
		f.err = err
	}
	st.mu.Lock()
	if err == nil {
		st.rec = f.rec
	}
	st.flight = nil
	st.mu.Unlock()
	close(f.done)
}

// wait waits for the flight under way.
func (st *state) wait() {
	st.mu.Lock()
	f := st.flight
	st.mu.Unlock()
	if f != nil {
		<-f.done
	}
}
