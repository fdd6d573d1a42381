package notify_test

import (
	"bytes"
	"testing"

	"example.com/ticketmail/notify"
)

// BenchmarkPlan plans and encodes one mail to one recipient.
func BenchmarkPlan(b *testing.B) {
	p := &notify.Planner{Directory: everybody(), References: marks{}}
	rule := notify.DefaultRules()[notify.CommentAdded]
	ev := notify.Event{
		ID: "e", Kind: notify.CommentAdded, Actor: "anna", At: noon,
		Ticket:  notify.TicketView{Ref: "4711", Subject: "Drücker", Assignee: "bea"},
		Comment: &notify.CommentView{Author: "anna", AuthorName: "Anna", Text: "It is on fire."},
	}
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		plan, err := p.Plan(b.Context(), ev, rule, envelope)
		if err != nil {
			b.Fatal(err)
		}
		out.Reset()
		if err := notify.Encode(b.Context(), &out, plan.Mails[0]); err != nil {
			b.Fatal(err)
		}
	}
}
