package console

import (
	"errors"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/storage"
)

// The kinds of sign-in that the form offers.
const (
	byPassword  = "password"
	byMicrosoft = "microsoft"
	byGoogle    = "google"
	byOther     = "other"
)

// boxBody is the form of a mailbox.
type boxBody struct {
	Form form
	ID   mailbox.ID // empty: a new one
}

// A boxEdit is what the form works on: a mailbox, and how it signs in with
// tokens.
type boxEdit struct {
	box     mailbox.Mailbox
	account oauth.Account // zero: with a password
	signIn  string
	scopes  []string
	tenant  string
}

// boxEdit reads the mailbox that the query names; without one it is a new one.
func (v *visit) boxEdit() (boxEdit, error) {
	id := mailbox.ID(v.r.Form.Get("id"))
	e := boxEdit{signIn: byPassword}
	if id == "" {
		return e, nil
	}
	routes, err := v.engine.Routes(v.r.Context())
	if err != nil {
		return e, err
	}
	i := slices.IndexFunc(routes.Mailboxes, func(m mailbox.Mailbox) bool { return m.ID == id })
	if i < 0 || v.fixed(id) {
		return e, errGone
	}
	e.box = routes.Mailboxes[i]
	e.account, err = v.engine.OAuthAccount(v.r.Context(), id)
	if errors.Is(err, storage.ErrNotFound) {
		return e, nil
	}
	if err != nil {
		return e, err
	}
	e.signIn, e.tenant = providerOf(e.account.Provider)
	e.scopes = e.account.Provider.Scopes
	return e, nil
}

// providerOf returns which of the form's kinds a provider is, and Microsoft's
// tenant.
func providerOf(p oauth.Provider) (kind, tenant string) {
	if p.TokenURL == oauth.Google().TokenURL {
		return byGoogle, ""
	}
	before, after, _ := strings.Cut(oauth.Microsoft("TENANT").TokenURL, "TENANT")
	rest, ok := strings.CutPrefix(p.TokenURL, before)
	if !ok {
		return byOther, ""
	}
	if tenant = strings.TrimSuffix(rest, after); tenant == "common" {
		tenant = ""
	}
	return byMicrosoft, tenant
}

