package ticketmail_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A bystander is all mail servers of the world. They let nobody in, and remember
// the tokens that they were shown.
type bystander struct {
	mu    sync.Mutex
	shown map[string][]string // by host
}

func (w *bystander) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	if !m.TakesToken() {
		return nil, errors.New("not with a password")
	}
	token, err := m.Tokens.Token(ctx, mailbox.Secret{})
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shown[m.Host] = append(w.shown[m.Host], token.Reveal())
	return nil, errors.New("not today")
}

func (w *bystander) Probe(ctx context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	_, err := w.Connect(ctx, m)
	report(mailbox.Step{Name: mailbox.StepSignIn, Err: err})
	return err
}

// TestTokensEndWithTheirAccount: whoever deletes how a mailbox signs in, and
// makes another account of the kind for another server, does not get the old
// tokens shown there: not from the memory of the node that polls, nor where the
// host's transaction deleted them.
func TestTokensEndWithTheirAccount(t *testing.T) {
	remake := func(t *testing.T, e *ticketmail.Engine, m mailbox.Mailbox, a oauth.Account) {
		ctx := t.Context()
		must(t, e.DeleteOAuth(ctx, "sales"))
		must(t, e.PutMailbox(ctx, m))
		must(t, e.PutOAuth(ctx, a))
	}
	recreate := func(t *testing.T, e *ticketmail.Engine, m mailbox.Mailbox, a oauth.Account) {
		ctx := t.Context()
		must(t, e.UnassignMailbox(ctx, "sales"))
		must(t, e.DeleteMailbox(ctx, "sales"))
		must(t, e.PutOAuth(ctx, a))
		must(t, e.PutMailbox(ctx, m))
		must(t, e.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
	}
	for name, tt := range map[string]struct {
		polls, changes func(h tokenHouse, second *ticketmail.Engine) *ticketmail.Engine
		move           func(*testing.T, *ticketmail.Engine, mailbox.Mailbox, oauth.Account)
		old            bool // the account was stored before there were generations
	}{
		"another node":                     {otherNode, thisNode, remake, false},
		"another node, old account":        {otherNode, thisNode, remake, true},
		"another node, mailbox deleted":    {otherNode, thisNode, recreate, false},
		"the same node":                    {thisNode, thisNode, remake, false},
		"a transaction":                    {thisNode, joining, remake, false},
		"a transaction, mailbox deleted":   {thisNode, joining, recreate, false},
		"a transaction, old account":       {thisNode, joining, remake, true},
		"a transaction beside another one": {otherNode, joining, remake, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newTokenHouse(t)
			ctx := t.Context()
			servers := &bystander{shown: map[string][]string{}}
			change := func(c *ticketmail.Config) {
				h.change(c)
				c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: servers}
			}
			h.house = build(t, change)
			second, err := ticketmail.New(ctx, h.cfg(change))
			must(t, err)
			polls, changes := tt.polls(h, second), tt.changes(h, second)
			poll := func() error {
				must(t, h.Consent(ctx, ticketmail.Actor{}, "sales", ticketmail.Terms{}))
				_, err := polls.Poll(ctx, "sales")
				return err
			}

			account := h.provider.Account("sales")
			box := box2(func(m *mailbox.Mailbox) { m.Password = mailbox.Secret{} })
			must(t, h.PutOAuth(ctx, account))
			if tt.old {
				withoutGeneration(t, h, "sales")
			}
			must(t, h.PutMailbox(ctx, box))
			must(t, h.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "sales", Task: "elsewhere"}))
			signIn(t, h, "sales")
			_ = poll()
			account.Login = "somebody@erp.example" // a change is no new account
			must(t, h.PutOAuth(ctx, account))
			_ = poll()
			before := servers.shown[box.Host]
			if len(before) != 2 || before[0] != before[1] {
				t.Fatalf("%d tokens shown to the mailbox's own server, want one twice", len(before))
			}

			box.Host = "evil.example"
			tt.move(t, changes, box, account)
			if e, ok := errors.AsType[*oauth.Error](poll()); !ok || e.Code != oauth.CodeNotSignedIn {
				t.Errorf("Poll = %v, want that nobody is signed in", e)
			}
			if err := polls.ProbeMailbox(ctx, "sales", nil); err == nil {
				t.Error("the test of a mailbox that nobody signed in ends well")
			}
			if n := len(servers.shown["evil.example"]); n != 0 {
				t.Errorf("%d tokens shown to another server", n)
			}
			signIn(t, h, "sales") // for this server
			_ = poll()
			if got := servers.shown["evil.example"]; len(got) != 1 || slices.Contains(before, got[0]) {
				t.Errorf("%d tokens shown after the new sign-in, want a new one", len(got))
			}
		})
	}
}

