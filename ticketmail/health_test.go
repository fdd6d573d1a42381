package ticketmail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// set makes the server answer a mailbox with an error; nil: as it should.
func (f *fleet) set(id mailbox.ID, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bad[id] = err
}

// told returns "kind address subject" of the mails about mailboxes.
func (h house) told() []string {
	h.t.Helper()
	list, err := h.Outbox(h.t.Context(), notify.MailQuery{Limit: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		if m.Event.OfMailbox() {
			got = append(got, fmt.Sprintf("%s %s %s", m.Event, m.To.Address, m.Subject))
		}
	}
	return got
}

const (
	failing   = "mailbox_failing max@erp.example Mailbox box000 cannot be read"
	recovered = "mailbox_recovered max@erp.example Mailbox box000 works again"
)

var errRefusedHere = &mailbox.AuthError{User: "all", Err: errors.New("wrong password, hunter2 said the server")}

// TestAdministratorsAreTold: by mail, once in an outage, and when it is over.
func TestAdministratorsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 2, nil)
		f.set("box000", errRefusedHere)
		f.set("box001", errRefusedHere)
		h.run(5 * time.Minute)
		f.set("box001", nil) // a server that restarts is no news
		h.run(9 * time.Minute)
		if got := h.told(); got != nil {
			t.Errorf("told before the time: %q", got)
		}
		h.run(20 * time.Minute)
		if diff := cmp.Diff([]string{failing}, h.told()); diff != "" {
			t.Fatalf("told (-want +got):\n%s", diff)
		}
		h.run(3 * time.Hour)
		if n := len(h.told()); n != 1 {
			t.Errorf("told %d times in one outage", n)
		}
		f.set("box000", nil)
		h.run(20 * time.Minute)
		f.set("box000", errRefusedHere)
		h.run(time.Hour)
		if diff := cmp.Diff([]string{failing, recovered, failing}, h.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		h.checkHealthMails()
	})
}

// checkHealthMails wants what was sent to say what matters and no more.
func (h house) checkHealthMails() {
	h.t.Helper()
	for _, m := range h.sender.Mails() {
		if m.ReplyTo != "" || m.Ticket != "" || strings.Contains(m.Subject, "#") {
			h.t.Errorf("mail = %+v", m)
		}
		if strings.Contains(m.Text, "hunter2") {
			h.t.Errorf("what the server said is in the mail:\n%s", m.Text)
		}
		if m.Event == notify.MailboxFailing && !strings.Contains(m.Text, "The server refuses the user name or the password.\nEnter the password again") {
			h.t.Errorf("neither cause nor cure are told:\n%s", m.Text)
		}
		var wire bytes.Buffer
		if err := notify.Encode(h.t.Context(), &wire, m); err != nil {
			h.t.Error(err)
		}
	}
	if n := len(h.sender.Mails()); n != 3 {
		h.t.Errorf("%d mails were sent", n)
	}
}

// TestOneOutageOverNodesAndRestarts: several engines on one store, which start
// and stop, tell of an outage once, and of its end once.
func TestOneOutageOverNodesAndRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 1, nil)
		change := func(c *ticketmail.Config) {
			c.Routes.Mailboxes = []mailbox.Mailbox{{ID: "box000", Host: "mail.example", User: "all", Folders: []string{"F000"}}}
			c.Routes.Assignments = []mailbox.Assignment{{Mailbox: "box000", Task: "helpdesk"}}
			c.Routes.Default = ""
			c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: f}
			c.Now = time.Now
		}
		together := func(d time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			ended := make(chan error)
			for range 3 {
				e := h.restarted(change)
				go func() { ended <- e.Run(ctx) }()
			}
			for range 3 {
				if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Run = %v", err)
				}
			}
		}
		f.set("box000", errRefusedHere)
		for range 4 { // none of them lives for the 15 minutes
			together(10 * time.Minute)
		}
		if diff := cmp.Diff([]string{failing}, h.told()); diff != "" {
			t.Fatalf("told (-want +got):\n%s", diff)
		}
		f.set("box000", nil)
		together(20 * time.Minute)
		together(20 * time.Minute)
		if diff := cmp.Diff([]string{failing, recovered}, h.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		f.set("box000", errRefusedHere)
		together(5 * time.Minute) // and nobody looks for a day
		time.Sleep(24 * time.Hour)
		together(5 * time.Minute)
		if n := len(h.told()); n != 2 {
			t.Errorf("%d mails: what failed a day ago says nothing of now", n)
		}
	})
}

