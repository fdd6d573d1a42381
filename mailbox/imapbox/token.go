package imapbox

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
)

// signedIn connects with the password, or with a token. Where a token is
// refused, the source is asked once for another one, which is tried on a
// connection of its own: the first is left in the middle of an exchange.
func (c *Connector) signedIn(ctx context.Context, m mailbox.Mailbox) (*session, error) {
	if !m.TakesToken() {
		return c.connect(ctx, m, m.Password)
	}
	token, err := c.token(ctx, m, mailbox.Secret{})
	if err != nil {
		return nil, err
	}
	s, err := c.connect(ctx, m, token)
	if !isRefused(err) {
		return s, err
	}
	return c.secondToken(ctx, m, token, err)
}

func isRefused(err error) bool {
	_, ok := errors.AsType[*mailbox.AuthError](err)
	return ok
}

// secondToken connects with another token than the one that was refused with
// said.
func (c *Connector) secondToken(ctx context.Context, m mailbox.Mailbox, refused mailbox.Secret, said error) (*session, error) {
	another, err := c.token(ctx, m, refused)
	if err != nil {
		if first, ok := errors.AsType[*mailbox.AuthError](said); ok {
			said = first.Err
		}
		return nil, &mailbox.AuthError{User: m.User, Err: fmt.Errorf("%w; no other token: %w", said, err)}
	}
	if another.Equal(refused) {
		return nil, said
	}
	return c.connect(ctx, m, another)
}

// errToken marks what a source of tokens fails with.
var errToken = errors.New("no access token")

// token asks for a token, and gives the source as long as a server has for an
// answer.
func (c *Connector) token(ctx context.Context, m mailbox.Mailbox, refused mailbox.Secret) (mailbox.Secret, error) {
	limit := c.opts.CommandTimeout
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
	defer cancel()
	token, err := m.Tokens.Token(ctx, refused)
	switch {
	case err != nil && ctx.Err() != nil:
		err = context.Cause(ctx)
	case err == nil && token.IsZero():
		err = errors.New("it is empty")
	}
	if err != nil {
		return mailbox.Secret{}, fmt.Errorf("%w for %q: %w", errToken, m.User, err)
	}
	return token, nil
}
