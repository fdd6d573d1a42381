package notify

import (
	"strings"
	"time"

	"example.com/ticketmail/escalation"
)

// SampleEvent returns an event of a kind as it could happen, with a value for
// every placeholder, for previews and forms. It is the same on every call.
func SampleEvent(kind Kind) Event {
	ev := Event{
		ID: "sample-" + string(kind), Kind: kind, Actor: "sample-customer", ActorName: sampleName("sample-customer"),
		At: time.Date(2026, 3, 4, 9, 30, 0, 0, time.UTC),
		Ticket: TicketView{
			Ref: "4711", Subject: "Printer on the second floor", Status: "in_process",
			Creator: "sample-creator", Assignee: "sample-assignee", LastAssignee: "sample-assignee",
			CustomerContact: "sample-customer", Sender: "kim.berger@example.com",
		},
		Comment: &CommentView{
			ID: "sample", Author: "sample-customer", AuthorName: sampleName("sample-customer"),
			Text: "The printer shows error 49.\nA photo is attached.", Files: []Attachment{{Name: "printer.jpg", Type: "image/jpeg"}},
			Internal: kind == InternalCommentAdded, At: time.Date(2026, 3, 4, 9, 15, 0, 0, time.UTC),
		},
		Mailbox: &MailboxView{
			ID: "support", Name: "Support", Address: "support@example.com", Server: "mail.example.com", Folder: "INBOX", Trouble: TroublePassword,
			Since: time.Date(2026, 3, 4, 9, 10, 0, 0, time.UTC), Until: time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC),
		},
		Old: "1", New: "2", Note: "Could you have a look at this?",
	}
	switch kind {
	case AssigneeChanged:
		ev.Old, ev.New = sampleName("sample-creator"), sampleName("sample-assignee")
	case StatusDone, StatusRejected, StatusAccepted:
		ev.Old, ev.New = "in_process", strings.TrimPrefix(string(kind), "status_")
		ev.Ticket.Status = ev.New
	case SignInExpiring:
		ev.Mailbox.Trouble = TroubleSecretEnds
	}
	return ev
}

// sampleName returns the name of a person of [SampleEvent], which no real
// person has: names are as good in every language.
func sampleName(id escalation.PersonID) string {
	switch id {
	case "sample-creator":
		return "Alex Morgan"
	case "sample-assignee":
		return "Robin Keller"
	case "sample-customer":
		return "Kim Berger"
	}
	return string(id)
}

// samplesFor returns events that suit a template's name: its kind's, that of
// a module about a kind, or some of them for [Several].
func samplesFor(name string) []*Event {
	kinds := []Kind{CommentAdded}
	own := Kind(strings.TrimPrefix(strings.TrimPrefix(name, modulePrefix), "change."))
	switch {
	case name == Several:
		kinds = []Kind{CommentAdded, AssigneeChanged, StatusDone}
	case shipped(own):
		kinds = []Kind{own}
	}
	events := make([]*Event, len(kinds))
	for i, k := range kinds {
		events[i] = new(SampleEvent(k))
	}
	return events
}

// shipped reports whether k is a kind of ours.
func shipped(k Kind) bool {
	switch k {
	case TicketCreated, CommentAdded, InternalCommentAdded, AssigneeChanged, CommentEdited, StatusDone, StatusRejected, StatusAccepted,
		Reply, Forward, Receipt, MailboxFailing, MailboxRecovered, SignInExpiring:
		return true
	}
	return false
}
