package console

import (
	"errors"
	"log/slog"
	"net/http"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
)

// signInBody is why a mailbox is not signed in.
type signInBody struct {
	Why     diagnosis
	Mailbox mailbox.ID // empty: not known
}

// signedIn sends a browser on that came back from the sign-in of a mailbox, or
// says why it did not succeed. That is said here and not at another address,
// because an address could say anything.
func (c *Console) signedIn(w http.ResponseWriter, r *http.Request, o oauth.Outcome) {
	v := &visit{Console: c, w: w, r: r}
	if o.Err == nil {
		_ = v.goTo("signed-in", "mailboxes/show", "id", o.Mailbox)
		return
	}
	v.Visitor, _ = c.access.Visitor(r) // session has just asked: he administers
	v.language = chooseLanguage(v.Visitor.Language, r.Header.Get("Accept-Language"), c.setup.Language)
	_ = v.notSignedIn(o.Mailbox, o.Err)
}

// notSignedIn answers with the page that says why a mailbox is not signed in.
func (v *visit) notSignedIn(id mailbox.ID, err error) error {
	b := v.refusal(id, err)
	if b.Why.Cause.Text == "" {
		v.fail(err)
		return nil
	}
	return v.refuse("signin", page{Title: v.T("oauth.failed"), Nav: "mailboxes", Body: b, Crumbs: []crumb{{v.T("menu.mailboxes"), v.URL("mailboxes")}}})
}

// refusal says why a mailbox is not signed in. Without a Cause nobody knows.
func (v *visit) refusal(id mailbox.ID, err error) *signInBody {
	b := &signInBody{Mailbox: id}
	switch b.Why = v.diagnose(err, mailbox.Diagnose(err)); {
	case b.Why.Cause.Text != "":
	case errors.Is(err, errNoMore):
		b.Why.Cause = said{Text: v.T("device.nomore")}
	case errors.Is(err, oauth.ErrState):
		b.Why = diagnosis{said{Text: v.T("oauth.state")}, said{Text: v.T("oauth.state.cure")}}
	case errors.Is(err, oauth.ErrIssuer):
		b.Why = diagnosis{said{Text: v.T("oauth.issuer")}, said{Text: v.T("oauth.issuer.cure")}}
	}
	v.log.LogAttrs(v.r.Context(), slog.LevelWarn, "a mailbox is not signed in", slog.String("mailbox", string(id)), slog.Any("error", err))
	return b
}

// SignInText says what package oauth says about a sign-in as a sentence, in the
// visitor's language.
func (v *visit) SignInText(text string) said { return v.ofSignIn(text).Whole() }
