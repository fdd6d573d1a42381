package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// proud is a store in memory that says it is durable.
type proud struct{ storage.Store }

func (proud) Durable() bool { return true }

// A checkedExit is a mail exit with a connection test.
type checkedExit struct{ err error }

func (checkedExit) Send(context.Context, notify.Mail) error { return nil }

func (c checkedExit) Probe(_ context.Context, report func(mailbox.Step)) error {
	step := mailbox.Step{Name: mailbox.StepSecure, Facts: []string{"TLS 1.3"}}
	if c.err != nil {
		step = mailbox.Step{Name: mailbox.StepSignIn, About: "PLAIN", Err: c.err, Cause: "the password is wrong", Cure: "type it again"}
	}
	report(step)
	return c.err
}

// checkup builds an engine that has nothing to complain of, changes it, and
// returns "part level" of each check that is not ok, and all checks.
func checkup(t *testing.T, change func(*ticketmail.Config, *mailboxtest.Server)) ([]string, []ticketmail.Check) {
	t.Helper()
	server := mailboxtest.NewServer()
	server.SetCredentials("support", "hunter2")
	h := build(t, nil)
	engine, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) {
		c.Store, c.Blobs, c.Sender = proud{h.store}, h.store, checkedExit{}
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
		c.Routes.Mailboxes[0].Password = mailbox.NewSecret("hunter2")
		if change != nil {
			change(c, server)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	var bad []string
	all := slices.Collect(engine.Check(t.Context()))
	for _, c := range all {
		if c.Level != ticketmail.LevelOK {
			bad = append(bad, fmt.Sprintf("%s %s", c.Part, c.Level))
		}
		if c.Where == "" || c.Text == "" || (c.Level == ticketmail.LevelFailure) != (c.Err != nil) && c.Level != ticketmail.LevelWarning {
			t.Errorf("check = %+v", c)
		}
		if c.Level == ticketmail.LevelFailure && (c.Cause == "" || c.Cure == "") {
			t.Errorf("a failure without cause or cure: %+v", c)
		}
		if strings.Contains(fmt.Sprintf("%+v", c), "hunter2") {
			t.Errorf("the password is in %+v", c)
		}
	}
	return bad, all
}

func TestCheckFindsNothing(t *testing.T) {
	bad, all := checkup(t, nil)
	if len(bad) > 0 {
		t.Errorf("of a house in order: %q", bad)
	}
	var parts []ticketmail.Part
	for _, c := range all {
		parts = append(parts, c.Part)
	}
	want := []ticketmail.Part{ticketmail.PartStore, ticketmail.PartBlobs, ticketmail.PartDirectory, ticketmail.PartMailbox, ticketmail.PartSender, ticketmail.PartConfiguration}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

// A fullStore takes no more.
type fullStore struct{ proud }

func (s fullStore) Update(ctx context.Context, fn func(storage.Writer) error) error {
	if err := s.proud.Update(ctx, fn); err != nil {
		return errors.New("disk full")
	}
	return nil
}

// A hastyStore commits what failed.
type hastyStore struct{ proud }

func (s hastyStore) Update(ctx context.Context, fn func(storage.Writer) error) error {
	return s.proud.Update(ctx, func(w storage.Writer) error {
		_ = fn(w)
		return nil
	})
}

// Rotten blobs are not what was written.
type rotten struct{ storage.Blobs }

func (rotten) Open(context.Context, message.Blob) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("something else")), nil
}

func TestCheckFinds(t *testing.T) {
	down := errors.New("down")
	for name, tt := range map[string]struct {
		change func(*ticketmail.Config, *mailboxtest.Server)
		want   []string
	}{
		"a store that is full":          {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Store = fullStore{c.Store.(proud)} }, []string{"store failure"}},
		"a store that commits too much": {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Store = hastyStore{c.Store.(proud)} }, []string{"store failure"}},
		"a volatile store": {func(c *ticketmail.Config, _ *mailboxtest.Server) {
			c.Store, c.AllowVolatileStore = c.Store.(proud).Store, false
		}, []string{"store failure"}},
		"a volatile store that is allowed": {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Store = c.Store.(proud).Store }, []string{"store warning"}},
		"rotten blobs":                     {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Blobs = rotten{c.Blobs} }, []string{"blobs failure"}},
		"a directory that fails": {func(c *ticketmail.Config, _ *mailboxtest.Server) {
			c.Directory, c.DirectoryTime = &moody{Directory: c.Directory, down: true}, 1
		}, []string{"directory failure", "configuration failure"}},
		"a directory that knows everybody": {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Directory = everybody{c.Directory} }, []string{"directory failure"}},
		"a password": {func(c *ticketmail.Config, _ *mailboxtest.Server) {
			c.Routes.Mailboxes[0].Password = mailbox.NewSecret("wrong")
		}, []string{"mailbox failure"}},
		"a folder that is missing": {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Routes.Mailboxes[0].Folders = []string{"Gone"} }, []string{"mailbox failure"}},
		"a mailbox that is not polled": {func(c *ticketmail.Config, _ *mailboxtest.Server) {
			c.Routes.Mailboxes = append(c.Routes.Mailboxes, mailbox.Mailbox{ID: "old", Address: "old@erp.example", Host: "h", User: "u"})
		}, []string{"mailbox warning", "configuration warning"}},
		"no mailbox":              {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Routes = mailbox.Routes{} }, []string{"mailbox warning", "configuration warning"}},
		"an exit that refuses us": {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Sender = checkedExit{down} }, []string{"sender failure"}},
		"an exit without a test":  {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Sender = notify.SenderFunc(checkedExit{}.Send) }, []string{"sender warning"}},
		"no exit":                 {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Sender = nil }, []string{"sender warning"}},
		"a task that is gone":     {func(c *ticketmail.Config, _ *mailboxtest.Server) { c.Routes.Assignments[0].Task = "gone" }, []string{"configuration warning"}},
	} {
		t.Run(name, func(t *testing.T) {
			bad, all := checkup(t, tt.change)
			if diff := cmp.Diff(tt.want, bad); diff != "" {
				t.Errorf("what is wrong (-want +got):\n%s\n%+v", diff, all)
			}
		})
	}
}

// everybody is a directory that knows all addresses.
type everybody struct{ escalation.Directory }

func (d everybody) PersonByAddress(ctx context.Context, _ string) (escalation.Person, error) {
	return d.Person(ctx, "bea")
}

// TestCheckLeavesNothing: the store is as it was, and a loop may end early.
func TestCheckLeavesNothing(t *testing.T) {
	h := build(t, nil)
	for range h.Check(t.Context()) {
		break
	}
	h.view(func(r storage.Reader) error {
		for s, err := range r.Settings().List(t.Context(), "check") {
			t.Errorf("a setting is left: %+v, %v", s, err)
		}
		return nil
	})
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for c := range h.Check(done) {
		t.Errorf("checked although the context is done: %+v", c)
	}
}