// boxForm shows a mailbox in the form.
func (v *visit) boxForm(id mailbox.ID, e boxEdit) *boxBody {
	b := &boxBody{ID: id, Form: form{off: !v.Administers()}}
	f, m, a := &b.Form, e.box, e.account
	keep := ""
	if id != "" {
		keep = v.T("box.password.keep")
	}
	if id == "" {
		f.add(field{Name: "new", Label: v.T("box.id"), Hint: v.T("box.id.hint"), Value: string(m.ID), Required: true, Mono: true})
	}
	f.add(field{Name: "name", Label: v.T("box.name"), Value: m.Name})
	f.add(field{Name: "address", Kind: "email", Label: v.T("box.address"), Hint: v.T("box.address.hint"), Value: m.Address})
	if id == "" {
		f.add(field{Name: "own", Kind: "check", Label: v.T("box.own"), Value: checked(v.value("own") != "")})
	}
	f.add(field{Name: "protocol", Kind: "select", Label: v.T("box.type"), Options: v.protocolOptions(m)})
	f.add(field{Name: "host", Label: v.T("box.host"), Value: m.Host, Required: true, Mono: true})
	f.add(field{Name: "port", Kind: "number", Label: v.T("box.port"), Hint: v.T("box.port.hint"), Value: strconv.Itoa(m.Port)})
	f.add(field{Name: "security", Kind: "select", Label: v.T("box.security"), Options: options(string(m.WithDefaults().Security), func(s string) string { return v.T("box.security." + s) }, "tls", "starttls", "none")})
	f.add(field{Name: "skip", Kind: "check", Label: v.T("box.skip"), Hint: v.T("box.skip.hint"), Value: checked(m.InsecureSkipVerify)})
	f.add(field{Name: "folders", Kind: "area", Rows: 3, Label: v.T("box.folders"), Hint: v.T("box.folders.hint"), Value: strings.Join(m.Folders, "\n"), Mono: true, When: "when-imap"})

	f.add(field{Name: "signin", Kind: "select", Label: v.T("box.signin.how"), Options: options(e.signIn, func(s string) string { return v.T("box.signin." + s) }, v.signInKinds()...)})
	f.add(field{Name: "user", Label: v.T("box.user"), Value: m.User, Required: true, Mono: true})
	f.add(field{Name: "password", Kind: "password", Label: v.T("box.password"), Hint: keep, When: "when-password"})
	f.add(field{Name: "auth", Kind: "select", Label: v.T("box.auth"), Hint: v.T("box.auth.hint"), Options: options(string(m.Auth), v.authName, "", "plain", "login", "xoauth2", "oauthbearer")})
	f.add(field{Name: "tenant", Label: v.T("box.tenant"), Hint: v.T("box.tenant.hint"), Value: e.tenant, Mono: true, When: "when-microsoft"})
	f.add(field{Name: "grant", Kind: "radio", Label: v.T("box.grant"), Options: options(string(a.Grant), func(s string) string { return v.T("box.grant." + s) }, "", string(oauth.AppOnly)), When: "when-microsoft"})
	f.add(field{Name: "auth-url", Label: v.T("box.auth-url"), Value: a.Provider.AuthURL, Mono: true, When: "when-other"})
	f.add(field{Name: "token-url", Label: v.T("box.token-url"), Value: a.Provider.TokenURL, Mono: true, When: "when-other"})
	f.add(field{Name: "device-url", Label: v.T("box.device-url"), Hint: v.T("box.device-url.hint"), Value: a.Provider.DeviceURL, Mono: true, When: "when-other"})
	f.add(field{Name: "scopes", Label: v.T("box.scopes"), Value: strings.Join(e.scopes, " "), Mono: true, When: "when-other"})
	f.add(field{Name: "client", Label: v.T("box.client"), Hint: v.T("box.client.hint"), Value: a.ClientID, Mono: true, When: "when-oauth"})
	f.add(field{Name: "secret", Kind: "password", Label: v.T("box.secret"), Hint: strings.TrimSpace(v.T("box.secret.hint") + " " + keep), When: "when-oauth"})
	f.add(field{Name: "expires", Kind: "date", Label: v.T("box.expires"), Hint: v.T("box.expires.hint"), Value: dateText(a.SecretExpires, v.setup.Zone), When: "when-oauth"})
	f.add(field{Name: "login", Label: v.T("box.login"), Value: a.Login, When: "when-oauth"})

	f.add(field{Name: "after", Kind: "radio", Label: v.T("box.after"), Options: options(string(m.After), func(s string) string { return v.T("box.after." + s) }, "", "move", "flag"), When: "when-imap"})
	f.add(field{Name: "move", Label: v.T("box.move"), Value: m.MoveTo, Mono: true, When: "when-move"})
	f.add(field{Name: "failing", Label: v.T("box.failing"), Hint: v.T("box.failing.hint"), Value: m.MoveFailing, Mono: true, When: "when-move"})
	f.add(field{Name: "interval", Kind: "number", Label: v.T("box.interval"), Value: strconv.Itoa(int(m.WithDefaults().Interval / time.Second))})
	f.add(field{Name: "size", Kind: "number", Label: v.T("box.size"), Hint: v.T("box.size.hint"), Value: strconv.FormatInt(m.WithDefaults().MaxMessageBytes>>20, 10)})
	f.add(field{Name: "inactive", Kind: "check", Label: v.T("box.inactive"), Hint: v.T("box.inactive.hint"), Value: checked(m.Inactive)})
	v.over(f)
	return b
}

// options makes a list of choices of their values.
func options(on string, text func(string) string, values ...string) []option {
	var list []option
	for _, value := range values {
		list = append(list, option{Value: value, Text: text(value), On: value == on})
	}
	return list
}

func (v *visit) authName(mechanism string) string {
	if mechanism == "" {
		return v.T("box.auth.")
	}
	return strings.ToUpper(mechanism)
}

func (v *visit) protocolOptions(m mailbox.Mailbox) []option {
	var list []option
	for _, p := range v.setup.Protocols {
		list = append(list, option{Value: string(p), Text: strings.ToUpper(string(p)), On: p == m.WithDefaults().Protocol})
	}
	return list
}

// signInKinds are the kinds of sign-in that are possible here.
func (v *visit) signInKinds() []string {
	if !v.setup.Seals {
		return []string{byPassword}
	}
	return []string{byPassword, byMicrosoft, byGoogle, byOther}
}

// dateText writes a day as date fields have it.
func dateText(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateOnly)
}