// A mailbox that is switched off, or taken from its task, does not fail: the
// time before it does not count when it is polled again.
func TestNoOutageOfWhatIsNotPolled(t *testing.T) {
	put := func(inactive bool) func(house, context.Context) error {
		return func(h house, ctx context.Context) error {
			return h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Inactive = inactive }))
		}
	}
	assign := func(h house, ctx context.Context) error {
		return h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"})
	}
	for name, tt := range map[string]struct {
		off, on func(house, context.Context) error
	}{
		"switched off": {put(true), put(false)},
		"unassigned": {func(h house, ctx context.Context) error {
			return h.UnassignMailbox(ctx, "sales")
		}, assign},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				healthy := []bool{}
				h, f := newFleet(t, 1, func(c *ticketmail.Config) {
					c.Sealer = ring(t)
					c.Polling.OnHealth = func(_ context.Context, s ticketmail.MailboxStatus) { healthy = append(healthy, s.Err == nil) }
				})
				f.set("sales", errRefusedHere)
				must(t, put(false)(h, t.Context()))
				must(t, assign(h, t.Context()))
				h.run(10 * time.Minute)
				if keys := h.settings("mailbox-outage"); len(keys) != 1 {
					t.Fatalf("outages %q, want that of sales", keys)
				}
				must(t, tt.off(h, t.Context()))
				h.run(10 * time.Minute)
				if keys := h.settings("mailbox-outage"); len(keys) != 0 {
					t.Errorf("outages %q of a mailbox that is not polled", keys)
				}
				if s := statusOf(t, h, "sales"); !s.FailingSince.IsZero() || s.Err != nil {
					t.Errorf("a mailbox that is not polled fails since %v: %v", s.FailingSince, s.Err)
				}
				must(t, tt.on(h, t.Context()))
				h.run(10 * time.Minute)
				if got := h.told(); got != nil || len(healthy) > 0 {
					t.Errorf("told %q, OnHealth %t, although it was not polled in between", got, healthy)
				}
				h.run(20 * time.Minute)
				if n := len(h.told()); n != 1 || len(healthy) != 1 {
					t.Errorf("told %d times of one outage, OnHealth %t", n, healthy)
				}

				// What OnHealth was told of ends for it when the mailbox works again.
				must(t, tt.off(h, t.Context()))
				h.run(10 * time.Minute)
				f.set("sales", nil)
				must(t, tt.on(h, t.Context()))
				h.run(10 * time.Minute)
				if diff := cmp.Diff([]bool{false, true}, healthy); diff != "" || len(h.told()) != 2 {
					t.Errorf("told %q, OnHealth (-want +got):\n%s", h.told(), diff)
				}
			})
		})
	}
}

// A poll that finds its mailbox switched off or taken from its task begins no
// outage, however long it took.
func TestSwitchedOffWhilePolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 1, func(c *ticketmail.Config) { c.Sealer = ring(t) })
		f.takes = 3 * time.Second
		f.set("sales", errRefusedHere)
		must(t, h.PutMailbox(t.Context(), box2(nil)))
		must(t, h.AssignMailbox(t.Context(), mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
		time.AfterFunc(time.Second, func() {
			must(t, h.PutMailbox(t.Context(), box2(func(m *mailbox.Mailbox) { m.Inactive = true })))
		})
		h.run(time.Minute)
		if len(f.polls["sales"]) != 1 {
			t.Fatalf("polled at %v, want once", f.polls["sales"])
		}
		if keys := h.settings("mailbox-outage"); len(keys) != 0 {
			t.Errorf("outages %q of a mailbox that is switched off", keys)
		}
		if s := statusOf(t, h, "sales"); !s.FailingSince.IsZero() || s.Err != nil {
			t.Errorf("a mailbox that is switched off fails since %v: %v", s.FailingSince, s.Err)
		}
	})
}

