package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// RunPruner tests the capability [storage.Pruner] of the stores made by open,
// which returns an empty store and registers its own clean-up with t.Cleanup.
// Where the store is a storage.Blobs too, removal of content is tested. opts
// may be nil.
func RunPruner(t *testing.T, open func(t *testing.T) storage.Pruner, opts *Options) {
	run(t, optionsOf(opts), pruneChecks, func(t *testing.T, c check[*pruneEnv]) error {
		p := open(t)
		return c.run(&pruneEnv{env{ctx: t.Context(), store: p}, p})
	})
}

// A pruneEnv is what a check of a Pruner works with.
type pruneEnv struct {
	env
	pruner storage.Pruner
}

var pruneChecks = []check[*pruneEnv]{
	{"Mails", "outgoing mails that are deleted are gone everywhere, and no others", pruneMails},
	{"Changes", "a line of history is replaced where it stands", pruneChanges},
	{"Rollback", "a Prune whose function fails takes nothing away", pruneRollback},
	{"Content", "released content is removed, unless a record refers to it", pruneContent},
	{"ContentAgain", "content that is staged or referred to again is kept: a reference never dangles", pruneAgain},
	{"ContentRace", "content put while others are discarded is there", pruneRace},
}

func pruneMails(e *pruneEnv) error {
	err := e.update(func(w storage.Writer) error {
		return w.Outbox().Put(e.ctx, mail("a", 1), mail("b", 2), mail("c", 3))
	})
	if err != nil {
		return err
	}
	err = e.pruner.Prune(e.ctx, func(w storage.PruneWriter) error {
		if err := w.DeleteMails(e.ctx, "b", "unknown"); err != nil {
			return err
		}
		if err := w.DeleteMails(e.ctx); err != nil {
			return fmt.Errorf("delete no mails: %w", err)
		}
		return e.mailIDs(w.Outbox(), "a", "c") // in the same transaction
	})
	if err != nil {
		return err
	}
	if err := e.view(func(r storage.Reader) error { return e.mailIDs(r.Outbox(), "a", "c") }); err != nil {
		return err
	}
	return e.update(func(w storage.Writer) error {
		claimed, err := w.Outbox().Claim(e.ctx, "owner", at(10), at(20), 10)
		if err != nil || len(claimed) != 2 {
			return fmt.Errorf("%d mails claimed, %v; want the two that are left", len(claimed), err)
		}
		if err := w.Outbox().Put(e.ctx, mail("b", 2)); err != nil {
			return fmt.Errorf("put a mail whose id was deleted: %w", err)
		}
		return e.mailIDs(w.Outbox(), "a", "c", "b")
	})
}

func (e *pruneEnv) mailIDs(o notify.OutboxReader, want ...string) error {
	mails, err := collect(o.List(e.ctx, notify.MailQuery{}))
	if err != nil {
		return err
	}
	var got []string
	for _, m := range mails {
		got = append(got, m.ID)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		return fmt.Errorf("outbox holds %q, want %q", got, want)
	}
	return nil
}

func pruneChanges(e *pruneEnv) error {
	var seqs []int64
	err := e.update(func(w storage.Writer) error {
		seqs = nil
		for _, text := range []string{"one", "secret", "three"} {
			c := storage.Change{Ticket: "7", At: at(1), Actor: "anna", Via: "via", Field: "f", Old: text, New: text}
			if err := w.Tickets().AddChange(e.ctx, &c); err != nil {
				return err
			}
			seqs = append(seqs, c.Seq)
		}
		return nil
	})
	if err != nil {
		return err
	}
	want := storage.Change{Seq: seqs[1], Ticket: "7", At: at(1).UTC(), Actor: "nobody", Via: "v", Field: "f", Old: hostile, New: "n"}
	err = e.pruner.Prune(e.ctx, func(w storage.PruneWriter) error {
		added := storage.Change{Ticket: "7", At: at(2), Field: "f", New: "added"}
		if err := w.Tickets().AddChange(e.ctx, &added); err != nil {
			return err
		}
		added.New = "replaced at once"
		if err := w.ReplaceChange(e.ctx, added); err != nil {
			return err
		}
		if err := w.ReplaceChange(e.ctx, want); err != nil {
			return err
		}
		return wants("replace an unknown change", w.ReplaceChange(e.ctx, storage.Change{Seq: added.Seq + 1000}), storage.ErrNotFound)
	})
	if err != nil {
		return err
	}
	return e.view(func(r storage.Reader) error {
		for _, id := range []storage.TicketID{"", "7"} {
			all, err := collect(r.Tickets().Changes(e.ctx, id, 0))
			if err != nil {
				return err
			}
			if len(all) != 4 || all[1] != want || all[0].Old != "one" || all[2].Old != "three" || all[3].New != "replaced at once" {
				return fmt.Errorf("history is %+v, want the second line replaced by %+v", all, want)
			}
		}
		return nil
	})
}

