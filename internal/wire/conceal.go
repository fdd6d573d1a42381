package wire

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"
)

// errConcealed takes the place of an error that tells a secret.
var errConcealed = errors.New("the server refuses, and repeats what it was sent, so that its words are left out")

// Conceal returns err, unless its text repeats one of the secrets or a part
// of it, plain or in base64, as the words of some servers do. In its place
// comes an error that says so and has no other inside.
func Conceal(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, s := range secrets {
		for _, form := range []string{s, strings.Trim(strconv.Quote(s), `"`), base64.StdEncoding.EncodeToString([]byte(s))} {
			if repeats(text, form) {
				return errConcealed
			}
		}
	}
	return err
}

// telling is how much of a long secret is too much.
const telling = 16

// repeats reports whether text has secret in it, or so much of it that it
// tells: what a server says is cut somewhere.
func repeats(text, secret string) bool {
	if len(secret) <= telling {
		return secret != "" && strings.Contains(text, secret)
	}
	for i := range len(secret) - telling + 1 {
		if strings.Contains(text, secret[i:i+telling]) {
			return true
		}
	}
	return false
}

// InitialResponse returns what a mechanism sends first as it goes over the
// line, for [Conceal].
func InitialResponse(c sasl.Client) string {
	_, ir, err := c.Start()
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(ir)
}
