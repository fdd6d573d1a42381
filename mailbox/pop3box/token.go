package pop3box

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
)

// signedIn connects with the password, or with a token. Where a token is
// refused, the source is asked once for another one. That is tried on a
// connection of its own: many servers close theirs after a refusal.
func (c *Connector) signedIn(ctx context.Context, m mailbox.Mailbox) (*approach, error) {
	if !m.TakesToken() {
		return c.connect(ctx, m, m.Password)
	}
	token, err := c.token(ctx, m, mailbox.Secret{})
	if err != nil {
		return nil, err
	}
	a, err := c.connect(ctx, m, token)
	first, refused := errors.AsType[*mailbox.AuthError](err)
	if !refused {
		return a, err
	}
	another, err := c.another(ctx, m, token, first)
	if err != nil {
		return nil, err
	}
	return c.connect(ctx, m, another)
}

// another returns a token in place of one that was refused, or why there is
// none.
func (c *Connector) another(ctx context.Context, m mailbox.Mailbox, token mailbox.Secret, why *mailbox.AuthError) (mailbox.Secret, error) {
	another, err := c.token(ctx, m, token)
	switch {
	case err != nil:
		return another, &mailbox.AuthError{User: m.User, Err: fmt.Errorf("%w; no other token: %w", why.Err, err)}
	case another.Equal(token):
		return another, why
	}
	return another, nil
}

// token asks for a token, and gives the source as long as a server has for an
// answer.
func (c *Connector) token(ctx context.Context, m mailbox.Mailbox, refused mailbox.Secret) (mailbox.Secret, error) {
	if m.Tokens == nil {
		return mailbox.Secret{}, &mailbox.FieldError{Field: "Tokens", Reason: "is missing"}
	}
	limit := c.opts.CommandTimeout
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
	defer cancel()
	token, err := m.Tokens.Token(ctx, refused)
	switch {
	case err != nil:
		err = because(ctx, err)
	case token.IsZero():
		err = errors.New("it is empty")
	}
	if err != nil {
		return mailbox.Secret{}, fmt.Errorf("access token of %q: %w", m.User, err)
	}
	return token, nil
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// decode returns a challenge as text, as it came where it is no base64.
func decode(challenge string) string {
	b, err := base64.StdEncoding.DecodeString(challenge)
	if err != nil {
		return challenge
	}
	return string(b)
}
