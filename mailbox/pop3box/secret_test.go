package pop3box_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/pop3box"
)

// S9: a server that repeats password or token does not get it into our errors,
// be it of a connection or of a test.
func TestSecretsAreNotRepeated(t *testing.T) {
	secret := "canary-" + strings.Repeat("0123456789abcdef", 3)
	for name, auth := range map[string]mailbox.Auth{
		"USER": mailbox.AuthLogin, "PLAIN": mailbox.AuthPlain, "XOAUTH2": mailbox.AuthXOAuth2, "OAUTHBEARER": mailbox.AuthOAuthBearer,
	} {
		for _, code := range []string{"", "[SYS/TEMP] "} {
			t.Run(name+code, func(t *testing.T) {
				s := pop3test.Start(t, pop3test.Options{Token: "good", OnCommand: func(c pop3test.Command) string {
					if c.Verb == "PASS" || c.Verb == "AUTH" || c.Verb == "..." {
						return "-ERR " + code + "not " + strings.Join(c.Args, " ") + "\r\n"
					}
					return ""
				}})
				m := mailboxAt(t, s.Address)
				m.Auth, m.Password = auth, mailbox.NewSecret(secret)
				if auth.OAuth() {
					m.Tokens = tokens{mailbox.NewSecret(secret), mailbox.NewSecret(secret)}
				}
				c := pop3box.New(nil)
				_, connected := c.Connect(t.Context(), m)
				steps, text, probed := probe(t.Context(), c, m)
				if !strings.HasSuffix(steps, "sign-in!") || connected == nil || probed == nil {
					t.Errorf("Connect = %v, Probe = %v, steps %s", connected, probed, steps)
				}
				said := fmt.Sprintf("%v %+v %#v\n%v %+v %#v\n%s", connected, connected, connected, probed, probed, probed, text)
				for _, tells := range []string{"canary", secret[10:40], base64.StdEncoding.EncodeToString([]byte(secret))[:20]} {
					if strings.Contains(said, tells) {
						t.Errorf("the secret shows:\n%s", said)
					}
				}
			})
		}
	}
}
