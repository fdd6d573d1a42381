package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/examples/internal/plainimap"
	"example.com/ticketmail/internal/dovecot"
)

func old(n int) string {
	return newMail("old-"+strings.Repeat("x", n)+"@x.example", "a@x.example", "Old "+strings.Repeat("x", n), "old")
}

// TestConsentFlag: what -consent says is remembered, and may be said at each
// start.
func TestConsentFlag(t *testing.T) {
	day := func(n int) string { return time.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	for name, tt := range map[string]struct {
		consent string
		taken   bool // what is there already
	}{
		"all":                {"all", true},
		"leave":              {"leave", false},
		"newer than a year":  {"newer=" + day(-365), true},
		"newer than now":     {"newer=" + time.Now().Add(time.Hour).Format(time.RFC3339), false},
		"newer than a while": {"newer=" + time.Now().Add(-time.Hour).Format(time.RFC3339), true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			s.put(old(1), old(2))
			before := s.holds("INBOX")
			got := s.once("-consent", tt.consent).summary
			if tt.taken && (got.Tickets != 2 || got.Deleted != 2) || !tt.taken && (got.Received != 0 || got.Untouched != 2) {
				t.Errorf("counted %+v", got)
			}
			if !tt.taken {
				s.put(newMail("new@x.example", "a@x.example", "New", "new"))
				want := 1
				if strings.HasPrefix(tt.consent, "newer") {
					want = 0 // it is not yet that time
				}
				if got := s.once("-consent", tt.consent).summary; got.Tickets != want || got.Untouched != 3-want {
					t.Errorf("afterwards %+v", got)
				}
				if diff := cmp.Diff(before, s.holds("INBOX")[:2]); diff != "" {
					t.Errorf("the old mails (-before +after):\n%s", diff)
				}
				s.once("-consent", "all")
			}
			if left := s.holds("INBOX"); len(left) > 0 {
				t.Errorf("%d mails are left", len(left))
			}
		})
	}
}

// TestLeaveOverPOP3: the unique-ids of a real server tell old mails from new.
func TestLeaveOverPOP3(t *testing.T) {
	s := newSite(t, dovecot.Start(t, &dovecot.Options{POP3: true}))
	over := func(more ...string) []string {
		return append([]string{"-protocol", "pop3", "-addr", s.server.POP3, "-consent", "leave"}, more...)
	}
	s.put(old(1), old(2), old(3))
	before := s.holds("INBOX")
	s.once(over()...).wantCounts(t, summary{Untouched: 3})
	for i := range 3 {
		s.put(newMail("new@x.example", "a@x.example", "New", strings.Repeat("new\n", i+1)))
		if got := s.once(over()...).summary; got.Received != 1 || got.Deleted != 1 || got.Untouched != 3 {
			t.Errorf("counted %+v", got)
		}
		if diff := cmp.Diff(before, s.holds("INBOX")); diff != "" {
			t.Errorf("in the folder (-before +after):\n%s", diff)
		}
	}
}

func TestConsentFlagRefuses(t *testing.T) {
	s := newSite(t, nil)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no such word":  {[]string{"-consent", "some"}, "all, leave or newer="},
		"no such day":   {[]string{"-consent", "newer=yesterday"}, "2026-03-01"},
		"contradiction": {[]string{"-consent", "leave", "-import-existing"}, "takes all"},
		"over POP3":     {[]string{"-protocol", "pop3", "-consent", "newer=2026-01-01"}, "POP3 servers do not tell"},
	} {
		t.Run(name, func(t *testing.T) {
			o := s.start(s.args(append([]string{"-once"}, tt.args...)...)...).wantCode(t, exitUsage)
			if !strings.Contains(o.stderr, tt.want) {
				t.Errorf("it says %q, want %q in it", o.stderr, tt.want)
			}
		})
	}
}

// TestKillsBeforeConsent kills ticketd at random moments: before consent
// nothing of the folder is touched, and under "leave" what was there stays,
// while each later mail is taken once.
func TestKillsBeforeConsent(t *testing.T) {
	n := wanted(10)
	k := newKiller(t, newSite(t, nil))
	var mails []string
	for i := range 60 {
		mails = append(mails, old(i))
	}
	k.put(mails...)
	before := k.holds("INBOX")
	started := time.Now()
	k.start(k.args("-once")...).wantCode(t, exitConsent)
	k.whole = time.Since(started)
	for k.killed < n {
		k.mayAsk()
		if diff := cmp.Diff(before, k.holds("INBOX")); diff != "" {
			t.Fatalf("before consent the folder changed (-before +after):\n%s", diff)
		}
		if k.ended > 4*n+20 {
			t.Fatalf("ticketd was too fast: killed %d times only", k.killed)
		}
	}
	if n := len(k.journal()); n > 0 {
		t.Errorf("%d mails in the journal before consent", n)
	}
	k.after = []string{"-consent", "leave"}
	k.once(k.after...) // draws the line
	k.sent = before[len(before)-1:]
	k.refill()
	started = time.Now()
	k.once(k.with("-max-message-bytes", limit)...)
	k.whole = time.Since(started)
	for k.killed < 2*n && k.ended < 8*n+20 {
		k.refill()
		k.run()
	}
	k.sent = k.sent[1:]
	k.checkLeft(before)
}

// mayAsk is run where ticketd may end by itself because it wants consent.
func (k *killer) mayAsk() {
	k.t.Helper()
	cmd := k.command(k.args("-once")...)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	bite := time.AfterFunc(time.Duration(k.random.Int64N(int64(k.whole))), func() { _ = cmd.Process.Kill() })
	defer bite.Stop()
	_ = cmd.Wait()
	switch code := cmd.ProcessState.ExitCode(); code {
	case -1: // killed
		k.bitten()
	case exitConsent:
		k.tooLate(time.Since(began))
	default:
		k.t.Fatalf("ticketd ended by itself with status %d", code)
	}
}

// checkLeft wants the old mails in the folder, with those over the limit, and
// every other one in the journal once.
func (k *killer) checkLeft(before []plainimap.Mail) {
	k.t.Helper()
	k.once(k.with("-max-message-bytes", limit)...)
	if diff := cmp.Diff(before, k.holds("INBOX")[:len(before)]); diff != "" {
		k.t.Errorf("the old mails (-before +after):\n%s", diff)
	}
	k.once(k.with()...) // takes also the big ones
	if diff := cmp.Diff(before, k.holds("INBOX")); diff != "" {
		k.t.Errorf("in the folder (-before +after):\n%s", diff)
	}
	wantJournal(k.t, k.journal(), k.sent)
	k.t.Logf("%d kills (%d runs ended before): %d old mails untouched, %d later ones taken once", k.killed, k.ended, len(before), len(k.sent))
}
