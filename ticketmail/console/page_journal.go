package console

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// perPage is how many rows a list shows.
const perPage = 50

// journalBody is a page of the journal.
type journalBody struct {
	Form       form
	Quarantine bool
	Rows       []journalRow
	Older      string // address of the next page; empty: there is none
	Newest     string // address of the first; empty: it is the first
}

// A journalRow is a mail and what became of it.
type journalRow struct {
	mailbox.Entry
	ID      string // of the mail, in addresses
	Subject string // of its ticket, else its own
	From    string // who wrote it, if it became no ticket
	Last    mailbox.Reason
	Grade   string
}

// journal shows the mails that the query asks for, newest first.
func (v *visit) journal() error { return v.ledger("journal", mailbox.Outcome(v.value("outcome"))) }

// quarantine shows those that wait for somebody.
func (v *visit) quarantine() error { return v.ledger("quarantine", mailbox.Quarantine) }

func (v *visit) ledger(path string, outcome mailbox.Outcome) error {
	q := mailbox.LedgerQuery{Outcome: outcome, Mailbox: mailbox.ID(v.value("mailbox")), Text: v.value("text"), Newest: true, Limit: perPage + 1}
	if after := v.r.Form.Get("after"); after != "" {
		key, ok := parseKey(after)
		if !ok {
			return errGone
		}
		q.After = &key
	}
	body := &journalBody{Quarantine: path == "quarantine"}
	if err := v.journalForm(body, q); err != nil {
		return err
	}
	if err := v.journalRows(body, q); err != nil {
		return err
	}
	asked := []any{"outcome", v.value("outcome"), "mailbox", v.value("mailbox"), "text", v.value("text")}
	if len(body.Rows) > perPage {
		body.Rows = body.Rows[:perPage]
		body.Older = v.URL(path, append(asked, "after", body.Rows[perPage-1].ID)...)
	}
	v.heads(body.Rows)
	if q.After != nil {
		body.Newest = v.URL(path, asked...)
	}
	return v.show("journal", page{Title: v.T("menu." + path), Nav: path, Body: body})
}

func (v *visit) journalForm(b *journalBody, q mailbox.LedgerQuery) error {
	routes, err := v.engine.Routes(v.r.Context())
	if err != nil {
		return err
	}
	boxes := []option{{Value: "", Text: v.T("form.all"), On: q.Mailbox == ""}}
	for _, m := range routes.Mailboxes {
		boxes = append(boxes, option{Value: string(m.ID), Text: m.WithDefaults().Name, On: m.ID == q.Mailbox})
	}
	if q.Mailbox != "" && !slices.ContainsFunc(boxes, func(o option) bool { return o.On }) { // one that is deleted
		boxes = append(boxes, option{Value: string(q.Mailbox), Text: string(q.Mailbox), On: true})
	}
	if !b.Quarantine {
		outcomes := []option{{Value: "", Text: v.T("form.all"), On: q.Outcome == ""}}
		for _, o := range []mailbox.Outcome{mailbox.Ticket, mailbox.Comment, mailbox.Record, mailbox.Quarantine, mailbox.LeftThere, mailbox.Pending} {
			outcomes = append(outcomes, option{Value: string(o), Text: v.Name("outcome", o), On: o == q.Outcome})
		}
		b.Form.add(field{Name: "outcome", Kind: "select", Label: v.T("journal.outcome"), Options: outcomes})
	}
	b.Form.add(field{Name: "mailbox", Kind: "select", Label: v.T("journal.mailbox"), Options: boxes})
	b.Form.add(field{Name: "text", Kind: "search", Label: v.T("journal.text"), Value: q.Text})
	return nil
}

// journalRows reads the rows, and one more where there is one.
func (v *visit) journalRows(b *journalBody, q mailbox.LedgerQuery) error {
	ctx := v.r.Context()
	return v.engine.View(ctx, func(r storage.Reader) error {
		b.Rows = nil
		for e, err := range r.Ledger().List(ctx, q) {
			if err != nil {
				return err
			}
			row := journalRow{Entry: e, ID: keyText(e.Key), Grade: outcomeGrade(e.Outcome)}
			if n := len(e.Reasons); n > 0 {
				row.Last = e.Reasons[n-1]
			}
			if e.Ticket != "" && len(b.Rows) < perPage {
				k, err := r.Tickets().Get(ctx, e.Ticket)
				if err != nil && !errors.Is(err, storage.ErrNotFound) {
					return err
				}
				row.Subject = k.Subject
			}
			b.Rows = append(b.Rows, row)
		}
		return nil
	})
}

// outcomeGrade says how good it is.
func outcomeGrade(o mailbox.Outcome) string {
	switch o {
	case mailbox.Ticket, mailbox.Comment:
		return "good"
	case mailbox.Quarantine:
		return "bad"
	case mailbox.LeftThere, mailbox.Pending:
		return "warn"
	}
	return ""
}

// keyText writes the key of a mail for an address.
func keyText(k mailbox.Key) string {
	b, _ := json.Marshal([]any{k.Mailbox, k.Folder, k.Validity, k.UID}) // of strings and a number
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseKey reads what keyText wrote.
func parseKey(text string) (k mailbox.Key, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return k, false
	}
	parts := []any{&k.Mailbox, &k.Folder, &k.Validity, &k.UID}
	return k, json.Unmarshal(b, &parts) == nil && len(parts) == 4
}

// A ticketLink names a ticket, and leads to the host's page of it.
type ticketLink struct{ Text, URL string }

// TicketLink returns the link to a ticket.
func (v *visit) TicketLink(id ticketmail.TicketID) ticketLink {
	l := ticketLink{Text: v.T("journal.ticket") + " " + string(id)}
	if v.opts.Ticket != nil {
		l.URL = v.opts.Ticket(id)
	}
	return l
}
