package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
)

// newClient returns a client whose mailbox "support" signs in at a provider
// within the process. A program takes oauth.Microsoft or oauth.Google, its own
// keys and a durable Store, and leaves Transport out.
func newClient(provider *oauthtest.Server, account oauth.Account) *oauth.Client {
	ring, err := seal.NewRing(seal.NewKey("example"))
	if err != nil {
		panic(err)
	}
	c, err := oauth.New(oauth.Config{
		Accounts: oauth.Static(account), Store: &oauth.MemStore{}, Sealer: ring,
		RedirectURI: "https://tickets.example/oauth", Transport: provider.Transport(),
	})
	if err != nil {
		panic(err)
	}
	return c
}

func ExampleMicrosoft() {
	account := oauth.Account{
		Mailbox:       "support",
		Provider:      oauth.Microsoft("example.com", oauth.IMAP, oauth.SMTP),
		ClientID:      "11112222-3333-4444-5555-666677778888",
		ClientSecret:  mailbox.NewSecret("the value, not the id"),
		SecretExpires: time.Date(2028, 1, 31, 0, 0, 0, 0, time.UTC),
	}
	fmt.Println(account.Validate(), account.ClientSecret)
	fmt.Println(account.Provider.TokenURL)
	// Output:
	// <nil> [secret]
	// https://login.microsoftonline.com/example.com/oauth2/v2.0/token
}

func ExampleGoogle() {
	fmt.Println(oauth.Google().Scopes)
	// Output: [https://mail.google.com/]
}

// The application has a right of its own on the mailbox; nobody signs in.
func ExampleClient_Source() {
	provider := oauthtest.New(nil)
	account := provider.Account("support")
	account.Grant = oauth.AppOnly
	c := newClient(provider, account)
	defer c.Close()

	box := mailbox.Mailbox{ID: "support", Host: "outlook.office365.com", User: "support@example.com", Tokens: c.Source("support")}
	token, err := box.Tokens.Token(context.Background(), mailbox.Secret{})
	fmt.Println(token, err)
	// Output: [secret] <nil>
}

// A person signs the mailbox in: here without a browser in between.
func ExampleClient_Begin() {
	provider := oauthtest.New(nil)
	c := newClient(provider, provider.Account("support"))
	defer c.Close()
	ctx := context.Background()

	address, err := c.Begin(ctx, "support", "session of the administrator")
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := provider.Visit(ctx, address) // what the browser does
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := c.Finish(ctx, back.Query(), "session of the administrator")
	fmt.Println(id, err)
	_, err = c.Finish(ctx, back.Query(), "session of the administrator")
	fmt.Println(errors.Is(err, oauth.ErrState))
	// Output:
	// support <nil>
	// true
}

// The pages of the sign-in, mounted by the host where the provider sends
// browsers back to. The page of the mailbox has a form that posts to it:
//
//	<form method="post" action="/oauth"><button name="mailbox" value="support">Sign in</button></form>
func ExampleClient_Handler() {
	provider := oauthtest.New(nil)
	c := newClient(provider, provider.Account("support"))
	h, err := c.Handler(oauth.Web{
		Session: func(r *http.Request) string {
			cookie, err := r.Cookie("session")
			if err != nil {
				return "" // not signed in here
			}
			return cookie.Value
		},
		Done: func(w http.ResponseWriter, r *http.Request, o oauth.Outcome) {
			http.Redirect(w, r, "/mailboxes/"+string(o.Mailbox), http.StatusSeeOther)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/oauth", h)
	fmt.Println("register with the provider:", c.RedirectURI())
	// Output: register with the provider: https://tickets.example/oauth
}

// A set-up without a browser: the person signs in elsewhere.
func ExampleClient_Device() {
	provider := oauthtest.New(nil)
	c := newClient(provider, provider.Account("support"))
	defer c.Close()
	ctx := context.Background()

	d, err := c.Device(ctx, "support")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("open %s and enter a code of %d letters\n", d.URL, len(d.UserCode))
	if err := provider.Decline(d.UserCode); err != nil { // what the person does
		fmt.Println(err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	cancel(errors.New("the program ends"))
	fmt.Println(d.Wait(ctx))
	// Output:
	// open https://login.example.test/device and enter a code of 8 letters
	// the program ends
}

// What a status page shows.
func ExampleClient_Health() {
	provider := oauthtest.New(nil)
	account := provider.Account("support")
	account.SecretExpires = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	c := newClient(provider, account)

	h, err := c.Health(context.Background(), "support")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(h.Ready(), "-", h.Failure.Action, "-", h.Failure.Cause)
	for _, w := range h.Warnings {
		fmt.Println(w.Urgent, "-", w.Text)
	}
	// Output:
	// false - sign in - nobody has signed the mailbox in
	// true - the client secret expired on 2026-01-31: make a new one in the app registration and enter it
}

// A poller keeps mailboxes signed in that it does not poll.
func ExampleClient_Keep() {
	provider := oauthtest.New(nil)
	c := newClient(provider, provider.Account("support"))
	err := c.Keep(context.Background(), "support")
	if e, ok := errors.AsType[*oauth.Error](err); ok {
		fmt.Println(e.Code, "-", e.Cure)
	}
	// Output: not_signed_in - sign the mailbox in
}
