package imapbox_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"github.com/emersion/go-imap/v2"
)

func TestSessionInProcess(t *testing.T) {
	rev1 := imap.CapIMAP4rev1
	for name, tt := range map[string]struct {
		caps        imap.CapSet
		sent, never string
	}{
		"rev1":                {caps: capSet(rev1), sent: " EXPUNGE\r\n", never: "UID EXPUNGE"},
		"rev1 uidplus":        {caps: capSet(rev1, imap.CapUIDPlus, imap.CapSASLIR), sent: " UID EXPUNGE ", never: "ENABLE"},
		"rev1 move, no trash": {caps: capSet(rev1, imap.CapMove), sent: " EXPUNGE\r\n", never: "UID EXPUNGE"},
		"rev2":                {caps: capSet(imap.CapIMAP4rev2), sent: " UID EXPUNGE ", never: " EXPUNGE\r\n"},
		"rev1 and rev2":       {caps: capSet(rev1, imap.CapIMAP4rev2), sent: "ENABLE IMAP4rev2", never: " EXPUNGE\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var log recorder
			mailboxtest.Run(t, func(t *testing.T) mailboxtest.Account {
				s := &memServer{caps: tt.caps}
				return account(mailboxAt(t, s.start(t)), &imapbox.Options{Dial: log.dial})
			})
			log.check(t, tt.sent, tt.never)
		})
	}
}

// check holds the commands against one that has to be among them and one that
// must not.
func (r *recorder) check(t *testing.T, sent, never string) {
	t.Helper()
	log := r.String()
	if !strings.Contains(log, sent) {
		t.Errorf("%q was never sent", sent)
	}
	if never != "" && strings.Contains(log, never) {
		t.Errorf("%q was sent", never)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
