package fault

import (
	"context"
	"iter"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// The parts of a transaction, each call of which is a point with
// Injector.Within.

type reader struct {
	r  storage.Reader
	in *Injector
}

func (r reader) Tickets() storage.TicketReader    { return ticketReader{r.r.Tickets(), r.in} }
func (r reader) Ledger() mailbox.LedgerReader     { return ledgerReader{r.r.Ledger(), r.in} }
func (r reader) Outbox() notify.OutboxReader      { return outboxReader{r.r.Outbox(), r.in} }
func (r reader) Settings() storage.SettingsReader { return settingsReader{r.r.Settings(), r.in} }

type writer struct {
	w  storage.Writer
	in *Injector
}

func (w writer) Tickets() storage.Tickets {
	t := w.w.Tickets()
	return tickets{ticketReader{t, w.in}, t}
}

func (w writer) Ledger() mailbox.Ledger {
	l := w.w.Ledger()
	return ledger{ledgerReader{l, w.in}, l}
}

func (w writer) Outbox() notify.Outbox {
	o := w.w.Outbox()
	return outbox{outboxReader{o, w.in}, o}
}

func (w writer) Settings() storage.Settings {
	s := w.w.Settings()
	return settings{settingsReader{s, w.in}, s}
}

func (w writer) Leases() storage.Leases { return leases{w.w.Leases(), w.in} }

// one makes a call that answers with one value.
func one[T any](ctx context.Context, in *Injector, op Op, call func() (T, error)) (v T, err error) {
	if err := in.within(ctx, op); err != nil {
		return v, err
	}
	return call()
}

// all makes a call that answers with many.
func all[T any](ctx context.Context, in *Injector, op Op, list iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err := in.within(ctx, op); err != nil {
			var none T
			yield(none, err)
			return
		}
		list(yield)
	}
}

type ticketReader struct {
	r  storage.TicketReader
	in *Injector
}

func (t ticketReader) Get(ctx context.Context, id storage.TicketID) (storage.Ticket, error) {
	return one(ctx, t.in, "tickets.get", func() (storage.Ticket, error) { return t.r.Get(ctx, id) })
}

func (t ticketReader) List(ctx context.Context, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	return all(ctx, t.in, "tickets.list", t.r.List(ctx, q))
}

func (t ticketReader) Comments(ctx context.Context, id storage.TicketID) iter.Seq2[storage.Comment, error] {
	return all(ctx, t.in, "tickets.comments", t.r.Comments(ctx, id))
}

func (t ticketReader) Changes(ctx context.Context, id storage.TicketID, after int64) iter.Seq2[storage.Change, error] {
	return all(ctx, t.in, "tickets.changes", t.r.Changes(ctx, id, after))
}

type tickets struct {
	ticketReader
	w storage.Tickets
}

func (t tickets) Put(ctx context.Context, ticket *storage.Ticket) error {
	if err := t.in.within(ctx, "tickets.put"); err != nil {
		return err
	}
	return t.w.Put(ctx, ticket)
}

func (t tickets) PutComment(ctx context.Context, c *storage.Comment) error {
	if err := t.in.within(ctx, "tickets.putcomment"); err != nil {
		return err
	}
	return t.w.PutComment(ctx, c)
}

func (t tickets) AddChange(ctx context.Context, c *storage.Change) error {
	if err := t.in.within(ctx, "tickets.addchange"); err != nil {
		return err
	}
	return t.w.AddChange(ctx, c)
}

type ledgerReader struct {
	r  mailbox.LedgerReader
	in *Injector
}

func (l ledgerReader) Lookup(ctx context.Context, keys []mailbox.Key) ([]mailbox.Entry, error) {
	return one(ctx, l.in, "ledger.lookup", func() ([]mailbox.Entry, error) { return l.r.Lookup(ctx, keys) })
}

func (l ledgerReader) ByMessageID(ctx context.Context, ids []string) ([]mailbox.Entry, error) {
	return one(ctx, l.in, "ledger.bymessageid", func() ([]mailbox.Entry, error) { return l.r.ByMessageID(ctx, ids) })
}

func (l ledgerReader) List(ctx context.Context, q mailbox.LedgerQuery) iter.Seq2[mailbox.Entry, error] {
	return all(ctx, l.in, "ledger.list", l.r.List(ctx, q))
}

type ledger struct {
	ledgerReader
	w mailbox.Ledger
}

func (l ledger) Put(ctx context.Context, entries ...*mailbox.Entry) error {
	if err := l.in.within(ctx, "ledger.put"); err != nil {
		return err
	}
	return l.w.Put(ctx, entries...)
}

func (l ledger) Emptied(ctx context.Context, keys []mailbox.Key, at time.Time) error {
	if err := l.in.within(ctx, "ledger.emptied"); err != nil {
		return err
	}
	return l.w.Emptied(ctx, keys, at)
}

type outboxReader struct {
	r  notify.OutboxReader
	in *Injector
}

func (o outboxReader) List(ctx context.Context, q notify.MailQuery) iter.Seq2[notify.Mail, error] {
	return all(ctx, o.in, "outbox.list", o.r.List(ctx, q))
}

type outbox struct {
	outboxReader
	w notify.Outbox
}

func (o outbox) Put(ctx context.Context, mails ...*notify.Mail) error {
	if err := o.in.within(ctx, "outbox.put"); err != nil {
		return err
	}
	return o.w.Put(ctx, mails...)
}

func (o outbox) Claim(ctx context.Context, owner string, now, until time.Time, n int) ([]notify.Mail, error) {
	return one(ctx, o.in, "outbox.claim", func() ([]notify.Mail, error) { return o.w.Claim(ctx, owner, now, until, n) })
}

type settingsReader struct {
	r  storage.SettingsReader
	in *Injector
}

func (s settingsReader) Get(ctx context.Context, kind, key string) ([]byte, error) {
	return one(ctx, s.in, "settings.get", func() ([]byte, error) { return s.r.Get(ctx, kind, key) })
}

func (s settingsReader) List(ctx context.Context, kind string) iter.Seq2[storage.Setting, error] {
	return all(ctx, s.in, "settings.list", s.r.List(ctx, kind))
}

type settings struct {
	settingsReader
	w storage.Settings
}

func (s settings) Put(ctx context.Context, kind, key string, value []byte) error {
	if err := s.in.within(ctx, "settings.put"); err != nil {
		return err
	}
	return s.w.Put(ctx, kind, key, value)
}

func (s settings) Delete(ctx context.Context, kind, key string) error {
	if err := s.in.within(ctx, "settings.delete"); err != nil {
		return err
	}
	return s.w.Delete(ctx, kind, key)
}

type leases struct {
	w  storage.Leases
	in *Injector
}

func (l leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (storage.Lease, error) {
	return one(ctx, l.in, "leases.acquire", func() (storage.Lease, error) { return l.w.Acquire(ctx, name, holder, ttl, dead) })
}

func (l leases) Renew(ctx context.Context, lease storage.Lease, ttl time.Duration) error {
	if err := l.in.within(ctx, "leases.renew"); err != nil {
		return err
	}
	return l.w.Renew(ctx, lease, ttl)
}

func (l leases) Release(ctx context.Context, lease storage.Lease) error {
	if err := l.in.within(ctx, "leases.release"); err != nil {
		return err
	}
	return l.w.Release(ctx, lease)
}
