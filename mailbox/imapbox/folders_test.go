package imapbox_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/google/go-cmp/cmp"
)

// put adds mails to a folder named as on the server, and makes it.
func put(m mailbox.Mailbox, folder string, raws ...string) error {
	return other(m, func(c *imapclient.Client, _ uint32) error {
		if folder != "INBOX" {
			if err := c.Create(folder, nil).Wait(); err != nil && !strings.Contains(err.Error(), "exists") {
				return err
			}
		}
		for _, raw := range raws {
			cmd := c.Append(folder, int64(len(raw)), nil)
			_, err := io.WriteString(cmd, raw)
			if err := errors.Join(err, cmd.Close()); err != nil {
				return err
			}
			if _, err := cmd.Wait(); err != nil {
				return err
			}
		}
		return nil
	})
}

// state returns the folders that hold mail, as "name: n", sorted.
func state(m mailbox.Mailbox) (folders []string, err error) {
	err = other(m, func(c *imapclient.Client, _ uint32) error {
		list, err := c.List("", "*", nil).Collect()
		if err != nil {
			return err
		}
		for _, l := range list {
			if slices.Contains(l.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(l.Attrs, imap.MailboxAttrNonExistent) {
				continue
			}
			data, err := c.Select(l.Mailbox, nil).Wait()
			if err != nil {
				return err
			}
			if data.NumMessages > 0 {
				folders = append(folders, fmt.Sprintf("%s: %d", l.Mailbox, data.NumMessages))
			}
		}
		return nil
	})
	slices.Sort(folders)
	return folders, err
}

// One session empties several folders, each known by what an administrator
// types, whatever the server's separator and prefix, and makes those that
// mails are moved to.
func TestFoldersOnDovecot(t *testing.T) {
	const name, sub = "Aufträge & Co", "Übung"
	for _, tt := range []struct{ separator, prefix string }{{"/", ""}, {".", ""}, {".", "INBOX."}, {"/", "INBOX/"}, {"/", "Mail/"}} {
		t.Run("separator "+tt.separator+", prefix "+tt.prefix, func(t *testing.T) {
			t.Parallel()
			s := dovecot.Start(t, &dovecot.Options{Separator: tt.separator, Prefix: tt.prefix})
			m := mailboxAt(t, s.Address)
			m.After, m.MoveTo = mailbox.AfterMove, "INBOX.Erledigt.Große"
			upper := tt.prefix + name
			lower := upper + tt.separator + sub
			done := tt.prefix + "Erledigt" + tt.separator + "Große"
			if err := errors.Join(put(m, "INBOX", "a", "b", "c"), put(m, upper, "d", "e"), put(m, lower, "f", "g", "h", "i")); err != nil {
				t.Fatal(err)
			}
			session, _ := boxtest.Opened(t, imapbox.New(nil), m)
			for _, typed := range []string{"INBOX", name, "INBOX." + name, "INBOX/" + name + "/" + sub, name + "." + sub, "inbox." + strings.ToLower(name) + "." + sub} {
				takeFirst(t, session, typed, m.MoveTo)
			}
			want := []string{"INBOX: 2", lower + ": 1", done + ": 6"} // nothing is left of the upper folder
			slices.Sort(want)
			got, err := state(m)
			got = slices.DeleteFunc(got, func(f string) bool { return f == "Mail: 2" }) // Dovecot's other name for INBOX
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("folders that hold mail, %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// takeFirst moves the first mail of a folder.
func takeFirst(t *testing.T, session mailbox.Session, typed, to string) {
	t.Helper()
	f, err := session.Select(t.Context(), typed, false)
	if err != nil {
		t.Error(err)
		return
	}
	items, err := session.List(t.Context())
	if err != nil || len(items) != f.Messages {
		t.Errorf("%q: List = %d mails, %v, want %d", typed, len(items), err, f.Messages)
		return
	}
	if err := session.(mailbox.Keeper).Move(t.Context(), items[:1], to); err != nil {
		t.Errorf("%q: %v", typed, err)
	}
}

// What is no ASCII is written as the revision in use wants it.
func TestFolderNamesByRevision(t *testing.T) {
	for name, caps := range map[string]imap.CapSet{
		"rev1":          capSet(imap.CapIMAP4rev1, imap.CapUIDPlus),
		"rev2":          capSet(imap.CapIMAP4rev2),
		"rev1 and rev2": capSet(imap.CapIMAP4rev1, imap.CapIMAP4rev2),
	} {
		t.Run(name, func(t *testing.T) {
			s := &memServer{caps: caps, folders: []string{"Übung&-Co", "日本"}}
			m := mailboxAt(t, s.start(t))
			m.After, m.MoveTo = mailbox.AfterMove, "Größe"
			if err := errors.Join(put(m, "Übung&-Co", "a", "b"), put(m, "日本", "c")); err != nil {
				t.Fatal(err)
			}
			session, _ := boxtest.Opened(t, imapbox.New(nil), m)
			for _, typed := range []string{"Übung&-Co", "日本", "INBOX.übung&-co"} {
				takeFirst(t, session, typed, m.MoveTo)
			}
			got, err := state(m)
			if diff := cmp.Diff([]string{"Größe: 3"}, got); diff != "" || err != nil {
				t.Errorf("folders that hold mail, %v (-want +got):\n%s", err, diff)
			}
		})
	}
}
