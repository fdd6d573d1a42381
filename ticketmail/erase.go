package ticketmail

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// An Erasure is the record of a person having been erased. It holds nothing
// about who that was.
type Erasure struct {
	ID    string    // also of whoever stands in the person's place, see [Engine.Erase]
	Began time.Time // UTC
	Ended time.Time // zero: it was interrupted, and can be resumed by its ID

	Tickets   int // that were changed
	Mails     int // outgoing ones that were deleted or changed
	Entries   int // of the ledger that became tombstones or were changed
	Discarded int // pieces of content that nothing refers to any more

	// Undecided are mails of others in quarantine that name the person: at
	// most 1,000. They stay as they are. Decide about them, then erase again.
	Undecided []mailbox.Key

	// Unread are mails that may name the person and were left as they are: at
	// most 1,000. Repair or discard them, then erase again.
	Unread []UnreadMail

	// Names are the others that the person's mails bear, sorted, at most
	// 1,000. If they mean nobody and nothing else, erase again with them as
	// Subject.Names. Only Erase returns them; they are not kept.
	Names []string `json:"-"`
}

// mostListed is how many mails or names an Erasure lists of a kind.
const mostListed = 1000

// unread lists a mail, once.
func (x *Erasure) unread(m UnreadMail) {
	if len(x.Unread) < mostListed && !slices.Contains(x.Unread, m) {
		x.Unread = append(x.Unread, m)
	}
}

// undecided lists a mail, once.
func (x *Erasure) undecided(key mailbox.Key) {
	if len(x.Undecided) < mostListed && !slices.Contains(x.Undecided, key) {
		x.Undecided = append(x.Undecided, key)
	}
}

// Erase replaces one person wherever the store names him, and takes away what
// cannot be told apart from him (GDPR, article 17). Tickets stay: they are the
// company's record of what was to be done, and of other people's work.
//
// Replaced by "erased-ID", a person whom no Directory knows:
//   - creator, assignee and customer contact of tickets, authors of comments,
//     and actors of history;
//   - senders of tickets and comments: the address goes, "erased-ID" is the name.
//
// Replaced by "[erased]", in upper or lower case and over line ends: his
// addresses and names in subjects, comments, history, reasons, and outgoing
// mails to others. His names everywhere are who.Names and the Directory's. A
// name that his mails bear is chosen by their sender and may be words of
// others: it is replaced only in comments of his, the subject, history and
// outgoing mails of tickets of his, and only if it has two words; see
// Erasure.Names.
//
// Taken away:
//   - raw mails of his comments, and every other raw mail that names him; of
//     their entries in the ledger a tombstone stays, so that a mail which is
//     still on a server is not taken in again ([mailbox.Entry.Tombstone]). Of
//     what is in quarantine only his own mails go;
//   - files and Message-IDs of his comments, also out of mails to others;
//   - mails to him, sent or waiting; mails that name him to others keep their
//     place and lose their text, unless they are still to be sent;
//   - his address among those that bounce or are counted.
//
// What stays: the words he wrote without his name; files of others; what others
// wrote about him without a name of his; what administrators configured, such
// as rules and presets; and backups, which are the host's. Content that is kept
// outside of the store goes with the next sweep of its Blobs a day later. How
// to rid the files of a database of old versions of rows says the store's
// Prune: with SQLite by Compact, with PostgreSQL by VACUUM FULL.
//
// Each ticket is one transaction. Interrupted by an error, ctx or a crash, it
// is resumed by a call with the same subject and the ID of the Erasure that
// was returned; [Engine.Erasures] lists them. What comes about the person
// meanwhile, or afterwards, may need another Erase. ErrNoPruner reports a store
// that cannot take away, *storage.HeldError that another node prunes or erases.
func (e *Engine) Erase(ctx context.Context, who Subject, resume string) (Erasure, error) {
	if e.pruner == nil {
		return Erasure{}, ErrNoPruner
	}
	q, err := e.quarry(ctx, who)
	if err != nil {
		return Erasure{}, fmt.Errorf("erase person: %w", err)
	}
	ctx, took := begin(ctx, e.observer, HousekeepingEvent{Work: HousekeepingErase})
	var done Erasure
	err = e.housekeep(ctx, func(alive context.Context, lease *heldLease) error {
		x := &erasing{Engine: e, lease: lease, q: q, own: q}
		err := x.begin(alive, resume)
		if err == nil {
			err = x.run(alive)
		}
		done = x.record
		return err
	})
	took.end(err, func(r Result) Event {
		return HousekeepingEvent{HousekeepingErase, done.Tickets + done.Mails + done.Entries, done.Discarded, r}
	})
	if err != nil {
		return done, fmt.Errorf("erase person: %w", err)
	}
	return done, nil
}

// Erasures lists all erasures, by ID.
func (e *Engine) Erasures(ctx context.Context) ([]Erasure, error) {
	var all []Erasure
	err := e.store.View(ctx, func(r storage.Reader) error {
		all = nil
		return eachSetting(ctx, r.Settings(), settingErasure, func(_ string, x Erasure) { all = append(all, x) })
	})
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	return all, nil
}
