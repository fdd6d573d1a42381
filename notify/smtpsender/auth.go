package smtpsender

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

// mechanisms returns the ways to sign in that Auth allows, the best first.
func (s *Sender) mechanisms() []mailbox.Auth {
	switch {
	case s.opts.Auth != mailbox.AuthAuto:
		return []mailbox.Auth{s.opts.Auth}
	case s.opts.takesToken():
		return []mailbox.Auth{mailbox.AuthOAuthBearer, mailbox.AuthXOAuth2}
	}
	return []mailbox.Auth{mailbox.AuthPlain, mailbox.AuthLogin}
}

func mechanismName(how mailbox.Auth) string { return strings.ToUpper(string(how)) }

// A mechanismError reports that the server does not offer a way to sign in
// that we can go.
type mechanismError struct {
	wanted  string
	offered string // empty: none
}

func (e *mechanismError) Error() string {
	return fmt.Sprintf("the server does not offer to sign in by %s, but by %s", e.wanted, cmp.Or(e.offered, "nothing"))
}

// mechanism returns how to sign in: what Auth says, or the best that the
// server offers.
func (s *Sender) mechanism(c *smtp.Client) (mailbox.Auth, error) {
	var wanted []string
	for _, how := range s.mechanisms() {
		if c.SupportsAuth(mechanismName(how)) {
			return how, nil
		}
		wanted = append(wanted, mechanismName(how))
	}
	_, offered := c.Extension("AUTH")
	return "", &notify.ConfigError{Step: "AUTH", Err: &mechanismError{strings.Join(wanted, " or "), wire.Printable(offered)}}
}

// errToken marks a token that the server refuses.
var errToken = errors.New("the access token is refused")

// authenticate signs in. What the server says of it is left out of the error:
// some repeat the secret.
func (s *Sender) authenticate(c *conn, how mailbox.Auth, secret mailbox.Secret) error {
	client := s.saslClient(how, secret)
	err := c.client.Auth(client)
	answer, answered := errors.AsType[*smtp.SMTPError](err)
	if answered {
		answer = &smtp.SMTPError{Code: answer.Code, EnhancedCode: answer.EnhancedCode, Message: "authentication refused"}
		err = answer
	}
	token, ok := client.(*tokenClient)
	if !answered || !ok || answer.Code < 500 || answer.Code != notAccepted && !token.challenged {
		return refusal("AUTH", err)
	}
	answer.Message = "access token refused"
	if token.status != "" {
		answer.Message += ", status " + token.status
	}
	return &notify.ConfigError{Step: "AUTH", Err: fmt.Errorf("%w: %w", errToken, answer)}
}

// notAccepted is the answer to credentials that are not valid (RFC 4954
// section 6).
const notAccepted = 535

func (s *Sender) saslClient(how mailbox.Auth, secret mailbox.Secret) sasl.Client {
	switch how {
	case mailbox.AuthOAuthBearer:
		host, port := s.server()
		return &tokenClient{Client: wire.OAuthBearer(s.opts.User, secret.Reveal(), host, port), farewell: []byte{1}}
	case mailbox.AuthXOAuth2:
		return &tokenClient{Client: wire.XOAuth2(s.opts.User, secret.Reveal()), farewell: []byte{}}
	case mailbox.AuthLogin:
		return &loginClient{user: s.opts.User, password: secret}
	}
	return sasl.NewPlainClient("", s.opts.User, secret.Reveal())
}

// tidy makes what a server said fit for a line, and leaves it out where it
// repeats secret. It returns err, which must not have been formatted yet.
func (s *Sender) tidy(err error, secret mailbox.Secret) error {
	answer, ok := errors.AsType[*smtp.SMTPError](err)
	if !ok {
		return err
	}
	told := []string{secret.Reveal()}
	for _, how := range s.mechanisms() {
		client := s.saslClient(how, secret)
		if token, ok := client.(*tokenClient); ok {
			client = token.Client
		}
		told = append(told, wire.InitialResponse(client))
	}
	if hidden := wire.Conceal(errors.New(answer.Message), told...); hidden.Error() != answer.Message {
		answer.Message = hidden.Error()
	}
	answer.Message = wire.Printable(answer.Message)
	return err
}

// server returns host and port of Addr; the port is 0 where it has a name.
func (s *Sender) server() (host string, port int) {
	host, name, _ := net.SplitHostPort(s.opts.Addr) // New has checked it
	port, _ = strconv.Atoi(name)
	return host, port
}

// loginClient is the LOGIN mechanism for servers that word its two questions
// as they like.
type loginClient struct {
	user     string
	password mailbox.Secret
	asked    int
}

func (l *loginClient) Start() (mech string, initial []byte, err error) { return sasl.Login, nil, nil }

func (l *loginClient) Next([]byte) ([]byte, error) {
	switch l.asked++; l.asked {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password.Reveal()), nil
	}
	return nil, sasl.ErrUnexpectedServerChallenge
}
