package demo

import (
	"bytes"
	"context"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/ticketmail"
)

// ReadMail reads a mail that the post office delivered.
func ReadMail(ctx context.Context, raw []byte) (*message.Message, error) {
	return message.Read(ctx, bytes.NewReader(raw), nil)
}

// quoted returns a text as a mail program quotes it (RFC 3676 section 4.5).
func quoted(text string) string {
	return "> " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n> ") + "\n"
}

func actor(id string) ticketmail.Actor {
	return ticketmail.Actor{Person: escalation.PersonID(id)}
}
