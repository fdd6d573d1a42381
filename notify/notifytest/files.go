package notifytest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
)

// withFile returns a mail with a file whose name would make headers and mails
// of its own if it could.
func withFile(content []byte) notify.Mail {
	m := newMail("files", "kim@customer.example")
	m.Attachments = []notify.Attachment{
		{Name: "../Grüße\r\nBcc: v@x.example\r\n\r\n.\r\n\".pdf", Type: "text/html", Blob: blobOf(content)},
	}
	m.Files = file{content, io.EOF}
	return m
}

func blobOf(content []byte) message.Blob {
	return message.Blob{SHA256: sha256.Sum256(content), Size: int64(len(content))}
}

func deliversAttachments(ctx context.Context, x Exit) error {
	content := make([]byte, 100_000)
	for i := range content {
		content[i] = byte(i * i >> 8)
	}
	return arrives(ctx, x, withFile(content))
}

// sendsNoHalf sends a mail whose file breaks off where most of it is sent.
func sendsNoHalf(ctx context.Context, x Exit) error {
	damaged := errors.New("damaged")
	m := withFile(bytes.Repeat([]byte("x"), 100_000))
	m.Files = file{bytes.Repeat([]byte("x"), 60_000), damaged}
	err := x.Sender.Send(ctx, m)
	_, recipient := errors.AsType[*notify.RecipientError](err)
	_, config := errors.AsType[*notify.ConfigError](err)
	if recipient || config || !errors.Is(err, damaged) || errors.Is(err, notify.ErrInvalidMail) {
		return fmt.Errorf("a file that cannot be read gives %w, want its error, and none of notify's: it may be readable again", err)
	}
	if err := x.Sender.Send(ctx, newMail("m2", "last@corp.example")); err != nil {
		return fmt.Errorf("the mail after one whose file could not be read: %w", err)
	}
	if err := expect(x, "last@corp.example"); err != nil {
		return fmt.Errorf("of a mail whose file breaks off nothing may arrive: %w", err)
	}
	return nil
}
