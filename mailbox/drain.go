package mailbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"
)

// DrainOptions say how a folder is drained. Zero fields mean the default.
type DrainOptions struct {
	Window      int   // mails fetched with one marker, or fewer if they have twice BatchBytes; default 512
	BatchMails  int   // mails in one commit; default 100
	BatchBytes  int64 // of mails received and not yet committed; default 32 MiB
	MaxAttempts int   // to read a mail alone before it is kept unread; default 3

	// Admit is asked, before anything is fetched, whether the folder may be
	// emptied: the place of the guard for folders that hold old mail. It
	// returns those of the items that may be taken. nil: all.
	Admit func(ctx context.Context, f FolderKey, items []Item) ([]Item, error)

	// Enough is asked between two windows whether it is another's turn: then
	// what was taken in is removed, and the report says that there is more
	// (DrainReport.More). Of the mails that are taken one by one, a few have
	// their turn in each drain; it is asked after these. nil: never. It is not
	// asked where removals take effect at the end of a session
	// (Folder.CloseAfter): such drains are short anyway.
	Enough func() bool

	// Keep leaves processed mails on the server, whatever Mailbox.After says.
	Keep bool

	// Account says which of the accounts it has had the mailbox is on now, 0:
	// its first. The UIDs of one say nothing about those of another, so the
	// mails of all but the first get keys of their own (Key.Account).
	Account int

	// Now gives the times written into the ledger; nil: time.Now.
	Now func() time.Time
}

// A DrainReport counts what a drain did.
type DrainReport struct {
	Folder   Folder
	Received int   // mails committed
	Removed  int   // mails the server confirmed as removed, those of earlier drains included
	Moved    int   // the same, moved to another folder (AfterMove)
	Kept     int   // mails that stay although they were taken in, now or earlier (AfterFlag)
	Left     int   // mails that stay: too big, or impossible to fetch
	Foreign  int   // mails that somebody else marked \Deleted: not ours to touch
	Bytes    int64 // of the mails committed, as announced
	More     bool  // it ended before all was done (Enough; Folder.CloseAfter, where the session was closed): drain again
}

// Add adds the counts of another folder.
func (r *DrainReport) Add(o DrainReport) {
	r.Received += o.Received
	r.Removed += o.Removed
	r.Moved += o.Moved
	r.Kept += o.Kept
	r.Left += o.Left
	r.Foreign += o.Foreign
	r.Bytes += o.Bytes
	r.More = r.More || o.More
}

// Drain empties one folder of a mailbox: it hands every mail that the journal
// does not know to rc, and removes from the server exactly those whose
// outcome rc committed, or moves or marks them as m.After says. Fetching and
// receiving overlap with committing.
//
// A kill between any two steps loses nothing and doubles nothing: a mail that
// is in the ledger is only removed (moved, marked), one that is not is fetched
// again. A batch
// found open after a crash may hold a mail that kills the reader: its mails
// are taken one by one, each attempt counted durably beforehand, after all
// others. At the third bad end the mail is handed over with Incoming.Poison
// set, and one that cannot even be fetched stays on the server as LeftThere.
//
// Where removals take effect when the session is closed (Folder.CloseAfter),
// Drain closes it after so many mails, and only then counts them as removed.
// If there is more to do the report says so; another session continues.
//
// The report counts what was done also when an error is returned. Errors are
// those of the session, the journal and rc. A *FolderError and whatever Admit
// returns come before anything was changed. So do ErrReadOnly and ErrCannotKeep
// where opening the folder tells; where only the server's answer to the removal
// or the move does, mails are taken in that stay where they are, until the next
// drain can remove or move them. These three leave the session usable for other
// folders.
func Drain[T any](ctx context.Context, s Session, m Mailbox, folder string, j Journal, rc Receiver[T], opts *DrainOptions) (DrainReport, error) {
	d := drainer[T]{session: s, mailbox: m.WithDefaults(), journal: j, receiver: rc}
	if opts != nil {
		d.opts = *opts
	}
	d.opts.Window = cmp.Or(d.opts.Window, 512)
	d.opts.BatchMails = cmp.Or(d.opts.BatchMails, 100)
	d.opts.BatchBytes = cmp.Or(d.opts.BatchBytes, 32<<20)
	d.opts.MaxAttempts = cmp.Or(d.opts.MaxAttempts, 3)
	if d.opts.Now == nil {
		d.opts.Now = time.Now
	}
	if err := d.open(ctx, folder); err != nil {
		return d.report, fmt.Errorf("open folder %q of mailbox %s: %w", folder, m.ID, err)
	}
	if err := d.drain(ctx); err != nil {
		return d.report, fmt.Errorf("drain folder %q of mailbox %s: %w", folder, m.ID, err)
	}
	return d.report, nil
}

// A drainer is one run of Drain.
type drainer[T any] struct {
	session  Session
	keeper   Keeper // the session, where it has more to do than to delete
	mailbox  Mailbox
	journal  Journal
	receiver Receiver[T]
	opts     DrainOptions

	folder   FolderKey
	report   DrainReport
	suspects []Incoming // to be taken singly, at the end
	done     []Incoming // settled, not yet removed, moved or marked
}

func (d *drainer[T]) open(ctx context.Context, name string) error {
	if err := d.keeps(); err != nil {
		return err
	}
	f, err := d.session.Select(ctx, name, false)
	if err != nil {
		return err
	}
	d.report.Folder = f
	d.folder = FolderKey{Mailbox: d.mailbox.ID, Folder: f.Name, Validity: f.Validity}
	if d.mailbox.Protocol == POP3 {
		d.folder.Folder = ""
	}
	if !f.CanRemove && !d.changesNothing() {
		return ErrReadOnly
	}
	if f.CloseAfter > 0 && d.mailbox.After != AfterDelete {
		return ErrCannotKeep // closing deletes
	}
	return nil
}

func (d *drainer[T]) drain(ctx context.Context) error {
	items, err := d.session.List(ctx)
	if err != nil {
		return err
	}
	if d.opts.Admit != nil {
		if items, err = d.opts.Admit(ctx, d.folder, items); err != nil {
			return err
		}
	}
	fresh, err := d.sort(ctx, items)
	if err != nil {
		return err
	}
	if d.atClose() {
		return d.part(ctx, fresh)
	}
	if err := d.batches(ctx, fresh); err != nil {
		return err
	}
	if err := d.remove(ctx, 1); err != nil { // before the suspects, which may kill the connection
		return err
	}
	if err := d.singly(ctx); err != nil {
		return err
	}
	return d.remove(ctx, 1)
}

// receive calls the receiver and turns its panic into a PoisonError: one mail
// never stops the others.
func (d *drainer[T]) receive(ctx context.Context, in Incoming, body io.Reader) (r T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PoisonError{fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	return d.receiver.Receive(ctx, in, body)
}

// poisoned returns err as a *PoisonError, or nil if it is none.
func poisoned(err error) *PoisonError {
	p, _ := errors.AsType[*PoisonError](err)
	return p
}
