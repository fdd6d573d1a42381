package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// serve runs the engine: for ever, or with -once until the mailbox is empty.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	started := time.Now()
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	people, as, err := readPeople(o.directory)
	if err != nil {
		return err
	}
	dir, err := memdirectory.New(people)
	if err != nil {
		return fmt.Errorf("directory %s: %w", o.directory, err)
	}
	store, closeStore, err := o.place.open(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	show := newDisplay(stderr)
	defer show.end()
	cfg := configure(o, dir, people.Language, as)
	cfg.Store, cfg.Blobs = store, store
	cfg.Logger, cfg.Progress = show.logger, show.progress
	if cfg.Sender, err = sender(o); err != nil {
		return err
	}
	engine, err := ticketmail.New(ctx, cfg)
	if err != nil {
		return err
	}
	if o.consent != nil {
		err := engine.Consent(ctx, ticketmail.Actor{}, o.mailbox.ID, *o.consent)
		if _, refused := errors.AsType[*mailbox.FieldError](err); refused {
			return &exitError{exitUsage, err}
		}
		if err != nil {
			return err
		}
	}
	if o.once {
		return once(ctx, engine, o, started, stdout)
	}
	if err := guard(ctx, engine, o); err != nil {
		return err
	}
	if err := engine.Run(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// configure is the part of the configuration that needs nothing but what the
// command line says.
func configure(o options, dir *memdirectory.Directory, language string, as mailbox.Assignment) ticketmail.Config {
	as.Mailbox = o.mailbox.ID
	return ticketmail.Config{
		Directory: dir,
		Language:  language,
		From:      message.Address{Address: o.from},
		Routes: mailbox.Routes{
			Mailboxes:   []mailbox.Mailbox{o.mailbox},
			Assignments: []mailbox.Assignment{as},
		},
	}
}

// readPeople reads -directory, or makes up one task "inbox" without anybody.
func readPeople(file string) (memdirectory.Data, mailbox.Assignment, error) {
	if file == "" {
		return memdirectory.Data{Tasks: []memdirectory.Task{{ID: "inbox"}}}, mailbox.Assignment{Task: "inbox"}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return memdirectory.Data{}, mailbox.Assignment{}, fmt.Errorf("-directory: %w", err)
	}
	defer func() { _ = f.Close() }()
	d, err := memdirectory.ReadJSON(f)
	if err != nil {
		return d, mailbox.Assignment{}, fmt.Errorf("-directory %s: %w", file, err)
	}
	if d.Mailbox == nil || d.Mailbox.Task == "" {
		return d, mailbox.Assignment{}, fmt.Errorf("-directory %s: mailbox.task is missing: which task do mails become tickets of?", file)
	}
	return d, mailbox.Assignment{
		Task:            d.Mailbox.Task,
		Creator:         d.Mailbox.Creator,
		CustomerContact: d.Mailbox.CustomerContact,
	}, nil
}

func sender(o options) (notify.Sender, error) {
	if o.smtp == "" {
		return nil, nil
	}
	opts := smtpsender.Options{
		Addr: o.smtp, Security: mailbox.Security(o.smtpSecurity), User: o.smtpUser, Password: o.smtpPassword,
	}
	if o.smtpInsecure {
		opts.TLSConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // asked for by name
	}
	s, err := smtpsender.New(opts)
	if err != nil {
		return nil, err // no Sender that is a nil pointer
	}
	return s, nil
}

// summary is what -once prints.
type summary struct {
	Received    int     `json:"received"`
	Tickets     int     `json:"tickets"`
	Comments    int     `json:"comments"`
	Records     int     `json:"records"`
	Quarantined int     `json:"quarantined"`
	Left        int     `json:"left"`
	Deleted     int     `json:"deleted"`
	Moved       int     `json:"moved,omitempty"`     // with -move-to
	Kept        int     `json:"kept,omitempty"`      // with -keep, those of earlier runs included
	Untouched   int     `json:"untouched,omitempty"` // with -consent leave or newer
	Notified    int     `json:"notified"`
	Bytes       int64   `json:"bytes"`
	Seconds     float64 `json:"seconds"`
}

// once drains until only mails that must stay are left, and delivers what the
// outbox holds as due. The counts are printed also if something failed.
func once(ctx context.Context, e *ticketmail.Engine, o options, started time.Time, stdout io.Writer) error {
	total, err := drain(ctx, e, o)
	if consent := consentNeeded(err); consent != nil {
		if err = consent; total == (ticketmail.Report{}) {
			return err
		}
	}
	sent, deliverErr := e.Deliver(ctx)
	line := summary{
		total.Received, total.Tickets, total.Comments, total.Records, total.Quarantined, total.Left, total.Deleted,
		total.Moved, total.Kept, total.Untouched,
		sent.Sent, total.Bytes, time.Since(started).Seconds(),
	}
	return errors.Join(json.NewEncoder(stdout).Encode(line), err, deliverErr)
}

// maxFailures is how many polls in a row may fail without any progress.
const maxFailures = 5

func drain(ctx context.Context, e *ticketmail.Engine, o options) (total ticketmail.Report, err error) {
	for failures := 0; failures < maxFailures; {
		var r ticketmail.Report
		r, err = e.Poll(ctx, o.mailbox.ID)
		left, kept, untouched := r.Left, r.Kept, r.Untouched
		r.Left, r.Kept, r.Untouched = 0, 0, 0
		total.Add(r)
		total.Left, total.Kept, total.Untouched = left, kept, untouched
		held, waits := errors.AsType[*storage.HeldError](err)
		switch {
		case waits:
			pause(ctx, min(held.Left, 200*time.Millisecond))
		case ctx.Err() != nil, err != nil && !worthRetrying(err):
			return total, err
		case err == nil && r.Received == 0: // what it deleted were leftovers
			return total, nil
		case err != nil && r.Received+r.Deleted+r.Moved == 0:
			if failures++; failures < maxFailures {
				pause(ctx, time.Duration(failures)*200*time.Millisecond)
			}
		default:
			failures = 0
		}
	}
	return total, err
}

// worthRetrying reports whether a failed poll may succeed a moment later.
func worthRetrying(err error) bool {
	_, auth := errors.AsType[*mailbox.AuthError](err)
	_, folder := errors.AsType[*mailbox.FolderError](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	return !auth && !folder && !certificate && consentNeeded(err) == nil && !errors.Is(err, mailbox.ErrReadOnly) && !errors.Is(err, mailbox.ErrCannotKeep)
}

// guard looks once before the service starts: a folder that needs consent
// ends it with the inventory instead of failing for ever.
func guard(ctx context.Context, e *ticketmail.Engine, o options) error {
	_, err := e.Poll(ctx, o.mailbox.ID)
	if consent := consentNeeded(err); consent != nil {
		return consent
	}
	return nil // whatever else failed, Run reports and tries again
}

func consentNeeded(err error) error {
	c, ok := errors.AsType[*ticketmail.ConsentError](err)
	if !ok {
		return nil
	}
	return &exitError{exitConsent, fmt.Errorf("%w: give -consent leave, -consent newer=WHEN or -import-existing, or empty the folder by hand; nothing of it was deleted", c)}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
