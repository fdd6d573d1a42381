package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/examples/internal/plainimap"
)

// newMail returns a plain mail. More header fields may follow the subject, each
// with its line end.
func newMail(id, from, subject, text string, fields ...string) string {
	return fmt.Sprintf("Message-ID: <%s>\nFrom: %s\nTo: support@corp.example\nDate: Mon, 2 Nov 2026 10:00:00 +0100\nSubject: %s\n%s\n%s\n",
		id, from, subject, strings.Join(fields, ""), text)
}

const withFile = `Message-ID: <4@customer.example>
From: Carla <carla@customer.example>
Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Anbei die Größe.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="size.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQ=
--b--
`

func TestDrain(t *testing.T) { onBoth(t, testDrain) }

func testDrain(t *testing.T, s *site) {
	first := newMail("1@customer.example", "Carla <carla@customer.example>", "Printer is on fire", "Please help.")
	s.put(
		first,
		newMail("2@customer.example", "Carla <carla@customer.example>", "Re: Printer is on fire", "It still burns.", "In-Reply-To: <1@customer.example>\n"),
		newMail("3@other.example", "Otto <otto@other.example>", "Something else", "Good morning."),
		withFile,
		first, // delivered twice
	)
	sent := s.holds("INBOX")
	var bytes int64
	for _, m := range sent {
		bytes += m.Size
	}

	o := s.once("-import-existing")
	o.wantCounts(t, summary{Received: 5, Tickets: 3, Comments: 1, Records: 1, Deleted: 5, Bytes: bytes})
	if !strings.Contains(o.stderr, "level=INFO") || !strings.Contains(o.stderr, "waiting=5") {
		t.Errorf("where stderr is no terminal, the log is %q, want a line about the progress", o.stderr)
	}
	if left := s.holds("INBOX"); len(left) > 0 {
		t.Errorf("%d mails are left on the server", len(left))
	}
	wantJournal(t, s.journal(), sent)
	checkDrained(t, s)
	s.once().wantCounts(t, summary{})

	if n := len(s.outbox()); n != 0 {
		t.Errorf("%d notifications, want none: nobody is known", n)
	}
}

// checkDrained looks at what TestDrain made.
func checkDrained(t *testing.T, s *site) {
	t.Helper()
	tickets := s.tickets()
	var subjects []string
	var comments [][]string
	for _, k := range tickets {
		subjects = append(subjects, k.Subject)
		var texts []string
		for _, c := range k.Comments {
			texts = append(texts, strings.TrimSpace(c.Text))
		}
		comments = append(comments, texts)
	}
	if diff := cmp.Diff([]string{"Printer is on fire", "Something else", "Größe"}, subjects); diff != "" {
		t.Fatalf("subjects (-want +got):\n%s", diff)
	}
	want := [][]string{{"Please help.", "It still burns."}, {"Good morning."}, {"Anbei die Größe."}}
	if diff := cmp.Diff(want, comments); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	pdf := sha256.Sum256([]byte("%PDF-1.4"))
	files := []fileLine{{"size.pdf", "application/pdf", 8, hex.EncodeToString(pdf[:])}}
	if diff := cmp.Diff(files, tickets[2].Comments[0].Attachments); diff != "" {
		t.Errorf("attachments (-want +got):\n%s", diff)
	}
	if tickets[0].Task != "inbox" || tickets[0].Status != "new" || tickets[0].Sender != "carla@customer.example" {
		t.Errorf("ticket = %+v", tickets[0])
	}
	for _, j := range s.journal() {
		if len(j.Reasons) == 0 || j.Reasons[0].Text == "" {
			t.Errorf("the journal gives no reason for mail %v", j.UID)
		}
	}
}

// wantJournal wants every mail that the server sent in the journal, once, with
// the hash of exactly these bytes.
func wantJournal(t *testing.T, journal []journalLine, sent []plainimap.Mail) {
	t.Helper()
	want := make(map[string]string)
	for _, m := range sent {
		want[fmt.Sprint(m.UID)] = hex.EncodeToString(m.SHA256[:])
	}
	got := make(map[string]string)
	for _, j := range journal {
		uid := fmt.Sprint(j.UID)
		if _, twice := got[uid]; twice {
			t.Errorf("mail %s is in the journal twice", uid)
		}
		got[uid] = j.SHA256
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("SHA-256 by UID (-sent by the server, +in the journal):\n%s", diff)
	}
}

