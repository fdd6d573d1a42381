package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/notify"
)

// TestAttach: which of a comment's files go along, and that all are named.
func TestAttach(t *testing.T) {
	a, b, c := sized("a", 10), sized("b", 20), sized("c", 30)
	named := notify.Attachment{Name: "named"}
	again := a
	again.Name = "copy"
	for name, tt := range map[string]struct {
		attach int64
		files  []notify.Attachment
		want   string
	}{
		"none by default":      {0, []notify.Attachment{a, sized("empty", 0)}, ""},
		"all":                  {60, []notify.Attachment{a, b, c}, "a b c"},
		"in order":             {59, []notify.Attachment{c, b, a}, "c b"},
		"one too big":          {15, []notify.Attachment{c, a, b}, "a"},
		"none fits":            {9, []notify.Attachment{a, b, c}, ""},
		"each content once":    {15, []notify.Attachment{a, again}, "a"},
		"empty file":           {10, []notify.Attachment{sized("empty", 0), a}, "empty a"},
		"without content":      {60, []notify.Attachment{named, a}, "a"},
		"more than a mail has": {notify.MaxAttach, []notify.Attachment{sized("x", notify.MaxAttach), sized("y", 1)}, "x"},
		"no files":             {60, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ev := said(0, "See files.")
			ev.Comment.Files = tt.files
			m := plan(t, everybody(), ev, func(_ *notify.Planner, r *notify.Rule) { r.Attach = tt.attach }).Mails[0]
			if got := fileNames(m); got != tt.want {
				t.Errorf("goes along %q, want %q", got, tt.want)
			}
			var names []string
			for _, f := range tt.files {
				names = append(names, f.Name)
			}
			if list := strings.Join(names, ", "); list != "" && !strings.Contains(m.Text, "Files: "+list+"\n") {
				t.Errorf("the text does not name %s:\n%s", list, m.Text)
			}
			if m.Files != nil {
				t.Error("a planned mail holds what opens its files")
			}
		})
	}
}

func TestAttachmentNameIsNoPath(t *testing.T) {
	ev := said(0, "x")
	ev.Comment.Files = []notify.Attachment{sized("..\\..\\etc/pass\x00wd\u202e.pdf", 1)}
	m := plan(t, everybody(), ev, func(_ *notify.Planner, r *notify.Rule) { r.Attach = 1 }).Mails[0]
	if got := fileNames(m); got != "passwd.pdf" {
		t.Errorf("name %q", got)
	}
}

// TestAttachOfSeveralEvents: each event brings its own files, as its own rule
// lets it, and what two bring is in the mail once.
func TestAttachOfSeveralEvents(t *testing.T) {
	a, b, c := sized("a", 10), sized("b", 20), sized("c", 30)
	ticket := notify.TicketView{Assignee: "bea", LastAssignee: "bea", Status: "rejected"}
	events := act(ticket, "anna", nil, notify.CommentAdded, notify.AssigneeChanged, notify.StatusRejected)
	events[0].Comment = &notify.CommentView{ID: "c1", AuthorName: "Anna", Text: "x", Files: []notify.Attachment{a, b}}
	events[1].Comment = &notify.CommentView{ID: "c2", AuthorName: "Anna", Text: "y", Files: []notify.Attachment{b, c}}
	events[2].Comment = &notify.CommentView{ID: "c3", AuthorName: "Anna", Text: "z", Files: []notify.Attachment{sized("d", notify.MaxAttach-30), sized("e", notify.MaxAttach-29)}}
	for name, tt := range map[string]struct {
		attach [3]int64 // of the events' rules
		want   string
	}{
		"none":              {[3]int64{0, 0, 0}, ""},
		"the first's":       {[3]int64{30, 0, 0}, "a b"},
		"the second's":      {[3]int64{0, 50, 0}, "b c"},
		"both":              {[3]int64{30, 50, 0}, "a b c"},
		"each its own":      {[3]int64{10, 20, 0}, "a b"},
		"counted in both":   {[3]int64{30, 30, 0}, "a b"}, // b and c would be 50 for the second
		"as a mail holds":   {[3]int64{30, 0, notify.MaxAttach}, "a b d"},
		"not as much again": {[3]int64{30, 30, notify.MaxAttach - 30}, "a b d"},
		"more than it":      {[3]int64{30, 50, notify.MaxAttach}, "a b c"},
	} {
		t.Run(name, func(t *testing.T) {
			got := planAll(t, everybody(), events, func(rules map[notify.Kind]notify.Rule) {
				for i, ev := range events {
					r := rules[ev.Kind]
					r.Attach = tt.attach[i]
					rules[ev.Kind] = r
				}
			})
			if files := fileNames(mailTo(t, got, "bea")); files != tt.want {
				t.Errorf("goes along %q, want %q", files, tt.want)
			}
		})
	}
}

