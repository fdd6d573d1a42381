package notify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
)

// collected plans one event of a rule that collects mails for five minutes.
func collected(t *testing.T, ev notify.Event, change func(*notify.Planner, *notify.Rule)) notify.Mail {
	t.Helper()
	got := plan(t, everybody(), ev, func(p *notify.Planner, r *notify.Rule) {
		r.Delay = 5 * time.Minute
		if change != nil {
			change(p, r)
		}
	})
	if len(got.Mails) != 1 {
		t.Fatalf("told %q, want one", told(got))
	}
	return got.Mails[0]
}

// said is a comment for bea, n minutes after noon.
func said(n int, text string) notify.Event {
	return notify.Event{
		ID: fmt.Sprintf("event-%d", n), Kind: notify.CommentAdded, Actor: "anna", ActorName: "Anna", At: noon.Add(time.Duration(n) * time.Minute),
		Ticket:  notify.TicketView{Ref: "4711", Subject: "Printer", Status: "new", Assignee: "bea"},
		Comment: &notify.CommentView{ID: fmt.Sprintf("c%d", n), AuthorName: "Anna", Text: text},
	}
}

func TestDelayKeepsTheEventsOwnWords(t *testing.T) {
	now := plan(t, everybody(), said(0, "One."), nil).Mails[0]
	later := collected(t, said(0, "One."), nil)
	if later.Digest.Key == "" || !later.Due.Equal(noon.Add(5*time.Minute)) {
		t.Errorf("digest %q, due %v", later.Digest.Key, later.Due)
	}
	later.Digest, later.Due = notify.Digest{}, now.Due
	if diff := cmp.Diff(now, later); diff != "" {
		t.Errorf("nobody joined it, and it differs (-want +got):\n%s", diff)
	}
}

