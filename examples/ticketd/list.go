package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A listing writes one kind of record through emit, one call a record: as an
// object for JSON, and as columns for the table.
type listing struct {
	columns []string
	walk    func(ctx context.Context, s storage.Store, emit emitter) error
}

type emitter func(object any, columns ...string) error

// reading walks in one View.
func reading(walk func(context.Context, storage.Reader, emitter) error) func(context.Context, storage.Store, emitter) error {
	return func(ctx context.Context, s storage.Store, emit emitter) error {
		return s.View(ctx, func(r storage.Reader) error { return walk(ctx, r, emit) })
	}
}

var listings = map[string]*listing{
	"tickets": {[]string{"NUMBER", "STATUS", "TASK", "ASSIGNEE", "FROM", "COMMENTS", "SUBJECT"}, reading(walkTickets)},
	"journal": {[]string{"FOLDER", "UID", "OUTCOME", "TICKET", "BYTES", "MESSAGE-ID", "WHY"}, reading(walkJournal)},
	"outbox":  {[]string{"EVENT", "TICKET", "TO", "STATE", "ATTEMPTS", "SUBJECT", "WHY"}, reading(walkOutbox)},
	"nodes":   {[]string{"MAILBOX", "HOST", "PROCESS", "FENCE", "EXPIRES", "LEASE"}, walkNodes},
}

// list runs one of the listing commands.
func list(ctx context.Context, name string, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("ticketd "+name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	var where place
	where.flags(fs)
	asJSON := fs.Bool("json", false, "one JSON object a line instead of a table")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return &exitError{0, nil}
		}
		return &exitError{exitUsage, nil} // flag has printed it
	}
	if fs.NArg() > 0 {
		return &exitError{exitUsage, fmt.Errorf("usage: ticketd %s -db FILE|-dsn DSN [-json]", name)}
	}
	if err := where.check(); err != nil {
		return &exitError{exitUsage, err}
	}
	store, closeStore, err := where.openExisting(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	l := listings[name]
	table := tabwriter.NewWriter(stdout, 0, 8, 2, ' ', 0)
	if !*asJSON {
		_, _ = fmt.Fprintln(table, strings.Join(l.columns, "\t")) // Flush tells what went wrong
	}
	enc := json.NewEncoder(stdout)
	enc.SetEscapeHTML(false)
	err = l.walk(ctx, store, func(object any, columns ...string) error {
		if *asJSON {
			return enc.Encode(object)
		}
		for i, c := range columns {
			columns[i] = cell(c)
		}
		_, err := fmt.Fprintln(table, strings.Join(columns, "\t"))
		return err
	})
	if err != nil {
		return fmt.Errorf("list %s: %w", name, err)
	}
	return table.Flush()
}

// printable makes text safe for a line of a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

// cell makes text safe for a column of a terminal.
func cell(s string) string {
	s = printable(s)
	if r := []rune(s); len(r) > 60 {
		s = string(r[:59]) + "…"
	}
	return s
}

type ticketLine struct {
	Number          string        `json:"number"`
	Subject         string        `json:"subject"`
	Status          string        `json:"status"`
	Task            string        `json:"task"`
	Project         string        `json:"project"`
	Creator         string        `json:"creator"`
	Assignee        string        `json:"assignee"`
	CustomerContact string        `json:"customer_contact"`
	Sender          string        `json:"sender"`
	Comments        []commentLine `json:"comments"`
}

type commentLine struct {
	Kind        string     `json:"kind"`
	Internal    bool       `json:"internal"`
	Author      string     `json:"author"`
	Sender      string     `json:"sender"`
	Text        string     `json:"text"`
	MessageID   string     `json:"message_id"`
	SHA256      string     `json:"sha256"`
	Attachments []fileLine `json:"attachments"`
}

type fileLine struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func walkTickets(ctx context.Context, r storage.Reader, emit emitter) error {
	for k, err := range r.Tickets().List(ctx, storage.TicketQuery{}) {
		if err != nil {
			return err
		}
		line := ticketLine{
			Number: string(k.ID), Subject: k.Subject, Status: string(k.Status), Task: string(k.Task), Project: string(k.Project),
			Creator: string(k.Creator), Assignee: string(k.Assignee), CustomerContact: string(k.CustomerContact),
			Sender: k.Sender.Address, Comments: []commentLine{},
		}
		for c, err := range r.Tickets().Comments(ctx, k.ID) {
			if err != nil {
				return err
			}
			line.Comments = append(line.Comments, lineOf(c))
		}
		err := emit(line, line.Number, line.Status, line.Task, line.Assignee, line.Sender, strconv.Itoa(len(line.Comments)), line.Subject)
		if err != nil {
			return err
		}
	}
	return nil
}

