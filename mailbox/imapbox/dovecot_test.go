package imapbox_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/mailboxtest"
)

func TestSessionOnDovecot(t *testing.T) {
	for name, opts := range map[string]*dovecot.Options{
		"all":           nil,
		"no UIDPLUS":    {Capability: "IMAP4rev1 IDLE"},
		"MOVE":          {Capability: "IMAP4rev1 MOVE SPECIAL-USE LIST-EXTENDED"},
		"INBOX. prefix": {Separator: ".", Prefix: "INBOX."},
	} {
		t.Run(name, func(t *testing.T) {
			s := dovecot.Start(t, opts)
			mailboxtest.Run(t, func(t *testing.T) mailboxtest.Account {
				a := accountAt(t, s.Address)
				t.Cleanup(func() { // the next check wants it empty
					if err := wipe(s.Address); err != nil {
						t.Error(err)
					}
				})
				a.Add = func(raws ...string) error { return s.Put(user, raws...) }
				return a
			})
		})
	}
}

func TestSelectResolvesNames(t *testing.T) {
	for name, tt := range map[string]struct {
		opts *dovecot.Options
		want string
	}{
		"prefix":    {&dovecot.Options{Separator: ".", Prefix: "INBOX."}, "INBOX.Orders"},
		"no prefix": {nil, "Orders"},
	} {
		t.Run(name, func(t *testing.T) {
			s := dovecot.Start(t, tt.opts)
			session, _ := opened(t, imapbox.New(nil), mailboxAt(t, s.Address))
			for _, typed := range strings.Fields("INBOX.Orders INBOX/Orders Orders orders inbox.orders") {
				f, err := session.Select(t.Context(), typed, true)
				if err != nil || f.Name != tt.want {
					t.Errorf("Select(%q) = %+v, %v, want %q", typed, f, err, tt.want)
				}
			}
		})
	}
}
