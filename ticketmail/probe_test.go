package ticketmail_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// steps collects what a test reports.
type steps []mailbox.Step

func (s *steps) add(step mailbox.Step) { *s = append(*s, step) }

func (s *steps) names() []string {
	var names []string
	for _, step := range *s {
		name := string(step.Name)
		if step.Err != nil {
			name += "!"
		}
		names = append(names, name)
	}
	return names
}

// last returns the step that a test ended with.
func (s *steps) last() mailbox.Step {
	if len(*s) == 0 {
		return mailbox.Step{}
	}
	return (*s)[len(*s)-1]
}

// probingHouse is a house whose mailbox sales is stored, with a password that
// the server wants.
func probingHouse(t *testing.T, change func(*ticketmail.Config)) (house, *mailboxtest.Server) {
	t.Helper()
	server := mailboxtest.NewServer()
	server.SetCredentials("sales", "hunter2")
	key := ring(t)
	h := build(t, func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
		c.Sealer = key
		if change != nil {
			change(c)
		}
	})
	must(t, h.PutMailbox(t.Context(), box2(nil)))
	return h, server
}

func TestProbeMailbox(t *testing.T) {
	h, server := probingHouse(t, func(c *ticketmail.Config) {
		c.Routes.Mailboxes[0].User, c.Routes.Mailboxes[0].Password = "sales", mailbox.NewSecret("hunter2")
		c.Routes.Mailboxes[0].Host = "other.example"
	})
	server.Add("INBOX", mail("x@y.example", "Order", "a@x", "We need paper."))
	ctx := t.Context()
	good := []string{"sign-in", "folder"}
	for name, prepare := range map[string]func() (mailbox.ID, error){
		"of the configuration": func() (mailbox.ID, error) { return "support", nil },
		"stored, unassigned":   func() (mailbox.ID, error) { return "sales", nil },
		"inactive": func() (mailbox.ID, error) {
			return "sales", h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Inactive = true }))
		},
		"after a silent change": func() (mailbox.ID, error) {
			return "sales", h.PutMailbox(ctx, box2(func(m *mailbox.Mailbox) { m.Password = mailbox.Secret{} }))
		},
		"with nobody to hear of it": func() (mailbox.ID, error) {
			return "sales", h.ProbeMailbox(ctx, "sales", nil)
		},
	} {
		id, err := prepare()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var s steps
		if err := h.ProbeMailbox(ctx, id, s.add); err != nil || !slices.Equal(s.names(), good) || s.last().Facts[0] != "1 mails" {
			t.Errorf("%s: ProbeMailbox = %v, steps %+v", name, err, s)
		}
	}
	if len(server.UIDs("INBOX")) != 1 || server.Open() != 0 {
		t.Errorf("%d mails left, %d sessions open", len(server.UIDs("INBOX")), server.Open())
	}
	// What fails is a step, and the error.
	server.SetCredentials("sales", "another")
	var s steps
	err := h.ProbeMailbox(ctx, "sales", s.add)
	if _, refused := errors.AsType[*mailbox.AuthError](err); !refused || !slices.Equal(s.names(), []string{"sign-in!"}) || s.last().Cause == "" || s.last().Cure == "" {
		t.Errorf("ProbeMailbox = %v, steps %+v", err, s)
	}
}

// What keeps a test from beginning is an error of its own, without a step.
func TestProbeMailboxRefuses(t *testing.T) {
	h, server := probingHouse(t, nil)
	ctx := t.Context()
	stranger, err := ticketmail.New(ctx, h.cfg(func(c *ticketmail.Config) { c.Sealer = ring(t) }))
	must(t, err)
	keyless, err := ticketmail.New(ctx, h.cfg(nil))
	must(t, err)
	mute, err := ticketmail.New(ctx, h.cfg(func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: struct{ mailbox.Connector }{server}}
	}))
	must(t, err)
	for name, tt := range map[string]struct {
		engine *ticketmail.Engine
		id     mailbox.ID
		want   error
	}{
		"unknown":     {h.Engine, "gone", ticketmail.ErrUnknownMailbox},
		"another key": {stranger, "sales", seal.ErrRefused},
		"no sealer":   {keyless, "sales", ticketmail.ErrNoSealer},
		"no prober":   {mute, "support", ticketmail.ErrNoProbe},
	} {
		var s steps
		err := tt.engine.ProbeMailbox(ctx, tt.id, s.add)
		if !errors.Is(err, tt.want) || len(s) != 0 || !strings.Contains(err.Error(), string(tt.id)) {
			t.Errorf("%s: ProbeMailbox = %v, steps %+v", name, err, s)
		}
	}
	if n := len(server.Calls()); n != 0 {
		t.Errorf("the server was called %d times", n)
	}
}

