package pop3box_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"example.com/ticketmail/mailbox/pop3box"
	"github.com/google/go-cmp/cmp"
)

// UIDs are unique within a listing, and printable, whatever the server says.
func TestUIDs(t *testing.T) {
	const a, b = "Subject: a\r\n\r\n.\r\n", "Subject: b\r\n\r\n.\r\n"
	for name, tt := range map[string]struct {
		answers map[string]string
		want    []string // a computed one is shown by how it begins
		weak    string   // a letter for each mail: w or -
	}{
		"unique-ids":         {nil, []string{"a", "b"}, "--"},
		"all characters":     {map[string]string{"UIDL": "+OK\r\n1 !\"#$%&'()*+,-./09:;<=>?@\r\n2 AZ[\\]^_`az{|}~\r\n.\r\n"}, []string{"!\"#$%&'()*+,-./09:;<=>?@", "AZ[\\]^_`az{|}~"}, "--"},
		"copies":             {map[string]string{"UIDL": "+OK\r\n1 a\r\n2 a\r\n.\r\n"}, []string{"a", "a 2"}, "ww"},
		"too long":           {map[string]string{"UIDL": "+OK\r\n1 " + strings.Repeat("x", 71) + "\r\n2 " + strings.Repeat("y", 70) + "\r\n.\r\n"}, []string{"id", strings.Repeat("y", 70)}, "--"},
		"with a blank":       {map[string]string{"UIDL": "+OK\r\n1 a b\r\n2 a 2\r\n.\r\n"}, []string{"id", "id"}, "--"},
		"control characters": {map[string]string{"UIDL": "+OK\r\n1 a\x00\r\n2 a\x1b[2J\r\n.\r\n"}, []string{"id", "id"}, "--"},
		"8 bit":              {map[string]string{"UIDL": "+OK\r\n1 \xff\r\n2 ü\r\n.\r\n"}, []string{"id", "id"}, "--"},
		"one is missing":     {map[string]string{"UIDL": "+OK\r\n2 b\r\n.\r\n", "TOP": "+OK\r\n" + a}, []string{"top", "b"}, "w-"},
		"one is empty":       {map[string]string{"UIDL": "+OK\r\n1 \r\n2 b\r\n.\r\n", "TOP": "+OK\r\n" + a}, []string{"top", "b"}, "w-"},
		"no UIDL":            {map[string]string{"UIDL": "-ERR no\r\n", "TOP 1": "+OK\r\n" + a, "TOP 2": "+OK\r\n" + b}, []string{"top", "top"}, "ww"},
		"no UIDL, alike":     {map[string]string{"UIDL": "-ERR no\r\n", "TOP": "+OK\r\n" + a}, []string{"top", "top 2"}, "ww"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(tt.answers)
				_, items := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
				var got []string
				weak := ""
				seen := map[string]bool{}
				for _, it := range items {
					got = append(got, short(it.UID))
					weak += map[bool]string{true: "w", false: "-"}[it.Weak]
					if seen[it.UID] || len(it.UID) > 80 || slices.ContainsFunc([]byte(it.UID), func(c byte) bool { return c < ' ' || c > '~' }) {
						t.Errorf("UID %q", it.UID)
					}
					seen[it.UID] = true
				}
				if diff := cmp.Diff(tt.want, got); diff != "" || weak != tt.weak {
					t.Errorf("weak: %s, want %s; UIDs (-want +got):\n%s", weak, tt.weak, diff)
				}
			})
		})
	}
}

// short leaves the digest out of a computed UID.
func short(uid string) string {
	f := strings.Fields(uid)
	if len(f) < 2 || len(f[1]) != 64 {
		return uid
	}
	return strings.Join(slices.Delete(f, 1, 2), " ")
}

// Without UIDL the UID is the same at each poll, although servers note in the
// mail that it was looked at; and an administrator is told.
func TestComputedUIDsLast(t *testing.T) {
	var log bytes.Buffer
	var uids []string
	for _, head := range []string{"Subject: x\r\nTo: y\r\n\r\n", "Subject: x\r\nStatus: RO\r\nX-UIDL: 5\r\nTo: y\r\n\r\n", "Subject: z\r\nTo: y\r\n\r\n"} {
		s := pop3test.Start(t, pop3test.Options{Lacks: []string{"UIDL"}})
		s.Add(head + "body\r\n")
		c := pop3box.New(&pop3box.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		_, items := boxtest.Opened(t, c, mailboxAt(t, s.Address))
		uids = append(uids, items[0].UID)
	}
	if uids[0] != uids[1] || uids[0] == uids[2] {
		t.Errorf("UIDs of a mail, the same mail once seen, and another: %q", uids)
	}
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "UIDL") || !strings.Contains(log.String(), "mailbox=test") {
		t.Errorf("log: %s", log.String())
	}
}
