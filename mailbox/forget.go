package mailbox

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/ticketmail/mailbox/message"
)

// ForgottenRaw is the code of the reason that stands in an entry whose raw
// bytes are not kept any more. Its text is their SHA-256 in hexadecimal, a
// slash and their number, so that the mail is still known by them.
const ForgottenRaw = "raw-forgotten"

// ForgetRaw takes the reference to the raw bytes out of the entry and leaves
// their name among the reasons. Without raw bytes it does nothing.
func (e *Entry) ForgetRaw() {
	if e.Raw.IsZero() {
		return
	}
	name := Reason{Code: ForgottenRaw, Text: hex.EncodeToString(e.Raw.SHA256[:]) + "/" + strconv.FormatInt(e.Raw.Size, 10)}
	e.Reasons = append(slices.Clip(e.Reasons), name)
	e.Raw = message.Blob{}
}

// RawName returns the name of the raw bytes, also of those that are not kept
// any more; zero: there never were any. A mail found on the server again, under
// another UIDVALIDITY or a POP3 server's repeated unique-id, is known by it.
func (e Entry) RawName() message.Blob {
	if !e.Raw.IsZero() {
		return e.Raw
	}
	for _, r := range e.Reasons {
		if r.Code == ForgottenRaw {
			b, err := parseName(r.Text)
			if err == nil {
				return b
			}
		}
	}
	return message.Blob{}
}

func parseName(text string) (b message.Blob, err error) {
	sum, size, _ := strings.Cut(text, "/")
	raw, err := hex.DecodeString(sum)
	if err != nil || len(raw) != len(b.SHA256) {
		return b, fmt.Errorf("%q is no SHA-256", sum)
	}
	b.Size, err = strconv.ParseInt(size, 10, 64)
	copy(b.SHA256[:], raw)
	return b, err
}

// Tombstone returns what must stay of a settled entry for ever: its key, so
// that the mail is never taken in again; the outcome and the ticket; sizes and
// times; and the name of the raw bytes. Reasons, Message-ID and the fingerprint
// of the content are gone: the same mail delivered a second time, under a key
// of its own, is not known as a duplicate any more, and an answer to the mail
// not by its id.
func (e Entry) Tombstone() Entry {
	raw := e.RawName()
	e.Reasons, e.MessageID, e.Content = nil, "", [32]byte{}
	e.Raw = raw
	e.ForgetRaw()
	return e
}
