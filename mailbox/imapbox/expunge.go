package imapbox

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
	"sync"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// errContested: it is better to leave our mails than to take others along.
var errContested = errors.New("another client keeps marking mails for deletion")

const spareRounds = 5

// expungeAll removes mails on a server that can only expunge everything that
// is marked \Deleted.
//
// The marks of other clients are taken off first, and set again at the end.
// IMAP has no means to make one step of that and the EXPUNGE: a mail that
// another client marks in between is expunged with ours. What can be done is to
// leave no time: the command that takes the marks off names all mails but ours,
// so that nothing has to be known, and the EXPUNGE stands right behind it in
// the same packet. It is sent when a look has just shown that nobody is marking
// mails. What is lost all the same is a mail that its user wanted to be deleted,
// but perhaps not yet for good; one that nobody marked is never lost. The number
// of mails that the server reports tells, and a warning is logged.
//
// Where the connection breaks in between, the marks that were taken off are
// lost: those mails stay.
func (s *session) expungeAll(ctx context.Context, all []chunk) error {
	e := expunger{session: s}
	for _, c := range all {
		e.ours.AddSet(c.uids)
	}
	err := each(all, func(uids imap.UIDSet) error { return e.remove(ctx, uids) })
	if s.conn.Err() != nil {
		return err
	}
	return cmp.Or(err, e.restore())
}

// An expunger is one run of expungeAll.
type expunger struct {
	*session
	ours   imap.UIDSet
	spared []mailbox.Item // marked by others
	frugal bool           // the server refuses commands that name mails it does not have
}

// restore sets the marks of others again. A server may refuse to name a mail that
// its user has removed meanwhile: then each has a command of its own, and what
// is refused matters no more.
func (e *expunger) restore() error {
	err := e.markEach(chunks(e.spared, removeMails, math.MaxInt64), imap.StoreFlagsAdd)
	if !refused(err) {
		return err
	}
	for _, c := range chunks(e.spared, 1, math.MaxInt64) {
		if err := e.markEach([]chunk{c}, imap.StoreFlagsAdd); err != nil && !refused(err) {
			return err
		}
	}
	return nil
}

// remove removes some of our mails.
func (e *expunger) remove(ctx context.Context, uids imap.UIDSet) error {
	e.await(searchLine, 0)
	if err := e.store(uids, imap.StoreFlagsAdd, imap.FlagDeleted); err != nil {
		return err
	}
	for range spareRounds {
		busy, err := e.look(uids)
		switch {
		case err != nil:
			return err
		case !busy:
			return e.strike(ctx, uids)
		}
	}
	return errContested
}

// look takes \Deleted off all mails but these, and reports whether others had
// marked any. Some servers (Courier) know of others' marks only after a NOOP.
func (e *expunger) look(uids imap.UIDSet) (busy bool, err error) {
	e.await(searchLine, 0)
	if err := e.client.Noop().Wait(); err != nil {
		return false, err
	}
	w, err := e.sweep(uids, false)
	if err != nil {
		return false, err
	}
	foreign := e.note(w)
	if refused(w.unmark) {
		e.frugal, w.unmark = true, e.markEach(chunks(foreign, removeMails, math.MaxInt64), imap.StoreFlagsDel)
	}
	return len(foreign) > 0, w.unmark
}

// strike does the same and expunges in the same breath.
func (e *expunger) strike(ctx context.Context, uids imap.UIDSet) error {
	w, err := e.sweep(uids, true)
	e.note(w)
	want := 0
	for _, uid := range w.marked {
		if uids.Contains(uid) {
			want++
		}
	}
	if more := len(w.expunged) - want; more > 0 {
		e.log.LogAttrs(ctx, slog.LevelWarn, "mails that another client marked were expunged with ours",
			slog.String("folder", e.folder), slog.Int("mails", more))
	}
	return errors.Join(err, w.unmark)
}

// note remembers which mails others had marked, and returns them.
func (e *expunger) note(w swept) (foreign []mailbox.Item) {
	for _, uid := range w.marked {
		if !e.ours.Contains(uid) {
			foreign = append(foreign, item(uid))
		}
	}
	e.spared = append(e.spared, foreign...)
	return foreign
}

// swept is what the server says to a sweep.
type swept struct {
	marked   []imap.UID // before it
	expunged []uint32   // message numbers
	unmark   error      // of the command that takes marks off
}

// sweep asks which mails are marked, takes the marks off all but these and, if
// told to, expunges what is then marked: in one packet, so that no other client
// gets in between without hurry. The answers are awaited side by side: a server
// may tell of expunged mails before it confirms what came first.
func (e *expunger) sweep(uids imap.UIDSet, expunge bool) (w swept, err error) {
	e.await(searchLine, 0)
	send := e.conn.Gather()
	search := e.client.UIDSearch(&imap.SearchCriteria{Flag: []imap.Flag{imap.FlagDeleted}}, nil)
	var unmark *imapclient.FetchCommand
	if !e.frugal {
		unmark = e.client.Store(others(uids), &imap.StoreFlags{Op: imap.StoreFlagsDel, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil)
	}
	var remove *imapclient.ExpungeCommand
	if expunge {
		remove = e.client.Expunge()
	}
	sent := send()
	var wg sync.WaitGroup
	var removed error
	if unmark != nil {
		wg.Go(func() { w.unmark = unmark.Close() })
	}
	if remove != nil {
		wg.Go(func() { w.expunged, removed = remove.Collect() })
	}
	found, err := search.Wait()
	wg.Wait()
	if err == nil {
		w.marked = found.AllUIDs()
	}
	return w, errors.Join(err, sent, removed)
}

// others returns all UIDs but these. It says the last one in digits: "*" is the
// last mail there is, which may be one of these.
func others(uids imap.UIDSet) (set imap.UIDSet) {
	next := imap.UID(1)
	for _, r := range slices.SortedFunc(slices.Values(uids), func(a, b imap.UIDRange) int { return cmp.Compare(a.Start, b.Start) }) {
		if r.Start > next {
			set.AddRange(next, r.Start-1)
		}
		if r.Stop == math.MaxUint32 {
			return set
		}
		next = max(next, r.Stop+1)
	}
	set.AddRange(next, math.MaxUint32)
	return set
}

// markEach sets or clears \Deleted.
func (s *session) markEach(all []chunk, op imap.StoreFlagsOp) error {
	return each(all, func(uids imap.UIDSet) error {
		s.await(searchLine, 0)
		return s.store(uids, op, imap.FlagDeleted)
	})
}
