package imapbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

var errNoPassword = errors.New("the server takes no password here (LOGINDISABLED)")

// mechanism returns how to sign in: what m says, if the server offers it, or
// the best that it offers. LOGIN is a command of its own, which every server
// has unless it says LOGINDISABLED (RFC 9051 section 6.2.3).
func mechanism(m mailbox.Mailbox, caps imap.CapSet) (mailbox.Auth, error) {
	offers := func(a mailbox.Auth) bool { return caps.Has(imap.AuthCap(strings.ToUpper(string(a)))) }
	disabled := caps.Has(imap.CapLoginDisabled)
	switch {
	case m.TakesToken():
		for _, a := range []mailbox.Auth{mailbox.AuthOAuthBearer, mailbox.AuthXOAuth2} {
			if (m.Auth == a || m.Auth == mailbox.AuthAuto) && offers(a) {
				return a, nil
			}
		}
		return "", notOffered(cmp.Or(m.Auth, "oauthbearer or xoauth2"), caps)
	case m.Auth == mailbox.AuthPlain && !offers(mailbox.AuthPlain):
		return "", notOffered(m.Auth, caps)
	case m.Auth == mailbox.AuthPlain:
		return mailbox.AuthPlain, nil
	case m.Auth == mailbox.AuthLogin && disabled:
		return "", errNoPassword
	case m.Auth == mailbox.AuthLogin:
		return mailbox.AuthLogin, nil
	case offers(mailbox.AuthPlain) && (disabled || caps.Has(imap.CapSASLIR)): // one round trip, and any character
		return mailbox.AuthPlain, nil
	case disabled:
		return "", errNoPassword
	}
	return mailbox.AuthLogin, nil
}

// A mechanismError reports a way to sign in that the server does not offer.
type mechanismError struct {
	wanted  mailbox.Auth
	offered []string
}

func (e *mechanismError) Error() string {
	return fmt.Sprintf("the server does not offer to sign in by %s, but by %s",
		strings.ToUpper(string(e.wanted)), cmp.Or(strings.Join(e.offered, ", "), "LOGIN alone"))
}

func notOffered(wanted mailbox.Auth, caps imap.CapSet) error {
	offered := caps.AuthMechanisms()
	slices.Sort(offered)
	return &mechanismError{wanted, offered}
}

// authenticate signs in. secret is the password or the token. The error is a
// *mailbox.AuthError where the server refuses it; the connection may then be
// in the middle of an exchange, and is good for nothing but to be closed.
// Where the server repeats the secret its words are left out.
func authenticate(c *imapclient.Client, how mailbox.Auth, m mailbox.Mailbox, secret mailbox.Secret) error {
	text := secret.Reveal()
	sent := ""
	var err error
	if how == mailbox.AuthLogin {
		err = c.Login(m.User, text).Wait()
	} else {
		client := saslClient(how, m, text)
		sent = wire.InitialResponse(client)
		err = c.Authenticate(client)
	}
	said, answered := errors.AsType[*imap.Error](err)
	if isNo := answered && said.Type == imap.StatusResponseTypeNo && !temporary(said); isNo || errors.Is(err, wire.ErrToken) {
		return &mailbox.AuthError{User: m.User, Err: wire.Conceal(err, text, sent)}
	}
	return wire.Conceal(err, text, sent)
}

func saslClient(how mailbox.Auth, m mailbox.Mailbox, secret string) sasl.Client {
	switch how {
	case mailbox.AuthOAuthBearer:
		return wire.OAuthBearer(m.User, secret, m.Host, m.Port)
	case mailbox.AuthXOAuth2:
		return wire.XOAuth2(m.User, secret)
	}
	return sasl.NewPlainClient("", m.User, secret)
}

// temporary reports whether a refusal says nothing about the credentials
// (RFC 5530).
func temporary(err *imap.Error) bool {
	return slices.Contains([]imap.ResponseCode{imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug}, err.Code)
}

// refused reports whether err is an answer of the server (NO or BAD), after
// which the connection goes on.
func refused(err error) bool {
	_, ok := errors.AsType[*imap.Error](err)
	return ok
}

// errNotConnected explains what Exchange means by it: the token is good, and
// does not open this mailbox.
var errNotConnected = errors.New("the sign-in is valid, but does not give access to this mailbox: another user's token, no right on a shared mailbox, " +
	"no service principal, or IMAP switched off for it")

// notConnected reports whether Exchange accepted a token and then refuses the
// mailbox with "BAD User is authenticated but not connected".
func notConnected(said *imap.Error) bool {
	return said.Type == imap.StatusResponseTypeBad && strings.Contains(strings.ToLower(said.Text), "authenticated but not connected")
}
