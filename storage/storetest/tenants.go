package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// RunTenants tests the Tenants made by open, which returns empty ones and
// registers its own clean-up with t.Cleanup: nothing that one tenant has is
// ever seen, taken or refused because of another. opts may be nil.
func RunTenants(t *testing.T, open func(t *testing.T) storage.Tenants, opts *Options) {
	run(t, optionsOf(opts), tenantChecks, func(t *testing.T, c check[*tenantEnv]) error {
		return c.run(&tenantEnv{ctx: t.Context(), tenants: open(t)})
	})
}

// A tenantEnv is what a check of Tenants works with.
type tenantEnv struct {
	ctx     context.Context
	tenants storage.Tenants
}

var tenantChecks = []check[*tenantEnv]{
	{"Names", "a tenant's id is a name and never a path or a pattern", tenantNames},
	{"Same", "the same tenant is the same store", tenantSame},
	{"List", "all tenants are listed, and no others", tenantList},
	{"NoLeak", "no reader of one tenant yields anything of another", tenantLeaks},
	{"SameNames", "what one tenant has is free for another: numbers, ids, keys, settings, leases", tenantNamesFree},
	{"Content", "content of one tenant is unknown to another", tenantContent},
	{"Changes", "what one tenant writes or takes away changes nothing of another", tenantChanges},
	{"Parallel", "tenants made and used at the same time stay apart", tenantParallel},
}

// env returns a tenant as a store to check.
func (e *tenantEnv) env(id storage.TenantID) (*env, error) {
	s, err := e.tenants.Tenant(e.ctx, id)
	return &env{ctx: e.ctx, store: s}, err
}

// two returns two tenants whose names are as alike as can be.
func (e *tenantEnv) two() (a, b *env, err error) {
	if a, err = e.env("acme"); err != nil {
		return nil, nil, err
	}
	b, err = e.env("acme-2")
	return a, b, err
}