// A poll under way goes on as if nobody tested, and so does the test.
func TestProbeBesidePoll(t *testing.T) {
	h, server := probingHouse(t, nil)
	ctx := t.Context()
	must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
	must(t, h.Consent(ctx, ticketmail.Actor{}, "sales", ticketmail.Terms{}))
	for i := range 5 {
		server.Add("INBOX", mail("x@y.example", "Order "+letters(i), fmt.Sprintf("%d@x", i), "paper "+letters(i)))
	}
	probes := 0
	server.OnCall(func(c mailboxtest.Call) error {
		if c.Op != mailboxtest.OpFetch && c.Op != mailboxtest.OpRemove {
			return nil
		}
		probes++
		var s steps
		if err := h.ProbeMailbox(ctx, "sales", s.add); err != nil || !slices.Equal(s.names(), []string{"sign-in", "folder"}) {
			t.Errorf("during %s: %v, steps %+v", c.Op, err, s)
		}
		return nil
	})
	if r, err := h.Poll(ctx, "sales"); err != nil || r.Tickets != 5 || r.Deleted != 5 || probes < 2 {
		t.Errorf("Poll = %+v, %v beside %d tests", r, err, probes)
	}
}

func TestProbeMailboxWithTokens(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	account := h.provider.Account("sales")
	account.SecretExpires = noon.AddDate(0, 0, 10)
	must(t, h.PutOAuth(ctx, account))
	must(t, h.PutMailbox(ctx, tokenBox()))

	var s steps
	err := h.ProbeMailbox(ctx, "sales", s.add)
	if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != oauth.CodeNotSignedIn || !slices.Equal(s.names(), []string{"token!"}) {
		t.Errorf("nobody signed in: %v, steps %+v", err, s)
	}
	if s.last().Cause != "nobody has signed the mailbox in" || s.last().Cure != "sign the mailbox in" {
		t.Errorf("explained by %q, cured by %q", s.last().Cause, s.last().Cure)
	}

	signIn(t, h, "sales")
	before := len(h.provider.Requests())
	for range 3 {
		s = nil
		if err := h.ProbeMailbox(ctx, "sales", s.add); err != nil || !slices.Equal(s.names(), []string{"token", "sign-in", "folder"}) {
			t.Fatalf("ProbeMailbox = %v, steps %+v", err, s)
		}
	}
	if n := len(h.provider.Requests()) - before; n != 0 {
		t.Errorf("%d requests for a token that was given out just now", n)
	}
	want := []string{
		`given out by "oauthtest"`, "signed in by a person on 2026-11-23", "renewed at 2026-11-23 12:00 UTC, valid until 2026-11-23 13:00 UTC",
		"the client secret expires on 2026-12-03: make a new one in the app registration and enter it before",
	}
	if diff := gocmp.Diff(want, s[0].Facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}

	// What the provider says reaches the administrator, with its code.
	h.provider.Revoke("support@example.com")
	later, err := ticketmail.New(ctx, h.cfg(func(c *ticketmail.Config) {
		h.change(c)
		c.Now = func() time.Time { return noon.Add(10 * time.Minute) }
	}))
	must(t, err)
	s = nil
	err = later.ProbeMailbox(ctx, "sales", s.add)
	if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != "AADSTS50173" || !slices.Equal(s.names(), []string{"token!"}) || s.last().Cause != e.Cause || s.last().Cure != e.Cure {
		t.Errorf("ProbeMailbox = %v, steps %+v", err, s)
	}

	// Without a key nobody can say how it signs in.
	keyless, err := ticketmail.New(ctx, h.cfg(func(c *ticketmail.Config) {
		h.change(c)
		c.Sealer, c.OAuth = nil, ticketmail.OAuth{}
	}))
	must(t, err)
	if err := keyless.ProbeMailbox(ctx, "sales", nil); !errors.Is(err, ticketmail.ErrNoOAuth) {
		t.Errorf("without a sealer: ProbeMailbox = %v", err)
	}
	must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
	if _, err := keyless.Poll(ctx, "sales"); !errors.Is(err, ticketmail.ErrNoOAuth) {
		t.Errorf("without a sealer: Poll = %v", err)
	}
}

