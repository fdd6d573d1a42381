package mailboxtest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
)

func TestServerProbe(t *testing.T) {
	s := mailboxtest.NewServer()
	s.SetCredentials("kim", "secret")
	s.Add("INBOX", "Subject: one\r\n\r\n")
	m := mailbox.Mailbox{Host: "mail.example", User: "kim", Password: mailbox.NewSecret("secret"), Folders: []string{"Nowhere", "INBOX"}}
	var steps []string
	report := func(s mailbox.Step) {
		steps = append(steps, fmt.Sprintf("%s %s %q %t", s.Name, s.About, s.Facts, s.Err == nil))
	}
	err := s.Probe(t.Context(), m, report)
	if missing, ok := errors.AsType[*mailbox.FolderError](err); !ok || missing.Folder != "Nowhere" {
		t.Errorf("Probe = %v", err)
	}
	want := []string{`sign-in  ["signed in as \"kim\""] true`, "folder Nowhere [] false", `folder INBOX ["1 mails"] true`}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if s.Open() != 0 || len(s.UIDs("INBOX")) != 1 {
		t.Errorf("%d sessions open, %d mails", s.Open(), len(s.UIDs("INBOX")))
	}
	for _, c := range s.Calls() {
		if c.Op == mailboxtest.OpSelect && !c.ReadOnly {
			t.Errorf("%+v: not read-only", c)
		}
	}
	steps, m.Password = nil, mailbox.NewSecret("wrong")
	if _, refused := errors.AsType[*mailbox.AuthError](s.Probe(t.Context(), m, report)); !refused || len(steps) != 1 {
		t.Errorf("with a wrong password: %q", steps)
	}
}
