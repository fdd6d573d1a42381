package console

import (
	"errors"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/message/safehtml"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// What is shown of a mail, in bytes: a page stays below 100 KB.
const (
	maxText = 16 << 10
	maxHTML = 32 << 10
	maxRows = 100 // files, defects and reasons
)

// letterBody is one mail.
type letterBody struct {
	mailbox.Entry
	ID       string
	Grade    string
	Form     form             // what to decide about it, while it is in quarantine
	Waits    bool             // it is
	Stored   bool             // its bytes are here
	Bad      bool             // they cannot be read
	Message  *message.Message // what could be read of them
	Text     string
	CutText  bool
	HTML     template.HTML
	CutHTML  bool
	Files    []message.Attachment
	Defects  []message.Defect
	Original string // address of the raw mail; empty: the visitor may not have it
}

// entry returns the mail that the query names.
func (v *visit) entry() (mailbox.Entry, error) {
	key, ok := parseKey(v.r.Form.Get("mail"))
	if !ok {
		return mailbox.Entry{}, errGone
	}
	var found []mailbox.Entry
	err := v.engine.View(v.r.Context(), func(r storage.Reader) error {
		var err error
		found, err = r.Ledger().Lookup(v.r.Context(), []mailbox.Key{key})
		return err
	})
	if err == nil && len(found) == 0 {
		err = errGone
	}
	if err != nil {
		return mailbox.Entry{}, err
	}
	return found[0], nil
}

// letter shows one mail.
func (v *visit) letter() error {
	e, err := v.entry()
	if err != nil {
		return err
	}
	b, err := v.letterBody(e)
	if err != nil {
		return err
	}
	return v.show("letter", v.letterPage(b))
}

func (v *visit) letterPage(b *letterBody) page {
	name := b.UID
	if b.Message != nil {
		if name = b.Message.Subject; strings.TrimSpace(name) == "" {
			name = v.T("letter.subject.none")
		}
	}
	p := page{Title: v.T("letter.title", name), Nav: "journal", Body: b, Crumbs: []crumb{{v.T("menu.journal"), v.URL("journal")}}}
	if b.Waits {
		p.Nav, p.Crumbs = "quarantine", []crumb{{v.T("menu.quarantine"), v.URL("quarantine")}}
	}
	return p
}

func (v *visit) letterBody(e mailbox.Entry) (*letterBody, error) {
	b := &letterBody{Entry: e, ID: keyText(e.Key), Grade: outcomeGrade(e.Outcome), Waits: e.Outcome == mailbox.Quarantine}
	if len(b.Reasons) > maxRows {
		b.Reasons = b.Reasons[:maxRows]
	}
	if b.Waits {
		if err := v.replayForm(&b.Form); err != nil {
			return nil, err
		}
	}
	if e.Raw.IsZero() {
		return b, nil
	}
	if b.Stored = true; v.readable(e) {
		b.Original = v.URL("mail/raw", "mail", b.ID)
	}
	if err := v.readLetter(b); err != nil {
		return nil, err
	}
	return b, nil
}

// readLetter reads what is shown of the mail. One in quarantine may be there
// because reading it ends badly.
func (v *visit) readLetter(b *letterBody) (err error) {
	raw, err := v.engine.OpenContent(v.r.Context(), b.Raw)
	if errors.Is(err, storage.ErrNotFound) {
		b.Stored = false
		return nil
	}
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			b.Bad, err = true, nil
		}
		_ = raw.Close() // it was only read
	}()
	m, err := message.Read(v.r.Context(), raw, nil)
	if err != nil {
		return err
	}
	b.Message = m
	b.Text, b.CutText = cut(m.Text, maxText)
	source, isCut := cut(m.HTML, maxHTML)
	//nolint:gosec // what safehtml writes is harmless: that is its promise
	b.HTML, b.CutHTML = template.HTML(safehtml.Sanitize(source, &safehtml.Options{NewWindow: true})), isCut
	b.Files, b.Defects = m.Attachments[:min(len(m.Attachments), maxRows)], m.Defects[:min(len(m.Defects), maxRows)]
	return nil
}

// cut returns at most n bytes of a text, and whether that is not all of it.
func cut(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], true
}

