package imapbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

var (
	errUnsafeMove = errors.New("the server has neither MOVE nor UIDPLUS: to move mails would expunge those that others marked")
	errSameFolder = errors.New("it is the folder that is polled")
)

// canKeep refuses a mailbox whose mails cannot be treated as it says.
func (s *session) canKeep(m mailbox.Mailbox) error {
	switch {
	case m.After == mailbox.AfterMove && !s.canMove() && !s.caps.Has(imap.CapUIDPlus):
		return fmt.Errorf("%w: %w", mailbox.ErrCannotKeep, errUnsafeMove)
	case m.After == mailbox.AfterDelete && s.labels():
		_, err := s.trashOfLabels()
		return err
	}
	return nil
}

// canMove reports whether MOVE (RFC 6851) can be used. The library copies,
// marks and expunges everything if it takes the server for one without it, so
// it is asked too.
func (s *session) canMove() bool {
	return s.caps.Has(imap.CapMove) && s.client.Caps().Has(imap.CapMove)
}

// Move implements mailbox.Keeper.
//
// Where the server has no MOVE, the mails are copied and then exactly these
// expunged. A crash in between leaves a second copy, never none.
func (s *session) Move(ctx context.Context, items []mailbox.Item, folder string) error {
	return s.do(ctx, "move", func() error {
		switch {
		case s.folder == "":
			return errSelected
		case s.readOnly:
			return mailbox.ErrReadOnly
		case !s.canMove() && !s.caps.Has(imap.CapUIDPlus):
			return fmt.Errorf("%w: %w", mailbox.ErrCannotKeep, errUnsafeMove)
		}
		for _, c := range chunks(items, removeMails, 1<<62) {
			if err := s.moveTo(c.uids, folder); err != nil {
				return err
			}
		}
		return nil
	})
}

// moveTo moves mails to a folder as typed. Only where the server refuses that
// it is looked up as Select does, or made.
func (s *session) moveTo(uids imap.UIDSet, typed string) error {
	if to, known := s.targets[typed]; known {
		return s.moveAll(uids, to)
	}
	if typed == s.folder {
		return errSameFolder
	}
	err := s.transfer(uids, typed)
	if err == nil {
		s.targets[typed] = typed
	}
	if !refused(err) {
		return err
	}
	to, err := s.target(typed)
	if err != nil {
		return err
	}
	if to == s.folder {
		return errSameFolder
	}
	s.targets[typed] = to
	return s.moveAll(uids, to)
}

// moveAll moves mails to a folder that is there. Some servers refuse all where
// one is gone (EXPUNGEISSUED, RFC 5530): then those that are left are moved.
func (s *session) moveAll(uids imap.UIDSet, to string) error {
	err := s.transfer(uids, to)
	if !refused(err) {
		return err
	}
	s.await(searchLine, 0)
	left, searchErr := s.client.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{uids}}, nil).Wait()
	if searchErr != nil {
		return errors.Join(err, searchErr)
	}
	if len(left.AllUIDs()) == 0 {
		return nil
	}
	return s.transfer(imap.UIDSetNum(left.AllUIDs()...), to)
}

// transfer moves mails with one command, or with COPY and, once that is
// confirmed, an EXPUNGE of exactly these. What the server refuses then must
// not look as if it had refused the COPY, which would be repeated: it ends the
// session.
func (s *session) transfer(uids imap.UIDSet, to string) error {
	s.await(searchLine, 0)
	if s.canMove() {
		_, err := s.client.Move(uids, to).Wait()
		return err
	}
	if _, err := s.client.Copy(uids, to).Wait(); err != nil {
		return err
	}
	err := s.expungeThese(uids)
	if refused(err) {
		return fmt.Errorf("mails were copied to %q and cannot be taken out of %q: %v", to, s.folder, err) //nolint:errorlint // see above
	}
	return err
}

// Flag implements mailbox.Keeper.
func (s *session) Flag(ctx context.Context, items []mailbox.Item) error {
	return s.do(ctx, "flag", func() error {
		if s.folder == "" {
			return errSelected
		}
		if !s.keywords {
			return nil
		}
		for _, c := range chunks(items, removeMails, 1<<62) {
			s.await(searchLine, 0)
			err := s.store(c.uids, imap.StoreFlagsAdd, mailbox.KeptFlag)
			if refused(err) { // the mark only helps people: no reason to fail for ever
				s.log.LogAttrs(ctx, slog.LevelWarn, "mails that are kept cannot be marked", slog.String("folder", s.folder), slog.Any("error", clip(err)))
				return nil
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// keepsKeywords reports whether a folder with these PERMANENTFLAGS keeps
// KeptFlag: it has it, or takes new keywords.
func keepsKeywords(permanent []imap.Flag) bool {
	return slices.ContainsFunc(permanent, func(f imap.Flag) bool { return f == imap.FlagWildcard || isKept(f) })
}

func isKept(f imap.Flag) bool { return strings.EqualFold(string(f), mailbox.KeptFlag) }
