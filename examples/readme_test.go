package examples_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	_ "modernc.org/sqlite"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage/sqlitestore"
	"example.com/ticketmail/ticketmail"
)

// readme:begin

// helpdesk turns the mails of one mailbox into tickets of the task "support",
// and tells its people what happens to them, until ctx is done.
func helpdesk(ctx context.Context, db *sql.DB, people escalation.Directory, box mailbox.Mailbox, exit notify.Sender) error {
	store, err := sqlitestore.New(ctx, db, nil) // or your own tables: a storage.Store
	if err != nil {
		return err
	}
	defer store.Close()
	engine, err := ticketmail.New(ctx, ticketmail.Config{
		Store:     store,
		Directory: people, // four methods over what you have
		Sender:    exit,   // smtpsender, or your own
		From:      message.Address{Name: "Support", Address: box.Address},
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{box},
			Assignments: []mailbox.Assignment{{Mailbox: box.ID, Task: "support"}},
			Default:     box.ID,
		},
	})
	if err != nil {
		return err // names the field and the reason; nothing has been started
	}
	return engine.Run(ctx)
}

// readme:end

// The code in the README is the code above.
func TestReadmeCode(t *testing.T) {
	readme := textOf(t, "../README.md")
	_, code, ok := strings.Cut(readme, "```go\n")
	code, _, closed := strings.Cut(code, "```\n")
	if !ok || !closed {
		t.Fatal("README.md has no block of Go code")
	}
	_, want, _ := strings.Cut(textOf(t, "readme_test.go"), "// readme:begin\n\n")
	want, _, _ = strings.Cut(want, "\n// readme:end")
	if code != want {
		t.Errorf("README.md and readme_test.go differ; README.md has:\n%s", code)
	}
	if n := strings.Count(code, "\n"); n > 30 {
		t.Errorf("the README's code has %d lines: nobody reads that", n)
	}
}

// The code in the README does what it says: a mail comes in, the person in
// charge is told, and the mailbox is empty.
func TestReadmeRuns(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	server := serveIMAP(t)
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "tickets.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{{ID: "anna", Address: "anna@corp.example", Kind: escalation.Employee}},
		Tasks:   []memdirectory.Task{{ID: "support", Members: []escalation.PersonID{"anna"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	box := mailbox.Mailbox{
		ID: "support", Address: "support@corp.example", Security: mailbox.None,
		Host: server.addr.IP.String(), Port: server.addr.Port,
		User: "support", Password: mailbox.NewSecret("secret"), Interval: 10 * time.Millisecond,
	}
	told := errors.New("told")
	var sent notify.Mail
	exit := notify.SenderFunc(func(ctx context.Context, m notify.Mail) error {
		sent = m
		// The mail is told of as soon as it is kept, and removed after that:
		// let its session end. The first end may be that of an earlier one.
		for range 2 {
			select {
			case <-server.visited:
			case <-ctx.Done():
			}
		}
		stop(told)
		return nil
	})
	go server.deliverAfterFirstVisit(t)

	if err := helpdesk(ctx, db, people, box, exit); !errors.Is(err, told) {
		t.Fatalf("helpdesk ended with %v", err)
	}
	if sent.To.Address != "anna@corp.example" || !strings.Contains(sent.Subject, "Printer on fire") {
		t.Errorf("mailed %s %q, want anna@corp.example about the printer", sent.To.Address, sent.Subject)
	}
	left, err := server.user.Status("INBOX", &imap.StatusOptions{NumMessages: true})
	if err != nil {
		t.Fatal(err)
	}
	if *left.NumMessages != 0 {
		t.Errorf("%d mails left in the mailbox, want none", *left.NumMessages)
	}
}

// An imapServer serves one account in memory.
type imapServer struct {
	addr    *net.TCPAddr
	user    *imapmemserver.User
	visited chan struct{} // receives at the end of each visit
	done    <-chan struct{}
}

func serveIMAP(t *testing.T) *imapServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &imapServer{
		addr:    listener.Addr().(*net.TCPAddr),
		user:    imapmemserver.NewUser("support", "secret"),
		visited: make(chan struct{}, 1),
		done:    t.Context().Done(),
	}
	if err := s.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	accounts := imapmemserver.New()
	accounts.AddUser(s.user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return visit{accounts.NewSession(), s.visited}, nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}},
		InsecureAuth: true,
	})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

// A visit tells when it is over: when its session ends, or waits for mail.
type visit struct {
	imapserver.Session
	over chan<- struct{}
}

func (v visit) Close() error {
	v.ended()
	return v.Session.Close()
}

func (v visit) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	v.ended()
	return v.Session.Idle(w, stop)
}

func (v visit) ended() {
	select {
	case v.over <- struct{}{}:
	default:
	}
}

// deliverAfterFirstVisit puts a mail into the INBOX once that was seen empty:
// a folder that holds mail at first sight is left alone until an administrator
// consents.
func (s *imapServer) deliverAfterFirstVisit(t *testing.T) {
	select {
	case <-s.visited:
	case <-s.done:
		return
	}
	mail := "From: Carl <carl@customer.example>\r\nTo: support@corp.example\r\n" +
		"Subject: Printer on fire\r\nMessage-ID: <1@customer.example>\r\n\r\nPlease hurry.\r\n"
	if _, err := s.user.Append("INBOX", literal{strings.NewReader(mail)}, &imap.AppendOptions{}); err != nil {
		t.Error(err)
	}
}

// literal makes an [imap.LiteralReader] of a string.
type literal struct{ *strings.Reader }

func textOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
