package storetest

import (
	"bytes"
	"fmt"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

func fullTicket() *storage.Ticket {
	return &storage.Ticket{
		ID: "host-4711", Parent: "4710", Follows: "4709", MergedInto: "4708", Subject: hostile, Status: storage.Done, Task: "task", Project: "project",
		Creator: "creator", Assignee: "assignee", LastAssignee: "last", CustomerContact: "contact", Sender: person,
		Categories: []string{"b", "a", hostile}, Mailbox: "m1", CreatedAt: at(1), ChangedAt: at(2),
	}
}

func roundTripTicket(e *env) error {
	for _, put := range []*storage.Ticket{fullTicket(), {Status: storage.New}} {
		if err := e.putAll(put); err != nil {
			return err
		}
		want := *put
		want.CreatedAt, want.ChangedAt = want.CreatedAt.UTC(), want.ChangedAt.UTC()
		err := e.view(func(r storage.Reader) error {
			got, err := r.Tickets().Get(e.ctx, put.ID)
			if err != nil {
				return err
			}
			return diff("ticket", want, got)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func roundTripComment(e *env) error {
	raw, err := e.blob("raw")
	if err != nil {
		return err
	}
	file, err := e.blob("file")
	if err != nil {
		return err
	}
	t := ticket("t")
	full := &storage.Comment{
		ID: "c-1", Kind: storage.ByMail, Internal: true, Author: "author", Sender: person, Stranger: true,
		Automatic: hostile, Text: strings.Repeat(hostile+"\n", 1<<20/len(hostile)), MessageID: "id@example.com",
		References: []string{"a@example.com", hostile}, Raw: raw, CreatedAt: at(1), EditedAt: at(2),
		Attachments: []storage.Attachment{
			{Name: hostile, Display: hostile, Type: "image/png", ContentID: hostile, Inline: true, Blob: file},
			{Display: "file-2.bin", Type: "application/octet-stream", Blob: file},
		},
	}
	bare := &storage.Comment{Kind: storage.ByPerson}
	err = e.update(func(w storage.Writer) error {
		t.ID, t.Version, full.Version, bare.ID, bare.Version = "", 0, 0, "", 0
		if err := w.Tickets().Put(e.ctx, t); err != nil {
			return err
		}
		full.Ticket, bare.Ticket = t.ID, t.ID
		if err := w.Tickets().PutComment(e.ctx, full); err != nil {
			return err
		}
		return w.Tickets().PutComment(e.ctx, bare)
	})
	if err != nil {
		return err
	}
	if bare.ID == "" {
		return fmt.Errorf("PutComment gave out no ID")
	}
	want := []storage.Comment{*full, *bare}
	want[0].CreatedAt, want[0].EditedAt = at(1).UTC(), at(2).UTC()
	return e.view(func(r storage.Reader) error {
		got, err := collect(r.Tickets().Comments(e.ctx, t.ID))
		if err != nil {
			return err
		}
		return diff("comment", want, got)
	})
}

func roundTripChange(e *env) error {
	full := storage.Change{Ticket: "4711", At: at(1), Actor: "actor", Via: hostile, Field: "status", Old: hostile, New: hostile}
	bare := storage.Change{Ticket: "4712"}
	err := e.update(func(w storage.Writer) error {
		if err := w.Tickets().AddChange(e.ctx, &full); err != nil {
			return err
		}
		return w.Tickets().AddChange(e.ctx, &bare)
	})
	if err != nil {
		return err
	}
	full.At = full.At.UTC()
	return e.view(func(r storage.Reader) error {
		got, err := collect(r.Tickets().Changes(e.ctx, "", 0))
		if err != nil {
			return err
		}
		if err := diff("history of all", []storage.Change{full, bare}, got); err != nil {
			return err
		}
		if got, err = collect(r.Tickets().Changes(e.ctx, "4712", 0)); err != nil {
			return err
		}
		if err := diff("history of one ticket", []storage.Change{bare}, got); err != nil {
			return err
		}
		if got, err = collect(r.Tickets().Changes(e.ctx, "", full.Seq)); err != nil {
			return err
		}
		return diff("history after the first change", []storage.Change{bare}, got)
	})
}

func roundTripEntry(e *env) error {
	raw, err := e.blob("raw")
	if err != nil {
		return err
	}
	full := &mailbox.Entry{
		Key:     mailbox.Key{Mailbox: "m1", Folder: "Entw&APw-rfe/" + hostile[:1], Validity: 4_294_967_295, UID: "4294967295"},
		Outcome: mailbox.Quarantine, Ticket: "4711", Reasons: []mailbox.Reason{{Code: "code", Text: hostile}, {Code: "b"}},
		MessageID: hostile, Raw: raw, Content: [32]byte{1, 0, 255}, Size: 1 << 40, Attempts: 3, ReceivedAt: at(1), EmptiedAt: at(2),
	}
	bare := &mailbox.Entry{Key: mailbox.Key{Mailbox: "m2", UID: "\x21pop~"}, Outcome: mailbox.Pending}
	if err := e.putEntries(full, bare); err != nil {
		return err
	}
	want := []mailbox.Entry{*full, *bare}
	want[0].ReceivedAt, want[0].EmptiedAt = at(1).UTC(), at(2).UTC()
	return e.view(func(r storage.Reader) error {
		got, err := collect(r.Ledger().List(e.ctx, mailbox.LedgerQuery{}))
		if err != nil {
			return err
		}
		return diff("ledger entry", want, got)
	})
}

// fullMail has a value in every field. Its attachments refer to nothing: that
// is the comment's part.
func fullMail() *notify.Mail {
	return &notify.Mail{
		ID: "mail-1", Event: "kind", Ticket: "4711", Comment: "c1", Person: "person", Audience: notify.Staff, Language: "de-AT",
		Template: "template", Reasons: []notify.Reason{{Code: "role", Text: hostile}, {Code: "skip"}},
		Causes: []notify.Cause{{Event: "e\x001", Kind: "kind", Roles: []notify.Role{"assignee", "creator"}}, {Event: "2"}},
		From:   person, To: person, ReplyTo: hostile, Subject: hostile, MessageID: "id@example.com", InReplyTo: "b@example.com",
		References: []string{"a@example.com", "b@example.com"}, Text: strings.Repeat(hostile, 100), HTML: hostile, Date: at(1), Internal: true,
		Digest: notify.Digest{Key: "key", Text: notify.Frame{Head: hostile, Changes: hostile, Foot: hostile}, HTML: notify.Frame{Head: "<p>", Changes: hostile}},
		Attachments: []notify.Attachment{
			{Name: hostile, Type: "image/png", Blob: storage.Blob{SHA256: [32]byte{1, 0, 255}, Size: 1 << 40}},
			{Blob: storage.Blob{Size: 1}},
		},
		State: notify.Sending, Attempts: 7, Due: at(2), ClaimedBy: "node", ClaimedUntil: at(3), SentAt: at(4), Error: hostile,
	}
}

func roundTripMail(e *env) error {
	full, bare := fullMail(), &notify.Mail{ID: "mail-2", State: notify.Held}
	full.Files = notify.OpenerFunc(nil) // not to be stored
	if err := e.putMails(full, bare); err != nil {
		return err
	}
	full.Files = nil
	want := []notify.Mail{*full, *bare}
	m := &want[0]
	m.Date, m.Due, m.ClaimedUntil, m.SentAt = m.Date.UTC(), m.Due.UTC(), m.ClaimedUntil.UTC(), m.SentAt.UTC()
	return e.view(func(r storage.Reader) error {
		got, err := collect(r.Outbox().List(e.ctx, notify.MailQuery{}))
		if err != nil {
			return err
		}
		return diff("outgoing mail", want, got)
	})
}

func roundTripSetting(e *env) error {
	for name, value := range map[string][]byte{
		"hostile": []byte(hostile), "empty": {}, "big": bytes.Repeat([]byte{0, 255}, 1<<19),
	} {
		var got []byte
		err := e.update(func(w storage.Writer) error { return w.Settings().Put(e.ctx, "kind", name, value) })
		if err == nil {
			err = e.view(func(r storage.Reader) (err error) {
				got, err = r.Settings().Get(e.ctx, "kind", name)
				return err
			})
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(got, value) {
			return fmt.Errorf("%s setting of %d bytes came back with %d bytes or changed", name, len(value), len(got))
		}
	}
	return nil
}

func copies(e *env) error {
	t, m := fullTicket(), fullMail()
	if err := e.putAll(t); err != nil {
		return err
	}
	if err := e.putMails(m); err != nil {
		return err
	}
	t.Categories[0], m.Reasons[0].Code, m.Attachments[0].Type = "changed", "changed", "changed"
	for range 2 { // the second time after a change to what was read
		err := e.view(func(r storage.Reader) error {
			got, err := r.Tickets().Get(e.ctx, t.ID)
			if err != nil {
				return err
			}
			if got.Categories[0] != "b" {
				return fmt.Errorf("category of the stored ticket is %q, changed through memory shared with a caller", got.Categories[0])
			}
			got.Categories[0] = "changed"
			mails, err := collect(r.Outbox().List(e.ctx, notify.MailQuery{}))
			if err != nil {
				return err
			}
			if mails[0].Reasons[0].Code != "role" {
				return fmt.Errorf("reason of the stored mail is %q, changed through memory shared with a caller", mails[0].Reasons[0].Code)
			}
			if len(mails[0].Attachments) == 0 || mails[0].Attachments[0].Type != "image/png" {
				return fmt.Errorf("attachments of the stored mail are %v, the first changed through memory shared with a caller", mails[0].Attachments)
			}
			mails[0].Reasons[0].Code, mails[0].Attachments[0].Type = "changed", "changed"
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
