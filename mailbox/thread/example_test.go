package thread_test

import (
	"fmt"

	"example.com/ticketmail/mailbox/thread"
)

// A mail about ticket 4711 goes out; the answer comes back with another
// prefix and more words, and still finds its ticket.
func Example() {
	r, err := thread.New([][]byte{[]byte("0123456789abcdef")}, &thread.Options{Domain: "tickets.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Subject("4711", "AW: Printer on fire"))
	id := r.MessageID("4711", "17", true)
	fmt.Println(id)

	for _, k := range r.Find("AW: urgent! "+r.Token("4711")+" Printer", []string{id}, nil) {
		fmt.Println(k.Source, k.Ref, "strong:", k.Strong, "mail:", k.Mail, "internal:", k.Internal)
	}
	// Output:
	// [Ticket#4711-MXJ203GD] Printer on fire
	// 4711.17.irul0tant07ok7s4jgvd6oiq7@tickets.example
	// in-reply-to 4711 strong: true mail: 17 internal: true
	// subject 4711 strong: true mail:  internal: false
}
