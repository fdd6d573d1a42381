package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// errUnreadable reports that some file could not be read, which its own lines
// say.
var errUnreadable = errors.New("a file cannot be read")

// mailboxID is the one mailbox of an explainer.
const mailboxID = "inspect"

// An explainer hands mails to an engine in memory, one after the other, and
// tells what became of each.
type explainer struct {
	engine *ticketmail.Engine
	store  *memstore.Store
	people escalation.Directory
	shelf  *shelf
	told   int // mails in the outbox so far
	out    io.Writer
}

// explainMails prints what would become of the mails.
func explainMails(ctx context.Context, cfg config, files []string, out io.Writer) error {
	x, err := newExplainer(ctx, cfg, out)
	if err != nil {
		return err
	}
	var failed error
	for i, file := range files {
		if i > 0 {
			x.printf("\n")
		}
		err := x.explain(ctx, file)
		if errors.Is(err, errUnreadable) {
			failed = err
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return failed
}

func newExplainer(ctx context.Context, cfg config, out io.Writer) (*explainer, error) {
	people, as, err := cfg.people()
	if err != nil {
		return nil, err
	}
	dir, err := memdirectory.New(people)
	if err != nil {
		return nil, fmt.Errorf("%w: people: %w", errConfig, err)
	}
	x := &explainer{store: memstore.New(nil), people: dir, shelf: &shelf{files: map[string]string{}}, out: out}
	as.Mailbox = mailboxID
	x.engine, err = ticketmail.New(ctx, ticketmail.Config{
		Store:      x.store,
		Directory:  dir,
		Connectors: map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: x.shelf},
		Language:   people.Language,
		From:       message.Address{Address: cfg.Address},
		Keys:       [][]byte{[]byte(cfg.Key)},
		Threading:  cfg.threading(),
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{{ID: mailboxID, Address: cfg.Address, Host: "none.invalid", User: cfg.Address, MaxMessageBytes: cfg.MaxMessageBytes}},
			Assignments: []mailbox.Assignment{as},
			Default:     mailboxID,
		},
		AllowVolatileStore: true, // nothing is emptied but the shelf
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	return x, x.engine.Consent(ctx, ticketmail.Actor{}, mailboxID, ticketmail.Terms{})
}

// explain prints what becomes of one mail.
func (x *explainer) explain(ctx context.Context, file string) error {
	x.printf("%s\n", visible(file))
	m, err := read(ctx, file)
	if err != nil {
		x.line("error", err.Error())
		return errUnreadable
	}
	uid := x.shelf.put(file)
	if _, err := x.engine.Poll(ctx, mailboxID); err != nil {
		return err
	}
	delete(x.shelf.files, uid) // where it was left
	return x.store.View(ctx, func(r storage.Reader) error { return x.describe(ctx, r, uid, m) })
}

// read reads a mail for what its header says.
func read(ctx context.Context, file string) (*message.Message, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return message.Read(ctx, f, nil)
}

// describe prints a mail and what became of it.
func (x *explainer) describe(ctx context.Context, r storage.Reader, uid string, m *message.Message) error {
	entry, err := find(ctx, r, uid)
	if err != nil {
		return err
	}
	known, err := x.known(ctx, m)
	if err != nil {
		return err
	}
	x.line("from", senderWords(m)+known)
	x.line("subject", m.Subject)
	x.line("becomes", outcomeWords(entry))
	for i, reason := range entry.Reasons {
		label := ""
		if i == 0 {
			label = "because"
		}
		x.line(label, reasonWords(reason))
	}
	if entry.Ticket != "" {
		if err := x.ticket(ctx, r, entry); err != nil {
			return err
		}
	}
	for _, d := range m.Defects {
		x.line("defect", d.Code+": "+d.Text)
	}
	return x.tells(ctx, r)
}

// known says whose address a mail is from.
func (x *explainer) known(ctx context.Context, m *message.Message) (string, error) {
	if len(m.From) != 1 || m.From[0].Address == "" {
		return "", nil
	}
	p, err := x.people.PersonByAddress(ctx, m.From[0].Address)
	switch {
	case errors.Is(err, escalation.ErrNotFound):
		return ", whom the directory does not know", nil
	case err != nil:
		return "", err
	case p.Left:
		return fmt.Sprintf(", once %s %s", p.Kind, p.ID), nil
	}
	return fmt.Sprintf(", %s %s", p.Kind, p.ID), nil
}

// find returns the ledger's entry of a mail.
func find(ctx context.Context, r storage.Reader, uid string) (mailbox.Entry, error) {
	for e, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{}) {
		if err != nil || e.UID == uid {
			return e, err
		}
	}
	return mailbox.Entry{}, fmt.Errorf("mail %s is nowhere", uid)
}

// ticket prints the ticket, and what the mail is on it.
func (x *explainer) ticket(ctx context.Context, r storage.Reader, entry mailbox.Entry) error {
	k, err := r.Tickets().Get(ctx, entry.Ticket)
	if err != nil {
		return err
	}
	x.line("ticket", fmt.Sprintf("%s %q, %s, task %s", x.engine.Referencer().Token(k.ID), k.Subject, strings.ReplaceAll(string(k.Status), "_", " "), k.Task))
	x.line("people", peopleWords(k))
	if k.Follows != "" {
		x.line("follows", "ticket "+string(k.Follows))
	}
	for c, err := range r.Tickets().Comments(ctx, k.ID) {
		if err != nil {
			return err
		}
		if c.Raw == entry.Raw {
			x.line("marked", marks(c))
		}
	}
	return nil
}

// tells prints who would be told because of the mail.
func (x *explainer) tells(ctx context.Context, r storage.Reader) error {
	n := 0
	for m, err := range r.Outbox().List(ctx, notify.MailQuery{}) {
		if err != nil {
			return err
		}
		if n++; n <= x.told {
			continue
		}
		var why []string
		for _, reason := range m.Reasons {
			if reason.Code != "reply-to" {
				why = append(why, reason.Text)
			}
		}
		x.line("tells", fmt.Sprintf("%s of %s (%s), in %s", m.To.Address, m.Event, strings.Join(why, "; "), m.Language))
	}
	if n == x.told {
		x.line("tells", "nobody")
	}
	x.told = n
	return nil
}

// line prints a label and what it labels; nothing if that is empty.
func (x *explainer) line(label, text string) {
	if text != "" {
		x.printf("  %-8s %s\n", label, visible(text))
	}
}

// printf prints to the terminal. When that is gone there is nobody to tell.
func (x *explainer) printf(format string, args ...any) { _, _ = fmt.Fprintf(x.out, format, args...) }
