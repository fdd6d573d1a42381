package pop3box

import (
	"context"
	"fmt"

	"example.com/ticketmail/mailbox"
)

// Remove implements mailbox.Session: the mails are marked, and removed when
// Close returns nil. Where the server refuses to mark one that is still there
// it fails, and the others stay marked.
func (s *session) Remove(ctx context.Context, items []mailbox.Item) error {
	return s.do(ctx, "remove", func() error {
		mails, err := s.find(ctx, items)
		if err != nil {
			return err
		}
		if s.readOnly {
			return mailbox.ErrReadOnly
		}
		s.hurry(ctx)
		kept := map[int]error{} // numbers of mails -> what the server said
		command := func(i int) string { return fmt.Sprintf("DELE %d", mails[i].number) }
		err = s.conn.pipeline(len(mails), command, func(i int) error {
			number := mails[i].number
			_, err := s.conn.status()
			switch {
			case refused(err) != nil:
				kept[number] = err
			case err != nil:
				return fmt.Errorf("DELE: %w", err)
			default:
				s.marked[number] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
		return s.gone(kept)
	})
}

// gone fails where one of the mails that could not be marked is still there.
func (s *session) gone(kept map[int]error) error {
	for number, why := range kept {
		_, err := s.conn.ask(fmt.Sprintf("LIST %d", number))
		if err == nil {
			return fmt.Errorf("mail %d: DELE: %w", number, why)
		}
		if refused(err) == nil {
			return err
		}
	}
	return nil
}