// TestHealthRule: the company decides who is told, and whether.
func TestHealthRule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, f := newFleet(t, 1, nil)
		f.set("box000", errRefusedHere)
		off, on := false, true
		patch := func(p notify.RulePatch) {
			t.Helper()
			if err := h.PatchRule(t.Context(), "", notify.MailboxFailing, p); err != nil {
				t.Fatal(err)
			}
		}
		patch(notify.RulePatch{Active: &off})
		h.run(time.Hour)
		if got := h.told(); got != nil {
			t.Errorf("told although nobody wants to know: %q", got)
		}
		wait := time.Hour
		patch(notify.RulePatch{Active: &on, People: &[]escalation.PersonID{"bea"}, Delay: &wait})
		h.run(20 * time.Minute)
		want := []string{failing, "mailbox_failing bea@erp.example Die Mailbox box000 kann nicht gelesen werden"}
		if diff := cmp.Diff(want, h.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if n := len(h.sender.Mails()); n != 2 {
			t.Errorf("%d mails are out: they do not wait", n)
		}
		x, err := h.Explain(t.Context(), "", notify.MailboxFailing, ticketmail.Actor{})
		if err != nil || len(x.Mails) != 2 || x.Mails[1].To.Address != "bea@erp.example" || x.Mails[0].ReplyTo != "" || !x.Rule.Active {
			t.Errorf("Explain = %+v, %v", x, err)
		}
		if _, err := h.Explain(t.Context(), "1", notify.MailboxFailing, ticketmail.Actor{}); !errors.Is(err, ticketmail.ErrInvalid) {
			t.Errorf("explained for a ticket: %v", err)
		}
		patch(notify.RulePatch{Active: &off})
		x, err = h.Explain(t.Context(), "", notify.MailboxFailing, ticketmail.Actor{})
		if err != nil || len(x.Mails) != 0 || x.Rule.Active {
			t.Errorf("Explain of an inactive rule = %+v, %v", x, err)
		}
	})
}

// A directory that fails when administrators should be told is asked again.
func TestHealthWaitsForTheDirectory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := &moody{down: true}
		h, f := newFleet(t, 1, func(c *ticketmail.Config) {
			dir.Directory = c.Directory
			c.Directory = dir
		})
		f.set("box000", errRefusedHere)
		h.run(time.Hour)
		if got := h.told(); got != nil {
			t.Errorf("told by a directory that is down: %q", got)
		}
		dir.down = false
		h.run(20 * time.Minute)
		if diff := cmp.Diff([]string{failing}, h.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// TestForecastIsTold: what will end a sign-in, when it comes near and when it is
// a matter of days.
func TestForecastIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTokenHouse(t)
		more := func(c *ticketmail.Config) { h.change(c); c.Now, c.Routes.Assignments = time.Now, nil }
		h.house = h.restarted(more)
		account := h.provider.Account("sales")
		account.SecretExpires = time.Now().Add(8*24*time.Hour + time.Hour)
		if err := errors.Join(h.PutOAuth(t.Context(), account), h.PutMailbox(t.Context(), tokenBox())); err != nil {
			t.Fatal(err)
		}
		for range 3 { // restarts change nothing
			h.run(10 * time.Minute)
			h.house = h.restarted(more)
		}
		day := account.SecretExpires.UTC().Format(time.DateOnly)
		soon := "sign_in_expiring max@erp.example Mailbox sales will stop on " + day
		if diff := cmp.Diff([]string{soon}, h.told()); diff != "" {
			t.Fatalf("told (-want +got):\n%s", diff)
		}
		h.run(3 * 24 * time.Hour)
		if diff := cmp.Diff([]string{soon, soon}, h.told()); diff != "" {
			t.Errorf("told within a week (-want +got):\n%s", diff)
		}
		account.SecretExpires = account.SecretExpires.AddDate(0, 0, 2) // not for long
		if err := h.PutOAuth(t.Context(), account); err != nil {
			t.Fatal(err)
		}
		h.run(10 * time.Minute)
		if n := len(h.told()); n != 3 {
			t.Errorf("%d mails after another date was entered", n)
		}
		must(t, h.DeleteMailbox(t.Context(), "sales"))
		if keys := h.settings("mailbox-forecast"); len(keys) != 0 {
			t.Errorf("forecasts of a deleted mailbox: %q", keys)
		}
	})
}

// TestForecastOfAnEarlierDate: a date that is corrected, and corrected back, is
// told of each time, and so is that of a mailbox that was deleted and made anew.
func TestForecastOfAnEarlierDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTokenHouse(t)
		h.house = h.restarted(func(c *ticketmail.Config) { h.change(c); c.Now, c.Routes.Assignments = time.Now, nil })
		account := h.provider.Account("sales")
		first := time.Now().AddDate(0, 0, 20)
		var want []string
		for i, at := range []time.Time{first, first.AddDate(0, 0, 1), first, first} {
			account.SecretExpires = at
			must(t, errors.Join(h.PutOAuth(t.Context(), account), h.PutMailbox(t.Context(), tokenBox())))
			h.run(10 * time.Minute)
			want = append(want, "sign_in_expiring max@erp.example Mailbox sales will stop on "+at.UTC().Format(time.DateOnly))
			if diff := cmp.Diff(want, h.told()); diff != "" {
				t.Errorf("told after %d dates (-want +got):\n%s", i+1, diff)
			}
			if i == 2 {
				must(t, h.DeleteMailbox(t.Context(), "sales"))
			}
		}
	})
}
