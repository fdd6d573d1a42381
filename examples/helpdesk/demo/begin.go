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

// Begin defines the mailboxes of the post office, whose port is another one
// each time, and plays the week if there has been none yet.
func (w *Week) Begin(ctx context.Context) error {
	boxes, assignments := w.boxes()
	fresh, err := w.fresh(ctx)
	if err != nil {
		return err
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
	return w.Play(ctx)
}

// fresh reports whether the store has no ticket yet.
func (w *Week) fresh(ctx context.Context) (bool, error) {
	found := errors.New("found")
	err := w.Store.View(ctx, func(r storage.Reader) error {
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
