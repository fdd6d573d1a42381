package message_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

// TestReadUnpackLimits packs more into a part than a mail may hold.
func TestReadUnpackLimits(t *testing.T) {
	big := strings.Repeat("x", 100<<10)
	many := func(n int) (all [][]byte) {
		for i := range n {
			all = append(all, outlookFile("A", fmt.Sprint(i), "x"))
		}
		return all
	}
	uu := uuencode("f", []byte("x"), '`')
	for name, tt := range map[string]struct {
		mail   string
		limits message.Limits
		files  int // attachments
		code   string
	}{
		"TNEF, parts":        {winmail("a", tnef(many(1500)...)), message.Limits{}, 999, "too-many-parts"}, // one part is the text
		"TNEF, bytes":        {winmail("a", tnef(outlookFile("A", "a", "small"), outlookFile("B", "b", big))), message.Limits{Unpacked: 50 << 10}, 2, "unpacked-too-long"},
		"TNEF, nesting":      {winmail("a", nestedTNEF(40, "x")), message.Limits{}, 1 + 16, ""},
		"TNEF, in too deep":  {winmail("a", nestedTNEF(2, "x")), message.Limits{Depth: 2}, 1, "too-deep"},
		"TNEF, nested bytes": {winmail("a", nestedTNEF(10, big)), message.Limits{Unpacked: 500 << 10}, 1, "unpacked-too-long"},
		"uuencode, parts":    {"Subject: a\n\n" + strings.Repeat(uu, 1500), message.Limits{}, 1000, "too-many-parts"},
		"uuencode, bytes":    {"Subject: a\n\n" + uu + uuencode("g", []byte(big), '`'), message.Limits{Unpacked: 50 << 10}, 1, "unpacked-too-long"},
		"uuencode, text cut": {"Subject: a\n\n" + strings.Repeat("text\n", 100) + uu, message.Limits{Text: 100}, 0, "text-too-long"},
	} {
		t.Run(name, func(t *testing.T) {
			sink := new(memorySink)
			m := read(t, tt.mail, &message.Options{Sink: sink, Limits: tt.limits})
			checkSpools(t, sink, m)
			if len(m.Attachments) != tt.files {
				t.Errorf("%d attachments, want %d", len(m.Attachments), tt.files)
			}
			if got := strings.Join(codes(m), " "); got != tt.code {
				t.Errorf("defects = %q, want %q", got, tt.code)
			}
		})
	}
}
