package console

import (
	"errors"
	"net/url"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// mailboxBody is everything about one mailbox.
type mailboxBody struct {
	mailboxRow
	Form       form // its assignment
	Assigned   bool
	Admissions []ticketmail.Admission
	Consent    *consentBody // there is something to decide
	OAuth      *oauthBody   // nil: it signs in with a password
}

// An oauthBody is the sign-in of a mailbox.
type oauthBody struct {
	Account  oauth.Account
	Redirect string // the redirect URI; empty: there is none

	Health *oauth.Health
}

// mailbox shows one.
func (v *visit) mailbox() error {
	b, err := v.mailboxBody()
	if err != nil {
		return err
	}
	return v.show("mailbox", v.mailboxPage(b))
}

func (v *visit) mailboxPage(b *mailboxBody) page {
	if b.OAuth != nil && b.OAuth.Redirect != "" {
		v.allowForms(b.OAuth.Redirect, b.OAuth.Account.Provider.AuthURL)
	}
	return page{Title: v.T("mailbox.title", b.Name), Nav: "mailboxes", Body: b, Crumbs: []crumb{{v.T("menu.mailboxes"), v.URL("mailboxes")}}}
}

// allowForms lets forms of this page lead to the origins of addresses.
func (v *visit) allowForms(addresses ...string) {
	var origins []string
	for _, a := range addresses {
		if u, err := url.Parse(a); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	v.w.Header().Set("Content-Security-Policy", policy(origins...))
}

func (v *visit) mailboxBody() (*mailboxBody, error) {
	row, routes, err := v.row()
	if err != nil {
		return nil, err
	}
	b := &mailboxBody{mailboxRow: row}
	a, ok := routes.Assignment(row.ID)
	b.Assigned = ok
	if err := v.assignForm(b, a); err != nil {
		return nil, err
	}
	if b.Admissions, err = v.engine.Admissions(v.r.Context(), row.ID); err != nil {
		return nil, err
	}
	if e, ok := errors.AsType[*ticketmail.ConsentError](row.Status.Err); ok {
		b.Consent = v.consentForm(row.Mailbox, []mailbox.Inventory{e.Inventory})
		b.Consent.Again = e.Again
	}
	b.OAuth, err = v.oauthOf(row)
	return b, err
}

// oauthOf returns how a mailbox signs in with tokens; nil: it does not.
func (v *visit) oauthOf(row mailboxRow) (*oauthBody, error) {
	client := v.engine.OAuth()
	a, err := v.engine.OAuthAccount(v.r.Context(), row.ID)
	if errors.Is(err, storage.ErrNotFound) || client == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, err
	}
	return &oauthBody{Account: a, Redirect: client.RedirectURI(), Health: row.Status.Token}, nil
}

// assignForm says what a mailbox serves.
func (v *visit) assignForm(b *mailboxBody, a mailbox.Assignment) error {
	tasks, err := v.placeOptions(Tasks, string(a.Task))
	if err != nil {
		return err
	}
	f := &b.Form
	f.off = !v.Administers()
	f.add(field{Name: "task", Label: v.T("assign.task"), Hint: v.T("assign.task.hint"), Value: string(a.Task), Suggest: tasks})
	f.add(field{Name: "creator", Label: v.T("assign.creator"), Hint: v.T("assign.creator.hint"), Value: string(a.Creator)})
	f.add(field{Name: "contact", Label: v.T("assign.contact"), Hint: v.T("assign.contact.hint"), Value: string(a.CustomerContact)})
	f.add(field{Name: "always", Kind: "check", Label: v.T("assign.always"), Hint: v.T("assign.always.hint"), Value: checked(a.PresetAlways)})
	v.over(f)
	return nil
}

// assign carries the form out.
func (v *visit) assign() error {
	b, err := v.mailboxBody()
	if err != nil {
		return err
	}
	a := mailbox.Assignment{
		Mailbox: b.ID, Task: escalation.TaskID(v.value("task")), Creator: escalation.PersonID(v.value("creator")),
		CustomerContact: escalation.PersonID(v.value("contact")), PresetAlways: v.value("always") != "",
	}
	f := &b.Form
	for name, value := range map[string]string{"task": string(a.Task), "creator": string(a.Creator), "contact": string(a.CustomerContact), "always": checked(a.PresetAlways)} {
		f.Get(name).Value = value
	}
	if v.changed(f, f); !f.ok() {
		return v.refuse("mailbox", v.mailboxPage(b))
	}
	if a.Task == "" {
		if err := v.engine.UnassignMailbox(v.r.Context(), b.ID); err != nil {
			return err
		}
		return v.goTo("unassigned", "mailboxes/show", "id", b.ID)
	}
	if err := v.checkAssignment(f, &a); err != nil {
		return err
	}
	if !f.ok() {
		return v.refuse("mailbox", v.mailboxPage(b))
	}
	err = v.engine.AssignMailbox(v.r.Context(), a)
	if e, ok := errors.AsType[*mailbox.FieldError](err); ok {
		v.refuseEnglish(f, "task", e.Reason)
		return v.refuse("mailbox", v.mailboxPage(b))
	}
	if err != nil {
		return err
	}
	return v.goTo("assigned", "mailboxes/show", "id", b.ID)
}

// checkAssignment says at each field what the directory does not know, and puts
// ids where addresses were typed.
func (v *visit) checkAssignment(f *form, a *mailbox.Assignment) error {
	if _, err := v.setup.Directory.Place(v.r.Context(), a.Task); errors.Is(err, escalation.ErrNotFound) {
		f.refuse("task", v.T("form.task"))
	} else if err != nil {
		return err
	}
	for name, who := range map[string]*escalation.PersonID{"creator": &a.Creator, "contact": &a.CustomerContact} {
		if *who == "" {
			continue
		}
		id, ok, err := v.whom(string(*who))
		if err != nil {
			return err
		}
		if !ok {
			f.refuse(name, v.T("form.person"))
			continue
		}
		*who = id
	}
	return nil
}

// doMailbox polls, pauses or resumes a mailbox, or lets its provider be asked
// again.
func (v *visit) doMailbox() error {
	row, _, err := v.row()
	if err != nil {
		return err
	}
	do := v.value("do")
	switch do {
	case "poll":
		v.engine.PollSoon(row.ID)
	case "pause":
		v.engine.PauseMailbox(row.ID)
	case "resume":
		v.engine.ResumeMailbox(row.ID)
	case "retry":
		if c := v.engine.OAuth(); c != nil {
			if err := c.Retry(v.r.Context(), row.ID); err != nil {
				return err
			}
		}
		v.engine.PollSoon(row.ID)
	default:
		return errGone
	}
	return v.goTo(do, "mailboxes/show", "id", row.ID)
}

// consentBody is what lies in a mailbox, and what shall become of it.
type consentBody struct {
	Form     form
	ID       mailbox.ID
	Folders  []mailbox.Inventory
	Again    bool
	Personal bool
	Mails    int
	Fault    string // why it could not be looked at, in English
	Why      diagnosis
}

func (v *visit) consentForm(m mailbox.Mailbox, folders []mailbox.Inventory) *consentBody {
	c := &consentBody{ID: m.ID, Folders: folders, Form: form{off: !v.Administers()}}
	for _, i := range folders {
		c.Mails += i.Mails
		c.Personal = c.Personal || i.Personal
	}
	scope := ticketmail.Scope(v.value("scope"))
	choices := []option{
		{Value: "all", Text: v.T("consent.all"), On: scope == "all"},
		{Value: string(ticketmail.ImportNewer), Text: v.T("consent.newer"), On: scope == ticketmail.ImportNewer},
		{Value: string(ticketmail.LeaveThere), Text: v.T("consent.leave"), On: scope == ticketmail.LeaveThere || scope == ""},
	}
	if m.Protocol == mailbox.POP3 {
		choices = append(choices[:1], choices[2])
	}
	c.Form.add(field{Name: "scope", Kind: "radio", Label: v.T("consent.scope"), Options: choices})
	if m.Protocol != mailbox.POP3 {
		c.Form.add(field{Name: "since", Kind: "date", Label: v.T("consent.since"), Value: v.value("since"), When: "when-newer"})
	}
	return c
}

// inventory looks into the mailbox and shows what it holds.
func (v *visit) inventory() error {
	row, _, err := v.row()
	if err != nil {
		return err
	}
	found, err := v.engine.Inventory(v.r.Context(), row.ID)
	c := v.consentForm(row.Mailbox, found)
	if err != nil {
		c.Fault, c.Why = err.Error(), v.diagnosis(mailbox.Diagnose(err))
	}
	return v.show("inventory", v.inventoryPage(row.ID, c))
}

func (v *visit) inventoryPage(id mailbox.ID, c *consentBody) page {
	return page{
		Title: v.T("consent.look"), Nav: "mailboxes", Body: c,
		Crumbs: []crumb{{v.T("menu.mailboxes"), v.URL("mailboxes")}, {v.T("mailbox.title", id), v.URL("mailboxes/show", "id", id)}},
	}
}

// consent carries out what an administrator decided.
func (v *visit) consent() error {
	row, _, err := v.row()
	if err != nil {
		return err
	}
	c := v.consentForm(row.Mailbox, nil)
	terms := ticketmail.Terms{Scope: ticketmail.Scope(v.value("scope"))}
	switch terms.Scope {
	case "all":
		terms.Scope = ticketmail.ImportAll
	case ticketmail.LeaveThere:
	case ticketmail.ImportNewer:
		if terms.Since, err = time.ParseInLocation(time.DateOnly, v.value("since"), v.setup.Zone); err != nil {
			c.Form.refuse("since", v.T("consent.since.bad"))
		}
	default:
		c.Form.refuse("scope", v.T("form.missing"))
	}
	if !c.Form.ok() {
		return v.refuse("inventory", v.inventoryPage(row.ID, c))
	}
	err = v.engine.Consent(v.r.Context(), v.actor(), row.ID, terms)
	if _, ok := errors.AsType[*mailbox.FieldError](err); ok {
		c.Form.refuse("scope", v.T("consent.pop3"))
		return v.refuse("inventory", v.inventoryPage(row.ID, c))
	}
	if err != nil {
		return err
	}
	return v.goTo("consent", "mailboxes/show", "id", row.ID)
}

// ScopeText says what was agreed.
func (v *visit) ScopeText(t ticketmail.Terms) string {
	switch t.Scope {
	case ticketmail.ImportNewer:
		return v.T("consent.newer") + " " + t.Since.In(v.setup.Zone).Format(time.DateOnly)
	case ticketmail.LeaveThere:
		return v.T("consent.leave")
	}
	return v.T("consent.all")
}
