package console

import (
	"errors"
	"html/template"
	"slices"

	"example.com/ticketmail/mailbox/message/safehtml"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// outboxBody is a page of the outbox.
type outboxBody struct {
	Form          form
	Sends         bool
	Rows          []outboxRow
	Older, Newest string
}

// An outboxRow is an outgoing mail.
type outboxRow struct {
	notify.Mail
	Grade string
}

// outbox shows the mails that the query asks for, newest first.
func (v *visit) outbox() error {
	q := notify.MailQuery{State: notify.State(v.value("state")), Text: v.value("text"), Newest: true, After: v.value("after"), Limit: perPage + 1}
	body := &outboxBody{Sends: v.setup.Sends}
	states := []option{{Value: "", Text: v.T("form.all"), On: q.State == ""}}
	for _, s := range []notify.State{notify.Waiting, notify.Sending, notify.Sent, notify.Held, notify.Failed, notify.Returned} {
		states = append(states, option{Value: string(s), Text: v.Name("mail", s), On: s == q.State})
	}
	body.Form.add(field{Name: "state", Kind: "select", Label: v.T("outbox.state"), Options: states})
	body.Form.add(field{Name: "text", Kind: "search", Label: v.T("outbox.text"), Value: q.Text})
	mails, err := v.engine.Outbox(v.r.Context(), q)
	if err != nil {
		return err
	}
	for _, m := range mails {
		body.Rows = append(body.Rows, outboxRow{m, stateGrade(m.State)})
	}
	asked := []any{"state", q.State, "text", q.Text}
	if len(body.Rows) > perPage {
		body.Rows = body.Rows[:perPage]
		body.Older = v.URL("outbox", append(asked, "after", body.Rows[perPage-1].ID)...)
	}
	if q.After != "" {
		body.Newest = v.URL("outbox", asked...)
	}
	return v.show("outbox", page{Title: v.T("menu.outbox"), Nav: "outbox", Body: body})
}

// stateGrade says how good a state is.
func stateGrade(s notify.State) string {
	switch s {
	case notify.Sent:
		return "good"
	case notify.Held:
		return "warn"
	case notify.Failed, notify.Returned:
		return "bad"
	}
	return ""
}

// mailoutBody is one outgoing mail.
type mailoutBody struct {
	outboxRow
	Form     form
	HTML     template.HTML
	Text     string
	Again    bool // it can be sent once more
	Bouncing bool
}

// mailout shows one outgoing mail.
func (v *visit) mailout() error {
	b, err := v.mailoutBody()
	if err != nil {
		return err
	}
	return v.show("mailout", v.mailoutPage(b))
}

func (v *visit) mailoutPage(b *mailoutBody) page {
	return page{Title: v.T("mailout.title", b.To.Address), Nav: "outbox", Body: b, Crumbs: []crumb{{v.T("menu.outbox"), v.URL("outbox")}}}
}

// maxSearched bounds the mails that are looked through for one: those about
// one ticket.
const maxSearched = 10_000

func (v *visit) mailoutBody() (*mailoutBody, error) {
	id, ticket := v.value("mail"), ticketmail.TicketID(v.value("ticket"))
	mails, err := v.engine.Outbox(v.r.Context(), notify.MailQuery{Ticket: ticket, Newest: true, Limit: maxSearched})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(mails, func(m notify.Mail) bool { return m.ID == id })
	if i < 0 {
		return nil, errGone
	}
	m := mails[i]
	b := &mailoutBody{outboxRow: outboxRow{m, stateGrade(m.State)}}
	b.Again = m.State == notify.Held || m.State == notify.Failed || m.State == notify.Returned
	b.Text, _ = cut(m.Text, maxText)
	source, _ := cut(m.HTML, maxHTML)
	//nolint:gosec // what safehtml writes is harmless: that is its promise
	b.HTML = template.HTML(safehtml.Sanitize(source, nil))
	b.Bouncing, err = v.engine.Bouncing(v.r.Context(), m.To.Address)
	return b, err
}

// release sends a mail after all.
func (v *visit) release() error {
	b, err := v.mailoutBody()
	if err != nil {
		return err
	}
	err = v.engine.Release(v.r.Context(), b.Ticket, b.ID)
	if errors.Is(err, ticketmail.ErrInvalid) || errors.Is(err, storage.ErrConflict) {
		b.Form.refuse("", v.T("mailout.release.not"))
		return v.refuse("mailout", v.mailoutPage(b))
	}
	if err != nil {
		return err
	}
	return v.goTo("released", "outbox/mail", "mail", b.ID, "ticket", b.Ticket)
}

// clearBounce allows the address of a mail again.
func (v *visit) clearBounce() error {
	b, err := v.mailoutBody()
	if err != nil {
		return err
	}
	if err := v.engine.ClearBounce(v.r.Context(), b.To.Address); err != nil {
		return err
	}
	return v.goTo("cleared", "outbox/mail", "mail", b.ID, "ticket", b.Ticket)
}
