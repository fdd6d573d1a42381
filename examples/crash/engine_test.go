package crash_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/pop3box"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/storetest/fault"
	"example.com/ticketmail/ticketmail"
)

// A job is what an engine works on: all that a child process has to know.
type job struct {
	Where    where
	Box      box
	Exit     string // host:port of the mail exit; empty: none
	Scenario string // whose mailbox it is; empty: nothing special
	Window   int    // mails fetched with one marker; 0: the default

	PerConn int // mails sent on one connection; 0: the default

	KillAt []int         // numbered points at which the process ends
	Within bool          // the calls inside of transactions are points too
	Ahead  time.Duration // by how much the clock of this node is wrong
	Run    bool          // until it is killed, instead of until all is quiet

	Migrate bool // make the tables, and no more
}

// A box is a mailbox that can be told to another process: a secret cannot.
type box struct {
	mailbox.Mailbox
	Password string
}

// keys sign in all processes alike.
func keys() [][]byte { return [][]byte{[]byte("0123456789abcdef")} }

func people() memdirectory.Data {
	return memdirectory.Data{
		Persons: []memdirectory.Person{
			{ID: "anna", Name: "Anna", Address: "anna@corp.example", Kind: "employee"},
			{ID: "bert", Name: "Bert", Address: "bert@corp.example", Kind: "employee"},
			{ID: "carla", Name: "Carla", Address: "carla@customer.example", Kind: "contact"},
		},
		Projects: []memdirectory.Project{{ID: "erp", Managers: idsOf("anna")}},
		Tasks:    []memdirectory.Task{{ID: "inbox", Project: "erp", Members: idsOf("anna", "bert")}},
	}
}

// engine returns an engine for the job, on wrappers of in.
func (j job) engine(ctx context.Context, store vault, in *fault.Injector) (*ticketmail.Engine, func(), error) {
	directory, err := memdirectory.New(people())
	if err != nil {
		return nil, nil, err
	}
	done := func() {}
	wrapped := in.Store(store)
	m := j.Box.Mailbox
	m.Password = mailbox.NewSecret(j.Box.Password)
	cfg := ticketmail.Config{
		Store: wrapped, Directory: directory, Keys: keys(), Domain: "corp.example",
		From: message.Address{Address: "tickets@corp.example"},
		Connectors: map[mailbox.Protocol]mailbox.Connector{
			mailbox.IMAP: in.Connector(imapbox.New(nil)),
			mailbox.POP3: in.Connector(pop3box.New(nil)),
		},
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{m},
			Assignments: []mailbox.Assignment{{Mailbox: m.ID, Task: "inbox"}},
		},
		Drain: mailbox.DrainOptions{Window: j.Window, BatchMails: (j.Window + 1) / 2},
		Caps:  ticketmail.Caps{AddressHour: -1, AddressDay: -1, TicketHour: -1, MailboxMinute: -1, Minute: -1, ContentDay: -1},
		Hooks: ticketmail.Hooks{Route: func(_ context.Context, in ticketmail.Inbound) (ticketmail.Routing, error) {
			if strings.HasPrefix(in.Message.Subject, "Poison") {
				panic("poison")
			}
			return ticketmail.Routing{}, nil
		}},
		Delivery: ticketmail.Delivery{Backoff: notify.Backoff{Steps: []time.Duration{time.Millisecond}}, Pause: time.Millisecond},
		Now:      func() time.Time { return time.Now().Add(j.Ahead) },

		AllowVolatileStore: true, // nobody is killed with one
	}
	if j.Exit != "" {
		sender, err := smtpsender.New(smtpsender.Options{Addr: j.Exit, Security: mailbox.None, MaxPerConn: j.PerConn})
		if err != nil {
			return nil, nil, err
		}
		done = func() { _ = sender.Close() }
		cfg.Sender = in.Sender(sender)
	}
	e, err := ticketmail.New(ctx, cfg)
	if err != nil {
		done()
		return nil, nil, err
	}
	return e, done, nil
}

// quiet polls and delivers until nothing happens any more. Errors are those of
// the last round.
func quiet(ctx context.Context, e *ticketmail.Engine) error {
	var errs error
	for range maxRounds {
		got, err := e.Poll(ctx, boxID)
		_, sent := e.Deliver(ctx)
		if errs = errors.Join(err, sent); errs == nil && got.Received+got.Deleted+got.Moved == 0 {
			return nil
		}
	}
	if errs == nil {
		errs = fmt.Errorf("not quiet after %d polls", maxRounds)
	}
	return errs
}

// maxRounds is enough for a poison mail (three attempts), twice.
const maxRounds = 12

// resume does in this process what a killed one has not finished.
func (j job) resume(ctx context.Context, store vault) error {
	if err := j.finish(ctx, store); err != nil {
		return err
	}
	return j.late(ctx, store)
}

// late does what has to wait, an hour later: mails whose sending failed, or
// whose claim has to expire, and mails that are left alone because the engine was killed at the last attempt
// to take in one that had failed three times.
func (j job) late(ctx context.Context, store vault) error {
	waits := false
	err := store.View(ctx, func(r storage.Reader) error {
		waits = false
		for e, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{Outcome: mailbox.LeftThere}) {
			if err != nil {
				return err
			}
			waits = waits || slices.ContainsFunc(e.Reasons, func(r mailbox.Reason) bool { return r.Code == "unfetchable" })
		}
		for _, state := range []notify.State{notify.Waiting, notify.Sending} {
			for _, err := range r.Outbox().List(ctx, notify.MailQuery{State: state, Limit: 1}) {
				if err != nil {
					return err
				}
				waits = waits || j.Exit != ""
			}
		}
		return nil
	})
	if err != nil || !waits {
		return err
	}
	j.Ahead += 61 * time.Minute
	return j.finish(ctx, store)
}

func (j job) finish(ctx context.Context, store vault) error {
	e, done, err := j.engine(ctx, store, new(fault.Injector))
	if err != nil {
		return err
	}
	defer done()
	return quiet(ctx, e)
}

// oneRound polls and delivers once.
func oneRound(ctx context.Context, e *ticketmail.Engine) error {
	_, err := e.Poll(ctx, boxID)
	_, sent := e.Deliver(ctx)
	return errors.Join(err, sent)
}

// prepare makes the ticket that some mails answer, and consents. It returns
// the signed Message-ID of the mail about it.
func (j job) prepare(ctx context.Context, store vault) (notified string, err error) {
	j.Exit = "" // the mail is not sent
	e, done, err := j.engine(ctx, store, new(fault.Injector))
	if err != nil {
		return "", err
	}
	defer done()
	if err := e.Consent(ctx, ticketmail.Actor{}, boxID, ticketmail.Terms{}); err != nil {
		return "", err
	}
	_, err = e.CreateTicket(ctx, ticketmail.Actor{Person: "anna"}, ticketmail.NewTicket{
		ID: theTicket, Subject: "The printer", Text: "It burns.", Task: "inbox", Assignee: "bert", CustomerContact: "carla",
	})
	if err != nil {
		return "", err
	}
	mails, err := e.Outbox(ctx, notify.MailQuery{})
	if err != nil || len(mails) == 0 {
		return "", errors.Join(errors.New("nobody was told of the ticket"), err)
	}
	return mails[0].MessageID, nil
}

// theTicket is there before any mail comes.
const theTicket storage.TicketID = "A1"
