package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// noon is the time of all tests.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// people is the directory of all tests: bea and carl work on task helpdesk of
// project service, dora has left, mia is a customer's contact, max manages.
func people() memdirectory.Data {
	return memdirectory.Data{
		Language: "en",
		Persons: []memdirectory.Person{
			{ID: "bea", Name: "Bea Braun", Address: "bea@erp.example", Language: "de", Kind: escalation.Employee},
			{ID: "carl", Name: "Carl Weber", Address: "carl@erp.example", Kind: escalation.Employee},
			{ID: "dora", Name: "Dora Long", Address: "dora@erp.example", Kind: escalation.Employee, Left: true},
			{ID: "max", Name: "Max Boss", Address: "max@erp.example", Kind: escalation.Employee},
			{ID: "mia", Name: "Mia Kunde", Address: "mia@kunde.example", Kind: escalation.Contact},
		},
		Projects: []memdirectory.Project{
			{ID: "service", Managers: []escalation.PersonID{"max"}},
			{ID: "other"},
		},
		Tasks: []memdirectory.Task{
			{ID: "helpdesk", Project: "service", Members: []escalation.PersonID{"bea", "carl"}},
			{ID: "elsewhere", Project: "other"},
		},
		Administrators: []escalation.PersonID{"max"},
	}
}

// A house is an engine with everything around it in memory.
type house struct {
	*ticketmail.Engine
	t      testing.TB
	store  *memstore.Store
	sender *memsender.Sender
}

// build returns a house; change may alter its configuration.
func build(t testing.TB, change func(*ticketmail.Config)) house {
	t.Helper()
	h := house{t: t, store: memstore.New(nil), sender: &memsender.Sender{}}
	var err error
	if h.Engine, err = ticketmail.New(t.Context(), h.cfg(change)); err != nil {
		t.Fatal(err)
	}
	return h
}

func directoryOf(t testing.TB, data memdirectory.Data) *memdirectory.Directory {
	t.Helper()
	dir, err := memdirectory.New(data)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// cfg is the configuration of an engine in a house.
func (h house) cfg(change func(*ticketmail.Config)) ticketmail.Config {
	h.t.Helper()
	dir := directoryOf(h.t, people())
	cfg := ticketmail.Config{
		Store:     h.store,
		Directory: dir,
		Sender:    h.sender,
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{{ID: "support", Address: "support@erp.example", Host: "mail.example", User: "support"}},
			Assignments: []mailbox.Assignment{{Mailbox: "support", Task: "helpdesk"}},
			Default:     "support",
		},
		From:               message.Address{Name: "Support", Address: "support@erp.example"},
		Keys:               [][]byte{[]byte("0123456789abcdef")},
		AllowVolatileStore: true,
		Now:                func() time.Time { return noon },
	}
	if change != nil {
		change(&cfg)
	}
	return cfg
}

