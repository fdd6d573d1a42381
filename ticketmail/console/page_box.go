package console

import (
	"context"
	"errors"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/ticketmail"
)

// editMailbox shows the form of a mailbox, or of a new one.
func (v *visit) editMailbox() error {
	e, err := v.boxEdit()
	if err != nil {
		return err
	}
	return v.show("box", v.boxPage(v.boxForm(e.box.ID, e)))
}

func (v *visit) boxPage(b *boxBody) page {
	p := page{Title: v.T("mailbox.new"), Nav: "mailboxes", Body: b, Crumbs: []crumb{{v.T("menu.mailboxes"), v.URL("mailboxes")}}}
	if b.ID != "" {
		p.Title = v.T("box.edit", b.ID)
		p.Crumbs = append(p.Crumbs, crumb{v.T("mailbox.title", b.ID), v.URL("mailboxes/show", "id", b.ID)})
	}
	return p
}

// Seals reports whether secrets can be stored.
func (v *visit) Seals() bool { return v.setup.Seals }

// saveMailbox carries the form out.
func (v *visit) saveMailbox() error {
	had, err := v.boxEdit()
	if err != nil {
		return err
	}
	e, b := v.typedBox(had.box.ID, had)
	if b.ID == "" && b.Form.ok() {
		if taken, err := v.taken(e.box.ID); err != nil {
			return err
		} else if taken {
			b.Form.refuse("new", v.T("box.id.taken"))
		}
	}
	if b.Form.ok() && b.ID != "" {
		v.changed(&b.Form, &v.boxForm(b.ID, had).Form)
	}
	if b.Form.ok() {
		if err := v.putBox(e, had, b); err != nil {
			return err
		}
	}
	if !b.Form.ok() {
		return v.refuse("box", v.boxPage(b))
	}
	return v.goTo("mailbox", "mailboxes/show", "id", e.box.ID)
}

// taken reports whether there is a mailbox of this id.
func (v *visit) taken(id mailbox.ID) (bool, error) {
	routes, err := v.engine.Routes(v.r.Context())
	for _, m := range routes.Mailboxes {
		if strings.EqualFold(string(m.ID), string(id)) {
			return true, err
		}
	}
	return false, err
}

// putBox stores a mailbox and its sign-in. What the engine refuses stands at
// the fields afterwards.
func (v *visit) putBox(e, had boxEdit, b *boxBody) error {
	ctx := v.r.Context()
	if e.signIn != byPassword {
		plain := e.box
		plain.Auth = mailbox.AuthAuto // what it asks for is checked when there is an account
		if err := plain.Validate(); err != nil {
			return v.blameBox(b, err)
		}
		if err := v.engine.PutOAuth(ctx, e.account); err != nil {
			return v.blameBox(b, err)
		}
	}
	err := v.engine.PutMailbox(ctx, e.box)
	if err != nil && b.ID == "" && e.signIn != byPassword { // nothing stays of a new one
		err = errors.Join(err, v.engine.DeleteOAuth(ctx, e.box.ID))
	}
	if err == nil && e.signIn == byPassword && had.account.ClientID != "" {
		err = v.engine.DeleteOAuth(ctx, e.box.ID)
	}
	return v.blameBox(b, err)
}

// blameBox ties what the engine refuses to the fields of the form. It returns
// errors that are about none.
func (v *visit) blameBox(b *boxBody, err error) error {
	f := &b.Form
	fault, isField := errors.AsType[*mailbox.FieldError](err)
	switch {
	case err == nil:
	case errors.Is(err, ticketmail.ErrNoSealer), errors.Is(err, ticketmail.ErrNoOAuth):
		f.refuse("password", v.T("box.nooauth"))
	case !isField:
		return err
	case fault.Field == "ID":
		f.refuse("new", v.T("box.id.bad"))
	case fault.Field == "Password":
		f.refuse("password", v.T("box.password.again"))
	default:
		v.refuseEnglish(f, boxField(fault.Field), fault.Reason)
	}
	return nil
}

// boxField returns the field of the form that shows a field of mailbox.Mailbox
// or oauth.Account; of one that none shows, the first of the server.
func boxField(path string) string {
	if name, ok := formField(path); ok {
		return name
	}
	return "host"
}

func formField(path string) (name string, ok bool) {
	path, _, _ = strings.Cut(path, "[")
	name, ok = map[string]string{
		"Security": "security", "Protocol": "protocol", "Host": "host", "Port": "port", "User": "user", "Auth": "auth", "Tokens": "auth",
		"Address": "address", "Folders": "folders", "After": "after", "MoveTo": "move", "MoveFailing": "failing",
		"MaxMessageBytes": "size", "Interval": "interval", "ClientID": "client", "ClientSecret": "secret", "Grant": "grant",
		"Provider.AuthURL": "auth-url", "Provider.TokenURL": "token-url", "Provider.DeviceURL": "device-url", "Provider.Scopes": "scopes",
	}[path]
	return name, ok
}

// testDraft tests the mailbox of the form as it is typed, without storing it.
func (v *visit) testDraft() error {
	had, err := v.boxEdit()
	if err != nil {
		return err
	}
	e, b := v.typedBox(had.box.ID, had)
	if b.Form.Get("own") != nil { // a test empties nothing
		b.Form.Get("own").Error = ""
	}
	if !b.Form.ok() {
		return v.refuse("box", v.boxPage(b))
	}
	return v.probe(v.probingMailbox(had.box.ID, string(e.box.ID)), func(ctx context.Context, report func(mailbox.Step)) error {
		err := v.engine.ProbeDraft(ctx, e.box, report)
		if fault, ok := errors.AsType[*mailbox.FieldError](err); ok {
			report(mailbox.Step{Name: mailbox.StepSignIn, Err: fault}) // which says what is behind it
		}
		return err
	})
}