func pruneRollback(e *pruneEnv) error {
	blob, err := e.blob("kept")
	if err != nil {
		return err
	}
	en := &mailbox.Entry{Key: key(1), Outcome: mailbox.Record, Raw: blob}
	err = e.update(func(w storage.Writer) error {
		if err := w.Outbox().Put(e.ctx, mail("a", 1)); err != nil {
			return err
		}
		fresh := *en
		return w.Ledger().Put(e.ctx, &fresh)
	})
	if err != nil {
		return err
	}
	err = e.pruner.Prune(e.ctx, func(w storage.PruneWriter) error {
		if err := w.DeleteMails(e.ctx, "a"); err != nil {
			return err
		}
		if err := e.takeRaw(w, key(1)); err != nil {
			return err
		}
		return errUndo
	})
	if err := wants("Prune whose function fails", err, errUndo); err != nil {
		return err
	}
	if _, err := e.pruner.Discard(e.ctx); err != nil {
		return err
	}
	if err := e.view(func(r storage.Reader) error { return e.mailIDs(r.Outbox(), "a") }); err != nil {
		return err
	}
	return e.has(blob, "kept")
}

// takeRaw takes the reference to its raw mail out of an entry and releases it.
func (e *pruneEnv) takeRaw(w storage.PruneWriter, k mailbox.Key) error {
	found, err := w.Ledger().Lookup(e.ctx, []mailbox.Key{k})
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("%d entries for %v", len(found), k)
	}
	raw := found[0].Raw
	found[0].Raw = storage.Blob{}
	if err := w.Ledger().Put(e.ctx, &found[0]); err != nil {
		return err
	}
	return w.Release(e.ctx, raw)
}

// has returns an error unless the store has content, if it keeps any.
func (e *pruneEnv) has(b storage.Blob, want string) error {
	blobs, ok := e.store.(storage.Blobs)
	if !ok {
		return nil
	}
	got, err := (&blobEnv{e.ctx, blobs}).read(b)
	if err == nil && got != want {
		err = fmt.Errorf("content of %d bytes came back with %d", len(want), len(got))
	}
	return err
}

// contents of a check: small, and too big for one piece.
func contents(name string) []string { return []string{name, name + string(make([]byte, 3<<20))} }

func pruneContent(e *pruneEnv) error {
	blobs, ok := e.store.(storage.Blobs)
	if !ok {
		return nil
	}
	for i, content := range contents("raw") {
		raw, err := e.blob(content)
		if err != nil {
			return err
		}
		file, err := e.blob("file of " + content)
		if err != nil {
			return err
		}
		t := ticket("t")
		err = e.update(func(w storage.Writer) error {
			k := *t
			if err := w.Tickets().Put(e.ctx, &k); err != nil {
				return err
			}
			c := storage.Comment{Ticket: k.ID, Attachments: []storage.Attachment{{Display: "f", Blob: file}}}
			if err := w.Tickets().PutComment(e.ctx, &c); err != nil {
				return err
			}
			return w.Ledger().Put(e.ctx, &mailbox.Entry{Key: key(2 * i), Outcome: mailbox.Record, Raw: raw}, &mailbox.Entry{Key: key(2*i + 1), Outcome: mailbox.Record, Raw: file})
		})
		if err != nil {
			return err
		}
		err = e.pruner.Prune(e.ctx, func(w storage.PruneWriter) error {
			return errors.Join(e.takeRaw(w, key(2*i)), e.takeRaw(w, key(2*i+1)), w.Release(e.ctx), w.Release(e.ctx, blobOf("unknown")))
		})
		if err != nil {
			return err
		}
		if n, err := e.pruner.Discard(e.ctx); n != 1 || err != nil {
			return fmt.Errorf("%d pieces discarded, %v; want the one that nothing refers to", n, err)
		}
		_, err = blobs.Open(e.ctx, raw)
		if err := wants("open discarded content", err, storage.ErrNotFound); err != nil {
			return err
		}
		if err := e.has(file, "file of "+content); err != nil {
			return fmt.Errorf("content that a comment refers to: %w", err)
		}
		err = e.putEntries(&mailbox.Entry{Key: key(100), Outcome: mailbox.Record, Raw: raw})
		if err := wants("reference to discarded content", err, storage.ErrNotFound); err != nil {
			return err
		}
		if _, err := e.blob(content); err != nil {
			return fmt.Errorf("stage discarded content anew: %w", err)
		}
		if err := e.has(raw, content); err != nil {
			return fmt.Errorf("discarded content that was staged anew: %w", err)
		}
		if n, err := e.pruner.Discard(e.ctx); n != 0 || err != nil {
			return fmt.Errorf("%d pieces discarded again, %v", n, err)
		}
	}
	return nil
}

