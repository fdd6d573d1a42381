package ticketmail

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// ExportPerson writes everything kept about one person to w, as a ZIP file:
//
//	index.json                  format (1), the subject, the time, and how many of each there are
//	tickets/ticket-ID.json      each ticket that names the person or has a comment of his: the ticket,
//	                            its comments, and the lines of its history that he made or that name him
//	tickets/ticket-ID/N.eml     each of these comments as a mail, N in the order of creation from 1
//	mails/ID.json               each mail sent, or to be sent, to the person
//	received/N.eml, N.json      mails from, to or about him that became no comment: in quarantine, or for the record
//
// Of a mail that can be read in part only, that part is there, if it names the
// person; the index lists it under Unread, as it does one that cannot be read
// so far as to tell. The files of comments must be readable.
//
// The JSON objects have the fields of [Ticket], [Comment], [storage.Change],
// [notify.Mail] and [mailbox.Entry]. Internal comments are his own, and the
// others' only if opts says so. It reads all tickets, outgoing mails, and mails
// without a comment, a part of them at a time: what changes meanwhile may be
// there as it was or as it is. opts may be nil.
func (e *Engine) ExportPerson(ctx context.Context, w io.Writer, who Subject, opts *ExportOptions) error {
	q, err := e.quarry(ctx, who)
	if err != nil {
		return fmt.Errorf("export person: %w", err)
	}
	x := personExport{exporter: exporter{Engine: e, known: e.newAnswers()}, q: q, zip: zip.NewWriter(w)}
	if opts != nil {
		x.opts = *opts
	}
	x.index.Format, x.index.Subject, x.index.At = 1, who, e.now()
	for _, step := range []func(context.Context) error{x.tickets, x.mails, x.received} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("export person: %w", err)
		}
	}
	if err := errors.Join(x.json("index.json", x.index), x.zip.Close()); err != nil {
		return fmt.Errorf("export person: %w", err)
	}
	return nil
}

type personExport struct {
	exporter
	q     *quarry
	opts  ExportOptions
	zip   *zip.Writer
	index struct {
		Format                             int
		Subject                            Subject
		At                                 time.Time
		Tickets, Comments, Mails, Received int
		Unread                             []UnreadMail `json:",omitempty"`
	}
}

func (x *personExport) json(name string, v any) error {
	f, err := x.zip.Create(name)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(f)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	return enc.Encode(v)
}

// exportPage is how much is read in one View.
const exportPage = 100

// pages calls do until it has read less than a page.
func (x *personExport) pages(ctx context.Context, do func(r storage.Reader) (n int, err error)) error {
	for {
		n := 0
		err := x.store.View(ctx, func(r storage.Reader) (err error) {
			n, err = do(r)
			return err
		})
		if err != nil || n < exportPage {
			return err
		}
	}
}

func (x *personExport) tickets(ctx context.Context) error {
	var last TicketID
	return x.pages(ctx, func(r storage.Reader) (n int, err error) {
		for k, err := range r.Tickets().List(ctx, storage.TicketQuery{After: last, Limit: exportPage}) {
			if err != nil {
				return n, err
			}
			n, last = n+1, k.ID
			if err := x.ticket(ctx, r, k); err != nil {
				return n, fmt.Errorf("ticket %s: %w", k.ID, err)
			}
		}
		return n, nil
	})
}

func (x *personExport) ticket(ctx context.Context, r storage.Reader, k Ticket) error {
	whole := struct {
		Ticket   Ticket
		Comments []Comment
		History  []storage.Change
	}{Ticket: k}
	his := x.q.takesPart(k)
	withheld := map[string]bool{} // comments, by their ids
	for c, err := range r.Tickets().Comments(ctx, k.ID) {
		if err != nil {
			return err
		}
		wrote := x.q.wrote(c)
		his = his || wrote
		if withheld[c.ID] = !wrote && c.Internal && !x.opts.Internal; !withheld[c.ID] {
			whole.Comments = append(whole.Comments, c)
		}
	}
	if !his {
		return nil
	}
	for c, err := range r.Tickets().Changes(ctx, k.ID, 0) {
		if err != nil {
			return err
		}
		if c.Field == storage.FieldCommentText && withheld[editedComment(c)] {
			c.Old, c.New = "", "" // that he changed it is his, the words are not
		}
		if person := string(x.q.person); x.q.is(c.Actor) || person != "" && (c.Old == person || c.New == person) {
			whole.History = append(whole.History, c)
		}
	}
	name := "tickets/ticket-" + url.PathEscape(string(k.ID))
	if err := x.json(name+".json", whole); err != nil {
		return err
	}
	for i, c := range whole.Comments {
		f, err := x.zip.Create(fmt.Sprintf("%s/%d.eml", name, i+1))
		if err != nil {
			return err
		}
		if _, err := x.mail(ctx, k, c).WriteTo(ctx, f); err != nil {
			return err
		}
	}
	x.index.Tickets++
	x.index.Comments += len(whole.Comments)
	return nil
}

func (x *personExport) mails(ctx context.Context) error {
	last := ""
	return x.pages(ctx, func(r storage.Reader) (n int, err error) {
		for m, err := range r.Outbox().List(ctx, notify.MailQuery{After: last, Limit: exportPage}) {
			if err != nil {
				return n, err
			}
			n, last = n+1, m.ID
			if !x.q.gets(m) {
				continue
			}
			if err := x.json("mails/"+url.PathEscape(m.ID)+".json", m); err != nil {
				return n, err
			}
			x.index.Mails++
		}
		return n, nil
	})
}

// received writes the mails that are in no ticket.
func (x *personExport) received(ctx context.Context) error {
	for _, outcome := range []mailbox.Outcome{mailbox.Record, mailbox.Quarantine} {
		var last *mailbox.Key
		err := x.pages(ctx, func(r storage.Reader) (n int, err error) {
			for entry, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{Outcome: outcome, After: last, Limit: exportPage}) {
				if err != nil {
					return n, err
				}
				n, last = n+1, &entry.Key
				if err := x.entry(ctx, entry); err != nil {
					return n, fmt.Errorf("mail %s: %w", keyText(entry.Key), err)
				}
			}
			return n, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *personExport) entry(ctx context.Context, entry mailbox.Entry) error {
	if entry.Raw.IsZero() {
		return nil
	}
	g, err := x.q.inRaw(ctx, x.cfg.Blobs, entry.Raw, x.cfg.Limits)
	if err == nil && g.unread {
		x.index.Unread = append(x.index.Unread, UnreadMail{Key: entry.Key})
	}
	if err != nil || !g.names {
		return err
	}
	x.index.Received++
	name := fmt.Sprintf("received/%d", x.index.Received)
	if err := x.json(name+".json", entry); err != nil {
		return err
	}
	f, err := x.zip.Create(name + ".eml")
	if err != nil {
		return err
	}
	err = withoutPanic(func() error { return copyBlob(ctx, f, x.cfg.Blobs, entry.Raw) })
	if g.unread && ctx.Err() == nil { // what fails again is listed; a ZIP that fails does so in Close too
		return nil
	}
	return err
}
