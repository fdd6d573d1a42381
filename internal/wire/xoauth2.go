package wire

import (
	"fmt"

	"github.com/emersion/go-sasl"
)

type xoauth2 struct{ user, token string }

// XOAuth2 returns a client of the SASL mechanism XOAUTH2, as Microsoft and
// Google document it: token is an OAuth 2.0 access token for the mailbox
// user. When the server refuses it, what it says is in the error, and the
// exchange is left open: the connection must be closed.
func XOAuth2(user, token string) sasl.Client { return xoauth2{user, token} }

// Start implements sasl.Client.
func (x xoauth2) Start() (mech string, ir []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next implements sasl.Client: a challenge is always a refusal, in JSON.
func (x xoauth2) Next(challenge []byte) ([]byte, error) {
	return nil, fmt.Errorf("%w: %.300q", ErrToken, challenge)
}
