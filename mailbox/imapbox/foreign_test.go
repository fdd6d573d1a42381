package imapbox_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"github.com/emersion/go-imap/v2"
)

// Another client marks mails while ours are expunged, on a server without
// UIDPLUS and MOVE.
func TestForeignMarksInTheMeantime(t *testing.T) {
	for name, tt := range map[string]struct {
		command string   // another client comes between when this is sent
		times   int      // so often, from its first time on
		left    []string // of five mails, of which the first two are removed
		marked  int      // of those left
		failed  string   // what the error tells
		warned  bool
	}{
		"never":                          {"", 0, []string{"2", "3", "4"}, 0, "", false},
		"before the search":              {"SEARCH", 1, []string{"2", "3", "4"}, 1, "", false},
		"before it is repeated":          {"SEARCH", 2, []string{"2", "3", "4"}, 2, "", false},
		"again and again":                {"SEARCH", 99, []string{"0", "1", "2", "3", "4"}, 5, "keeps marking", false},
		"between the search and EXPUNGE": {"EXPUNGE", 1, []string{"3", "4"}, 0, "", true}, // beyond IMAP's means
	} {
		t.Run(name, func(t *testing.T) {
			var m mailbox.Mailbox
			times := 0
			s := &memServer{caps: capSet(imap.CapIMAP4rev1), before: func(command string) {
				if command == tt.command && times < tt.times {
					times++
					if err := markNth(m, 2+(times-1)%3); err != nil {
						t.Error(err)
					}
				}
			}}
			m = mailboxAt(t, s.start(t))
			const head = "Subject: number\r\n\r\n"
			if err := addMails(m, head+"0", head+"1", head+"2", head+"3", head+"4"); err != nil {
				t.Fatal(err)
			}
			var log recorder
			session, items := boxtest.Opened(t, imapbox.New(&imapbox.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}), m)
			err := session.Remove(t.Context(), items[:2])
			if (err == nil) != (tt.failed == "") || err != nil && !strings.Contains(err.Error(), tt.failed) {
				t.Errorf("Remove = %v, want an error with %q", err, tt.failed)
			}
			_, items = boxtest.Opened(t, imapbox.New(nil), m)
			marked := len(slices.DeleteFunc(items, func(it mailbox.Item) bool { return !it.Deleted }))
			left, err := contents(m)
			for i := range left {
				left[i] = strings.TrimPrefix(left[i], head)
			}
			if err != nil || !slices.Equal(left, tt.left) || marked != tt.marked {
				t.Errorf("left %q (%v), %d of them marked, want %q and %d", left, err, marked, tt.left, tt.marked)
			}
			if warned := strings.Contains(log.String(), "another client"); warned != tt.warned {
				t.Errorf("warned: %t, want %t\n%s", warned, tt.warned, log.String())
			}
		})
	}
}
