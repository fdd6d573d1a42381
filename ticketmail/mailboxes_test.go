package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// ring is a sealer of tests.
func ring(t *testing.T) seal.Sealer {
	t.Helper()
	r, err := seal.NewRing(seal.NewKey("test"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// box2 is a mailbox that an administrator defines.
func box2(change func(*mailbox.Mailbox)) mailbox.Mailbox {
	m := mailbox.Mailbox{ID: "sales", Address: "sales@erp.example", Host: "mail.example", User: "sales", Password: mailbox.NewSecret("hunter2")}
	if change != nil {
		change(&m)
	}
	return m
}

// TestMailboxIsDefined: what an administrator defines, assigns and makes the
// default works like what the program defines, on every engine.
func TestMailboxIsDefined(t *testing.T) {
	server := mailboxtest.NewServer()
	server.SetCredentials("sales", "hunter2")
	key := ring(t)
	h := build(t, func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
		c.Sealer = key
	})
	ctx := t.Context()
	if err := h.PutMailbox(ctx, box2(nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Poll(ctx, "sales"); !errors.Is(err, ticketmail.ErrUnassigned) {
		t.Errorf("a mailbox of no task is polled: %v", err)
	}
	if err := h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere", CustomerContact: "mia"}); err != nil {
		t.Fatal(err)
	}
	if err := h.Consent(ctx, ticketmail.Actor{}, "sales", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	server.Add("INBOX", mail("x@y.example", "Order", "a@x", "We need paper."))
	if r, err := h.Poll(ctx, "sales"); err != nil || r.Tickets != 1 {
		t.Fatalf("Poll = %+v, %v", r, err)
	}
	if k := h.tickets()[0]; k.Task != "elsewhere" || k.CustomerContact != "mia" || k.Mailbox != "sales" {
		t.Errorf("ticket = %+v", k)
	}
	// Another engine on the store sees it, and may change it without knowing the password.
	other, err := ticketmail.New(ctx, h.cfg(func(c *ticketmail.Config) { c.Sealer = key }))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Password, m.Name = mailbox.Secret{}, "Sales team" })); err != nil {
		t.Fatal(err)
	}
	server.Add("INBOX", mail("x@y.example", "Order", "b@x", "And pens."))
	if r, err := h.Poll(ctx, "sales"); err != nil || r.Tickets != 1 {
		t.Errorf("after a change without a password: %+v, %v", r, err)
	}
	if err := other.SetDefaultMailbox(ctx, "", "sales"); err != nil {
		t.Fatal(err)
	}
	r, err := h.Routes(ctx)
	if err != nil || r.Default != "sales" || len(r.Mailboxes) != 2 || r.Mailboxes[1].Name != "Sales team" || !r.Mailboxes[1].Password.IsZero() {
		t.Errorf("routes = %+v, %v", r, err)
	}
	x, err := h.Explain(ctx, h.create(ticketmail.NewTicket{Task: "elsewhere"}).ID, "ticket_created", bea)
	if err != nil || x.Route.Address != "sales@erp.example" {
		t.Errorf("Reply-To of a ticket there: %+v, %v", x.Route, err)
	}
	for _, by := range []func() error{
		func() error { return h.UnassignMailbox(ctx, "sales") },
		func() error { return h.SetDefaultMailbox(ctx, "", "") },
	} {
		if in, ok := errors.AsType[*ticketmail.InUseError](h.DeleteMailbox(ctx, "sales")); !ok || in.By == "" {
			t.Error("a mailbox in use was deleted")
		}
		if err := by(); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.DeleteMailbox(ctx, "sales"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Poll(ctx, "sales"); !errors.Is(err, ticketmail.ErrUnknownMailbox) {
		t.Errorf("a deleted mailbox: %v", err)
	}
}

// TestMailboxSecrets: the password stands in the store sealed only, opens with
// the key alone, and is not shown to another server.
func TestMailboxSecrets(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) { c.Sealer = ring(t) })
	ctx := t.Context()
	if err := h.PutMailbox(ctx, box2(nil)); err != nil {
		t.Fatal(err)
	}
	h.view(func(r storage.Reader) error {
		for s, err := range r.Settings().List(ctx, "mailbox") {
			if err != nil {
				return err
			}
			if strings.Contains(string(s.Value), "hunter2") {
				t.Errorf("the password stands in the store: %s", s.Value)
			}
		}
		return nil
	})
	for name, change := range map[string]func(*mailbox.Mailbox){
		"host":     func(m *mailbox.Mailbox) { m.Host = "evil.example" },
		"port":     func(m *mailbox.Mailbox) { m.Port = 1143 },
		"security": func(m *mailbox.Mailbox) { m.Security = mailbox.None },
		"user":     func(m *mailbox.Mailbox) { m.User = "other" },
		"checks":   func(m *mailbox.Mailbox) { m.InsecureSkipVerify = true },
	} {
		err := h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Password = mailbox.Secret{}; change(m) }))
		if f, ok := errors.AsType[*mailbox.FieldError](err); !ok || f.Field != "Password" {
			t.Errorf("another %s with the old password: %v", name, err)
		}
	}
	if err := h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}); err != nil {
		t.Fatal(err)
	}
	stranger, err := ticketmail.New(ctx, h.cfg(func(c *ticketmail.Config) { c.Sealer = ring(t) }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Poll(ctx, "sales"); !errors.Is(err, seal.ErrRefused) || strings.Contains(fmt.Sprintf("%+v", err), "hunter2") {
		t.Errorf("with another key: %v", err)
	}
	none := build(t, nil)
	if err := none.PutMailbox(ctx, box2(nil)); !errors.Is(err, ticketmail.ErrNoSealer) {
		t.Errorf("without a sealer: %v", err)
	}
}

func TestPutMailboxRefuses(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) { c.Sealer = ring(t) })
	ctx := t.Context()
	for name, m := range map[string]mailbox.Mailbox{
		"no host":         box2(func(m *mailbox.Mailbox) { m.Host = "" }),
		"no connector":    box2(func(m *mailbox.Mailbox) { m.Protocol = "gopher" }),
		"a folder twice":  box2(func(m *mailbox.Mailbox) { m.User = "support" }),
		"the name's case": box2(func(m *mailbox.Mailbox) { m.ID = "SUPPORT" }),
	} {
		if _, ok := errors.AsType[*mailbox.FieldError](h.PutMailbox(ctx, m)); !ok {
			t.Errorf("%s: %v, want a FieldError", name, h.PutMailbox(ctx, m))
		}
	}
	if err := h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.ID = "support" })); !errors.Is(err, ticketmail.ErrFixed) {
		t.Errorf("a mailbox of the program: %v", err)
	}
	for name, a := range map[string]mailbox.Assignment{
		"no task":    {Mailbox: "support", Task: "nowhere"},
		"no creator": {Mailbox: "support", Task: "elsewhere", Creator: "nobody"},
	} {
		if err := h.AssignMailbox(ctx, a); !errors.Is(err, escalation.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := errors.AsType[*mailbox.FieldError](h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "gone", Task: "elsewhere"})); !ok {
		t.Error("a mailbox that does not exist is assigned")
	}
	if err := h.SetDefaultMailbox(ctx, "dept", "gone"); err == nil {
		t.Error("a mailbox that does not exist is a default")
	}
	if err := h.DeleteMailbox(ctx, "gone"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a mailbox that does not exist is deleted: %v", err)
	}
}

