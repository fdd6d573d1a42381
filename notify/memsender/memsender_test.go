package memsender_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/notify/notifytest"
)

func TestSender(t *testing.T) {
	notifytest.Run(t, func(t *testing.T) notifytest.Exit {
		s := new(memsender.Sender)
		return notifytest.Exit{
			Sender: s,
			Received: func() []notifytest.Received {
				var got []notifytest.Received
				for _, m := range s.Mails() {
					var b bytes.Buffer
					m.Files = s
					if err := notify.Encode(t.Context(), &b, m); err != nil {
						t.Error(err)
					}
					got = append(got, notifytest.Received{To: m.To.Address, Data: b.Bytes()})
				}
				return got
			},
			Refuse: func(f notifytest.Fault) {
				s.Heal()
				switch f {
				case notifytest.BadRecipient:
					s.Fail(notifytest.Refused, -1, &notify.RecipientError{Address: notifytest.Refused, Err: errors.New("unknown")})
				case notifytest.BadConfig:
					s.Fail("", -1, &notify.ConfigError{Step: "AUTH", Err: errors.New("no")})
				case notifytest.Temporary:
					s.Fail("", 1, errors.New("busy"))
				case notifytest.Silent:
					s.Fail("", 1, context.DeadlineExceeded) // memory has no silence to wait in
				}
			},
		}
	})
}

func Example() {
	exit := new(memsender.Sender)
	exit.Fail("kim@customer.example", 1, errors.New("mailbox busy"))

	m := notify.Mail{
		From: message.Address{Address: "support@corp.example"}, To: message.Address{Address: "kim@customer.example"},
		Subject: "Printer", MessageID: "1@tickets.example", Text: "Done.\n", Date: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
	}
	fmt.Println(exit.Send(context.Background(), m))
	fmt.Println(exit.Send(context.Background(), m))
	fmt.Println(len(exit.To("kim@customer.example")), "mail taken")
	// Output:
	// mailbox busy
	// <nil>
	// 1 mail taken
}