// A draft is tested with the stored password where it goes to the same server
// as the same user, and nowhere else.
func TestProbeDraft(t *testing.T) {
	h, server := probingHouse(t, nil)
	ctx := t.Context()
	forgotten := func(m *mailbox.Mailbox) { m.Password = mailbox.Secret{} }
	good := []string{"sign-in", "folder"}
	for name, tt := range map[string]struct {
		draft mailbox.Mailbox
		want  []string // steps
		field string   // of a FieldError
		is    error
	}{
		"as stored":            {draft: box2(forgotten), want: good},
		"another name":         {draft: box2(func(m *mailbox.Mailbox) { forgotten(m); m.Name = "Sales team" }), want: good},
		"another folder":       {draft: box2(func(m *mailbox.Mailbox) { forgotten(m); m.Folders = []string{"Nowhere"} }), want: []string{"sign-in", "folder!"}},
		"the port spelt out":   {draft: box2(func(m *mailbox.Mailbox) { forgotten(m); m.Port = 993 }), want: good},
		"another password":     {draft: box2(func(m *mailbox.Mailbox) { m.Password = mailbox.NewSecret("wrong") }), want: []string{"sign-in!"}},
		"new":                  {draft: box2(func(m *mailbox.Mailbox) { m.ID, m.Host = "new", "new.example" }), want: good},
		"new, no password":     {draft: box2(func(m *mailbox.Mailbox) { forgotten(m); m.ID, m.Host = "new", "new.example" }), want: []string{"sign-in!"}},
		"elsewhere, typed":     {draft: box2(func(m *mailbox.Mailbox) { m.Host = "new.example" }), want: good},
		"another host":         {draft: box2(func(m *mailbox.Mailbox) { forgotten(m); m.Host = "evil.example" }), field: "Password"},
		"another port":         {draft: box2(func(m *mailbox.Mailbox) { forgotten(m); m.Port = 1143 }), field: "Password"},
		"less security":        {draft: box2(func(m *mailbox.Mailbox) { forgotten(m); m.Security = mailbox.None }), field: "Password"},
		"no checks":            {draft: box2(func(m *mailbox.Mailbox) { forgotten(m); m.InsecureSkipVerify = true }), field: "Password"},
		"another user":         {draft: box2(func(m *mailbox.Mailbox) { forgotten(m); m.User = "other" }), field: "Password"},
		"no host":              {draft: box2(func(m *mailbox.Mailbox) { m.Host = "" }), field: "Host"},
		"no connector":         {draft: box2(func(m *mailbox.Mailbox) { m.Protocol = mailbox.POP3 }), field: "Protocol"},
		"a folder twice":       {draft: box2(func(m *mailbox.Mailbox) { m.User = "support" }), field: "Folders"},
		"of the configuration": {draft: box2(func(m *mailbox.Mailbox) { m.ID = "support" }), is: ticketmail.ErrFixed},
		"tokens from nowhere":  {draft: box2(func(m *mailbox.Mailbox) { m.Auth = mailbox.AuthXOAuth2 }), field: "Auth"},
		"somebody's tokens": {draft: box2(func(m *mailbox.Mailbox) {
			m.Tokens = mailbox.TokenSourceFunc(func(context.Context, mailbox.Secret) (mailbox.Secret, error) {
				return mailbox.Secret{}, errors.New("asked")
			})
		}), want: good},
	} {
		t.Run(name, func(t *testing.T) {
			calls := len(server.Calls())
			var s steps
			err := h.ProbeDraft(ctx, tt.draft, s.add)
			if diff := gocmp.Diff(tt.want, s.names()); diff != "" {
				t.Errorf("steps, %v (-want +got):\n%s", err, diff)
			}
			field, _ := errors.AsType[*mailbox.FieldError](err)
			switch {
			case tt.field != "" && (field == nil || field.Field != tt.field), tt.is != nil && !errors.Is(err, tt.is):
				t.Errorf("ProbeDraft = %v, want field %q, %v", err, tt.field, tt.is)
			case tt.want == nil && len(server.Calls()) != calls:
				t.Error("the server was called for what is refused")
			case tt.want != nil && (err != nil) != strings.HasSuffix(tt.want[len(tt.want)-1], "!"):
				t.Errorf("ProbeDraft = %v", err)
			}
			// PutMailbox is of the same opinion, where it is not the server's.
			if put := h.PutMailbox(ctx, tt.draft); tt.want == nil && (put == nil || strings.TrimPrefix(put.Error(), "put ") != strings.TrimPrefix(err.Error(), "test ")) {
				t.Errorf("ProbeDraft = %v, PutMailbox = %v", err, put)
			} else if tt.want != nil {
				must(t, put)
				if tt.draft.ID == "new" {
					must(t, h.DeleteMailbox(ctx, "new"))
				}
				must(t, h.PutMailbox(ctx, box2(nil)))
			}
		})
	}
	r, err := h.Routes(ctx)
	if err != nil || len(r.Mailboxes) != 2 {
		t.Errorf("routes = %+v, %v", r, err)
	}
}