// typedBox returns what the form has, and says at its fields what cannot be.
func (v *visit) typedBox(id mailbox.ID, had boxEdit) (boxEdit, *boxBody) {
	e := boxEdit{signIn: v.value("signin"), tenant: v.value("tenant"), scopes: strings.Fields(v.value("scopes"))}
	m := mailbox.Mailbox{
		ID: id, Name: v.value("name"), Address: v.value("address"), Protocol: mailbox.Protocol(v.value("protocol")), Host: v.value("host"),
		Security: mailbox.Security(v.value("security")), InsecureSkipVerify: v.value("skip") != "", User: v.value("user"),
		Password: mailbox.NewSecret(v.r.Form.Get("password")), Auth: mailbox.Auth(v.value("auth")), Inactive: v.value("inactive") != "",
	}
	if id == "" {
		m.ID = mailbox.ID(v.value("new"))
	}
	if m.Protocol != mailbox.POP3 {
		m.Folders, m.After = lines(v.text("folders")), mailbox.AfterImport(v.value("after"))
	}
	if m.After == mailbox.AfterMove {
		m.MoveTo, m.MoveFailing = v.value("move"), v.value("failing")
	}
	if !slices.Contains(v.signInKinds(), e.signIn) {
		e.signIn = byPassword
	}
	if e.box = m; e.signIn != byPassword {
		e.box.Password = mailbox.Secret{}
		e.account = v.typedAccount(m, e, had)
	}
	b := v.boxForm(id, e)
	f := &b.Form
	v.tooMany(f, "folders", m.Folders)
	e.box.Port = v.wholeNumber(f, "port", 0, 65535)
	e.box.Interval = time.Duration(v.wholeNumber(f, "interval", 5, 86400)) * time.Second
	e.box.MaxMessageBytes = int64(v.wholeNumber(f, "size", 1, 1024)) << 20
	if text := v.value("expires"); text != "" && e.signIn != byPassword {
		f.Get("expires").Value = text
		var err error
		if e.account.SecretExpires, err = time.ParseInLocation(time.DateOnly, text, v.setup.Zone); err != nil {
			f.refuse("expires", v.T("consent.since.bad"))
		}
	}
	v.checkBox(f, e)
	return e, b
}

// typedAccount returns how the mailbox of the form signs in with tokens.
func (v *visit) typedAccount(m mailbox.Mailbox, e, had boxEdit) oauth.Account {
	a := oauth.Account{Mailbox: m.ID, ClientID: v.value("client"), ClientSecret: mailbox.NewSecret(v.r.Form.Get("secret")), Login: v.value("login")}
	switch e.signIn {
	case byMicrosoft:
		permission := oauth.IMAP
		if m.Protocol == mailbox.POP3 {
			permission = oauth.POP
		}
		a.Provider, a.Grant = oauth.Microsoft(e.tenant, permission), oauth.Grant(v.value("grant"))
	case byGoogle:
		a.Provider = oauth.Google()
	default:
		a.Provider = oauth.Provider{Name: "OAuth", AuthURL: v.value("auth-url"), TokenURL: v.value("token-url"), DeviceURL: v.value("device-url"), Scopes: e.scopes}
		if p := had.account.Provider; p.TokenURL == a.Provider.TokenURL { // what the form does not show stays
			p.AuthURL, p.DeviceURL, p.Scopes = a.Provider.AuthURL, a.Provider.DeviceURL, a.Provider.Scopes
			a.Provider = p
		}
	}
	return a
}

// checkBox says in the visitor's language what is wrong most often. The rest
// the engine says.
func (v *visit) checkBox(f *form, e boxEdit) {
	m := e.box
	require := func(name, value string) {
		if value == "" {
			f.refuse(name, v.T("form.missing"))
		}
	}
	if f.Get("new") != nil {
		require("new", string(m.ID))
		if v.value("own") == "" {
			f.refuse("own", v.T("box.own.missing"))
		}
	}
	require("host", m.Host)
	require("user", m.User)
	if m.After == mailbox.AfterMove {
		require("move", m.MoveTo)
	}
	if strings.ContainsAny(m.Host, " /@\r\n\x00") {
		f.refuse("host", v.T("box.host.bad"))
	}
	if a, err := mail.ParseAddress(m.Address); m.Address != "" && (err != nil || a.Address != m.Address) {
		f.refuse("address", v.T("box.address.bad"))
	}
	if (e.signIn == byPassword) == m.Auth.OAuth() && m.Auth != mailbox.AuthAuto {
		f.refuse("auth", v.T("box.auth.bad"))
	}
	if e.signIn != byPassword {
		require("client", e.account.ClientID)
	}
	if e.signIn == byMicrosoft && e.account.Grant == oauth.AppOnly {
		require("tenant", e.tenant)
	}
	if e.signIn == byOther {
		require("auth-url", e.account.Provider.AuthURL)
		require("token-url", e.account.Provider.TokenURL)
	}
}
