package seal_test

import (
	"context"
	"fmt"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/seal"
)

func ExampleNewRing() {
	keys, err := seal.ParseKeys("2026-01:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil {
		fmt.Println(err)
		return
	}
	ring, err := seal.NewRing(keys...)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	text, err := ring.Seal(ctx, seal.Place{Mailbox: "support", Field: "password"}, mailbox.NewSecret("hunter2"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(text[:12])

	password, err := ring.Open(ctx, seal.Place{Mailbox: "support", Field: "password"}, text)
	fmt.Println(password, password.Reveal() == "hunter2", err)
	_, err = ring.Open(ctx, seal.Place{Mailbox: "sales", Field: "password"}, text)
	fmt.Println(err)
	// Output:
	// tm1.2026-01.
	// [secret] true <nil>
	// open password of mailbox "sales": sealed text is damaged or of another place
}