func thisNode(h tokenHouse, _ *ticketmail.Engine) *ticketmail.Engine  { return h.Engine }
func otherNode(_ tokenHouse, e *ticketmail.Engine) *ticketmail.Engine { return e }
func joining(h tokenHouse, _ *ticketmail.Engine) *ticketmail.Engine   { return h.Within(h.store) }

// withoutGeneration makes the account of a mailbox one of before.
func withoutGeneration(t *testing.T, h tokenHouse, id mailbox.ID) {
	t.Helper()
	ctx := t.Context()
	must(t, h.store.Update(ctx, func(w storage.Writer) error {
		b, err := w.Settings().Get(ctx, "mailbox-oauth", string(id))
		if err != nil {
			return err
		}
		var fields map[string]any
		if err := json.Unmarshal(b, &fields); err != nil {
			return err
		}
		if fields["generation"] == nil {
			return errors.New("there is no generation to take away")
		}
		delete(fields, "generation")
		if b, err = json.Marshal(fields); err != nil {
			return err
		}
		return w.Settings().Put(ctx, "mailbox-oauth", string(id), b)
	}))
}

// Tokens and sign-ins under way go in the transaction that deletes their
// account, and versions of their places are not used twice.
func TestTokensAreDeleted(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	places := oauth.Places("sales")
	versions := map[int64]bool{}
	for range 3 {
		must(t, h.PutOAuth(ctx, h.provider.Account("sales")))
		signIn(t, h, "sales")
		if _, err := h.OAuth().Begin(ctx, "sales", "session"); err != nil {
			t.Fatal(err)
		}
		for _, at := range places {
			it, err := h.TokenStore().Load(ctx, at)
			if err != nil || it.Version == 0 || versions[it.Version] {
				t.Errorf("%s: version %d, %v; want one that was not there before", at.Field, it.Version, err)
			}
			versions[it.Version] = true
		}
		must(t, h.Within(h.store).DeleteOAuth(ctx, "sales"))
		for _, at := range places {
			if it, err := h.TokenStore().Load(ctx, at); err != nil || it != (oauth.Item{}) {
				t.Errorf("%s outlives its account: %v", at.Field, err)
			}
		}
	}
}

// A mailbox that is not stored has no server that its tokens are for.
func TestProbeDraftShowsNoTokenUnstored(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	servers := &bystander{shown: map[string][]string{}}
	change := func(c *ticketmail.Config) {
		h.change(c)
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: servers}
	}
	h.house = build(t, change)
	must(t, h.PutOAuth(ctx, h.provider.Account("sales")))
	signIn(t, h, "sales")
	for _, auth := range []mailbox.Auth{mailbox.AuthAuto, mailbox.AuthOAuthBearer, mailbox.AuthXOAuth2} {
		draft := tokenBox()
		draft.Auth, draft.Host = auth, "evil.example"
		if f, ok := errors.AsType[*mailbox.FieldError](h.ProbeDraft(ctx, draft, nil)); !ok || f.Field != "Auth" {
			t.Errorf("%q: %v", auth, f)
		}
	}
	if len(servers.shown) != 0 {
		t.Errorf("tokens shown to %d servers that were typed", len(servers.shown))
	}
	must(t, h.DeleteOAuth(ctx, "sales")) // a sign-in comes after what it is for
	must(t, h.PutOAuth(ctx, h.provider.Account("sales")))
	must(t, h.PutMailbox(ctx, tokenBox()))
	signIn(t, h, "sales")
	_ = h.ProbeDraft(ctx, tokenBox(), nil)
	if len(servers.shown["mail.example"]) != 1 {
		t.Error("the stored mailbox's own server sees no token")
	}
}