// TestAttachInternal: the files of an internal comment are for employees only,
// whatever event brings it.
func TestAttachInternal(t *testing.T) {
	for _, kind := range []notify.Kind{notify.InternalCommentAdded, notify.CommentAdded, notify.StatusDone, notify.AssigneeChanged} {
		ev := said(0, "Secret.")
		ev.Kind, ev.Comment.Internal = kind, true
		ev.Ticket.CustomerContact, ev.Ticket.Sender, ev.Ticket.Status = "k-kim", "new@outside.example", "done"
		ev.Comment.Files = []notify.Attachment{sized("secret", 10)}
		got := plan(t, everybody(), ev, func(_ *notify.Planner, r *notify.Rule) {
			r.Attach = notify.MaxAttach
			r.Roles = []notify.Role{notify.RoleAssignee, notify.RoleCustomerContact, notify.RoleSender}
		})
		for _, m := range got.Mails {
			if staff := m.Audience == notify.Staff; (fileNames(m) == "secret") != staff || staff != m.Internal {
				t.Errorf("%s to %s (%s): goes along %q, internal %t", kind, m.To.Address, m.Audience, fileNames(m), m.Internal)
			}
		}
		if len(got.Mails) == 0 {
			t.Errorf("%s: nobody is told", kind)
		}
	}
}

// TestMergeFiles: the files of both go along, each once; where one mail cannot
// hold them there are two, and no file is lost.
func TestMergeFiles(t *testing.T) {
	a, b := sized("a", 10), sized("b", 20)
	for name, tt := range map[string]struct {
		first, later []notify.Attachment
		want         string
		ok           bool
	}{
		"none":        {nil, nil, "", true},
		"the first's": {[]notify.Attachment{a}, nil, "a", true},
		"the later's": {nil, []notify.Attachment{b}, "b", true},
		"both":        {[]notify.Attachment{a}, []notify.Attachment{b}, "a b", true},
		"the same":    {[]notify.Attachment{a}, []notify.Attachment{a, b}, "a b", true},
		"as a mail holds": {
			[]notify.Attachment{a}, []notify.Attachment{sized("c", notify.MaxAttach-10)}, "a c", true,
		},
		"too big": {[]notify.Attachment{a, b}, []notify.Attachment{sized("c", notify.MaxAttach-10)}, "a b", false},
	} {
		attach := func(_ *notify.Planner, r *notify.Rule) { r.Attach = notify.MaxAttach }
		ev, next := said(0, "One."), said(1, "Two.")
		ev.Comment.Files, next.Comment.Files = tt.first, tt.later
		waiting, later := collected(t, ev, attach), collected(t, next, attach)
		m, ok := notify.Merge(waiting, later)
		if ok != tt.ok || fileNames(m) != tt.want {
			t.Errorf("%s: joined %t with %q, want %t with %q", name, ok, fileNames(m), tt.ok, tt.want)
		}
		if !ok && !cmp.Equal(waiting, m) {
			t.Errorf("%s: the waiting mail is not as it was", name)
		}
	}
}

