package imapbox

import (
	"bytes"
	"io"

	"example.com/ticketmail/mailbox"
)

// standIn is what Courier says in place of a mail that another client removed
// after we listed it (Courier-IMAP 5.0.13).
const standIn = "From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\nThis message is no longer available on the server.\r\n"

// present tells a mail from its stand-in, and returns what is to be read of
// it. A mail with that very text, that somebody wrote, is one: its size is as
// it was announced.
func present(it mailbox.Item, b *body) (mail io.Reader, gone bool) {
	if b.left != int64(len(standIn)) || it.Size == b.left {
		return b, false
	}
	text, err := io.ReadAll(b)
	if err == nil && string(text) == standIn {
		return nil, true
	}
	return io.MultiReader(bytes.NewReader(text), b), false // which ends as it did
}
