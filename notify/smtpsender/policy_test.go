package smtpsender_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/smtpsender"
)

// An address that the policy refuses is our configuration: the outbox pauses,
// nobody is marked, and nothing is connected to (THREATS S12, H68).
func TestPolicy(t *testing.T) {
	s := start(t, mailbox.None, nil)
	sender := s.sender(t, mailbox.None, func(o *smtpsender.Options) { o.Policy = mailbox.DialPolicy{PublicOnly: true} })
	err := sender.Send(t.Context(), mail("a@corp.example"))
	_, config := errors.AsType[*notify.ConfigError](err)
	if refused, ok := errors.AsType[*mailbox.RefusedAddressError](err); !config || !ok || refused.Reason != "loopback" {
		t.Errorf("Send = %v, want a *ConfigError around a *RefusedAddressError", err)
	}
	if err != nil && strings.Contains(err.Error(), "loopback") {
		t.Errorf("the error tells what is wrong with the address: %v", err)
	}
	_, last, err := probed(t, sender)
	if last.Name != mailbox.StepDial || err == nil || !strings.Contains(last.Cure, "DialPolicy") {
		t.Errorf("Probe = %v, last step %+v", err, last)
	}
	if n := s.count(&s.conns); n != 0 {
		t.Errorf("%d connections", n)
	}
}
