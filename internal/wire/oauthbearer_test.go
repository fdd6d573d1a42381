package wire_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/ticketmail/internal/wire"
	"github.com/google/go-cmp/cmp"
)

func TestOAuthBearer(t *testing.T) {
	for user, want := range map[string]string{
		"someuser@example.com": "n,a=someuser@example.com,\x01host=mail.example\x01port=993\x01auth=Bearer ya29.token\x01\x01",
		"a=b,c":                "n,a=a=3Db=2Cc,\x01host=mail.example\x01port=993\x01auth=Bearer ya29.token\x01\x01",
	} {
		c := wire.OAuthBearer(user, "ya29.token", "mail.example", 993)
		mech, ir, err := c.Start()
		if diff := cmp.Diff([]string{"OAUTHBEARER", want}, []string{mech, string(ir)}); diff != "" || err != nil {
			t.Errorf("Start as %q (-want +got), %v:\n%s", user, err, diff)
		}
		answer, err := c.Next([]byte(`{"status":"invalid_token"}` + strings.Repeat("x", 1000)))
		if answer != nil || !errors.Is(err, wire.ErrToken) || !strings.Contains(err.Error(), "invalid_token") || len(err.Error()) > 500 {
			t.Errorf("Next = %q, %v, want ErrToken and what the server said, in short", answer, err)
		}
		if strings.Contains(err.Error(), "ya29") {
			t.Errorf("the error tells the token: %v", err)
		}
	}
}
