package message_test

import (
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/mailbox/message"
)

// TestReadHostile reads the mails of THREATS part 4 that no other test here
// holds; the names are the numbers there. None costs more than moments.
func TestReadHostile(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	for name, tt := range map[string]struct {
		mail  string
		check func(*message.Message) bool
	}{
		"H07": {"Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n" + strings.Repeat("QUJD", 6<<20), func(m *message.Message) bool {
			return m.Attachments[0].Blob.Size == 18<<20 && len(m.Defects) == 0
		}},
		"H09, one line": {"Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("=C3=A4 ", 3<<20), func(m *message.Message) bool {
			return strings.HasPrefix(m.Text, "ä ä") && strings.HasSuffix(m.Text, "[…]") && len(m.Text) <= 2<<20
		}},
		"H09, cut": {"Content-Transfer-Encoding: quoted-printable\n\nall of it=", func(m *message.Message) bool { return m.Text == "all of it" }},
		"H12, subject": {"Subject: =?" + long + "?q?Hello_=FC?=\n\nx", func(m *message.Message) bool {
			return strings.Contains(m.Subject, "Hello") && strings.Contains(m.Header.Get("Subject"), long)
		}},
		"H12, text": {"Content-Type: text/plain; charset=" + long + "\n\nHello \xfc", func(m *message.Message) bool { return m.Text == "Hello ü" }},
		"H13":       {"Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\nü \xff", func(m *message.Message) bool { return strings.HasPrefix(m.Text, "ü ") }},
		"H14": {"Subject: a\x00b\nContent-Type: a/b; name=\"x\x00.txt\"\n\ny\x00z", func(m *message.Message) bool {
			return m.Subject == "ab" && m.Attachments[0].Name == "x.txt" && m.Attachments[0].Blob.Size == 3
		}},
		"H15":        {"\n" + strings.Repeat("a\n", 10<<20), func(m *message.Message) bool { return len(m.Text) <= 2<<20 && strings.HasSuffix(m.Text, "[…]") }},
		"H20":        {"From: a@x.example\nFrom: b@y.example\n\nx", func(m *message.Message) bool { return len(m.From) == 2 }},
		"H21":        {"From: a@x.example, b@y.example\n\nx", func(m *message.Message) bool { return len(m.From) == 2 }},
		"H21, group": {"From: undisclosed-recipients:;\n\nx", func(m *message.Message) bool { return len(m.From) == 0 }},
		"H22":        {"From: \"boss@corp.example\" <x@evil.example>\n\nx", func(m *message.Message) bool { return len(m.From) == 1 && m.From[0].Address == "x@evil.example" }},
		"H22, encoded": {"From: =?utf-8?q?boss=40corp.example?= <x@evil.example>\n\nx", func(m *message.Message) bool {
			return len(m.From) == 1 && m.From[0].Address == "x@evil.example"
		}},
		"H23":              {"From: boss@corp.example <x@evil.example>\n\nx", func(m *message.Message) bool { return len(m.From) == 1 && m.From[0].Address == "x@evil.example" }},
		"H24, missing":     {"Subject: a\n\nx", func(m *message.Message) bool { return len(m.From) == 0 && m.Text == "x" }},
		"H24, empty":       {"From:\nSubject: a\n\nx", func(m *message.Message) bool { return len(m.From) == 0 && m.Subject == "a" }},
		"H24, unparseable": {"From: ((<;,@>\"\nSubject: a\n\nx", func(m *message.Message) bool { return m.Subject == "a" && m.Text == "x" }},
		"H24, unknown charset": {"From: =?x-none?q?J=FCrgen?= <a@x.example>\n\nx", func(m *message.Message) bool {
			return len(m.From) == 1 && m.From[0].Address == "a@x.example" && m.From[0].Name == "J\uFFFDrgen"
		}},
		"H25": {"From: =?utf-8?q?a=0D=0ABcc=3A=00=1Bb?= <a@x.example>\n\nx", func(m *message.Message) bool {
			return len(m.From) == 1 && m.From[0].Name == "a Bcc:b"
		}},
		"H46": {"Content-Type: a/b; name*=utf-8''a%00%0d%0a%22%3b.txt\n\nx", func(m *message.Message) bool {
			return m.Attachments[0].Name == "a \";.txt"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var m *message.Message
			took := quickest(20*time.Second, func() { m = read(t, tt.mail, nil) }) // ten times what it may take
			if !tt.check(m) {
				t.Errorf("subject %.80q, from %+v, text %.80q, attachments %+v, defects %v", m.Subject, m.From, m.Text, m.Attachments, codes(m))
			}
			if took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}
