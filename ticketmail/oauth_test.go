package ticketmail_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/ticketmail"
)

// tokenServer lets in who brings a token that the provider knows.
type tokenServer struct {
	provider *oauthtest.Server
	next     mailbox.Prober
}

func (s tokenServer) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	m, err := s.entered(ctx, m)
	if err != nil {
		return nil, err
	}
	return s.next.Connect(ctx, m)
}

func (s tokenServer) Probe(ctx context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	m, err := s.entered(ctx, m)
	if err != nil {
		report(mailbox.Step{Name: mailbox.StepSignIn, Err: err})
		return err
	}
	return s.next.Probe(ctx, m, report)
}

func (s tokenServer) entered(ctx context.Context, m mailbox.Mailbox) (mailbox.Mailbox, error) {
	token, err := m.Tokens.Token(ctx, mailbox.Secret{})
	if err != nil {
		return m, err
	}
	if _, ok := s.provider.User(token.Reveal()); !ok {
		return m, errors.New("not known here")
	}
	m.Password = mailbox.NewSecret("by token")
	return m, nil
}

// A tokenHouse is an engine whose mailbox sales signs in with tokens.
type tokenHouse struct {
	house
	provider *oauthtest.Server
	server   *mailboxtest.Server
	change   func(*ticketmail.Config)
}

func newTokenHouse(t *testing.T) tokenHouse {
	t.Helper()
	h := tokenHouse{provider: oauthtest.New(nil), server: mailboxtest.NewServer()}
	h.server.SetCredentials("sales", "by token")
	key := ring(t)
	h.change = func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: tokenServer{h.provider, h.server}}
		c.Sealer = key
		c.OAuth = ticketmail.OAuth{RedirectURI: oauthtest.DefaultRedirectURI, Transport: h.provider.Transport()}
	}
	h.house = build(t, h.change)
	return h
}

// tokenBox is the mailbox of a [tokenHouse].
func tokenBox() mailbox.Mailbox {
	return box2(func(m *mailbox.Mailbox) { m.Password, m.Auth = mailbox.Secret{}, mailbox.AuthOAuthBearer })
}