func tenantNames(e *tenantEnv) error {
	for _, id := range []storage.TenantID{
		"", "A", "Acme", "a b", "a/b", "..", "../a", "a_b", "1a", "-a", "a%", "a\x00", "a'", `a"`, "ä",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	} {
		if _, err := e.tenants.Tenant(e.ctx, id); err == nil {
			return fmt.Errorf("tenant %q was made", id)
		}
	}
	_, err := e.tenants.Tenant(e.ctx, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	return err
}

func tenantSame(e *tenantEnv) error {
	a, err := e.tenants.Tenant(e.ctx, "acme")
	if err != nil {
		return err
	}
	again, err := e.tenants.Tenant(e.ctx, "acme")
	if err != nil {
		return err
	}
	if a != again {
		return errors.New("two stores for one tenant")
	}
	return nil
}

func tenantList(e *tenantEnv) error {
	for _, id := range []storage.TenantID{"c", "a", "b-1"} {
		if _, err := e.tenants.Tenant(e.ctx, id); err != nil {
			return err
		}
	}
	var got []storage.TenantID
	for id, err := range e.tenants.All(e.ctx) {
		if err != nil {
			return err
		}
		got = append(got, id)
	}
	if fmt.Sprint(got) != "[a b-1 c]" {
		return fmt.Errorf("tenants are %v, want [a b-1 c]", got)
	}
	for _, err := range e.tenants.All(e.ctx) {
		return err // a loop left early leaves nothing open
	}
	return nil
}

func tenantLeaks(e *tenantEnv) error {
	a, b, err := e.two()
	if err != nil {
		return err
	}
	secret := ticket("secret")
	secret.Assignee, secret.Categories, secret.Parent = "anna", []string{"vip"}, "1"
	err = a.update(func(w storage.Writer) error {
		if err := a.writeEverything(w); err != nil {
			return err
		}
		k := *secret
		if err := w.Tickets().Put(a.ctx, &k); err != nil {
			return err
		}
		secret.ID = k.ID
		return w.Ledger().Put(a.ctx, &mailbox.Entry{Key: key(2), Outcome: mailbox.Quarantine, Ticket: k.ID, MessageID: "id@x"})
	})
	if err != nil {
		return err
	}
	if err := a.view(func(r storage.Reader) error { return leaks(a, r, secret.ID) }); err == nil {
		return errors.New("the tenant's own reader finds nothing of what was written")
	}
	if err := b.view(func(r storage.Reader) error { return leaks(b, r, secret.ID) }); err != nil {
		return fmt.Errorf("a reader of another tenant: %w", err)
	}
	return b.update(func(w storage.Writer) error {
		if err := leaks(b, asReader{w}, secret.ID); err != nil {
			return fmt.Errorf("a writer of another tenant: %w", err)
		}
		alien := storage.Comment{Ticket: secret.ID}
		if err := wants("comment on another tenant's ticket", w.Tickets().PutComment(b.ctx, &alien), storage.ErrNotFound); err != nil {
			return err
		}
		claimed, err := w.Outbox().Claim(b.ctx, "owner", at(1_000_000), at(2_000_000), 100)
		if err != nil || len(claimed) > 0 {
			return fmt.Errorf("%d mails of another tenant were claimed, %v", len(claimed), err)
		}
		return nil
	})
}

// leaks calls every method of a reader with the other tenant's ids and keys.
func leaks(e *env, r storage.Reader, id storage.TicketID) error {
	if err := e.sees(r, nothing); err != nil {
		return err
	}
	for _, id := range []storage.TicketID{"1", id} {
		if _, err := r.Tickets().Get(e.ctx, id); !errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("ticket %s: %v", id, err)
		}
		comments, err := collect(r.Tickets().Comments(e.ctx, id))
		if len(comments) > 0 || err != nil && !errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("%d comments of ticket %s, %v", len(comments), id, err)
		}
		changes, err := collect(r.Tickets().Changes(e.ctx, id, 0))
		if len(changes) > 0 || err != nil {
			return fmt.Errorf("%d changes of ticket %s, %v", len(changes), id, err)
		}
		mails, err := collect(r.Outbox().List(e.ctx, notify.MailQuery{Ticket: id}))
		if len(mails) > 0 || err != nil {
			return fmt.Errorf("%d mails about ticket %s, %v", len(mails), id, err)
		}
	}
	for _, q := range []storage.TicketQuery{
		{Status: storage.New}, {Task: "task"}, {Project: "project"}, {Assignee: "anna"}, {Parent: "1"},
		{AnyCategory: []string{"vip"}}, {AllCategories: []string{"vip"}},
	} {
		if found, err := collect(r.Tickets().List(e.ctx, q)); len(found) > 0 || err != nil {
			return fmt.Errorf("%d tickets for %+v, %v", len(found), q, err)
		}
	}
	if _, err := collect(r.Tickets().List(e.ctx, storage.TicketQuery{After: id})); !errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("tickets after another tenant's: %v", err)
	}
	entries, err := r.Ledger().Lookup(e.ctx, []mailbox.Key{key(1), key(2)})
	if len(entries) > 0 || err != nil {
		return fmt.Errorf("%d entries by key, %v", len(entries), err)
	}
	entries, err = r.Ledger().ByMessageID(e.ctx, []string{"id@x"})
	if len(entries) > 0 || err != nil {
		return fmt.Errorf("%d entries by Message-ID, %v", len(entries), err)
	}
	for _, q := range []mailbox.LedgerQuery{{Mailbox: key(1).Mailbox}, {Outcome: mailbox.Quarantine}} {
		if found, err := collect(r.Ledger().List(e.ctx, q)); len(found) > 0 || err != nil {
			return fmt.Errorf("%d entries for %+v, %v", len(found), q, err)
		}
	}
	if found, err := collect(r.Outbox().List(e.ctx, notify.MailQuery{State: notify.Waiting})); len(found) > 0 || err != nil {
		return fmt.Errorf("%d waiting mails, %v", len(found), err)
	}
	if value, err := r.Settings().Get(e.ctx, "kind", "key"); !errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("setting %q, %v", value, err)
	}
	return nil
}

// tenantNamesFree writes the same everywhere.
func tenantNamesFree(e *tenantEnv) error {
	a, b, err := e.two()
	if err != nil {
		return err
	}
	var ids [2]storage.TicketID
	for i, one := range []*env{a, b} {
		t := ticket("t")
		err := one.update(func(w storage.Writer) error {
			k := *t
			if err := w.Tickets().Put(one.ctx, &k); err != nil {
				return err
			}
			ids[i] = k.ID
			c := storage.Change{Ticket: k.ID, At: at(1), Field: "f"}
			if err := w.Tickets().AddChange(one.ctx, &c); err != nil {
				return err
			}
			return one.writeEverything(w) // and takes a lease
		})
		if err != nil {
			return fmt.Errorf("write what the other tenant has: %w", err)
		}
	}
	if ids[0] != ids[1] {
		return fmt.Errorf("the first tickets are %v: one tenant's numbers depend on the other's", ids)
	}
	return nil
}

