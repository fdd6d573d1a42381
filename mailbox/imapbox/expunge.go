package imapbox

import (
	"context"
	"errors"
	"log/slog"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

// errContested: it is better to leave our mails than to take others along.
var errContested = errors.New("another client keeps marking mails for deletion")

const spareRounds = 5

// expungeAll removes mails on a server that can only expunge everything that
// is marked \Deleted.
//
// The marks of other clients are taken off first, until a search finds none,
// and set again at the end. IMAP has no means to make one step of that search
// and the EXPUNGE, which is the very next command: a mail that another client
// marks just then is expunged with ours. It is one that its user wanted to be
// deleted, but perhaps not yet for good. The number of mails that the server
// reports tells, and a warning is logged.
//
// Where the connection breaks in between, the marks that were taken off are
// lost: those mails stay.
func (s *session) expungeAll(ctx context.Context, all []chunk) error {
	var ours imap.UIDSet
	for _, c := range all {
		ours.AddSet(c.uids)
	}
	if err := s.markEach(all, imap.StoreFlagsAdd); err != nil {
		return err
	}
	spared, left, err := s.spare(ours)
	if err == nil {
		err = s.expunge(ctx, left)
	}
	if s.conn.Err() != nil {
		return err
	}
	if again := s.markEach(spared, imap.StoreFlagsAdd); err == nil {
		err = again
	}
	return err
}

// spare takes \Deleted off the mails that are not ours, and returns them and
// how many of ours there are.
func (s *session) spare(ours imap.UIDSet) (spared []chunk, left int, err error) {
	for range spareRounds {
		marked, err := s.marked()
		if err != nil {
			return spared, 0, err
		}
		var foreign []mailbox.Item
		for _, uid := range marked {
			if !ours.Contains(uid) {
				foreign = append(foreign, item(uid))
			}
		}
		if len(foreign) == 0 {
			return spared, len(marked), nil
		}
		more := chunks(foreign, removeMails, 1<<62)
		spared = append(spared, more...)
		if err := s.markEach(more, imap.StoreFlagsDel); err != nil {
			return spared, 0, err
		}
	}
	return spared, 0, errContested
}

// marked returns the mails that are marked \Deleted.
func (s *session) marked() ([]imap.UID, error) {
	s.await(searchLine, 0)
	found, err := s.client.UIDSearch(&imap.SearchCriteria{Flag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return nil, err
	}
	return found.AllUIDs(), nil
}

// expunge removes everything that is marked, which should be so many mails.
func (s *session) expunge(ctx context.Context, want int) error {
	s.await(searchLine, 0)
	expunged, err := s.client.Expunge().Collect()
	if len(expunged) > want {
		s.log.LogAttrs(ctx, slog.LevelWarn, "mails that another client marked were expunged with ours",
			slog.String("folder", s.folder), slog.Int("mails", len(expunged)-want))
	}
	return err
}

// markEach sets or clears \Deleted.
func (s *session) markEach(all []chunk, op imap.StoreFlagsOp) error {
	for _, c := range all {
		s.await(searchLine, 0)
		if err := s.store(c.uids, op, imap.FlagDeleted); err != nil {
			return err
		}
	}
	return nil
}
