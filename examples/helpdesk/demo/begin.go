package demo

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/storage"
)

// boxes are the company's mailboxes and the tasks they serve.
func (w *Week) boxes() ([]mailbox.Mailbox, []mailbox.Assignment) {
	box := func(id mailbox.ID, name, address string) mailbox.Mailbox {
		return mailbox.Mailbox{
			ID: id, Name: name, Address: address, Host: "127.0.0.1", Port: w.Post.IMAPPort, Security: mailbox.None,
			User: address, Password: mailbox.NewSecret(Password),
		}
	}
	return []mailbox.Mailbox{box("support", "Support", SupportAddress), box("shop", "Shop", ShopAddress)},
		[]mailbox.Assignment{{Mailbox: "support", Task: Helpdesk}, {Mailbox: "shop", Task: ShopBugs}}
}

// ErrInterrupted reports that a process ended while the week was played. What
// is left of it makes no sense.
var ErrInterrupted = errors.New("the week was interrupted")

// The setting of the demonstration's own that says how far the week has come.
const (
	weekKind = "helpdesk-demo"
	weekKey  = "week"

	weekBegun  = "begun"
	weekPlayed = "played"
)

// Begin defines the mailboxes of the post office, whose port is another one
// each time, and plays the week if there has been none yet. It fails with
// [ErrInterrupted] before it changes anything.
func (w *Week) Begin(ctx context.Context) error {
	boxes, assignments := w.boxes()
	fresh, err := w.fresh(ctx)
	if err != nil {
		return err
	}
	if fresh {
		if err := w.mark(ctx, weekBegun); err != nil {
			return err
		}
	}
	for _, m := range boxes {
		if err := w.Engine.PutMailbox(ctx, m); err != nil {
			return err
		}
		w.Boxes = append(w.Boxes, m.ID)
	}
	if !fresh {
		return nil
	}
	for _, a := range assignments {
		if err := w.Engine.AssignMailbox(ctx, a); err != nil {
			return err
		}
	}
	if err := w.Engine.SetDefaultMailbox(ctx, "", "support"); err != nil {
		return err
	}
	if err := w.Play(ctx); err != nil {
		return err
	}
	return w.mark(ctx, weekPlayed)
}

// mark notes how far the week has come.
func (w *Week) mark(ctx context.Context, state string) error {
	return w.Store.Update(ctx, func(x storage.Writer) error {
		return x.Settings().Put(ctx, weekKind, weekKey, []byte(state))
	})
}

// fresh reports whether the week is still to be played: not where it has been,
// and not on top of tickets that are none of its own.
func (w *Week) fresh(ctx context.Context) (bool, error) {
	found := errors.New("found")
	err := w.Store.View(ctx, func(r storage.Reader) error {
		state, err := r.Settings().Get(ctx, weekKind, weekKey)
		switch {
		case err == nil && string(state) == weekPlayed:
			return found
		case err == nil:
			return ErrInterrupted
		case !errors.Is(err, storage.ErrNotFound):
			return err
		}
		for _, err := range r.Tickets().List(ctx, storage.TicketQuery{Limit: 1}) {
			if err != nil {
				return err
			}
			return found
		}
		return nil
	})
	if errors.Is(err, found) {
		return false, nil
	}
	return true, err
}

// NewKey returns a key for [seal.ParseKeys], in base64.
func NewKey() string {
	key := make([]byte, seal.KeyBytes)
	_, _ = rand.Read(key) // never fails
	return base64.StdEncoding.EncodeToString(key)
}
