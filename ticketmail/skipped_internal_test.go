package ticketmail

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// FuzzParseNotTold: whatever is read is said in the same text again, and what
// the engine says of anybody is read as it was meant, but for what the
// documentation excepts.
func FuzzParseNotTold(f *testing.F) {
	f.Add("creator kim (status_done, left); and 4 more", "creator", "Kim (Sales)", uint(0), 0)
	f.Add(`"kim doe"@x.example (receipt, held: 3 automatic mails to this address within a day)`, "", `"kim doe"@x.example`, uint(1), 7)
	f.Add("night shift (comment_added, empty); bea (comment_added, on leave)", "night shift", "", uint(2), -3)
	f.Add("creator Doe; Kim (status_done, left); and -3 more", "assignee", "Doe; Kim", uint(11), 1)
	f.Add("creator kim (a, b); and 3 more (c, d)", "", "x (a, b); and 3 more", uint(5), 1)
	f.Add(" (a, b)", "", " kim", uint(3), 0)
	f.Fuzz(func(t *testing.T, text, role, who string, pick uint, more int) {
		checkNotTold(t, text)
		meant := NotTold{Role: notify.Role(role), Who: who}
		kinds := []notify.Kind{notify.StatusDone, notify.Receipt, "overdue"}
		reasons := []escalation.Reason{
			escalation.Left, "", notify.EmptyRole, escalation.NoAddress, escalation.Bouncing, escalation.Unknown,
			escalation.NotStaff, notify.NoReply, notify.IsPolled, notify.BadAddress,
		}
		meant.Event = kinds[pick%uint(len(kinds))]
		if meant.Why = reasons[pick%uint(len(reasons))]; meant.Why == "" {
			meant.Role, meant.Held = "", "held: 3 automatic mails to this address within a day"
		}
		all := []NotTold{meant, {Role: notify.RoleAssignee, Event: notify.CommentAdded, Why: notify.EmptyRole}, meant}
		more = max(more, 0)
		said := sayNotTold(all, more)
		got, n, ok := checkNotTold(t, said)
		if !plain(meant) {
			return
		}
		if diff := cmp.Diff(all, got); diff != "" || n != more || !ok {
			t.Errorf("%q: more = %d, ok = %t, want %d, true (-want +got):\n%s", said, n, ok, more, diff)
		}
	})
}

// checkNotTold reads a text, and checks that it is made of nothing else than
// what was read.
func checkNotTold(t *testing.T, text string) (list []NotTold, more int, ok bool) {
	t.Helper()
	list, more, ok = ParseNotTold(text)
	if !ok {
		if list != nil || more != 0 {
			t.Errorf("%q: %v, %d of what cannot be read", text, list, more)
		}
		return list, more, ok
	}
	var said []string
	for _, n := range list {
		if n.Event == "" || n.Role == "" && n.Who == "" || (n.Why == "") == (n.Held == "") || n.Held != "" && n.Role != "" {
			t.Errorf("%q: %+v cannot be", text, n)
		}
		who := string(n.Role) + " " + n.Who
		if n.Role == "" || n.Who == "" {
			who = string(n.Role) + n.Who
		}
		said = append(said, who+" ("+string(n.Event)+", "+string(n.Why)+n.Held+")")
	}
	if more != 0 {
		said = append(said, "and "+strconv.Itoa(more)+" more")
	}
	if again := strings.Join(said, "; "); again != text || len(list) == 0 || more < 0 {
		t.Errorf("%q: read as %q, %d more", text, again, more)
	}
	return list, more, ok
}

// plain reports whether the documentation promises that one is read as he was
// meant.
func plain(n NotTold) bool {
	before := string(n.Role) + n.Who
	if n.Role != "" && n.Who != "" {
		before = string(n.Role) + " " + n.Who
	}
	if before == "" || strings.TrimSpace(before) != before || strings.Contains(before+" ", "); ") {
		return false
	}
	odd := strings.Contains(string(n.Role), " ") || strings.HasPrefix(string(n.Role), `"`)
	switch {
	case n.Why == notify.EmptyRole:
		return n.Who == ""
	case n.Held != "":
		return true
	case n.Role == "":
		return !strings.Contains(n.Who, " ") || strings.HasPrefix(n.Who, `"`)
	}
	return n.Who != "" && !odd
}