func TestMailboxSignsInWithTokens(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	if _, bad := errors.AsType[*mailbox.FieldError](h.PutMailbox(ctx, tokenBox())); !bad {
		t.Error("a mailbox of tokens is defined although nobody knows where they come from")
	}
	account := h.provider.Account("sales")
	if err := h.PutOAuth(ctx, account); err != nil {
		t.Fatal(err)
	}
	if err := h.PutMailbox(ctx, tokenBox()); err != nil {
		t.Fatal(err)
	}
	if err := h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere", CustomerContact: "mia"}); err != nil {
		t.Fatal(err)
	}
	if err := h.Consent(ctx, ticketmail.Actor{}, "sales", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	h.server.Add("INBOX", mail("x@y.example", "Order", "a@x", "We need paper."))

	// Nobody has signed in: the poll says so, and the status who has to act.
	if _, err := h.Poll(ctx, "sales"); err == nil {
		t.Error("polled although nobody signed in")
	} else if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Action != oauth.SignIn {
		t.Errorf("Poll = %v", err)
	}
	if s := statusOf(t, h, "sales"); s.Token == nil || s.Token.Ready() {
		t.Errorf("status = %+v", s.Token)
	}

	signIn(t, h, "sales")
	if r, err := h.Poll(ctx, "sales"); err != nil || r.Tickets != 1 {
		t.Fatalf("Poll = %+v, %v", r, err)
	}
	if s := statusOf(t, h, "sales"); s.Token == nil || !s.Token.Ready() {
		t.Errorf("status = %+v", s.Token)
	}

	// A change without the secret keeps it, and the tokens.
	account.ClientSecret = mailbox.Secret{}
	account.Login = "support@example.com"
	if err := h.PutOAuth(ctx, account); err != nil {
		t.Fatal(err)
	}
	h.provider.RevokeAccess() // the next poll has to refresh with the stored secret
	other, err := ticketmail.New(ctx, h.cfg(h.change))
	if err != nil {
		t.Fatal(err)
	}
	old, err := other.OAuth().Source("sales").Token(ctx, mailbox.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	if fresh, err := other.OAuth().Source("sales").Token(ctx, old); err != nil || fresh.Equal(old) {
		t.Errorf("another engine got no new token: %v", err)
	}

	// What the mailbox needs cannot go; with the mailbox it goes.
	if err := h.DeleteOAuth(ctx, "sales"); err == nil {
		t.Error("the account of a mailbox that signs in with it is gone")
	}
	if err := h.PutMailbox(ctx, box2(nil)); err != nil {
		t.Fatal(err)
	}
	if err := h.DeleteOAuth(ctx, "sales"); err != nil {
		t.Error(err)
	}
	if s := statusOf(t, h, "sales"); s.Token != nil {
		t.Errorf("status of a mailbox with a password: %+v", s.Token)
	}
}

// signIn consents with the browser of an administrator.
// TestSignedInBeforeItIsStored: whoever defines a mailbox under the name of an
// account that is signed in does not get its tokens, by whatever way round.
func TestSignedInBeforeItIsStored(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	account := h.provider.Account("sales")
	if err := h.PutOAuth(ctx, account); err != nil {
		t.Fatal(err)
	}
	signIn(t, h, "sales")
	for name, change := range map[string]func(*mailbox.Mailbox){
		"signs in with the tokens": func(m *mailbox.Mailbox) { m.Auth = mailbox.AuthOAuthBearer },
		"signs in as it can":       func(m *mailbox.Mailbox) { m.Auth = mailbox.AuthAuto },
		"does so later":            func(m *mailbox.Mailbox) { m.Auth, m.Password = mailbox.AuthLogin, mailbox.NewSecret("mine") },
	} {
		m := tokenBox()
		m.Host = "mail.evil.example"
		change(&m)
		if refused, ok := errors.AsType[*mailbox.FieldError](h.PutMailbox(ctx, m)); !ok || refused.Field != "Host" {
			t.Errorf("%s: PutMailbox = %v, want a FieldError of Host", name, refused)
		}
	}
	if routes, err := h.Routes(ctx); err != nil || len(routes.Mailboxes) != len(h.cfg(nil).Routes.Mailboxes) {
		t.Errorf("mailboxes %+v, %v, want those of the program", routes.Mailboxes, err)
	}

	// Without the tokens it can be stored, and signed in to after that.
	if err := h.DeleteOAuth(ctx, "sales"); err != nil {
		t.Fatal(err)
	}
	if err := h.PutOAuth(ctx, account); err != nil {
		t.Fatal(err)
	}
	if err := h.PutMailbox(ctx, tokenBox()); err != nil {
		t.Fatal(err)
	}
	signIn(t, h, "sales")
	if err := h.PutMailbox(ctx, tokenBox()); err != nil {
		t.Errorf("a stored mailbox cannot be put again: %v", err)
	}
}

func signIn(t *testing.T, h tokenHouse, id mailbox.ID) {
	t.Helper()
	ctx := t.Context()
	address, err := h.OAuth().Begin(ctx, id, "session")
	if err != nil {
		t.Fatal(err)
	}
	back, err := h.provider.Visit(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.OAuth().Finish(ctx, back.Query(), "session"); err != nil || got != id {
		t.Fatalf("Finish = %q, %v", got, err)
	}
}

func statusOf(t *testing.T, h interface {
	Status(ctx context.Context) ([]ticketmail.MailboxStatus, error)
}, id mailbox.ID) ticketmail.MailboxStatus {
	t.Helper()
	list, err := h.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Mailbox == id {
			return s
		}
	}
	t.Fatalf("no status of %s", id)
	return ticketmail.MailboxStatus{}
}

func TestPutOAuthRefuses(t *testing.T) {
	h := newTokenHouse(t)
	plain := build(t, nil)
	if err := plain.PutOAuth(t.Context(), h.provider.Account("sales")); !errors.Is(err, ticketmail.ErrNoOAuth) {
		t.Errorf("without a sealer: %v", err)
	}
	if plain.OAuth() != nil {
		t.Error("without a sealer there is a client")
	}
	bad := h.provider.Account("sales")
	bad.Provider.TokenURL = "http://login.example.test/token"
	if _, ok := errors.AsType[*mailbox.FieldError](h.PutOAuth(t.Context(), bad)); !ok {
		t.Error("tokens are asked for without TLS")
	}
	if _, err := h.OAuth().Finish(t.Context(), url.Values{"state": {"x"}}, "session"); err == nil {
		t.Error("a sign-in that nobody began ends well")
	}
}

func TestTokenStore(t *testing.T) {
	oauthtest.RunStore(t, func(t *testing.T) oauth.Store {
		h := newTokenHouse(t)
		return h.TokenStore()
	})
}

func TestTokenLock(t *testing.T) {
	oauthtest.RunLock(t, func(t *testing.T) (one, other oauth.Lock) {
		h := newTokenHouse(t)
		second, err := ticketmail.New(t.Context(), h.cfg(nil))
		if err != nil {
			t.Fatal(err)
		}
		return h.TokenLock(), second.TokenLock()
	})
}

// Secrets and tokens are shown to nobody they were not given for, and end with
// their mailbox.
func TestOAuthSecretsStay(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	account := h.provider.Account("sales")
	must(t, h.PutOAuth(ctx, account))
	must(t, h.PutMailbox(ctx, tokenBox()))

	other := account
	other.ClientSecret, other.Provider.DeviceURL = mailbox.Secret{}, "https://elsewhere.example/device"
	must(t, h.PutOAuth(ctx, other)) // a client without a secret, then
	must(t, h.PutOAuth(ctx, account))

	moved := tokenBox()
	moved.Host = "elsewhere.example"
	if f, ok := errors.AsType[*mailbox.FieldError](h.PutMailbox(ctx, moved)); !ok || f.Field != "Host" {
		t.Errorf("tokens go to another server: %v", f)
	}

	signIn(t, h, "sales")
	must(t, h.DeleteMailbox(ctx, "sales"))
	must(t, h.PutMailbox(ctx, box2(nil)))
	if s := statusOf(t, h, "sales"); s.Token != nil {
		t.Errorf("a new mailbox signs in as the deleted one: %+v", s.Token)
	}
	must(t, h.PutOAuth(ctx, account))
	if s := statusOf(t, h, "sales"); s.Token == nil || s.Token.Ready() {
		t.Errorf("tokens outlived their mailbox: %+v", s.Token)
	}

	fixed := h.provider.Account("support")
	if err := h.PutOAuth(ctx, fixed); !errors.Is(err, ticketmail.ErrFixed) {
		t.Errorf("PutOAuth of a mailbox of the configuration = %v", err)
	}
}

// A change of something else does not end the poll of a mailbox with tokens.
func TestTokensAreNoChange(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	must(t, h.PutOAuth(ctx, h.provider.Account("sales")))
	must(t, h.PutMailbox(ctx, tokenBox()))
	must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
	must(t, h.Consent(ctx, ticketmail.Actor{}, "sales", ticketmail.Terms{}))
	signIn(t, h, "sales")
	h.server.Add("INBOX", mail("x@y.example", "Order", "a@x", "We need paper."))
	h.server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpFetch {
			return h.SetDefaultMailbox(ctx, "dept", "sales")
		}
		return nil
	})
	if r, err := h.Poll(ctx, "sales"); err != nil || r.Tickets != 1 {
		t.Errorf("Poll = %+v, %v", r, err)
	}
}