func lineOf(c storage.Comment) commentLine {
	line := commentLine{
		Kind: string(c.Kind), Internal: c.Internal, Author: string(c.Author), Sender: c.Sender.Address, Text: c.Text,
		MessageID: c.MessageID, SHA256: sum(c.Raw), Attachments: []fileLine{},
	}
	for _, a := range c.Attachments {
		line.Attachments = append(line.Attachments, fileLine{a.Name, a.Type, a.Blob.Size, sum(a.Blob)})
	}
	return line
}

// sum returns a blob's SHA-256 in hex, "" if there is none.
func sum(b storage.Blob) string {
	if b.IsZero() {
		return ""
	}
	return hex.EncodeToString(b.SHA256[:])
}

type journalLine struct {
	Mailbox     string           `json:"mailbox"`
	Folder      string           `json:"folder"`
	UIDValidity uint32           `json:"uidvalidity"`
	UID         any              `json:"uid"` // a number, or POP3's unique-id
	MessageID   string           `json:"message_id"`
	SHA256      string           `json:"sha256"` // of the bytes as the server sent them
	Size        int64            `json:"size"`
	Outcome     string           `json:"outcome"`
	Ticket      *string          `json:"ticket"`
	Reasons     []mailbox.Reason `json:"reasons"`
}

func walkJournal(ctx context.Context, r storage.Reader, emit emitter) error {
	for e, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{}) {
		if err != nil {
			return err
		}
		if e.Outcome == mailbox.Pending { // an attempt that was interrupted: not received yet
			continue
		}
		line := journalLine{
			Mailbox: string(e.Mailbox), Folder: e.Folder, UIDValidity: e.Validity, UID: e.UID, MessageID: e.MessageID,
			SHA256: sum(e.Raw), Size: e.Size, Outcome: string(e.Outcome), Ticket: orNull(e.Ticket), Reasons: e.Reasons,
		}
		uid, _, _ := strings.Cut(e.UID, " ") // behind it is which account of the mailbox it was
		if n, err := strconv.ParseUint(uid, 10, 32); err == nil && e.Validity != 0 {
			line.UID = n
		}
		if line.Reasons == nil {
			line.Reasons = []mailbox.Reason{}
		}
		var why []string
		for _, reason := range e.Reasons {
			why = append(why, reason.Text)
		}
		err := emit(line, e.Folder, e.UID, line.Outcome, string(e.Ticket), strconv.FormatInt(e.Size, 10), e.MessageID, strings.Join(why, "; "))
		if err != nil {
			return err
		}
	}
	return nil
}

func orNull(ref thread.Ref) *string {
	if ref == "" {
		return nil
	}
	s := string(ref)
	return &s
}

type outboxLine struct {
	Event     string  `json:"event"`
	Ticket    *string `json:"ticket"`
	To        string  `json:"to"`
	Reason    string  `json:"reason"`
	Subject   string  `json:"subject"`
	MessageID string  `json:"message_id"`
	ReplyTo   string  `json:"reply_to"`
	State     string  `json:"state"`
	Attempts  int     `json:"attempts"`
	Error     string  `json:"error"`
}

func walkOutbox(ctx context.Context, r storage.Reader, emit emitter) error {
	for m, err := range r.Outbox().List(ctx, notify.MailQuery{}) {
		if err != nil {
			return err
		}
		var why []string
		for _, reason := range m.Reasons {
			why = append(why, reason.Text)
		}
		line := outboxLine{
			Event: string(m.Event), Ticket: orNull(m.Ticket), To: m.To.Address, Reason: strings.Join(why, "; "), Subject: m.Subject,
			MessageID: m.MessageID, ReplyTo: m.ReplyTo, State: string(m.State), Attempts: m.Attempts, Error: m.Error,
		}
		err := emit(line, line.Event, string(m.Ticket), line.To, line.State, strconv.Itoa(m.Attempts), m.Subject, line.Reason)
		if err != nil {
			return err
		}
	}
	return nil
}
