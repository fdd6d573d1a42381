package imapbox_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
)

// repeater is a server that says again what it was sent with a sign-in, in the
// refusal or, where challenge is set, in a challenge before it.
func repeater(caps string, challenge bool) *script {
	return serving(func(conn net.Conn) {
		_, _ = io.WriteString(conn, ready)
		lines := wiretest.Lines(conn)
		for line := range lines {
			tag, rest, _ := strings.Cut(line, " ")
			words := strings.Fields(rest)
			switch {
			case words[0] == "CAPABILITY":
				_, _ = fmt.Fprintf(conn, "* CAPABILITY IMAP4rev1 %s\r\n%s OK done\r\n", caps, tag)
			case words[0] == "AUTHENTICATE" && challenge:
				raw, _ := base64.StdEncoding.DecodeString(words[2])
				_, _ = fmt.Fprintf(conn, "+ %s\r\n", base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(`{"status":"400","you":%q}`, raw))))
				<-lines
				_, _ = fmt.Fprintf(conn, "%s NO failed\r\n", tag)
			case words[0] == "AUTHENTICATE", words[0] == "LOGIN":
				_, _ = fmt.Fprintf(conn, "%s NO I do not take %s\r\n", tag, rest)
			}
		}
	})
}

// S9: a server that repeats password or token does not get it into our errors,
// be it of a connection or of a test.
func TestSecretsAreNotRepeated(t *testing.T) {
	secret := "canary-" + strings.Repeat("0123456789abcdef", 4)
	for name, tt := range map[string]struct {
		caps      string
		challenge bool
		token     bool
	}{
		"LOGIN":                  {"IDLE", false, false},
		"PLAIN":                  {"AUTH=PLAIN SASL-IR", false, false},
		"XOAUTH2":                {"AUTH=XOAUTH2 SASL-IR", false, true},
		"XOAUTH2, challenge":     {"AUTH=XOAUTH2 SASL-IR", true, true},
		"OAUTHBEARER":            {"AUTH=OAUTHBEARER SASL-IR", false, true},
		"OAUTHBEARER, challenge": {"AUTH=OAUTHBEARER SASL-IR", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := scriptMailbox(mailbox.None)
				m.Password = mailbox.NewSecret(secret)
				if tt.token {
					m.Tokens = &source{tokens: []string{secret, secret, secret, secret}}
				}
				c := imapbox.New(&imapbox.Options{Dial: repeater(tt.caps, tt.challenge).Dial})
				_, connected := c.Connect(t.Context(), m)
				lines, last, probed := probed(t, c, m)
				if last.Name != mailbox.StepSignIn || last.Cause == "" || !is[*mailbox.AuthError](connected) || !is[*mailbox.AuthError](probed) {
					t.Errorf("Connect = %v, Probe = %v at step %q", connected, probed, last.Name)
				}
				said := fmt.Sprintf("%v %+v %#v\n%v %+v %#v\n%s\n%+v %#v", connected, connected, connected, probed, probed, probed, lines, last, last.Err)
				for _, tells := range []string{"canary", secret[10:40], base64.StdEncoding.EncodeToString([]byte(secret))[:20]} {
					if strings.Contains(said, tells) {
						t.Errorf("the secret shows:\n%s", said)
					}
				}
			})
		})
	}
}