// TestMergeManyFiles: mails are joined up to 200 small files.
func TestMergeManyFiles(t *testing.T) {
	attach := func(_ *notify.Planner, r *notify.Rule) { r.Attach = notify.MaxAttach }
	next := func(n, files int) notify.Mail {
		ev := said(n, "x")
		for i := range files {
			ev.Comment.Files = append(ev.Comment.Files, sized(fmt.Sprint(n, ".", i), 1))
		}
		return collected(t, ev, attach)
	}
	m, ok := notify.Merge(next(0, 150), next(1, 50))
	if !ok || len(m.Attachments) != 200 {
		t.Errorf("joined %t, %d files, want 200", ok, len(m.Attachments))
	}
	if _, ok := notify.Merge(m, next(2, 1)); ok {
		t.Error("a mail of 200 files took one more")
	}
	if n := len(next(0, 250).Attachments); n != 200 {
		t.Errorf("a comment of 250 files makes a mail of %d", n)
	}
}

func TestAttachmentsAsJSON(t *testing.T) {
	m := sample(func(m *notify.Mail) {
		m.Attachments = []notify.Attachment{shelf{}.file("Grüße.pdf", "application/pdf", "x"), {Name: "only named"}}
	})
	want := m
	m.Files = shelf{}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back notify.Mail
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, back); diff != "" {
		t.Errorf("through %s (-want +got):\n%s", data, diff)
	}
}

// TestDeliverFiles: the sender can open what a mail carries. A file that is
// not there costs its mail an attempt and no other mail anything; when it is
// back the mail goes, and if it never is the mail is failed for all to see.
func TestDeliverFiles(t *testing.T) {
	files := shelf{}
	there, gone := files.file("there.pdf", "", "content"), sized("gone.pdf", 10)
	b, now := newBox(3), noon
	b.mails[0].Attachments = []notify.Attachment{there, gone}
	b.mails[1].Attachments = []notify.Attachment{there}
	var sent []string
	d := deliverer(b, func(ctx context.Context, m notify.Mail) error {
		for _, a := range m.Attachments {
			if _, err := m.Files.Open(ctx, a.Blob); err != nil {
				t.Errorf("mail %s: %v", m.ID, err)
			}
		}
		if len(m.Attachments) == 0 && m.Files != nil {
			t.Error("a mail without attachments is not as it was stored")
		}
		sent = append(sent, m.ID)
		return nil
	})
	d.Files, d.Parallel = files, 1
	d.Now = func() time.Time { return now }
	report, err := d.DeliverDue(t.Context())
	if err != nil || report != (notify.Report{Sent: 2, Retried: 1}) || strings.Join(sent, " ") != "m1 m2" {
		t.Fatalf("report %+v, %v, handed over %q", report, err, sent)
	}
	if m := b.mails[0]; m.State != notify.Waiting || m.Attempts != 1 || m.Error != `attachment "gone.pdf": not on the shelf` {
		t.Errorf("mail with a missing file: %s after %d attempts, %q", m.State, m.Attempts, m.Error)
	}
	for _, m := range b.mails {
		if m.Files != nil {
			t.Errorf("mail %s was stored with what opens its files", m.ID)
		}
	}

	back := b.mails[0]
	files[gone.Blob] = []byte("0123456789")
	now = back.Due
	if report, err = d.DeliverDue(t.Context()); err != nil || report.Sent != 1 || sent[len(sent)-1] != "m0" {
		t.Errorf("when the file is back: %+v, %v", report, err)
	}

	delete(files, gone.Blob)
	b.mails[0] = back
	for b.mails[0].State == notify.Waiting {
		now = b.mails[0].Due
		if _, err := d.DeliverDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if m := b.mails[0]; m.State != notify.Failed || !strings.Contains(m.Error, "gone.pdf") || len(sent) != 3 {
		t.Errorf("mail whose file never came back: %s, %q; handed over %q", m.State, m.Error, sent)
	}
}

// TestDeliverWithoutFiles: where nothing opens files no mail goes without them.
func TestDeliverWithoutFiles(t *testing.T) {
	b := newBox(2)
	b.mails[0].Attachments = []notify.Attachment{sized("a", 1)}
	d := deliverer(b, func(_ context.Context, m notify.Mail) error {
		if m.ID == "m0" {
			return errors.New("handed over")
		}
		return nil
	})
	if report, err := d.DeliverDue(t.Context()); err != nil || report.Sent != 1 || report.Retried != 1 || !strings.Contains(b.mails[0].Error, "Files") {
		t.Errorf("%+v, %v, mail says %q", report, err, b.mails[0].Error)
	}
}
