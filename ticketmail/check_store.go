package ticketmail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
)

// settingCheck is the kind of setting that a check writes and takes back.
const settingCheck = "check"

// errTakeBack ends the transaction of a check.
var errTakeBack = errors.New("taken back")

// checkStore writes a setting, reads it in the same transaction, takes it back,
// and looks that it is gone.
func (e *Engine) checkStore(ctx context.Context, yield func(Check) bool) bool {
	const where = "store"
	if err := e.tryStore(ctx); err != nil {
		return yield(failed(PartStore, where, err, "the store does not keep or take back what it should",
			"look at the message: is there room on the disk, may this user write, does the database answer?"))
	}
	switch {
	case e.store.Durable():
		return yield(Check{Part: PartStore, Level: LevelOK, Where: where, Text: "is durable; a setting was written, read and taken back"})
	case e.cfg.AllowVolatileStore:
		return yield(Check{Part: PartStore, Level: LevelWarning, Where: where, Text: "is not durable, which is allowed: what it is given is lost with the process or the power",
			Cure: "use a durable store for real mailboxes"})
	}
	return yield(Check{Part: PartStore, Level: LevelFailure, Where: where, Text: "is not durable, so no mailbox is emptied into it", Cause: "a commit would not survive the loss of power", Err: ErrVolatile,
		Cure: "use a durable store; on PostgreSQL switch fsync on"})
}

func (e *Engine) tryStore(ctx context.Context) error {
	want := []byte(e.now().Format(time.RFC3339Nano))
	const key = "doctor"
	err := e.store.Update(ctx, func(w storage.Writer) error {
		if err := w.Settings().Put(ctx, settingCheck, key, want); err != nil {
			return err
		}
		got, err := w.Settings().Get(ctx, settingCheck, key)
		if err == nil && !bytes.Equal(got, want) {
			err = fmt.Errorf("a setting of %q reads as %q", want, got)
		}
		if err == nil {
			err = errTakeBack
		}
		return err
	})
	if err == nil {
		return errors.New("an update whose function failed was committed")
	}
	if !errors.Is(err, errTakeBack) {
		return err
	}
	return e.store.View(ctx, func(r storage.Reader) error {
		got, err := r.Settings().Get(ctx, settingCheck, key)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			return nil
		case err == nil && bytes.Equal(got, want):
			err = errors.New("a setting that was taken back is there")
		}
		return err
	})
}

// checkBlobs writes a few bytes and reads them. They are always the same, so
// that many checks leave one small blob to be swept.
func (e *Engine) checkBlobs(ctx context.Context, yield func(Check) bool) bool {
	const where = "raw mails and files"
	if err := e.tryBlobs(ctx); err != nil {
		return yield(failed(PartBlobs, where, err, "what is written cannot be read again", "is there room on the disk, may this user write?"))
	}
	return yield(Check{Part: PartBlobs, Level: LevelOK, Where: where, Text: "come back as they were written"})
}

func (e *Engine) tryBlobs(ctx context.Context) error {
	want := []byte("written by a check of ticketmail, and swept by itself\n")
	spool, err := e.cfg.Blobs.Create(ctx)
	if err != nil {
		return err
	}
	defer spool.Discard()
	if _, err := spool.Write(want); err != nil {
		return err
	}
	blob, err := spool.Finish()
	if err != nil {
		return err
	}
	if err := e.cfg.Blobs.Sync(ctx); err != nil {
		return err
	}
	content, err := e.cfg.Blobs.Open(ctx, blob)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	got, err := io.ReadAll(io.LimitReader(content, int64(len(want))+1))
	if err == nil && !bytes.Equal(got, want) {
		err = fmt.Errorf("%d bytes were written and others read", len(want))
	}
	return err
}

// slowDirectory is what an answer of the directory should not take: many are
// needed for one mail.
const slowDirectory = time.Second

// checkDirectory asks about an address that nobody has, the administrators,
// and the tasks that mailboxes serve.
func (e *Engine) checkDirectory(ctx context.Context, yield func(Check) bool) bool {
	const where = "directory"
	began := time.Now()
	asked, err := e.tryDirectory(ctx)
	each := time.Since(began) / time.Duration(max(asked, 1))
	switch {
	case err != nil:
		return yield(failed(PartDirectory, where, err, "the directory does not answer", "look at its own log; until it answers mails wait and people are told late"))
	case each > slowDirectory:
		return yield(Check{Part: PartDirectory, Level: LevelWarning, Where: where, Text: fmt.Sprintf("needs %s for an answer, and many are needed for one mail", each.Round(time.Millisecond)),
			Cure: "make it faster, or keep its answers for a while"})
	}
	return yield(Check{Part: PartDirectory, Level: LevelOK, Where: where, Text: fmt.Sprintf("answers (%d questions)", asked)})
}

func (e *Engine) tryDirectory(ctx context.Context) (asked int, err error) {
	routes, err := e.routesNow(ctx)
	if err != nil {
		return 0, err
	}
	dir := e.directory()
	asked++
	if p, err := dir.PersonByAddress(ctx, nobody); err == nil {
		return asked, fmt.Errorf("it says that %q has the address %s, which nobody can have", p.ID, nobody)
	} else if !errors.Is(err, escalation.ErrNotFound) {
		return asked, err
	}
	asked++
	if _, err := dir.Members(ctx, escalation.Administrators, escalation.Place{}); err != nil {
		return asked, err
	}
	for _, a := range routes.Assignments { // one that it does not know is a finding of Lint
		asked++
		if _, err := dir.Place(ctx, a.Task); err != nil && !errors.Is(err, escalation.ErrNotFound) {
			return asked, err
		}
	}
	return asked, nil
}