// Addresses writes a list of addresses. The display name alone says nothing
// about who somebody is, so the address always stands beside it.
func (v *visit) Addresses(list []message.Address) string {
	var all []string
	for i, a := range list {
		if i == 20 {
			all = append(all, "…")
			break
		}
		if a.Name != "" {
			all = append(all, a.Name+" <"+a.Address+">")
			continue
		}
		all = append(all, a.Address)
	}
	return strings.Join(all, ", ")
}

// replayForm asks what shall become of a mail in quarantine.
func (v *visit) replayForm(f *form) error {
	how := v.value("how")
	tasks, err := v.placeOptions(Tasks)
	if err != nil {
		return err
	}
	f.off = !v.Administers()
	f.add(field{Name: "how", Kind: "radio", Label: v.T("replay.how"), Options: []option{
		{Value: "again", Text: v.T("replay.again"), On: !slices.Contains([]string{"ticket", "task", "discard"}, how)},
		{Value: "ticket", Text: v.T("replay.ticket"), On: how == "ticket"},
		{Value: "task", Text: v.T("replay.task"), On: how == "task"},
		{Value: "discard", Text: v.T("replay.discard"), On: how == "discard"},
	}})
	f.add(field{Name: "ticket", Label: v.T("replay.ticket.which"), Value: v.value("ticket"), When: "when-ticket"})
	f.add(field{Name: "task", Label: v.T("replay.task.which"), Value: v.value("task"), Suggest: tasks, When: "when-task"})
	f.add(field{Name: "why", Label: v.T("replay.why"), Hint: v.T("replay.why.hint"), Value: v.value("why"), When: "when-discard"})
	return nil
}

// replay carries out what was decided.
func (v *visit) replay() error {
	e, err := v.entry()
	if err != nil {
		return err
	}
	if e.Outcome != mailbox.Quarantine {
		b, err := v.letterBody(e)
		if err != nil {
			return err
		}
		b.Form.refuse("", v.T("replay.gone"))
		return v.refuse("letter", v.letterPage(b))
	}
	b, err := v.letterBody(e)
	if err != nil {
		return err
	}
	verdict, ok := v.verdict(&b.Form)
	if !ok {
		return v.refuse("letter", v.letterPage(b))
	}
	if v.value("how") == "discard" {
		return v.discard(b)
	}
	now, err := v.engine.Replay(v.r.Context(), v.actor(), e.Key, verdict)
	_, poison := errors.AsType[*mailbox.PoisonError](err)
	switch {
	case err == nil && now.Outcome == mailbox.Quarantine:
		return v.goTo("still.quarantined", "mail", "mail", b.ID)
	case err == nil:
		return v.goTo("replayed", "mail", "mail", b.ID)
	case poison:
		b.Form.refuse("", v.T("replay.poison"))
	case errors.Is(err, escalation.ErrNotFound), errors.Is(err, storage.ErrNotFound) && verdict.Task != "":
		b.Form.refuse("task", v.T("form.task"))
	case errors.Is(err, storage.ErrNotFound) && verdict.Ticket != "":
		b.Form.refuse("ticket", v.T("form.ticket"))
	case errors.Is(err, ticketmail.ErrInvalid):
		b.Form.refuse("how", v.T("replay.notask"))
	default:
		return err
	}
	return v.refuse("letter", v.letterPage(b))
}

// discard takes the mail out of quarantine for nothing to come of it.
func (v *visit) discard(b *letterBody) error {
	_, err := v.engine.Discard(v.r.Context(), v.actor(), b.Key, v.value("why"))
	switch {
	case errors.Is(err, ticketmail.ErrInvalid), errors.Is(err, escalation.ErrNotFound):
		b.Form.refuse("how", v.T("replay.discard.who"))
		return v.refuse("letter", v.letterPage(b))
	case err != nil:
		return err
	}
	return v.goTo("discarded", "mail", "mail", b.ID)
}

// verdict reads the form.
func (v *visit) verdict(f *form) (ticketmail.Verdict, bool) {
	var d ticketmail.Verdict
	switch v.value("how") {
	case "ticket":
		if d.Ticket = ticketmail.TicketID(v.value("ticket")); d.Ticket == "" {
			f.refuse("ticket", v.T("form.missing"))
		}
	case "discard":
		if v.value("why") == "" {
			f.refuse("why", v.T("form.missing"))
		}
	case "task":
		if d.Task = escalation.TaskID(v.value("task")); d.Task == "" {
			f.refuse("task", v.T("form.missing"))
		}
	}
	return d, f.ok()
}