func tenantContent(e *tenantEnv) error {
	a, b, err := e.two()
	if err != nil {
		return err
	}
	blobs, ok := b.store.(storage.Blobs)
	if !ok {
		return nil
	}
	raw, err := a.blob("secret of the first")
	if err != nil {
		return err
	}
	if err := a.putEntries(&mailbox.Entry{Key: key(1), Outcome: mailbox.Record, Raw: raw}); err != nil {
		return err
	}
	_, err = blobs.Open(e.ctx, raw)
	if err := wants("open content of another tenant", err, storage.ErrNotFound); err != nil {
		return err
	}
	err = b.putEntries(&mailbox.Entry{Key: key(1), Outcome: mailbox.Record, Raw: raw})
	return wants("refer to content of another tenant", err, storage.ErrNotFound)
}

func tenantChanges(e *tenantEnv) error {
	a, b, err := e.two()
	if err != nil {
		return err
	}
	for _, one := range []*env{a, b} {
		raw, err := one.blob("the same mail")
		if err != nil {
			return err
		}
		if err := one.putEntries(&mailbox.Entry{Key: key(1), Outcome: mailbox.Record, Raw: raw}); err != nil {
			return err
		}
		err = one.update(func(w storage.Writer) error {
			if err := w.Settings().Put(one.ctx, "kind", "key", []byte("value")); err != nil {
				return err
			}
			return w.Outbox().Put(one.ctx, mail("m", 1))
		})
		if err != nil {
			return err
		}
	}
	err = a.update(func(w storage.Writer) error {
		if err := w.Settings().Delete(a.ctx, "kind", "key"); err != nil {
			return err
		}
		if err := w.Ledger().Emptied(a.ctx, []mailbox.Key{key(1)}, at(5)); err != nil {
			return err
		}
		_, err := w.Outbox().Claim(a.ctx, "owner", at(10), at(20), 10)
		return err
	})
	if err != nil {
		return err
	}
	if p, ok := a.store.(storage.Pruner); ok {
		pa := &pruneEnv{*a, p}
		err := p.Prune(a.ctx, func(w storage.PruneWriter) error {
			return errors.Join(w.DeleteMails(a.ctx, "m"), pa.takeRaw(w, key(1)))
		})
		if err != nil {
			return err
		}
		if _, err := p.Discard(a.ctx); err != nil {
			return err
		}
	}
	err = b.view(func(r storage.Reader) error {
		value, err := r.Settings().Get(b.ctx, "kind", "key")
		if err != nil || string(value) != "value" {
			return fmt.Errorf("setting is %q, %v", value, err)
		}
		entries, err := r.Ledger().Lookup(b.ctx, []mailbox.Key{key(1)})
		if err != nil || len(entries) != 1 || !entries[0].EmptiedAt.IsZero() || entries[0].Raw.IsZero() {
			return fmt.Errorf("entries are %+v, %v", entries, err)
		}
		mails, err := collect(r.Outbox().List(b.ctx, notify.MailQuery{}))
		if err != nil || len(mails) != 1 || mails[0].State != notify.Waiting {
			return fmt.Errorf("mails are %+v, %v", mails, err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("after the other tenant's changes: %w", err)
	}
	return (&pruneEnv{env: *b}).has(blobOf("the same mail"), "the same mail")
}

func tenantParallel(e *tenantEnv) error {
	return parallel(6, func(i int) error {
		id := storage.TenantID(fmt.Sprint("t", i/2)) // two goroutines each
		for n := range 5 {
			one, err := e.env(id)
			if err != nil {
				return err
			}
			key := fmt.Sprint(i, " ", n)
			err = one.update(func(w storage.Writer) error { return w.Settings().Put(e.ctx, "kind", key, []byte(id)) })
			if err != nil {
				return err
			}
			err = one.view(func(r storage.Reader) error {
				for s, err := range r.Settings().List(e.ctx, "kind") {
					if err != nil {
						return err
					}
					if string(s.Value) != string(id) {
						return fmt.Errorf("tenant %s has a setting of %s", id, s.Value)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
