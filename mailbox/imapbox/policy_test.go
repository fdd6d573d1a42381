package imapbox_test

import (
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
)

func TestPolicy(t *testing.T) {
	boxtest.PublicOnly(t, mailbox.IMAP, func(policy mailbox.DialPolicy, dial boxtest.Dial) mailbox.Prober {
		return imapbox.New(&imapbox.Options{Policy: policy, Dial: dial})
	})
}
