package demo

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"
	"slices"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A Week plays what has happened in the company: mails come in, people work,
// mails go out.
type Week struct {
	Engine *ticketmail.Engine
	Store  storage.Store
	Post   *PostOffice
	Clock  *Clock // the engine's Config.Now

	// Boxes are the mailboxes that are polled.
	Boxes []mailbox.ID
}

// people outside, who write.
var (
	mia    = mail.Address{Name: "Mia Kunde", Address: "mia@kunde.example"}
	sam    = mail.Address{Name: "Sam Shopper", Address: "sam@shopper.example"}
	jeanne = mail.Address{Name: "Jeanne Client", Address: "jeanne@client.example"}
	gone   = mail.Address{Name: "Norbert Niemand", Address: "nobody@gone.example"}
	paula  = mail.Address{Name: "Paula Gómez", Address: "paula@partner.example"}

	support = mail.Address{Name: "Muster Support", Address: SupportAddress}
	shop    = mail.Address{Name: "Muster Shop", Address: ShopAddress}
)

// Play plays the week, and leaves the clock at the real time.
func (w *Week) Play(ctx context.Context) error {
	defer w.Clock.run()
	for _, s := range w.script() {
		w.Clock.ago(s.ago)
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("the week, %s before now: %w", s.ago, err)
		}
		if err := w.work(ctx); err != nil {
			return fmt.Errorf("the week, %s before now: %w", s.ago, err)
		}
	}
	return nil
}

// work takes in what lies in the mailboxes, and sends what is due.
func (w *Week) work(ctx context.Context) error {
	for _, id := range w.Boxes {
		if _, err := w.Engine.Poll(ctx, id); err != nil {
			return err
		}
	}
	_, err := w.Engine.Deliver(ctx)
	return err
}

// A scene is something that happens.
type scene struct {
	ago time.Duration
	do  func(ctx context.Context) error
}

// letter is a scene in which somebody writes.
func (w *Week) letter(ago time.Duration, l Letter) scene {
	return scene{ago, func(context.Context) error { return w.post(l) }}
}

func (w *Week) post(l Letter) error {
	l.Date = w.Clock.Now()
	raw, err := l.Bytes()
	if err != nil {
		return err
	}
	return w.Post.Deliver(l.To.Address, raw)
}

// answer is a scene in which somebody answers the last mail he got.
func (w *Week) answer(ago time.Duration, from mail.Address, text string, automatic bool) scene {
	return scene{ago, func(ctx context.Context) error {
		last, err := w.lastTo(ctx, from.Address)
		if err != nil {
			return err
		}
		l := Answer(last, from)
		l.Automatic = automatic
		if automatic {
			l.Subject = "Automatic reply: " + last.Subject
		}
		l.Text = text + "\n\n" + l.Text
		return w.post(l)
	}}
}

// Answer returns the letter with which somebody answers a mail of ours: to
// where it asks answers to go, with its subject and a quotation.
func Answer(m *message.Message, from mail.Address) Letter {
	l := Letter{From: from, Subject: "Re: " + m.Subject, InReplyTo: m.MessageID}
	for _, list := range [][]message.Address{m.From, m.ReplyTo} {
		if len(list) > 0 {
			l.To = mail.Address{Name: cmp.Or(list[0].Name, l.To.Name), Address: list[0].Address}
		}
	}
	l.Text = fmt.Sprintf("On %s, %s wrote:\n%s", m.Date.Format("Mon, 2 Jan 2006 15:04"), l.To.Name, quoted(m.Text))
	return l
}

// lastTo returns the last mail that somebody got.
func (w *Week) lastTo(ctx context.Context, address string) (*message.Message, error) {
	sent := w.Post.Sent()
	for _, raw := range slices.Backward(sent) {
		m, err := ReadMail(ctx, raw)
		if err != nil {
			return nil, err
		}
		if len(m.To) > 0 && m.To[0].Address == address {
			return m, nil
		}
	}
	return nil, fmt.Errorf("%s got no mail", address)
}

// act is a scene in which a person works on the ticket with a subject.
func (w *Week) act(ago time.Duration, by, subject string, edit ticketmail.Edit) scene {
	return scene{ago, func(ctx context.Context) error {
		id, err := w.ticket(ctx, subject)
		if err != nil {
			return err
		}
		_, err = w.Engine.Edit(ctx, actor(by), id, edit)
		return err
	}}
}

// ticket returns the first ticket with a subject.
func (w *Week) ticket(ctx context.Context, subject string) (thread.Ref, error) {
	var id thread.Ref
	err := w.Store.View(ctx, func(r storage.Reader) error {
		for t, err := range r.Tickets().List(ctx, storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			if t.Subject == subject {
				id = t.ID
				return nil
			}
		}
		return fmt.Errorf("no ticket %q", subject)
	})
	return id, err
}