// A draft without a password stores nothing, and needs no key where none of
// the stored secrets is used.
func TestProbeDraftStoresNothing(t *testing.T) {
	server := mailboxtest.NewServer()
	h := build(t, func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
	})
	must(t, h.ProbeDraft(t.Context(), box2(nil), nil))
	if r, err := h.Routes(t.Context()); err != nil || len(r.Mailboxes) != 1 {
		t.Errorf("routes = %+v, %v", r, err)
	}
	if err := h.ProbeDraft(t.Context(), tokenBox(), nil); !errors.Is(err, ticketmail.ErrNoOAuth) {
		t.Errorf("tokens without a sealer: %v", err)
	}
}

// Tokens go to the server they are for.
func TestProbeDraftWithTokens(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	must(t, h.PutOAuth(ctx, h.provider.Account("sales")))
	must(t, h.PutMailbox(ctx, tokenBox()))
	signIn(t, h, "sales")
	all := []string{"token", "sign-in", "folder"}
	var s steps
	if err := h.ProbeDraft(ctx, tokenBox(), s.add); err != nil || !slices.Equal(s.names(), all) {
		t.Errorf("as stored: %v, steps %+v", err, s)
	}
	moved := tokenBox()
	moved.Host = "evil.example"
	calls := len(h.server.Calls())
	if f, ok := errors.AsType[*mailbox.FieldError](h.ProbeDraft(ctx, moved, nil)); !ok || f.Field != "Host" || len(h.server.Calls()) != calls {
		t.Errorf("tokens go to another server: %v", f)
	}
	automatic := tokenBox()
	automatic.Auth, automatic.Name = mailbox.AuthAuto, "Sales team"
	s = nil
	if err := h.ProbeDraft(ctx, automatic, s.add); err != nil || !slices.Equal(s.names(), all) {
		t.Errorf("a mailbox with tokens whose Auth is empty: %v, steps %+v", err, s)
	}
}

// A step that nobody can explain is explained by what was tried.
func TestProbeExplainsEachStep(t *testing.T) {
	for _, name := range []mailbox.StepName{
		mailbox.StepToken, mailbox.StepResolve, mailbox.StepDial, mailbox.StepSecure, mailbox.StepCapabilities,
		mailbox.StepSignIn, mailbox.StepFolder, "other",
	} {
		for _, err := range []error{errors.New("strange"), context.Canceled} {
			h := build(t, func(c *ticketmail.Config) { c.Sender = wayOut{at: name, err: err, mute: true} })
			var s steps
			if got := h.ProbeSender(t.Context(), s.add); !errors.Is(got, err) || s.last().Name != name || s.last().Cause == "" || s.last().Cure == "" {
				t.Errorf("%s: %v, steps %+v", name, got, s)
			}
		}
	}
}

// A wayOut is a mail exit that can be tested.
type wayOut struct {
	notify.Sender
	at   mailbox.StepName
	err  error
	mute bool // does not explain it
}

func (e wayOut) Probe(_ context.Context, report func(mailbox.Step)) error {
	s := mailbox.Step{Name: cmp.Or(e.at, mailbox.StepSignIn), Err: e.err}
	if !e.mute {
		s.Cause, s.Cure = "wrong password", "type it again"
	}
	report(s)
	return e.err
}

func TestProbeSender(t *testing.T) {
	refused := &notify.ConfigError{Step: "AUTH", Err: errors.New("no")}
	for name, tt := range map[string]struct {
		sender notify.Sender
		want   error
		steps  []string
	}{
		"good":    {wayOut{}, nil, []string{"sign-in"}},
		"refused": {wayOut{err: refused}, refused, []string{"sign-in!"}},
		"mute":    {notify.SenderFunc(nil), ticketmail.ErrNoProbe, nil},
		"none":    {nil, ticketmail.ErrNoProbe, nil},
	} {
		h := build(t, func(c *ticketmail.Config) { c.Sender = tt.sender })
		var s steps
		if err := h.ProbeSender(t.Context(), s.add); !errors.Is(err, tt.want) || !slices.Equal(s.names(), tt.steps) {
			t.Errorf("%s: ProbeSender = %v, steps %+v", name, err, s)
		}
		if err := h.ProbeSender(t.Context(), nil); !errors.Is(err, tt.want) {
			t.Errorf("%s: with nobody to hear of it: %v", name, err)
		}
	}
}
