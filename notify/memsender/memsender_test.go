package memsender_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
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

// What was attached can be looked at.
func ExampleSender_Open() {
	exit := new(memsender.Sender)
	content := []byte("all of it")
	m := notify.Mail{
		From: message.Address{Address: "support@corp.example"}, To: message.Address{Address: "kim@customer.example"},
		Subject: "Printer", MessageID: "1@tickets.example", Text: "Here it is.\n", Date: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
		Attachments: []notify.Attachment{{Name: "report.txt", Blob: message.Blob{SHA256: sha256.Sum256(content), Size: int64(len(content))}}},
		Files: notify.OpenerFunc(func(context.Context, message.Blob) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content)), nil
		}),
	}
	if err := exit.Send(context.Background(), m); err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range exit.Mails()[0].Attachments {
		r, err := exit.Open(context.Background(), a.Blob)
		if err != nil {
			fmt.Println(err)
			return
		}
		got, err := io.ReadAll(r)
		fmt.Printf("%s: %s (%v, %v)\n", a.Name, got, err, r.Close())
	}
	// Output: report.txt: all of it (<nil>, <nil>)
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
