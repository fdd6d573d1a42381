package pop3box

import (
	"errors"
	"fmt"
	"strings"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-sasl"
)

var (
	errNoPassword = errors.New("the server takes no password here")
	errNoToken    = errors.New("the server takes no token here")
	errControl    = errors.New("user name or secret has a control character")
)

// mechanism returns how to sign in: as m says, or the best that is offered. A
// server without CAPA may know anything.
func mechanism(m mailbox.Mailbox, caps capabilities) (mailbox.Auth, error) {
	offered := func(a mailbox.Auth) bool {
		if a == mailbox.AuthLogin {
			return caps == nil || caps.has("USER")
		}
		return caps.sasl(strings.ToUpper(string(a)))
	}
	best := []mailbox.Auth{mailbox.AuthPlain, mailbox.AuthLogin}
	none := errNoPassword
	if m.TakesToken() {
		best, none = []mailbox.Auth{mailbox.AuthOAuthBearer, mailbox.AuthXOAuth2}, errNoToken
	}
	if m.Auth != mailbox.AuthAuto {
		if caps == nil || offered(m.Auth) {
			return m.Auth, nil
		}
		return "", fmt.Errorf("%w by %q", none, m.Auth)
	}
	for _, a := range best {
		if offered(a) {
			return a, nil
		}
	}
	if caps == nil && m.TakesToken() {
		return mailbox.AuthXOAuth2, nil
	}
	return "", none
}

// authenticate signs in. A refusal that blames the credentials is a
// *mailbox.AuthError. Where the server repeats the secret its words are left
// out.
func (c *conn) authenticate(how mailbox.Auth, m mailbox.Mailbox, secret mailbox.Secret) error {
	text := secret.Reveal()
	if strings.ContainsAny(m.User+text, "\x00\x01\r\n") {
		return errControl
	}
	sent := ""
	var err error
	if how == mailbox.AuthLogin {
		err = c.login(m.User, text)
	} else {
		client, farewell := saslClient(how, m, text)
		if client == nil {
			return fmt.Errorf("auth %q is unknown", how)
		}
		sent = wire.InitialResponse(client)
		err = c.sasl(client, farewell)
	}
	said := refused(err)
	err = wire.Conceal(err, text, sent)
	switch {
	case said != nil && !said.later():
		return &mailbox.AuthError{User: m.User, Err: err}
	case said != nil && refused(err) == nil:
		return fmt.Errorf("%w: %w", mailbox.ErrLater, err)
	}
	return err
}

// saslClient returns the client of a mechanism, nil for an unknown one, and
// what it answers to a challenge that tells why a token was refused.
func saslClient(how mailbox.Auth, m mailbox.Mailbox, secret string) (client sasl.Client, farewell string) {
	switch how {
	case mailbox.AuthPlain:
		return sasl.NewPlainClient("", m.User, secret), "*"
	case mailbox.AuthXOAuth2:
		return wire.XOAuth2(m.User, secret), ""
	case mailbox.AuthOAuthBearer:
		return wire.OAuthBearer(m.User, secret, m.Host, m.Port), "AQ==" // RFC 7628 section 3.2.3
	}
	return nil, ""
}

// login is POP3's own way. USER may be refused already.
func (c *conn) login(user, password string) error {
	if _, err := c.ask("USER " + user); err != nil {
		return err
	}
	_, err := c.ask("PASS " + password)
	return err
}

// maxAuth is how long a line with AUTH may be, its end included (RFC 5034
// section 4). Tokens are longer.
const maxAuth = 255

// sasl does an exchange in which the client speaks once (RFC 5034). farewell
// is the answer to a challenge that tells why the token was refused; after it
// the server says -ERR.
func (c *conn) sasl(client sasl.Client, farewell string) error {
	mech, first, err := client.Start()
	if err != nil {
		return err
	}
	name := "AUTH " + mech
	command, initial := name, encode(first)
	said := false
	if line := command + " " + initial; len(line)+len("\r\n") <= maxAuth {
		command, said = line, true
	}
	r, err := c.exchange(name, command, c.reply)
	if err != nil {
		return err
	}
	if r.more && (!said || r.text == "") { // it waits for what it did not take along with the command
		if r, err = c.exchange(name, initial, c.reply); err != nil {
			return err
		}
	}
	if !r.more {
		return nil
	}
	if _, err = c.exchange(name, farewell, c.status); err == nil {
		err = errChallenge // and then it lets us in?
	}
	return fmt.Errorf("refused: %.*q: %w", maxSaid, decode(r.text), err)
}