// TestAssignmentRace is THREATS S16: of writers that give one mailbox to
// different tasks at once, or one task different mailboxes, one wins.
func TestAssignmentRace(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) { c.Sealer = ring(t) })
	for _, id := range []mailbox.ID{"m1", "m2"} {
		if err := h.PutMailbox(t.Context(), box2(func(m *mailbox.Mailbox) { m.ID, m.User = id, string(id) })); err != nil {
			t.Fatal(err)
		}
	}
	for range 500 {
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, id := range []mailbox.ID{"m1", "m2"} {
			wg.Go(func() {
				errs[i] = h.AssignMailbox(t.Context(), mailbox.Assignment{Mailbox: id, Task: "elsewhere"})
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("a task has two mailboxes, or none: %v, %v", errs[0], errs[1])
		}
		for _, id := range []mailbox.ID{"m1", "m2"} {
			if err := h.UnassignMailbox(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestMailboxChangedWhilePolled is THREATS H79: the poll ends before anything
// more is taken in, nothing is lost, and the next one works by the new rules.
func TestMailboxChangedWhilePolled(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(ctx context.Context, h house) error
		after  func(t *testing.T, h house)
	}{
		"unassigned": {
			func(ctx context.Context, h house) error { return h.UnassignMailbox(ctx, "sales") },
			func(t *testing.T, h house) {
				if _, err := h.Poll(t.Context(), "sales"); !errors.Is(err, ticketmail.ErrUnassigned) {
					t.Errorf("Poll = %v", err)
				}
			},
		},
		"another task": {
			func(ctx context.Context, h house) error {
				return errors.Join(h.UnassignMailbox(ctx, "sales"), h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "third"}))
			},
			func(t *testing.T, h house) {
				if _, err := h.Poll(t.Context(), "sales"); err != nil {
					t.Fatal(err)
				}
				for _, k := range h.tickets() {
					if k.Task != "third" {
						t.Errorf("a ticket in task %s", k.Task)
					}
				}
			},
		},
		"inactive": {
			func(ctx context.Context, h house) error {
				return h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Inactive = true }))
			},
			func(t *testing.T, h house) {
				if _, err := h.Poll(t.Context(), "sales"); !errors.Is(err, ticketmail.ErrInactive) {
					t.Errorf("Poll = %v", err)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := mailboxtest.NewServer()
			var h house
			asked := false
			h = build(t, func(c *ticketmail.Config) {
				c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
				c.Sealer = ring(t)
				data := people()
				data.Tasks = append(data.Tasks, data.Tasks[1])
				data.Tasks[2].ID = "third"
				c.Directory = directoryOf(t, data)
				c.Hooks.Route = func(ctx context.Context, _ ticketmail.Inbound) (ticketmail.Routing, error) {
					if !asked { // a mail is being read: now the administrator acts
						asked = true
						return ticketmail.Routing{}, tt.change(ctx, h)
					}
					return ticketmail.Routing{}, nil
				}
			})
			if err := h.PutMailbox(t.Context(), box2(nil)); err != nil {
				t.Fatal(err)
			}
			if err := h.AssignMailbox(t.Context(), mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}); err != nil {
				t.Fatal(err)
			}
			if err := h.Consent(t.Context(), ticketmail.Actor{}, "sales", ticketmail.Terms{}); err != nil {
				t.Fatal(err)
			}
			for i := range 5 {
				server.Add("INBOX", mail("x@y.example", "Order", fmt.Sprintf("%d@x", i), "text"))
			}
			if _, err := h.Poll(t.Context(), "sales"); !errors.Is(err, ticketmail.ErrChanged) {
				t.Fatalf("Poll = %v, want ErrChanged", err)
			}
			if got, left := len(h.tickets()), len(server.UIDs("INBOX")); got != 0 || left != 5 {
				t.Errorf("%d tickets, %d mails left", got, left)
			}
			tt.after(t, h)
		})
	}
}

