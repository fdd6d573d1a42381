package ticketmail_test

import (
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// TestUndeliverableErrorSaysWhy: in words for whoever typed the address.
func TestUndeliverableErrorSaysWhy(t *testing.T) {
	for reason, want := range map[escalation.Reason]string{
		notify.BadAddress:    `"x" is not a mail address`,
		notify.IsPolled:      `"x" is a mailbox of ours`,
		escalation.NoAddress: `"x" has no mail address`,
		escalation.Left:      `"x" has left the company`,
		escalation.Bouncing:  `"x" cannot be mailed: mail to this address came back`,
		escalation.Unknown:   `"x" is not in the directory`,
		escalation.NotStaff:  `"x" may not see what is internal`,
		"new one":            `"x" cannot be mailed (new one)`,
	} {
		if got := (&ticketmail.UndeliverableError{Recipient: "x", Reason: reason}).Error(); got != want {
			t.Errorf("%s: %s, want %s", reason, got, want)
		}
	}
}
