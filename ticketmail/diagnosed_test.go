package ticketmail_test

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// A knowing server explains its errors as imapbox does.
type knowing struct {
	*mailboxtest.Server
	refuses error // to let anybody in
}

func (k knowing) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	if k.refuses != nil {
		return nil, k.refuses
	}
	return k.Server.Connect(ctx, m)
}

func (k knowing) Diagnose(m mailbox.Mailbox, err error) mailbox.Diagnosis {
	return imapbox.New(nil).Diagnose(m, err)
}

// A lostStore cannot be written to.
type lostStore struct{ *memstore.Store }

func (s lostStore) Update(context.Context, func(storage.Writer) error) error {
	return syscall.ECONNREFUSED
}

// TestPollDiagnosed: the error of a poll says what is behind it, where whoever
// met it knows. What the store says in the same words is not the mail server's.
func TestPollDiagnosed(t *testing.T) {
	refused := func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
	server := mailboxtest.NewServer()
	served := func(c *ticketmail.Config, by mailbox.Connector) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: by}
	}
	for name, tt := range map[string]struct {
		change func(c *ticketmail.Config)
		is     func(error) bool
		code   string
	}{
		"the server": {func(c *ticketmail.Config) { served(c, knowing{server, syscall.ECONNREFUSED}) }, refused, "port-closed"},
		"a folder": {func(c *ticketmail.Config) {
			served(c, knowing{server, nil})
			c.Routes.Mailboxes[0].Folders = []string{"nowhere"}
		}, func(err error) bool {
			missing, ok := errors.AsType[*mailbox.FolderError](err)
			return ok && missing.Folder == "nowhere"
		}, "folder-unknown"},
		"the store": {func(c *ticketmail.Config) {
			served(c, knowing{server, nil})
			c.Store = lostStore{c.Store.(*memstore.Store)}
		}, refused, ""},
		"a server that explains nothing": {func(c *ticketmail.Config) {
			served(c, mailbox.ConnectorFunc(func(context.Context, mailbox.Mailbox) (mailbox.Session, error) { return nil, syscall.ECONNREFUSED }))
		}, refused, ""},
		"a store that forgets": {func(c *ticketmail.Config) { c.AllowVolatileStore = false }, func(err error) bool { return errors.Is(err, ticketmail.ErrVolatile) }, "store-volatile"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := build(t, tt.change).Poll(t.Context(), "support")
			if !tt.is(err) {
				t.Fatalf("Poll = %v", err)
			}
			d := mailbox.Diagnose(err)
			if d.Code != tt.code || (d.Cause == "") != (tt.code == "") {
				t.Errorf("%v is diagnosed as %+v, want %q", err, d, tt.code)
			}
			if cause, cure := mailbox.Advice(err); cause != d.Cause || cure != d.Cure {
				t.Errorf("its advice is %q, %q", cause, cure)
			}
		})
	}
}
