package examples_test

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/storage/sqlitestore"
	"example.com/ticketmail/ticketmail"
)

// TestNodesRefreshOnce (THREATS S10, H72): a thousand callers on four engines,
// each with a database handle of its own on one file, need a new token at once.
// The provider is asked one time, and takes a refresh token no second time.
func TestNodesRefreshOnce(t *testing.T) {
	ctx := t.Context()
	provider := oauthtest.New(&oauthtest.Options{Rotation: oauthtest.RotateOnce})
	ring, err := seal.NewRing(seal.NewKey("2026"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tickets.db")
	people, err := memdirectory.New(memdirectory.Data{})
	if err != nil {
		t.Fatal(err)
	}
	node := func() *ticketmail.Engine {
		db, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(30000)")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		db.SetMaxOpenConns(8) // as a host bounds its pool: 250 callers at once would open as many files
		db.SetMaxIdleConns(8)
		store, err := sqlitestore.New(ctx, db, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		e, err := ticketmail.New(ctx, ticketmail.Config{
			Store: store, Directory: people, Sealer: ring, From: message.Address{Address: "support@erp.example"},
			OAuth: ticketmail.OAuth{RedirectURI: oauthtest.DefaultRedirectURI, Transport: provider.Transport()},
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	nodes := []*ticketmail.Engine{node(), node(), node(), node()}
	if err := nodes[0].PutOAuth(ctx, provider.Account("sales")); err != nil {
		t.Fatal(err)
	}
	address, err := nodes[0].OAuth().Begin(ctx, "sales", "session")
	if err != nil {
		t.Fatal(err)
	}
	back, err := provider.Visit(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nodes[1].OAuth().Finish(ctx, back.Query(), "session"); err != nil {
		t.Fatal(err)
	}
	old, err := nodes[0].OAuth().Source("sales").Token(ctx, mailbox.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	before := len(provider.Requests())
	provider.Next(oauthtest.Slow(200 * time.Millisecond)) // so that all are there before the answer
	tokens := make([]mailbox.Secret, 1000)
	began := time.Now()
	var wg sync.WaitGroup
	for i := range tokens {
		wg.Go(func() {
			var err error
			if tokens[i], err = nodes[i%len(nodes)].OAuth().Source("sales").Token(ctx, old); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(provider.Requests()) - before; n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	for _, token := range tokens {
		if !token.Equal(tokens[0]) || token.Equal(old) {
			t.Fatal("not all callers got the same new token")
		}
	}
	t.Logf("a thousand callers on four nodes had their token after %s", time.Since(began).Round(time.Millisecond))
}