func pruneAgain(e *pruneEnv) error {
	if _, ok := e.store.(storage.Blobs); !ok {
		return nil
	}
	for i, content := range contents("again") {
		raw, err := e.blob(content)
		if err != nil {
			return err
		}
		release := func(uid int) error {
			if err := e.putEntries(&mailbox.Entry{Key: key(uid), Outcome: mailbox.Record, Raw: raw}); err != nil {
				return err
			}
			return e.pruner.Prune(e.ctx, func(w storage.PruneWriter) error { return e.takeRaw(w, key(uid)) })
		}
		if err := release(10 * i); err != nil {
			return err
		}
		if _, err := e.blob(content); err != nil { // a mail comes again, and is not committed yet
			return err
		}
		if _, err := e.pruner.Discard(e.ctx); err != nil {
			return err
		}
		if err := e.putEntries(&mailbox.Entry{Key: key(10*i + 1), Outcome: mailbox.Record, Raw: raw}); err != nil {
			return fmt.Errorf("reference to content staged again after its release: %w", err)
		}
		if err := e.has(raw, content); err != nil {
			return err
		}
		// Referred to by another record, without being staged.
		if err := release(10*i + 2); err != nil {
			return err
		}
		if err := e.putEntries(&mailbox.Entry{Key: key(10*i + 3), Outcome: mailbox.Record, Raw: raw}); err != nil {
			return err
		}
		if n, err := e.pruner.Discard(e.ctx); n != 0 || err != nil {
			return fmt.Errorf("%d pieces discarded that are referred to again, %v", n, err)
		}
		if err := e.has(raw, content); err != nil {
			return err
		}
	}
	return nil
}

// pruneRace discards between a reference and its commit, and then without a
// pause while writers refer to content, take the reference away and stage it
// again.
func pruneRace(e *pruneEnv) error {
	if _, ok := e.store.(storage.Blobs); !ok {
		return nil
	}
	for round := range 3 {
		for i, content := range contents("between") {
			if err := e.discardBetween(key(100_000+10*round+i), content, patience(round)); err != nil {
				return err
			}
		}
	}
	done := make(chan struct{})
	sweeping := make(chan error, 1)
	go func() {
		for {
			_, err := e.pruner.Discard(e.ctx)
			select {
			case <-done:
				sweeping <- err
				return
			default:
			}
			if err != nil {
				sweeping <- err
				return
			}
		}
	}()
	err := parallel(3, func(i int) error {
		for n := range 8 {
			content := fmt.Sprint("content ", n%3) // of all writers
			k := key(1000*i + n)
			raw, err := e.stageAndPut(k, content)
			if err != nil {
				return fmt.Errorf("reference to content just staged: %w", err)
			}
			if err := e.has(raw, content); err != nil {
				return fmt.Errorf("content just referred to: %w", err)
			}
			err = e.pruner.Prune(e.ctx, func(w storage.PruneWriter) error { return e.takeRaw(w, k) })
			if err != nil {
				return err
			}
		}
		return nil
	})
	close(done)
	return errors.Join(err, <-sweeping)
}

// stageAndPut keeps a reference to content. It stages it anew where that was
// discarded in between.
func (e *pruneEnv) stageAndPut(k mailbox.Key, content string) (raw storage.Blob, err error) {
	for range 100 {
		if raw, err = e.blob(content); err != nil {
			return raw, err
		}
		err = e.putEntries(&mailbox.Entry{Key: k, Outcome: mailbox.Record, Raw: raw})
		if !errors.Is(err, storage.ErrNotFound) {
			break
		}
	}
	return raw, err
}

// discardBetween puts a reference to released content, and discards before that
// is committed, if the store does not make one wait for the other: then the
// commit comes when patience is over. The content may be gone, but not the
// content of a reference that was committed.
func (e *pruneEnv) discardBetween(k mailbox.Key, content string, patience time.Duration) error {
	raw, err := e.stageAndPut(k, content)
	if err != nil {
		return err
	}
	if err := e.pruner.Prune(e.ctx, func(w storage.PruneWriter) error { return e.takeRaw(w, k) }); err != nil {
		return err
	}
	put, discarded := make(chan struct{}), make(chan struct{})
	begun := sync.OnceFunc(func() { close(put) })
	wait := sync.OnceFunc(func() { // a store may run the Update again
		begun()
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-discarded:
		case <-timer.C:
		}
	})
	again := k
	again.UID += " again"
	var refused bool
	err = parallel(2, func(i int) error {
		if i == 1 {
			<-put
			defer close(discarded)
			_, err := e.pruner.Discard(e.ctx)
			return err
		}
		defer begun() // also where nothing could be put
		err := e.update(func(w storage.Writer) error {
			err := w.Ledger().Put(e.ctx, &mailbox.Entry{Key: again, Outcome: mailbox.Record, Raw: raw})
			wait()
			return err
		})
		if refused = errors.Is(err, storage.ErrNotFound); refused {
			return nil
		}
		return err
	})
	if err != nil || refused {
		return err
	}
	if err := e.has(raw, content); err != nil {
		return fmt.Errorf("content referred to while others were discarded: %w", err)
	}
	return nil
}
