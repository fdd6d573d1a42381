package pop3box_test

import (
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"example.com/ticketmail/mailbox/pop3box"
)

func TestPolicy(t *testing.T) {
	boxtest.PublicOnly(t, mailbox.POP3, func(policy mailbox.DialPolicy, dial boxtest.Dial) mailbox.Prober {
		return pop3box.New(&pop3box.Options{Policy: policy, Dial: dial})
	})
}
