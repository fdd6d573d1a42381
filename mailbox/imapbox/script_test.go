package imapbox_test

import (
	"io"
	"maps"
	"net"
	"strings"
	"testing"

	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
)

// A script is a server whose answers are planned. Commands contain the keys of
// their answers, in which TAG is replaced by the command's tag.
type script struct{ wiretest.Script }

func newScript(greeting string, answers map[string]string) *script {
	return &script{wiretest.Script{
		Greeting: greeting, Answers: answers,
		Dialect: wiretest.Dialect{
			Default: "TAG OK done\r\n",
			Matches: strings.Contains,
			Fill: func(command, answer string) string {
				tag, _, _ := strings.Cut(command, " ")
				return strings.ReplaceAll(answer, "TAG", tag)
			},
			Slow: func(command string) bool { return strings.Contains(command, "BODY.PEEK") },
		},
	}}
}

// serving is a server that does as serve does.
func serving(serve func(net.Conn)) *script { return &script{wiretest.Script{Serve: serve}} }

func (s *script) connector() *imapbox.Connector { return imapbox.New(&imapbox.Options{Dial: s.Dial}) }

const (
	ready    = "* OK [CAPABILITY IMAP4rev1] ready\r\n"
	rev1     = "* CAPABILITY IMAP4rev1 UIDPLUS\r\nTAG OK done\r\n"
	selected = "* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [PERMANENTFLAGS (\\Deleted)] ok\r\nTAG OK done\r\n"
	listed   = "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n* 2 FETCH (UID 9 RFC822.SIZE 4)\r\nTAG OK done\r\n"
	fetched  = "* 1 FETCH (UID 7 BODY[] {5}\r\nseven)\r\n* 2 FETCH (UID 9 BODY[] {4}\r\nnine)\r\nTAG OK done\r\n"
)

// scripted returns a server that holds the mails 7 and 9. The answers are
// used before its own.
func scripted(answers map[string]string) *script {
	s := newScript(ready, map[string]string{
		"CAPABILITY": rev1, "LOGIN": "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS] done\r\n", "SELECT": selected, "RFC822.SIZE": listed, "BODY.PEEK": fetched, " SEARCH": "* SEARCH\r\nTAG OK done\r\n",
	})
	maps.Copy(s.Answers, answers)
	return s
}

// scriptMailbox is where a script is reached.
func scriptMailbox(security mailbox.Security) mailbox.Mailbox {
	return mailbox.Mailbox{ID: "test", Host: "mail.example", Security: security, User: user, Password: mailbox.NewSecret(password)}
}

// handed returns what a fetch hands over, as UID=body.
func handed(t *testing.T, session mailbox.Session, items []mailbox.Item) (string, error) {
	var got strings.Builder
	err := session.Fetch(t.Context(), items, func(it mailbox.Item, body io.Reader) error {
		raw, err := io.ReadAll(body)
		if err == nil {
			got.WriteString(it.UID + "=" + string(raw) + " ")
		}
		return err
	})
	return got.String(), err
}
