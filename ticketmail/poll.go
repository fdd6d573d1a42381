package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// Errors of [Engine.Poll], beside those of sessions and stores.
var (
	// ErrUnassigned reports a mailbox that serves no task: its mail stays.
	ErrUnassigned = errors.New("mailbox is assigned to no task")
	// ErrInactive reports a mailbox that is switched off.
	ErrInactive = errors.New("mailbox is inactive")
	// ErrVolatile reports that the store would lose what it is given, so
	// that nothing real may be emptied into it (Config.AllowVolatileStore).
	ErrVolatile = errors.New("the store is not durable: no mailbox is emptied into it unless AllowVolatileStore is set")
	// ErrStalled reports a poll that was ended because nothing came of it for
	// more than ten minutes.
	ErrStalled = errors.New("no progress")
	// ErrUnknownMailbox reports a mailbox that nobody has defined.
	ErrUnknownMailbox = errors.New("unknown mailbox")
	// ErrChanged reports a poll that was ended because the mailbox or what it
	// serves was changed meanwhile. What was not taken in yet stays for the
	// next poll.
	ErrChanged = fmt.Errorf("the mailbox was changed while it was polled: %w", mailbox.ErrWithdrawn)
)

// Poll empties a mailbox once: all its folders, in the order configured. A
// folder that fails does not stop the next one, unless three have cost the
// connection; the report counts what was done also then. The mailbox is leased
// meanwhile; one that another node or engine works on is a *storage.HeldError. A
// folder seen for the first time with mail in it is a *ConsentError; what the
// terms of a consent leave is counted and stays. A stored mailbox that cannot be
// beside the others, such as one that reads a folder that the program has come
// to read, is a *mailbox.FieldError and rests.
func (e *Engine) Poll(ctx context.Context, id mailbox.ID) (Report, error) {
	return e.poll(ctx, id, nil, nil)
}

// poll is Poll on a line, whose connection it takes or makes, and leaves open
// if all went well. It ends early when enough says so; nil: never.
func (e *Engine) poll(ctx context.Context, id mailbox.ID, l *line, enough func() bool) (Report, error) {
	ctx, poll := begin(ctx, e.observer, PollEvent{Mailbox: id})
	report, err := e.pollNow(ctx, id, l, enough)
	poll.end(err, func(r Result) Event { return PollEvent{Mailbox: id, Report: report, Result: r} })
	return report, err
}

func (e *Engine) pollNow(ctx context.Context, id mailbox.ID, l *line, enough func() bool) (Report, error) {
	routes, err := e.routesNow(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("poll mailbox %s: %w", id, err)
	}
	m, as, err := e.pollable(ctx, routes, id)
	if err != nil {
		return Report{}, fmt.Errorf("poll mailbox %s: %w", id, diagnosed(err))
	}
	lease, alive, err := e.acquire(ctx, leaseMailbox+string(id))
	if err != nil {
		return Report{}, fmt.Errorf("poll mailbox %s: %w", id, err)
	}
	defer lease.release(ctx, e.store)
	in := &inbound{Engine: e, assignment: as, mailbox: m, routes: routes, lease: lease, answers: e.newAnswers(), enough: enough}
	alive, stop := in.watch(alive, patience(m))
	defer stop()
	err = e.drainOn(alive, l, m, in)
	if in.leaving > 0 {
		in.progress(Report{Left: in.leaving}, 0)
	}
	if in.listed {
		in.tellBacklog(ctx)
	}
	if cause := context.Cause(alive); err != nil && cause != nil {
		err = errors.Join(diagnosed(cause), err)
	}
	if err != nil {
		return in.stats, fmt.Errorf("poll mailbox %s: %w", id, err)
	}
	return in.stats, nil
}

// patience is how long a poll may go on without any progress: ten minutes
// (THREATS part 3), and what the biggest mail needs at 50 KiB a second. The
// connection's own deadlines cannot tell a slow server from one that sends
// something now and then for ever.
func patience(m mailbox.Mailbox) time.Duration {
	return 10*time.Minute + time.Duration(m.MaxMessageBytes/(50<<10))*time.Second
}

// watch returns a context that ends with ErrStalled when the poll has made no
// progress for so long.
func (i *inbound) watch(ctx context.Context, patience time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(patience, func() { cancel(ErrStalled) })
	i.moved = func() { timer.Reset(patience) }
	return ctx, func() {
		timer.Stop()
		cancel(nil)
	}
}

// drainOn empties all folders in one session. Where that has to end before all
// is done (POP3), others follow, as long as it is nobody else's turn and the
// mails become fewer: a server may
// also say that it removed them and go on listing them. One that does not want
// us back so soon is asked again by the next poll.
func (e *Engine) drainOn(ctx context.Context, l *line, m mailbox.Mailbox, in *inbound) error {
	var err error
	if in.tenure, err = e.tenure(ctx, m); err != nil {
		return err
	}
	before := math.MaxInt
	for in.sessions = 1; ; in.sessions++ {
		stay := in.leaving
		in.leaving = 0
		r, err := e.drainSession(ctx, l, m, in)
		if in.sessions > 1 && errors.Is(err, mailbox.ErrLater) {
			in.leaving = stay
			return nil
		}
		if err != nil || !r.More || r.Folder.Messages >= before || in.enough != nil && in.enough() {
			return err
		}
		before = r.Folder.Messages
	}
}

