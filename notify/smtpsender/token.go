package smtpsender

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/emersion/go-sasl"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

// token asks for a token, and gives the source as long as a server has for an
// answer. Without one no mail can be sent at all, so that it is a
// *notify.ConfigError: no mail loses an attempt over it, also where the
// provider is down for a while.
func (s *Sender) token(ctx context.Context, refused mailbox.Secret) (mailbox.Secret, error) {
	limit := s.opts.Timeouts.Command
	within, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
	defer cancel()
	token, err := s.opts.Tokens.Token(within, refused)
	switch {
	case ctx.Err() != nil:
		return mailbox.Secret{}, context.Cause(ctx)
	case err != nil && within.Err() != nil:
		err = context.Cause(within)
	case err == nil && token.IsZero():
		err = errors.New("it is empty")
	}
	if err != nil {
		return mailbox.Secret{}, noToken(err)
	}
	return token, nil
}

// errNoToken marks what a source of tokens fails with.
var errNoToken = errors.New("no access token")

func noToken(err error) error {
	return &notify.ConfigError{Step: "token", Err: fmt.Errorf("%w: %w", errNoToken, err)}
}

// another returns a token in place of one that was refused with said, or why
// there is none.
func (s *Sender) another(ctx context.Context, refused mailbox.Secret, said error) (mailbox.Secret, error) {
	token, err := s.token(ctx, refused)
	switch {
	case ctx.Err() != nil:
		return token, err
	case err != nil:
		return token, &notify.ConfigError{Step: "AUTH", Err: fmt.Errorf("%w; %w", said, err)}
	case token.Equal(refused):
		return token, said
	}
	return token, nil
}

// A tokenClient does XOAUTH2 or OAUTHBEARER as SMTP wants it: a token that
// makes the line too long comes after the command (RFC 4954 section 4), and a
// challenge, which tells why the token is refused, is answered before the
// refusal comes (RFC 7628 section 3.2.3).
type tokenClient struct {
	sasl.Client
	farewell   []byte // answers the challenge
	late       []byte // what comes after the command; nil: nothing, or it was sent
	challenged bool
	status     string // in the challenge; empty: none that can be shown
}

// maxCommand is how long a command may be, its end included (RFC 5321 section
// 4.5.3.1.4).
const maxCommand = 512

// Start implements sasl.Client.
func (c *tokenClient) Start() (mech string, initial []byte, err error) {
	mech, initial, err = c.Client.Start()
	if len("AUTH "+mech+" \r\n")+base64.StdEncoding.EncodedLen(len(initial)) > maxCommand {
		c.late, initial = initial, nil
	}
	return mech, initial, err
}

// Next implements sasl.Client.
func (c *tokenClient) Next(challenge []byte) ([]byte, error) {
	switch {
	case c.late != nil:
		response := c.late
		c.late = nil
		return response, nil
	case c.challenged:
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	c.challenged, c.status = true, statusOf(challenge)
	return c.farewell, nil
}

// statusOf returns the status in a challenge, if it is one that is known: a
// server may as well repeat the token there.
func statusOf(challenge []byte) string {
	var said struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(challenge, &said) != nil || !slices.Contains(statuses[:], said.Status) {
		return ""
	}
	return said.Status
}

// statuses are those of RFC 7628 section 3.2.2, and HTTP's as Google and
// Microsoft use them.
var statuses = [...]string{"invalid_request", "invalid_token", "insufficient_scope", "400", "401", "403"}
