// Ticketd is the engine as a service without a face: it empties a mailbox on
// an IMAP server, or with -protocol pop3 on a POP3 server, into tickets in an
// SQLite file or on a PostgreSQL, and mails people about them.
//
//	ticketd -addr mail.example.com:993 -user support@example.com -password-file pw -db tickets.db
//
// The mailbox is EMPTIED: never name a person's own. A folder that holds mail
// already is only looked at (exit status 3) until -consent says what becomes of
// that: all of it is taken, or what is newer than a time, or none. With -once it drains until nothing is left but mails that must
// stay, prints one line of JSON and ends.
//
//	ticketd tickets|journal|outbox|nodes -db tickets.db [-json]
//
// show what is in the store, also while the service runs: the tickets with
// their comments, every mail ever received with its outcome and the reasons,
// every notification, and which process has which mailbox right now. With
// -json one object a line, else a table.
//
//	ticketd doctor -addr mail.example.com:993 -user support@example.com -db tickets.db
//
// tries everything that the service with the same flags works with, says what
// is wrong, why, and what to do about it, and ends with status 1 if anything
// failed. It takes, sends and removes no mail.
//
// Several nodes on one PostgreSQL share the work: -dsn postgres://... instead
// of -db. What is on a command line other users of the machine can see, so
// better set TICKETMAIL_DSN, or name a file with -dsn-file.
//
//	ticketd verify -db tickets.db
//
// reads every raw mail and file, and says which are damaged or missing (exit
// status 1).
//
// The people, projects and tasks come from -directory, a JSON file (see
// people.json beside this program). Without it there is one task "inbox" and
// every sender is unknown. Without -smtp notifications stay in the outbox.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit statuses.
const (
	exitFailed  = 1
	exitUsage   = 2
	exitConsent = 3 // a folder holds mail, and -consent was not given
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with its surroundings as arguments.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var err error
	switch {
	case len(args) > 0 && args[0] == "doctor":
		err = doctor(ctx, args[1:], stdout, stderr)
	case len(args) > 0 && listings[args[0]] != nil:
		err = list(ctx, args[0], args[1:], stdout, stderr)
	case len(args) > 0 && args[0] == "verify":
		err = verify(ctx, args[1:], stdout, stderr)
	default:
		err = serve(ctx, args, stdout, stderr)
	}
	if err == nil {
		return 0
	}
	status, ok := errors.AsType[*exitError](err)
	if !ok {
		status = &exitError{exitFailed, err}
	}
	if status.err != nil {
		_, _ = fmt.Fprintln(stderr, "ticketd:", status.err)
	}
	return status.code
}

// An exitError is an error with an exit status of its own.
type exitError struct {
	code int
	err  error // nil: reported already
}

func (e *exitError) Error() string { return fmt.Sprint(e.err) }
func (e *exitError) Unwrap() error { return e.err }
