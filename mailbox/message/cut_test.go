package message_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
)

// TestCutsAreSaid: that something is missing in the view is said even by a mail
// that is wrong more often than defects are listed.
func TestCutsAreSaid(t *testing.T) {
	wrong := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: wrong\n\n", 300)
	for code, mail := range map[string]string{
		"too-many-parts": wrong + strings.Repeat("--b\n\nx\n", 1000),
		"text-too-long":  wrong + "--b\n\n" + strings.Repeat("long text\n", 300_000),
		"too-deep":       wrong + "--b\n" + nested(200),
	} {
		t.Run(code, func(t *testing.T) {
			m := read(t, mail, nil)
			if len(m.Defects) != 100 {
				t.Errorf("%d defects, want the 100 that are listed at most", len(m.Defects))
			}
			if !slices.ContainsFunc(m.Defects, func(d message.Defect) bool { return d.Code == code && d.Cut() }) {
				t.Errorf("defects %v do not say %s", codes(m), code)
			}
		})
	}
}