// view reads the store.
func (h house) view(fn func(r storage.Reader) error) {
	h.t.Helper()
	if err := h.store.View(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// mails returns who is told what, in order: "event to".
func (h house) mails() []string {
	h.t.Helper()
	var got []string
	h.view(func(r storage.Reader) error {
		for m, err := range r.Outbox().List(h.t.Context(), notify.MailQuery{}) {
			if err != nil {
				return err
			}
			got = append(got, fmt.Sprintf("%s %s", m.Event, m.To.Address))
		}
		return nil
	})
	return got
}

// since returns the mails beyond the first n; nil if there are none.
func (h house) since(n int) []string {
	h.t.Helper()
	return append([]string(nil), h.mails()[n:]...)
}

func (h house) comments(id ticketmail.TicketID) []ticketmail.Comment {
	h.t.Helper()
	var got []ticketmail.Comment
	h.view(func(r storage.Reader) error {
		for c, err := range r.Tickets().Comments(h.t.Context(), id) {
			if err != nil {
				return err
			}
			got = append(got, c)
		}
		return nil
	})
	return got
}

func (h house) tickets() []ticketmail.Ticket {
	h.t.Helper()
	var got []ticketmail.Ticket
	h.view(func(r storage.Reader) error {
		for k, err := range r.Tickets().List(h.t.Context(), storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			got = append(got, k)
		}
		return nil
	})
	return got
}

func TestNewRefusesBadConfiguration(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*ticketmail.Config)
		field  string
	}{
		"no store":              {func(c *ticketmail.Config) { c.Store = nil }, "Config.Store"},
		"no blobs":              {func(c *ticketmail.Config) { c.Store = struct{ storage.Store }{c.Store} }, "Config.Blobs"},
		"no directory":          {func(c *ticketmail.Config) { c.Directory = nil }, "Config.Directory"},
		"bad language":          {func(c *ticketmail.Config) { c.Language = "klingon!" }, "Config.Language"},
		"short key":             {func(c *ticketmail.Config) { c.Keys = [][]byte{{1}} }, "Config.Keys[0]"},
		"two mailboxes":         {func(c *ticketmail.Config) { c.Routes.Mailboxes = append(c.Routes.Mailboxes, c.Routes.Mailboxes[0]) }, "Config.Routes"},
		"nobody to send":        {func(c *ticketmail.Config) { c.Sender = &memsender.Sender{} }, "Config.From"},
		"a group twice":         {func(c *ticketmail.Config) { c.Chain = escalation.Chain{"a", "a"} }, "Config.Chain"},
		"no domain":             {func(c *ticketmail.Config) { c.InternalDomains = []string{"@erp.example"} }, "Config.InternalDomains[0]"},
		"subject format":        {func(c *ticketmail.Config) { c.SubjectFormat = "x" }, "Config.SubjectFormat"},
		"id domain":             {func(c *ticketmail.Config) { c.Domain = "a b" }, "Config.Domain"},
		"negative window":       {func(c *ticketmail.Config) { c.Drain.Window = -1 }, "Config.Drain"},
		"somebody else's clock": {func(c *ticketmail.Config) { c.Drain.Now = time.Now }, "Config.Drain"},
		"a status that is none": {func(c *ticketmail.Config) {
			c.Lifecycle.Next = map[ticketmail.Status][]ticketmail.Status{storage.New: {"asleep"}}
		}, "Config.Lifecycle"},
		"no connector": {func(c *ticketmail.Config) {
			c.Routes.Mailboxes[0].Protocol = mailbox.POP3
			c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: mailboxtest.NewServer()}
		}, "Config.Connectors"},
		"rule under another name": {func(c *ticketmail.Config) {
			c.Rules = map[notify.Kind]notify.Rule{notify.StatusDone: {Kind: notify.TicketCreated}}
		}, "Config.Rules[status_done]"},
		"rule for nobody known": {func(c *ticketmail.Config) {
			c.Rules = map[notify.Kind]notify.Rule{notify.StatusDone: {Kind: notify.StatusDone, Roles: []notify.Role{"hr"}}}
		}, "Config.Rules[status_done]"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := memdirectory.New(people())
			if err != nil {
				t.Fatal(err)
			}
			cfg := ticketmail.Config{Store: memstore.New(nil), Directory: dir}
			cfg.Routes.Mailboxes = []mailbox.Mailbox{{ID: "support", Host: "h", User: "u"}}
			tt.change(&cfg)
			_, err = ticketmail.New(t.Context(), cfg)
			refused, ok := errors.AsType[*mailbox.FieldError](err)
			if !ok || refused.Field != tt.field {
				t.Errorf("New = %v, want a FieldError for %s", err, tt.field)
			}
		})
	}
}

func TestSigningKeyIsKept(t *testing.T) {
	store := memstore.New(nil)
	token := func() string {
		h := build(t, func(c *ticketmail.Config) { c.Store, c.Blobs, c.Keys = store, store, nil })
		return h.Referencer().Token("4711")
	}
	first := token()
	if again := token(); again != first {
		t.Errorf("token after reopening = %s, was %s: answers would find no ticket", again, first)
	}
	other := build(t, func(c *ticketmail.Config) { c.Keys = nil })
	if other.Referencer().Token("4711") == first {
		t.Error("two stores have the same key")
	}
}

// A host that gives keys of its own later on still knows what was signed with
// the one in the store: an answer to something internal stays internal.
func TestKeysAreGivenLater(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) { c.Keys = nil })
	k := h.create(ticketmail.NewTicket{Assignee: "carl"})
	if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "They will not pay.", Internal: true}); err != nil {
		t.Fatal(err)
	}
	sent := h.outgoing(notify.InternalCommentAdded)[0]
	before := h.Referencer().Token(k.ID)
	h = h.restarted(serving(server, nil)) // with keys
	server.Add("INBOX", mail("carl@erp.example", "AW: "+sent.Subject, "a@x", "> They will not pay."))
	if r := h.poll(); r.Comments != 1 {
		t.Fatalf("poll = %+v, want a comment", r)
	}
	if got := h.comments(k.ID); len(got) != 3 || !got[2].Internal {
		t.Errorf("comments %+v, want the answer to be internal", got)
	}
	if h.Referencer().Token(k.ID) == before {
		t.Error("the key of the configuration does not sign")
	}
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}