// drainSession drains on the connection of a line, or else on a new one. One
// that was kept may have died in its sleep: then a new one is tried at once. A
// folder that costs us the connection does not stop the next one, which gets
// another, unless too many do. It returns the report of the last folder.
func (e *Engine) drainSession(ctx context.Context, l *line, m mailbox.Mailbox, in *inbound) (last mailbox.DrainReport, err error) {
	left := m.Folders
	if s := l.takeFor(m); s != nil {
		last, left, err = e.drainFolders(ctx, s, m, left, in)
		if err == nil && l.keep(s, m) {
			return last, nil
		}
		closed := s.Close()
		switch {
		case err == nil:
			return last, closed
		case usable(err) || in.listed || ctx.Err() != nil:
			err = errors.Join(err, closed)
		default:
			left, err = m.Folders, nil
		}
	}
	lost := 0
	if err != nil {
		lost = 1
	}
	for ; len(left) > 0 && (err == nil || lost < maxLost && goesOn(ctx, err)); lost++ {
		s, failed := e.cfg.Connectors[m.Protocol].Connect(ctx, m)
		switch {
		case failed != nil && err != nil && errors.Is(failed, mailbox.ErrLater):
			return last, err // the rest has to wait, and what failed is told
		case failed != nil:
			return last, errors.Join(err, e.diagnose(m, failed))
		}
		last, left, failed = e.drainFolders(ctx, s, m, left, in)
		if err == nil && failed == nil && l.keep(s, m) {
			return last, nil
		}
		err = errors.Join(err, failed, s.Close())
	}
	return last, err
}

// maxLost is how many connections a poll may lose to its folders. A cause that
// is not the folders', such as a store that is down, is then the same for all,
// and a server that is asked again and again shuts its door.
const maxLost = 3

// goesOn reports whether another folder may be tried after an error.
func goesOn(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !errors.Is(err, mailbox.ErrWithdrawn) && !errors.Is(err, storage.ErrLeaseLost)
}

// drainFolders drains folders until one costs the session, and returns those
// behind it.
func (e *Engine) drainFolders(ctx context.Context, s mailbox.Session, m mailbox.Mailbox, folders []string, in *inbound) (last mailbox.DrainReport, left []string, err error) {
	var failed []error
	for i, folder := range folders {
		if last, err = e.drainFolder(ctx, s, m, folder, in); err != nil {
			failed = append(failed, err)
			if !usable(err) {
				left = folders[i+1:]
				break
			}
		}
	}
	return last, left, errors.Join(failed...)
}

func (e *Engine) drainFolder(ctx context.Context, s mailbox.Session, m mailbox.Mailbox, folder string, in *inbound) (mailbox.DrainReport, error) {
	opts := e.cfg.Drain
	opts.Now, opts.Enough = e.now, in.enough
	opts.Account = in.tenure.Number
	in.gate = &gate{Engine: e, mailbox: m, folder: folder, lease: in.lease, tenure: &in.tenure}
	opts.Admit = func(ctx context.Context, f mailbox.FolderKey, items []mailbox.Item) ([]mailbox.Item, error) {
		in.listed = true
		taken, err := in.gate.admit(ctx, s, f, items)
		if err != nil {
			return nil, err
		}
		if in.sessions == 1 { // later ones have what the first left
			in.progress(Report{Untouched: len(items) - len(taken)}, waiting(m, taken))
		}
		in.tellBacklog(ctx)
		return taken, nil
	}
	r, err := mailbox.Drain(ctx, leased(s, in.lease, e.store), m, folder, journal{e, in.lease}, in, &opts)
	done := Report{Deleted: r.Removed, Moved: r.Moved, Kept: r.Kept}
	if r.More {
		in.leaving += r.Left
	} else {
		done.Left = r.Left
	}
	in.progress(done, 0)
	if err != nil && usable(err) {
		err = e.diagnose(m, err) // it is the folder's
	}
	if err != nil || r.More { // the rest is known by its bytes only while the folder is not settled
		return r, err
	}
	return r, in.gate.settled(ctx)
}

// waiting counts the mails that are not known to be kept.
func waiting(m mailbox.Mailbox, items []mailbox.Item) int {
	n := 0
	for _, it := range items {
		if !it.Kept || m.After != mailbox.AfterFlag {
			n++
		}
	}
	return n
}

// usable reports whether the session outlived an error.
func usable(err error) bool {
	_, folder := errors.AsType[*mailbox.FolderError](err)
	_, guarded := errors.AsType[*ConsentError](err)
	return folder || guarded || errors.Is(err, mailbox.ErrReadOnly) || errors.Is(err, mailbox.ErrCannotKeep)
}

// pollable returns a mailbox that may be polled, with its secrets, and what it
// serves.
func (e *Engine) pollable(ctx context.Context, routes *routing, id mailbox.ID) (mailbox.Mailbox, mailbox.Assignment, error) {
	m, known := routes.find(id)
	as, assigned := routes.Assignment(id)
	switch {
	case !known:
		return m, as, ErrUnknownMailbox
	case !assigned:
		return m, as, ErrUnassigned
	case m.Inactive:
		return m, as, ErrInactive
	case e.cfg.Connectors[m.Protocol] == nil: // it was stored when there was one
		return m, as, fmt.Errorf("no connector for %s", m.Protocol)
	case !e.store.Durable() && !e.cfg.AllowVolatileStore:
		return m, as, ErrVolatile
	}
	m, err := e.withSecrets(ctx, routes, m)
	if why, rests := routes.resting[id]; rests && err == nil {
		err = why
	}
	return m, as, err
}
