// Package plainimap is a second, plain IMAP client for tests: it says what a
// server holds without using anything that is under test.
package plainimap

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// A Mail is one mail of a folder.
type Mail struct {
	UID    uint32
	Size   int64    // RFC822.SIZE
	SHA256 [32]byte // of the bytes of BODY.PEEK[]
}

// An Account is where to look. The connection is not encrypted: loopback only.
type Account struct {
	Addr     string // host:port
	User     string
	Password string
}

// Dial signs in. The caller closes the client.
func (a Account) Dial() (*imapclient.Client, error) {
	c, err := imapclient.DialInsecure(a.Addr, nil)
	if err != nil {
		return nil, err
	}
	if err := c.Login(a.User, a.Password).Wait(); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// List fetches the mails of a folder from the UID from on, and hashes them.
// It changes nothing on the server.
func (a Account) List(folder string, from uint32) ([]Mail, error) {
	c, err := a.Dial()
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	selected, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return nil, fmt.Errorf("select %s: %w", folder, err)
	}
	if selected.NumMessages == 0 {
		return nil, nil
	}
	var all imap.UIDSet
	all.AddRange(imap.UID(max(from, 1)), 0)
	cmd := c.Fetch(all, &imap.FetchOptions{UID: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	var mails []Mail
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		mail, err := read(m)
		if err != nil {
			return nil, err
		}
		if mail.UID >= from { // "n:*" names the last mail even if it is below n
			mails = append(mails, mail)
		}
	}
	return mails, cmd.Close()
}

func read(m *imapclient.FetchMessageData) (Mail, error) {
	var mail Mail
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			mail.UID = uint32(item.UID)
		case imapclient.FetchItemDataRFC822Size:
			mail.Size = item.Size
		case imapclient.FetchItemDataBodySection:
			h := sha256.New()
			if item.Literal != nil {
				n, err := io.Copy(h, item.Literal)
				if err != nil || n != item.Literal.Size() {
					return mail, fmt.Errorf("mail %d: %d of %d bytes: %w", mail.UID, n, item.Literal.Size(), err)
				}
			}
			mail.SHA256 = [32]byte(h.Sum(nil))
		}
	}
	return mail, nil
}