// A mailbox that is deleted takes the consent to empty it along: another one of
// the same name, on the same account, is asked for anew.
func TestConsentEndsWithTheMailbox(t *testing.T) {
	for _, protocol := range []mailbox.Protocol{mailbox.IMAP, mailbox.POP3} {
		for _, terms := range []ticketmail.Terms{all, leave} {
			t.Run(fmt.Sprint(protocol, terms.Scope), func(t *testing.T) {
				server := mailboxtest.NewServer()
				h := build(t, serving(server, func(c *ticketmail.Config) { c.Sealer = ring(t) }))
				ctx := t.Context()
				define := func() {
					must(t, h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Protocol = protocol })))
					must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
				}
				define()
				server.Add("INBOX", aMatter(1))
				must(t, h.Consent(ctx, bea, "sales", terms))
				if _, err := h.Poll(ctx, "sales"); err != nil {
					t.Fatal(err)
				}
				must(t, h.UnassignMailbox(ctx, "sales"))
				must(t, h.DeleteMailbox(ctx, "sales"))
				for _, kind := range []string{"drain-consent", "drain-left"} {
					if keys := h.settings(kind); len(keys) != 0 {
						t.Errorf("%s outlived the mailbox: %q", kind, keys)
					}
				}
				server.Add("INBOX", aMatter(2))
				define()
				_, err := h.Poll(ctx, "sales")
				if c, asks := errors.AsType[*ticketmail.ConsentError](err); !asks || c.Again {
					t.Errorf("Poll of the new mailbox = %v, want to be asked for consent", err)
				}
			})
		}
	}
}

// settings returns the keys of a kind.
func (h house) settings(kind string) (keys []string) {
	h.t.Helper()
	err := h.store.View(h.t.Context(), func(r storage.Reader) error {
		keys = nil
		for s, err := range r.Settings().List(h.t.Context(), kind) {
			if err != nil {
				return err
			}
			keys = append(keys, s.Key)
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return keys
}

// The consents of other mailboxes stay, also where a name begins like another.
func TestConsentOfOthersStays(t *testing.T) {
	server := mailboxtest.NewServer()
	h := build(t, serving(server, func(c *ticketmail.Config) { c.Sealer = ring(t) }))
	ctx := t.Context()
	for _, id := range []mailbox.ID{"sales", "sales2"} {
		must(t, h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.ID, m.User = id, string(id) })))
		must(t, h.Consent(ctx, bea, id, leave))
	}
	must(t, h.DeleteMailbox(ctx, "sales"))
	if list, err := h.Admissions(ctx, "sales2"); err != nil || len(list) != 1 || !list[0].Given {
		t.Errorf("Admissions = %+v, %v", list, err)
	}
}

// A poll that saw an empty folder says nothing of a mailbox that is defined
// under the same name afterwards.
func TestDeletedWhilePolled(t *testing.T) {
	server := mailboxtest.NewServer()
	h := build(t, serving(server, func(c *ticketmail.Config) { c.Sealer = ring(t) }))
	ctx := t.Context()
	must(t, h.PutMailbox(ctx, box2(nil)))
	must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
	server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpList {
			must(t, h.UnassignMailbox(ctx, "sales"))
			must(t, h.DeleteMailbox(ctx, "sales"))
		}
		return nil
	})
	if _, err := h.Poll(ctx, "sales"); !errors.Is(err, ticketmail.ErrChanged) {
		t.Errorf("Poll = %v, want ErrChanged", err)
	}
	if keys := h.settings("drain-consent"); len(keys) != 0 {
		t.Errorf("consents of a deleted mailbox: %q", keys)
	}
}
