package ticketmail_test

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// TestSetup: what a page of administrators needs to know, defaults filled in.
func TestSetup(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) {
		c.Rules = map[notify.Kind]notify.Rule{"overdue": {Kind: "overdue", Active: true}}
	})
	s := h.Setup()
	if got := s.Kinds; len(got) != 13 || got[0] != notify.TicketCreated || got[7] != notify.StatusAccepted || got[8] != notify.MailboxFailing || got[10] != "overdue" || got[12] != notify.SignInExpiring {
		t.Errorf("kinds = %v", got)
	}
	if diff := cmp.Diff([]mailbox.ID{"support"}, s.Fixed); diff != "" {
		t.Errorf("fixed (-want +got):\n%s", diff)
	}
	if !s.Sends || s.Seals || s.Language != "en" || s.Zone == nil || !s.Now().Equal(noon) || s.Directory == nil {
		t.Errorf("setup = %+v", s)
	}
	if diff := cmp.Diff(escalation.DefaultChain(), s.Chain); diff != "" {
		t.Errorf("chain (-want +got):\n%s", diff)
	}
}

// TestRuleBook holds what PatchRule wrote, of all projects.
func TestRuleBook(t *testing.T) {
	h := build(t, nil)
	off := notify.RulePatch{Active: new(false)}
	for project, kind := range map[escalation.ProjectID]notify.Kind{"": notify.StatusDone, "service": notify.CommentAdded, `of "x"`: notify.StatusRejected} {
		if err := h.PatchRule(t.Context(), project, kind, off); err != nil {
			t.Fatal(err)
		}
	}
	// The change of an event that the program has no rule for any more rests.
	err := h.store.Update(t.Context(), func(w storage.Writer) error {
		return w.Settings().Put(t.Context(), "rule", `"" gone`, []byte("{}"))
	})
	if err != nil {
		t.Fatal(err)
	}
	book, err := h.RuleBook(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := notify.RuleBook{
		Company: map[notify.Kind]notify.RulePatch{notify.StatusDone: off},
		Projects: map[escalation.ProjectID]map[notify.Kind]notify.RulePatch{
			"service": {notify.CommentAdded: off}, `of "x"`: {notify.StatusRejected: off},
		},
	}
	book.Defaults = nil
	if diff := cmp.Diff(want, book); diff != "" {
		t.Errorf("book (-want +got):\n%s", diff)
	}
}

// TestCategoryUse counts tickets, each in all of its categories.
func TestCategoryUse(t *testing.T) {
	h := build(t, nil)
	for _, id := range []string{"a", "b", "c"} {
		if err := h.PutCategory(t.Context(), catalog.Category{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	h.create(ticketmail.NewTicket{Categories: []string{"a", "b"}})
	h.create(ticketmail.NewTicket{Categories: []string{"b"}})
	h.create(ticketmail.NewTicket{})
	got, err := h.CategoryUse(t.Context())
	if diff := cmp.Diff(map[string]int{"a": 1, "b": 2}, got); diff != "" || err != nil {
		t.Errorf("use (-want +got):\n%s%v", diff, err)
	}
}

// TestOpenContent reads what was stored, and nothing else.
func TestOpenContent(t *testing.T) {
	h := build(t, nil)
	s, err := h.store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(s, "raw"); err != nil {
		t.Fatal(err)
	}
	b, err := s.Finish()
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.OpenContent(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); string(got) != "raw" || err != nil || r.Close() != nil {
		t.Errorf("content = %q, %v", got, err)
	}
	if _, err := h.OpenContent(t.Context(), storage.Blob{Size: 1}); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("unknown content: %v", err)
	}
}

// TestOAuthAccount shows how a mailbox signs in, but never its secret.
func TestOAuthAccount(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) { c.Sealer = ring(t) })
	if err := h.PutMailbox(t.Context(), mailbox.Mailbox{ID: "shop", Host: "imap.shop.example", User: "shop"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.OAuthAccount(t.Context(), "shop"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("without an account: %v", err)
	}
	a := oauth.Account{Mailbox: "shop", Provider: oauth.Google(), ClientID: "client", ClientSecret: mailbox.NewSecret("hush"), Login: "shop@erp.example"}
	if err := h.PutOAuth(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	got, err := h.OAuthAccount(t.Context(), "shop")
	if err != nil || got.ClientID != "client" || got.Login != "shop@erp.example" || !got.ClientSecret.IsZero() {
		t.Errorf("account = %+v, %v", got, err)
	}
}
