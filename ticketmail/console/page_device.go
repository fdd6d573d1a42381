package console

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
)

// deviceBody is a sign-in on another device that is under way.
type deviceBody struct {
	*oauth.Device
	ID mailbox.ID
}

// A deviceEnd is what became of it.
type deviceEnd struct {
	*visit
	Refused *signInBody // nil: signed in
	Back    string
}

// signInDevice lets somebody sign a mailbox in on another device: the page shows
// address and code, and stays open until he has done so. Whoever leaves it gives
// up, so no node has to know of it besides.
func (v *visit) signInDevice() error {
	row, _, err := v.row()
	if err != nil {
		return err
	}
	client := v.engine.OAuth()
	if client == nil {
		return errGone
	}
	d, err := client.Device(v.r.Context(), row.ID)
	if err != nil {
		return v.notSignedIn(row.ID, err)
	}
	back := v.URL("mailboxes/show", "id", row.ID)
	s, err := v.stream("device", page{
		Title: v.T("device.title", row.Name), Nav: "mailboxes", Body: &deviceBody{d, row.ID},
		Crumbs: []crumb{{v.T("menu.mailboxes"), v.URL("mailboxes")}, {v.T("mailbox.title", row.ID), back}},
	})
	if err != nil {
		return err
	}
	defer s.end()
	end := deviceEnd{visit: v, Back: back}
	err = v.waitFor(d, s)
	if v.r.Context().Err() != nil {
		return nil // who asked has gone
	}
	if err != nil {
		end.Refused = v.refusal(row.ID, err)
	}
	s.put("end", end)
	return nil
}

// errNoMore reports a visitor who has lost his right on the way.
var errNoMore = errors.New("the visitor may not administer any more")

// stillAdministers asks again who the visitor is and what he may do: a page that
// stays open for half an hour was let in at its beginning. If it cannot be told
// now, he may not.
func (v *visit) stillAdministers() error {
	now, err := v.access.Visitor(v.r)
	if err != nil {
		return fmt.Errorf("who waits is not known: %w", err)
	}
	if now.Right < Administer || now.Person != v.Visitor.Person {
		return errNoMore
	}
	return nil
}

// aliveEvery is how often something is sent while a person signs in: less than
// the minute after which proxies usually give up.
const aliveEvery = 20 * time.Second

// A deviceOutcome is how waiting has ended.
type deviceOutcome struct {
	err    error
	thrown any // a panic; nil: none
}

// waitFor waits until the person has signed in on the other device. The host is
// asked in this goroutine alone, that of the request, so that two never look at one
// request at once. All its panics end here, where the host's server catches them.
func (v *visit) waitFor(d *oauth.Device, s *stream) error {
	var wait sync.WaitGroup
	defer wait.Wait()
	ctx, cancel := context.WithCancel(v.r.Context())
	defer cancel()
	asked := make(chan chan<- error)
	d.Allowed = func(ctx context.Context) error {
		answer := make(chan error, 1)
		select {
		case asked <- answer:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		select {
		case err := <-answer:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	done := make(chan deviceOutcome, 1)
	wait.Go(func() {
		var o deviceOutcome
		defer func() {
			o.thrown = recover() // by the host's store, keys or transport
			done <- o
		}()
		o.err = d.Wait(ctx)
	})
	tick := time.NewTicker(aliveEvery)
	defer tick.Stop()
	for {
		select {
		case o := <-done:
			if o.thrown != nil {
				panic(o.thrown)
			}
			return o.err
		case answer := <-asked:
			answer <- v.stillAdministers()
		case <-tick.C:
			s.alive()
		}
	}
}
