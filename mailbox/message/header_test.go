package message_test

import (
	"bytes"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"github.com/google/go-cmp/cmp"
)

// FuzzReadHeader checks that whatever is taken for a header is one: written
// out again it reads the same.
func FuzzReadHeader(f *testing.F) {
	for _, seed := range []string{
		"Subject: a\n\tb\nTo : c\nbroken\nX:\n", "From x y\n Subject: a\n", "A:\n \n\tb\nReceived: x\nby y\nfor z\nReceived: a\n", "\n\nSubject: a\r\n", ": x\na b: c\nhttp://x\n\x00: \x00\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		m, err := message.Read(t.Context(), bytes.NewReader(block), nil)
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		var again strings.Builder
		for _, field := range m.Header {
			size += len(field.Name) + len(field.Value)
			if field.Name == "" || strings.ContainsAny(field.Name, ": \t\r\n") || strings.Contains(field.Value, "\n") {
				t.Errorf("field %q: %q", field.Name, field.Value)
			}
			again.WriteString(field.Name + ": " + field.Value + "\r\n")
		}
		if size > len(block) {
			t.Errorf("%d bytes of header became %d", len(block), size)
		}
		second, err := message.Read(t.Context(), strings.NewReader(again.String()+"\r\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.Header, second.Header); diff != "" {
			t.Errorf("written again as %q (-first +second):\n%s", again.String(), diff)
		}
	})
}
