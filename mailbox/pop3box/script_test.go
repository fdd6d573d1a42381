package pop3box_test

import (
	"maps"
	"net"
	"strings"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/pop3box"
)

// A script is a server whose answers are planned. Commands begin with the keys
// of their answers.
type script struct{ wiretest.Script }

func newScript(greeting string, answers map[string]string) *script {
	return &script{wiretest.Script{
		Greeting: greeting, Answers: answers,
		Dialect: wiretest.Dialect{
			Default: "+OK\r\n",
			Matches: strings.HasPrefix,
			Slow:    func(command string) bool { return strings.HasPrefix(command, "RETR") },
		},
	}}
}

// serving is a server that does as serve does.
func serving(serve func(net.Conn)) *script { return &script{wiretest.Script{Serve: serve}} }

func (s *script) connector() *pop3box.Connector { return pop3box.New(&pop3box.Options{Dial: s.Dial}) }

const ready = "+OK ready\r\n"

// capa is the answer to CAPA.
func capa(lines ...string) string {
	return "+OK\r\n" + strings.Join(append(lines, "."), "\r\n") + "\r\n"
}

// scripted returns a server that holds the mails "a" and "b". The answers are
// used before its own.
func scripted(answers map[string]string) *script {
	s := newScript(ready, map[string]string{
		"CAPA": capa("USER", "UIDL", "TOP", "PIPELINING"), "STAT": "+OK 2 9\r\n",
		"LIST": "+OK\r\n1 5\r\n2 4\r\n.\r\n", "UIDL": "+OK\r\n1 a\r\n2 b\r\n.\r\n",
		"RETR 1": "+OK\r\nseven\r\n.\r\n", "RETR 2": "+OK\r\nnine\r\n.\r\n",
	})
	maps.Copy(s.Answers, answers)
	return s
}

// scriptMailbox is where a script is reached.
func scriptMailbox(security mailbox.Security) mailbox.Mailbox {
	return mailbox.Mailbox{
		ID: "test", Protocol: mailbox.POP3, Host: "mail.example", Security: security,
		User: pop3test.User, Password: mailbox.NewSecret(pop3test.Password), MaxMessageBytes: 100_000,
	}
}
