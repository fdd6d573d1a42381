package pop3box

import (
	"context"
	"math"
	"strconv"
	"strings"

	"example.com/ticketmail/mailbox"
)

// inbox is the one folder of POP3.
const inbox = "INBOX"

// Select implements mailbox.Session.
func (s *session) Select(ctx context.Context, folder string, readOnly bool) (found mailbox.Folder, err error) {
	err = s.do(ctx, "select folder", func() error {
		s.selected = false
		if !strings.EqualFold(folder, inbox) {
			return &mailbox.FolderError{Folder: folder, Candidates: []string{inbox}}
		}
		n, _, err := s.stat()
		if err != nil {
			return err
		}
		s.selected, s.readOnly = true, readOnly
		found = mailbox.Folder{Name: inbox, Messages: n, CanRemove: !readOnly, CloseAfter: s.closeAfter(n)}
		return nil
	})
	return found, err
}

// stat returns how many mails there are, and their bytes.
func (s *session) stat() (mails int, bytes int64, err error) {
	r, err := s.conn.ask("STAT")
	if err != nil {
		return 0, 0, err
	}
	f := strings.Fields(r.text)
	if len(f) < 2 {
		return 0, 0, errProtocol("STAT", []byte(r.text))
	}
	mails, err = strconv.Atoi(f[0])
	if err == nil {
		bytes, err = strconv.ParseInt(f[1], 10, 64)
	}
	if err != nil || mails < 0 || bytes < 0 {
		return 0, 0, errProtocol("STAT", []byte(r.text))
	}
	if mails > listMost {
		return 0, 0, errEndless
	}
	return mails, bytes, nil
}

// closeAfter returns how many of n mails one session should take: half of
// them, but some at least. What a broken session took is only deleted again by
// the next, and the time between DELE and QUIT does not grow with the mails,
// so there is little to lose. But each session costs a sign-in and a list of
// all mails: with half of them in each, all lists together are twice the first,
// and Dovecot gives out 1,000 mails of 8 KB at 0.9 of the rate of IMAP,
// measured; with 50 in each it was 0.6. A server that does not want us back
// soon gets one session.
func (s *session) closeAfter(n int) int {
	if !s.caps.hasty() {
		return math.MaxInt
	}
	return max(sessionMails, n/sessionPart)
}

const (
	sessionMails = 50
	sessionPart  = 2
)
