package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/ticketmail"
)

// withMailboxes lets administrators define mailboxes. The server stands for any
// that they name.
func withMailboxes(server *mailboxtest.Server) func(*ticketmail.Config) {
	ring, err := seal.NewRing(seal.NewKey("2026-01")) // a real one comes from where the program keeps its secrets
	if err != nil {
		panic(err)
	}
	return func(c *ticketmail.Config) {
		c.Sealer = ring
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
	}
}

// An administrator defines a mailbox and gives it to a task. Its password is
// sealed; a later change without one keeps it, unless it would go elsewhere.
func ExampleEngine_PutMailbox() {
	ctx, e := context.Background(), office(withMailboxes(mailboxtest.NewServer()))
	box := mailbox.Mailbox{
		ID: "support", Name: "Support", Address: "support@erp.example",
		Host: "imap.erp.example", User: "support", Password: mailbox.NewSecret("hunter2"),
	}
	fmt.Println(e.PutMailbox(ctx, box))
	fmt.Println(e.AssignMailbox(ctx, mailbox.Assignment{Mailbox: "support", Task: "helpdesk"}))

	box.Password, box.Name = mailbox.Secret{}, "Support team"
	fmt.Println(e.PutMailbox(ctx, box))
	box.Host = "imap.elsewhere.example"
	err := e.PutMailbox(ctx, box)
	if refused, ok := errors.AsType[*mailbox.FieldError](err); ok {
		fmt.Println(refused.Field, "-", refused.Reason)
	}
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// Password - must be given again, because the server or the user changes
}

// A mailbox of Microsoft 365 or Google signs in with tokens. A person signs in
// once, with a browser that [Engine.OAuth]'s handler sends to the provider.
func ExampleEngine_PutOAuth() {
	provider := oauthtest.New(nil) // stands for oauth.Microsoft("erp.example", oauth.IMAP, oauth.SMTP)
	ctx := context.Background()
	e := office(func(c *ticketmail.Config) {
		withMailboxes(mailboxtest.NewServer())(c)
		c.OAuth = ticketmail.OAuth{RedirectURI: "https://tickets.example/oauth", Transport: provider.Transport()}
	})
	fmt.Println(e.PutOAuth(ctx, oauth.Account{
		Mailbox: "support", Provider: provider.Provider(),
		ClientID: oauthtest.DefaultClientID, ClientSecret: mailbox.NewSecret(oauthtest.DefaultClientSecret),
	}))
	fmt.Println(e.PutMailbox(ctx, mailbox.Mailbox{
		ID: "support", Address: "support@erp.example", Host: "outlook.office365.com", User: "support@erp.example", Auth: mailbox.AuthXOAuth2,
	}))
	h, err := e.OAuth().Health(ctx, "support")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(h.Ready(), "-", h.Failure.Cause)
	// Output:
	// <nil>
	// <nil>
	// false - nobody has signed the mailbox in
}

// printStep shows a step as a page would.
func printStep(s mailbox.Step) {
	fmt.Println(strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Name, s.About, strings.Join(s.Facts, "; "))))
	if s.Err != nil {
		fmt.Printf("  %s. What to do: %s.\n", s.Cause, s.Cure)
	}
}

// The plug icon beside a mailbox: it is tested as a poll would use it, and
// nothing is changed.
func ExampleEngine_ProbeMailbox() {
	server := mailboxtest.NewServer()
	server.SetCredentials("support", "hunter2")
	server.Add("INBOX", "Subject: Printer on fire\r\n\r\n")
	ctx, e := context.Background(), office(withMailboxes(server))
	box := mailbox.Mailbox{ID: "support", Host: "imap.erp.example", User: "support", Password: mailbox.NewSecret("hunter2")}
	if err := e.PutMailbox(ctx, box); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.ProbeMailbox(ctx, "support", printStep))
	fmt.Println(e.ProbeMailbox(ctx, "sales", printStep))
	// Output:
	// sign-in  signed in as "support"
	// folder INBOX 1 mails
	// <nil>
	// test mailbox sales: unknown mailbox
}

// A form is tested before it is saved. The field of the password stays empty
// where the stored one is meant.
func ExampleEngine_ProbeDraft() {
	server := mailboxtest.NewServer()
	server.SetCredentials("support", "hunter2")
	ctx, e := context.Background(), office(withMailboxes(server))
	box := mailbox.Mailbox{ID: "support", Host: "imap.erp.example", User: "support", Password: mailbox.NewSecret("hunter2")}
	if err := e.PutMailbox(ctx, box); err != nil {
		fmt.Println(err)
		return
	}
	draft := mailbox.Mailbox{ID: "support", Host: "imap.erp.example", User: "support", Folders: []string{"INBOX.orders"}}
	err := e.ProbeDraft(ctx, draft, printStep)
	if missing, ok := errors.AsType[*mailbox.FolderError](err); ok {
		fmt.Println("no folder", missing.Folder)
	}
	draft.User = "boss"
	fmt.Println(e.ProbeDraft(ctx, draft, printStep))
	// Output:
	// sign-in  signed in as "support"
	// folder INBOX.orders
	//   the folder cannot be opened. What to do: check its name.
	// no folder INBOX.orders
	// test mailbox support: Password: must be given again, because the server or the user changes
}

// Mail leaves through the account of a stored mailbox, with the same sign-in:
// the sender is made before the engine, and finds the tokens later.
func ExampleEngine_ProbeSender() {
	provider := oauthtest.New(nil)
	var e *ticketmail.Engine
	sender, err := smtpsender.New(smtpsender.Options{
		Addr: "smtp.office365.com:587", Security: mailbox.STARTTLS, User: "support@erp.example",
		Tokens: mailbox.LateTokens(func() mailbox.TokenSource { return e.OAuth().Source("support") }),
		Dial: func(context.Context, string, string) (net.Conn, error) { // without it, this example would need a network
			return nil, errors.New("there is no network here")
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	e = office(func(c *ticketmail.Config) {
		withMailboxes(mailboxtest.NewServer())(c)
		c.Sender = sender
		c.OAuth = ticketmail.OAuth{RedirectURI: oauthtest.DefaultRedirectURI, Transport: provider.Transport()}
	})
	ctx := context.Background()
	account := provider.Account("support")
	account.Grant, account.Provider.Name = oauth.AppOnly, "" // for the example: nobody has to sign in
	if err := e.PutOAuth(ctx, account); err != nil {
		fmt.Println(err)
		return
	}
	err = e.ProbeSender(ctx, func(s mailbox.Step) {
		if len(s.Facts) > 0 {
			s.Facts = s.Facts[:1] // the others have times in them
		}
		printStep(s)
	})
	fmt.Println(err)
	// Output:
	// token  the application signs in itself (app-only)
	// dial
	//   no connection can be made. What to do: check host and port, and what this program may connect to.
	// test the sender: test of smtp.office365.com:587: connect: there is no network here
}