// TestMerge: three comments in a row are one mail.
func TestMerge(t *testing.T) {
	first := collected(t, said(0, "One."), nil)
	m := first
	for n, text := range []string{"Two.", "Three."} {
		ev := said(n+1, text)
		ev.Ticket.Status = "in_process"
		var ok bool
		if m, ok = notify.Merge(m, collected(t, ev, nil)); !ok {
			t.Fatalf("comment %d is not joined", n+1)
		}
	}
	want := `Hello Bea,

Several things happened to this ticket:

Anna added a comment on 2026-03-04 at 12:00:

One.

Anna added a comment on 2026-03-04 at 12:01:

Two.

Anna added a comment on 2026-03-04 at 12:02:

Three.

Number: 4711 (ticket)
Subject: Printer
Status: in process
Assignee: Bea

Replies to support@corp.example are added to this ticket as comments.
`
	if diff := cmp.Diff(want, m.Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	kept := first
	if len(m.Causes) != 3 {
		t.Errorf("the mail tells of %v, want three events", m.Causes)
	}
	kept.Causes = m.Causes
	kept.Text, kept.Template, kept.Date, kept.Digest = m.Text, notify.Several, noon.Add(2*time.Minute), m.Digest
	if diff := cmp.Diff(kept, m); diff != "" {
		t.Errorf("what the first mail keeps (-want +got):\n%s", diff)
	}
}

// TestMergeEqualsPlanAll: mails joined one by one read like one action.
func TestMergeEqualsPlanAll(t *testing.T) {
	d := everybody()
	delayed := func(rules map[notify.Kind]notify.Rule) {
		for k, r := range rules {
			r.Delay = time.Minute
			rules[k] = r
		}
	}
	events := act(notify.TicketView{Assignee: "bea", LastAssignee: "bea"}, "anna", nil, notify.CommentAdded, notify.AssigneeChanged, notify.StatusRejected)
	m := planAll(t, d, events[:1], delayed).Mails[0]
	for _, ev := range events[1:] {
		var ok bool
		if m, ok = notify.Merge(m, planAll(t, d, []notify.Event{ev}, delayed).Mails[0]); !ok {
			t.Fatalf("%s is not joined", ev.Kind)
		}
	}
	if diff := cmp.Diff(planAll(t, d, events, delayed).Mails[0].Text, m.Text); diff != "" {
		t.Errorf("joined mails differ from one action (-want +got):\n%s", diff)
	}
}

// TestMergeRefuses what must stay two mails, and leaves the first as it is.
func TestMergeRefuses(t *testing.T) {
	internalComment := said(1, "Secret.")
	internalComment.Kind, internalComment.Comment.Internal = notify.InternalCommentAdded, true
	toKim := func(_ *notify.Planner, r *notify.Rule) { r.Roles = []notify.Role{notify.RoleCustomerContact} }
	withKim := said(1, "Two.")
	withKim.Ticket.CustomerContact = "k-kim"
	elsewhere := said(1, "Two.")
	elsewhere.Ticket.Ref = "4712"
	for name, tt := range map[string]struct {
		change func(waiting, later *notify.Mail)
		later  notify.Event
		rule   func(*notify.Planner, *notify.Rule)
	}{
		"internal into public": {later: internalComment},
		"another recipient":    {later: withKim, rule: toKim},
		"another ticket":       {later: elsewhere},
		"not collected":        {later: said(1, "Two."), rule: func(_ *notify.Planner, r *notify.Rule) { r.Delay = 0 }},
		"the same mail":        {later: said(0, "One.")},
		"attempted":            {later: said(1, "Two."), change: func(w, _ *notify.Mail) { w.Attempts = 1 }},
		"being sent":           {later: said(1, "Two."), change: func(w, _ *notify.Mail) { w.State = notify.Sending }},
		"sent":                 {later: said(1, "Two."), change: func(w, _ *notify.Mail) { w.State = notify.Sent }},
		"held":                 {later: said(1, "Two."), change: func(w, _ *notify.Mail) { w.State = notify.Held }},
		"another address":      {later: said(1, "Two."), change: func(_, l *notify.Mail) { l.To.Address = "other@corp.example" }},
		"another audience":     {later: said(1, "Two."), change: func(_, l *notify.Mail) { l.Audience = notify.Customer }},
		"another language":     {later: said(1, "Two."), change: func(_, l *notify.Mail) { l.Language = "fr" }},
		"another sender":       {later: said(1, "Two."), change: func(_, l *notify.Mail) { l.From.Address = "other@corp.example" }},
		"another Reply-To":     {later: said(1, "Two."), change: func(_, l *notify.Mail) { l.ReplyTo = "" }},
		"too big":              {later: said(1, strings.Repeat("x", notify.MaxRendered-200))},
	} {
		waiting, later := collected(t, said(0, "One."), nil), collected(t, tt.later, tt.rule)
		if name == "another ticket" && waiting.Digest.Key == later.Digest.Key {
			t.Error("two tickets have the same key")
		}
		if tt.change != nil {
			tt.change(&waiting, &later)
		}
		got, ok := notify.Merge(waiting, later)
		if ok || !cmp.Equal(waiting, got) {
			t.Errorf("%s: joined %t, the waiting mail is as it was %t", name, ok, cmp.Equal(waiting, got))
		}
	}
	// The other way round answers stay internal, which is safe.
	internalComment.ID, internalComment.At = "event-0", noon
	got, ok := notify.Merge(collected(t, internalComment, nil), collected(t, said(1, "Two."), nil))
	if !ok || !got.Internal || !strings.Contains(got.MessageID, "internal") || !strings.Contains(got.Text, "Two.") {
		t.Errorf("public into internal: joined %t, internal %t, Message-ID %s", ok, got.Internal, got.MessageID)
	}
}

// TestMergeNeverOverSize: however long it goes on, a mail stays bounded, and
// what is refused is a mail of its own.
func TestMergeNeverOverSize(t *testing.T) {
	mails := []notify.Mail{collected(t, said(0, strings.Repeat("x", 300<<10)), nil)}
	for n := range 9 {
		later := collected(t, said(n+1, strings.Repeat("x", 300<<10)), nil)
		last := &mails[len(mails)-1]
		var ok bool
		if *last, ok = notify.Merge(*last, later); !ok {
			mails = append(mails, later)
		}
	}
	if len(mails) != 4 { // 3 + 3 + 3 + 1 of 300 KiB
		t.Errorf("%d mails, want 4", len(mails))
	}
	for _, m := range mails {
		if len(m.Text) > notify.MaxRendered {
			t.Errorf("a mail of %d bytes", len(m.Text))
		}
	}
}

func TestMergeHTMLAndReferences(t *testing.T) {
	templates, err := notify.NewTemplates(notify.Template{
		Name: notify.Several, Audience: notify.Staff, Language: "en", Subject: "x", Text: "{{changes}}", HTML: "<p>{{changes}}</p>",
	})
	if err != nil {
		t.Fatal(err)
	}
	own := func(p *notify.Planner, _ *notify.Rule) { p.Templates = templates }
	d := escalation.PersonID("bea")
	a, b := said(0, "1 < 2"), said(1, "3 > 2")
	a.Comment.Author, a.Comment.MessageID = d, "first@corp.example"
	b.Comment.Author, b.Comment.MessageID = d, "second@corp.example"
	m, ok := notify.Merge(collected(t, a, own), collected(t, b, own))
	want := "<p>Anna added a comment on 2026-03-04 at 12:00:<br>\n<br>\n1 &lt; 2<br>\n<br>\nAnna added a comment on 2026-03-04 at 12:01:<br>\n<br>\n3 &gt; 2</p>"
	if diff := cmp.Diff(want, m.HTML); !ok || diff != "" {
		t.Errorf("joined %t, HTML (-want +got):\n%s", ok, diff)
	}
	refs := []string{"4711.root@tickets.example", "first@corp.example", "second@corp.example"}
	if diff := cmp.Diff(refs, m.References); diff != "" || m.InReplyTo != "first@corp.example" {
		t.Errorf("In-Reply-To %s, References (-want +got):\n%s", m.InReplyTo, diff)
	}
}

// TestNothingJoinsWhatMayBeOut: once a mail was handed over, its repeat is the
// same mail, even if the attempt does not count.
func TestNothingJoinsWhatMayBeOut(t *testing.T) {
	later := collected(t, said(1, "Two."), nil)
	for name, tt := range map[string]struct {
		result func(cancel func()) error
		joins  bool
	}{
		"connection lost": {func(func()) error { return errors.New("connection lost") }, false},
		"stopped":         {func(cancel func()) error { cancel(); return context.Canceled }, false},
		"not tried":       {func(func()) error { return &notify.ConfigError{Err: errors.New("no such host")} }, true},
	} {
		first := collected(t, said(0, "One."), nil)
		first.Version, first.Due = 1, noon
		b := &box{mails: []notify.Mail{first}}
		ctx, cancel := context.WithCancel(t.Context())
		_, _ = deliverer(b, func(context.Context, notify.Mail) error { return tt.result(cancel) }).DeliverDue(ctx)
		cancel()
		if b.states() != "1 waiting" {
			t.Fatalf("%s: outbox: %s", name, b.states())
		}
		if _, ok := notify.Merge(b.mails[0], later); ok != tt.joins {
			t.Errorf("%s: joined %t, want %t; %d attempts", name, ok, tt.joins, b.mails[0].Attempts)
		}
	}
}

// TestDelayOfAnAction is the shortest of its events': what is urgent is not
// kept back by what is not.
func TestDelayOfAnAction(t *testing.T) {
	events := act(notify.TicketView{Assignee: "bea"}, "anna", nil, notify.CommentAdded, notify.AssigneeChanged)
	for name, tt := range map[string]struct{ comment, assignee, want time.Duration }{
		"both":   {time.Hour, time.Minute, time.Minute},
		"urgent": {time.Hour, 0, 0},
	} {
		got := planAll(t, everybody(), events, func(rules map[notify.Kind]notify.Rule) {
			for k, d := range map[notify.Kind]time.Duration{notify.CommentAdded: tt.comment, notify.AssigneeChanged: tt.assignee} {
				r := rules[k]
				r.Delay = d
				rules[k] = r
			}
		})
		if m := mailTo(t, got, "bea"); m.Due.Sub(noon) != tt.want || (m.Digest.Key != "") != (tt.want > 0) {
			t.Errorf("%s: due after %v, want %v; key %q", name, m.Due.Sub(noon), tt.want, m.Digest.Key)
		}
	}
}
