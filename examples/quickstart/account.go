package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// An account tells a reader what happened.
type account struct {
	out   io.Writer
	store storage.Store
	names []string // of the mails, by UID - 1
}

func (a account) print(ctx context.Context, r ticketmail.Report, onServer int, sent []sunk) error {
	a.line("%d mails waited on the server. Drained: %d tickets, %d comments, %d for the record, %d quarantined, %d left there.",
		len(a.names), r.Tickets, r.Comments, r.Records, r.Quarantined, r.Left)
	a.line("The server confirmed %d removals; %d mail is still there.", r.Deleted, onServer)
	return a.store.View(ctx, func(s storage.Reader) error {
		if err := a.journal(ctx, s); err != nil {
			return err
		}
		if err := a.tickets(ctx, s); err != nil {
			return err
		}
		if err := a.outbox(ctx, s); err != nil {
			return err
		}
		return a.sent(sent)
	})
}

func (a account) line(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

func (a account) journal(ctx context.Context, s storage.Reader) error {
	a.line("\nWHAT BECAME OF EACH MAIL, AND WHY")
	var lines []mailbox.Entry
	for e, err := range s.Ledger().List(ctx, mailbox.LedgerQuery{}) {
		if err != nil {
			return err
		}
		lines = append(lines, e)
	}
	uid := func(e mailbox.Entry) int { n, _ := strconv.Atoi(e.UID); return n }
	slices.SortFunc(lines, func(x, y mailbox.Entry) int { return uid(x) - uid(y) })
	for _, e := range lines {
		what := string(e.Outcome)
		if e.Ticket != "" {
			what += " " + string(e.Ticket)
		}
		var why []string
		for _, r := range e.Reasons {
			why = append(why, r.Text)
		}
		a.line("  %-17s -> %-10s | %s", a.names[uid(e)-1], what, strings.Join(why, "; "))
	}
	return nil
}

func (a account) tickets(ctx context.Context, s storage.Reader) error {
	a.line("\nTICKETS")
	for k, err := range s.Tickets().List(ctx, storage.TicketQuery{}) {
		if err != nil {
			return err
		}
		a.line("  #%-3s %s", k.ID, k.Subject)
		for c, err := range s.Tickets().Comments(ctx, k.ID) {
			if err != nil {
				return err
			}
			a.line("        %s: %s", who(c), brief(c.Text))
			for _, f := range c.Attachments {
				a.line("          file %s (%s, %d bytes)", f.Display, f.Type, f.Blob.Size)
			}
		}
	}
	return nil
}

func who(c storage.Comment) string {
	name := c.Sender.Name
	if name == "" {
		name = c.Sender.Address
	}
	if c.Kind == storage.ByPerson {
		name = string(c.Author)
	}
	if c.Internal {
		name += " (internal)"
	}
	return name
}

// brief is the beginning of a text on one line.
func brief(text string) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > 70 {
		return string(r[:69]) + "…"
	}
	return string(r)
}

func (a account) outbox(ctx context.Context, s storage.Reader) error {
	a.line("\nWHO WAS MAILED, AND WHY")
	for m, err := range s.Outbox().List(ctx, notify.MailQuery{}) {
		if err != nil {
			return err
		}
		var why []string
		for _, r := range m.Reasons {
			why = append(why, r.Text)
		}
		a.line("  %s %s about ticket %s (%s): %s", m.State, m.To.Address, m.Ticket, m.Event, strings.Join(why, "; "))
	}
	return nil
}

// sent shows one mail: they are sent side by side, so which comes first is
// chance, and the one with the first subject is taken.
func (a account) sent(mails []sunk) error {
	a.line("\nONE OF THEM, AS THE MAIL EXIT GOT IT")
	var first mail.Header
	for _, raw := range mails {
		m, err := mail.ReadMessage(bytes.NewReader(raw.raw))
		if err != nil {
			return fmt.Errorf("a mail we sent cannot be read: %w", err)
		}
		if first == nil || order(m.Header) < order(first) {
			first = m.Header
		}
	}
	for _, field := range []string{"From", "To", "Reply-To", "Subject", "Auto-Submitted"} {
		value, err := new(mime.WordDecoder).DecodeHeader(first.Get(field))
		if err != nil {
			return err
		}
		a.line("  %s: %s", field, value)
	}
	return nil
}

func order(h mail.Header) string { return h.Get("Subject") + h.Get("Message-ID") }
