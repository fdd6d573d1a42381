package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"
)

// ErrToken reports that a server refused an access token. What it said is in
// the error around it.
var ErrToken = errors.New("token refused")

type oauthBearer struct {
	user, token, host string
	port              int
}

// OAuthBearer returns a client of the SASL mechanism OAUTHBEARER (RFC 7628).
// As with [XOAuth2], the connection must be closed after a refusal.
func OAuthBearer(user, token, host string, port int) sasl.Client {
	return oauthBearer{user, token, host, port}
}

// Start implements sasl.Client.
func (o oauthBearer) Start() (mech string, ir []byte, err error) {
	return "OAUTHBEARER", []byte("n,a=" + saslName(o.user) + ",\x01host=" + o.host + "\x01port=" + strconv.Itoa(o.port) +
		"\x01auth=Bearer " + o.token + "\x01\x01"), nil
}

// Next implements sasl.Client: a challenge is always a refusal, in JSON.
func (oauthBearer) Next(challenge []byte) ([]byte, error) {
	return nil, fmt.Errorf("%w: %.300q", ErrToken, challenge)
}

// saslName escapes a user name in a GS2 header (RFC 5801 section 4).
func saslName(user string) string {
	return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(user)
}