// TestListings holds the fields of the listings against their description.
func TestListings(t *testing.T) { onBoth(t, testListings) }

func testListings(t *testing.T, s *site) {
	s.put(
		withFile,
		newMail("1@staff.example", "Anna <anna@corp.example>", "Printer", "Please help."),
		newMail("big@customer.example", "x@customer.example", "Big", strings.Repeat("x", 5000)),
	)
	s.once("-import-existing", "-directory", writePeople(t, people), "-max-message-bytes", "4000")
	for listing, want := range map[string][]string{
		"tickets": {
			"assignee", "comments", "creator", "customer_contact", "number", "project", "sender", "status", "subject", "task",
		},
		"journal": {
			"folder", "mailbox", "message_id", "outcome", "reasons", "sha256", "size", "ticket", "uid", "uidvalidity",
		},
		"outbox": {
			"attempts", "error", "event", "message_id", "reason", "reply_to", "state", "subject", "ticket", "to",
		},
	} {
		objects := lines[map[string]any](s, listing)
		if len(objects) == 0 {
			t.Errorf("%s -json lists nothing", listing)
			continue
		}
		for _, o := range objects {
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(o))); diff != "" {
				t.Errorf("%s: fields (-want +got):\n%s", listing, diff)
			}
		}
		table := s.start(append([]string{listing}, s.where()...)...).wantCode(t, 0).stdout
		if rows := strings.Count(table, "\n"); rows != len(objects)+1 {
			t.Errorf("%s as a table has %d lines, want a head and %d:\n%s", listing, rows, len(objects), table)
		}
	}
	wantObject(t, lines[map[string]any](s, "tickets")[0]["comments"].([]any)[0], []string{
		"attachments", "author", "internal", "kind", "message_id", "sender", "sha256", "text",
	})
	journal := lines[map[string]any](s, "journal")
	for _, j := range journal {
		if _, number := j["uid"].(float64); !number {
			t.Errorf("uid of an IMAP mail = %v, want a number", j["uid"])
		}
		if ticket, text := j["ticket"].(string); j["outcome"] == "left" && j["ticket"] != nil || j["outcome"] == "ticket" && (!text || ticket == "") {
			t.Errorf("ticket of a mail with outcome %v = %v", j["outcome"], j["ticket"])
		}
	}
}

func wantObject(t *testing.T, object any, want []string) {
	t.Helper()
	o, _ := object.(map[string]any)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(o))); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// TestGuard: a folder that holds mail when it is first seen is only looked at.
func TestGuard(t *testing.T) {
	s := newSite(t, nil)
	s.put(newMail("1@x.example", "a@x.example", "Old", "old"), newMail("2@x.example", "a@x.example", "Older", "older"))
	before := s.holds("INBOX")
	for _, args := range [][]string{{"-once"}, {}} { // as a service it ends, too
		o := s.start(s.args(args...)...).wantCode(t, exitConsent)
		for _, want := range []string{"INBOX", "2 mails", fmt.Sprintf("%d bytes", before[0].Size+before[1].Size), "-import-existing", "nothing of it was deleted"} {
			if !strings.Contains(o.stderr, want) {
				t.Errorf("ticketd %s: the inventory does not say %q:\n%s", args, want, o.stderr)
			}
		}
		if o.stdout != "" {
			t.Errorf("ticketd %s printed %q", args, o.stdout)
		}
	}
	if diff := cmp.Diff(before, s.holds("INBOX")); diff != "" {
		t.Errorf("the folder changed (-before +after):\n%s", diff)
	}
	if n := len(s.journal()); n != 0 {
		t.Errorf("%d mails in the journal, want none", n)
	}
	s.once("-import-existing")
	s.put(newMail("3@x.example", "a@x.example", "New", "new"))
	if got := s.once().summary.Tickets; got != 1 {
		t.Errorf("after the consent a new mail made %d tickets, want 1", got)
	}
}

// TestGuardEmpty: a folder seen empty needs no consent later.
func TestGuardEmpty(t *testing.T) {
	s := newSite(t, nil)
	s.once().wantCounts(t, summary{})
	s.put(newMail("1@x.example", "a@x.example", "New", "new"))
	if got := s.once().summary; got.Tickets != 1 || got.Deleted != 1 {
		t.Errorf("counted %+v, want one ticket, one mail deleted", got)
	}
}
