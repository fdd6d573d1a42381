package main

import (
	"fmt"
	"strings"
	"unicode"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/ticketmail"
)

// senderWords says who a mail is from, as far as that is sure.
func senderWords(m *message.Message) string {
	var all []string
	for _, a := range m.From {
		all = append(all, addressWords(a))
	}
	switch len(all) {
	case 0:
		return "nobody it states"
	case 1:
		return all[0]
	}
	return strings.Join(all, " and ") + ", so nobody: a mail has one sender"
}

func addressWords(a message.Address) string {
	if a.Name == "" {
		return a.Address
	}
	return a.Name + " <" + a.Address + ">"
}

// outcomeWords says what became of a mail.
func outcomeWords(e mailbox.Entry) string {
	switch e.Outcome {
	case mailbox.Ticket:
		return "a new ticket, number " + string(e.Ticket)
	case mailbox.Comment:
		return "a comment on ticket " + string(e.Ticket)
	case mailbox.Record:
		return "a record: it is kept, and nothing else comes of it"
	case mailbox.Quarantine:
		return "a mail in quarantine: it is kept until somebody decides"
	case mailbox.LeftThere:
		return "nothing yet: it stays on the server"
	}
	return string(e.Outcome)
}

// sentences are what reasons mean, by their code. %s is the engine's own text.
var sentences = map[string]string{
	"new":            "It bears no mark of a ticket that counts.",
	"thread":         "It belongs to the ticket: %s.",
	"stranger":       "Its sender takes no part in that ticket, and takes none afterwards.",
	"stranger-held":  "What strangers write is held.",
	"stranger-opens": "What strangers write is a ticket of its own.",
	"weak":           "A mark that is no proof does not count: %s.",
	"gone":           "A mark names a ticket that is not there: %s.",
	"conflict":       "Its marks disagree, and nobody guesses: %s.",
	"internal":       "It stays internal: it %s.",
	"reopened":       "It wakes the ticket: %s.",
	"follows":        "The ticket stays closed: %s.",
	"linked":         "It is linked: %s.",
	"forwarded":      "It is somebody else's: %s.",
	"routed":         "The host sends it elsewhere: %s.",
	"category":       "The host names a category that there is not: %s.",
	"duplicate":      "It was received before: %s.",
	"copy":           "Another mailbox got it too: %s.",
	"bounce":         "It reports a mail of ours that did not arrive: %s.",
	"delayed":        "It reports a mail of ours that is late: %s.",
	"delivered":      "It reports a mail of ours that arrived: %s.",
	"receipt":        "It reports that a mail of ours was read: %s.",
	"automatic":      "A machine wrote it (%s): nobody outside is answered, and no ticket reopened.",
	"cut":            "Not all of it is shown (%s). The raw mail is kept whole.",
}

// reasonWords says one step of a decision. A code without a sentence of its own
// has the engine's text.
func reasonWords(r mailbox.Reason) string {
	sentence, ok := sentences[r.Code]
	if !ok {
		return fmt.Sprintf("%s (%s)", r.Text, r.Code)
	}
	return strings.Replace(sentence, "%s", strings.TrimSuffix(r.Text, "."), 1) + " (" + r.Code + ")"
}

// peopleWords says who takes part in a ticket.
func peopleWords(k ticketmail.Ticket) string {
	var all []string
	for _, p := range []struct{ role, who string }{
		{"creator", string(k.Creator)}, {"assignee", string(k.Assignee)}, {"contact", string(k.CustomerContact)}, {"written by", addressWords(k.Sender)},
	} {
		if p.who != "" {
			all = append(all, p.role+" "+p.who)
		}
	}
	return strings.Join(all, ", ")
}

// marks says what a comment is marked as.
func marks(c ticketmail.Comment) string {
	var all []string
	for _, m := range []struct {
		is   bool
		what string
	}{
		{c.Internal, "internal"}, {c.Stranger, "from a stranger"}, {c.Automatic != "", "automatic"},
	} {
		if m.is {
			all = append(all, m.what)
		}
	}
	return strings.Join(all, ", ")
}

// visible makes text from outside harmless to a terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
