package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// doctor tries everything that the service with the same flags would work
// with, and prints what it finds, each with cause and cure. It is an error if
// the service could not do its work. No mail is taken, sent or removed.
func doctor(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	d := &diagnosis{out: stdout}
	dir, people, as := d.directory(o.directory)
	cfg := configure(o, dir, people.Language, as)
	skip := map[ticketmail.Part]bool{}
	if db, closeDB, err := o.place.open(ctx); err == nil {
		defer closeDB()
		cfg.Store, cfg.Blobs = db, db
		d.print(ticketmail.Check{Part: ticketmail.PartStore, Level: ticketmail.LevelOK, Where: "database", Text: "can be opened, and its tables are those of this release"})
	} else { // the rest can be tried without it
		cause, cure := adviceOnOpening(err)
		d.print(ticketmail.Check{Part: ticketmail.PartStore, Level: ticketmail.LevelFailure, Where: "store", Text: err.Error(), Cause: cause, Cure: cure})
		none := memstore.New(nil)
		cfg.Store, cfg.Blobs, cfg.AllowVolatileStore = none, none, true
		skip[ticketmail.PartStore], skip[ticketmail.PartBlobs] = true, true
	}
	if cfg.Sender, err = sender(o); err != nil {
		d.print(ticketmail.Check{Part: ticketmail.PartSender, Level: ticketmail.LevelFailure, Where: "mail exit", Text: err.Error(), Cure: "correct the flags that begin with -smtp"})
		skip[ticketmail.PartSender] = true
	}
	engine, err := ticketmail.New(ctx, cfg)
	if err != nil {
		return err
	}
	for c := range engine.Check(ctx) {
		if !skip[c.Part] {
			d.print(c)
		}
	}
	return errors.Join(context.Cause(ctx), d.end())
}

// A diagnosis prints what was found and counts it.
type diagnosis struct {
	out                io.Writer
	err                error // of out
	failures, warnings int
}

// directory reads the people, or goes on without them.
func (d *diagnosis) directory(file string) (*memdirectory.Directory, memdirectory.Data, mailbox.Assignment) {
	people, as, err := readPeople(file)
	if err == nil {
		var dir *memdirectory.Directory
		if dir, err = memdirectory.New(people); err == nil {
			return dir, people, as
		}
		err = fmt.Errorf("directory %s: %w", file, err)
	}
	d.print(ticketmail.Check{Part: ticketmail.PartDirectory, Level: ticketmail.LevelFailure, Where: "people", Text: err.Error(),
		Cause: "the file of -directory cannot be used", Cure: "correct it at the place that is named; what follows is tried without it"})
	people, as, _ = readPeople("")
	dir, _ := memdirectory.New(people) // of one task, which is valid
	return dir, people, as
}

func (d *diagnosis) print(c ticketmail.Check) {
	switch c.Level {
	case ticketmail.LevelFailure:
		d.failures++
	case ticketmail.LevelWarning:
		d.warnings++
	}
	d.line("%-8s %s: %s", c.Level, c.Where, c.Text)
	if c.Cause != "" {
		d.line("         cause: %s", c.Cause)
	}
	if c.Cure != "" {
		d.line("         cure:  %s", c.Cure)
	}
}

// line prints a line. What comes from servers and files may not break it.
func (d *diagnosis) line(format string, a ...any) {
	if _, err := fmt.Fprintln(d.out, printable(fmt.Sprintf(format, a...))); d.err == nil {
		d.err = err
	}
}

func (d *diagnosis) end() error {
	if d.failures > 0 {
		return &exitError{exitFailed, fmt.Errorf("failures: %d, warnings: %d", d.failures, d.warnings)}
	}
	return d.err
}

// adviceOnOpening says why a database cannot be opened and what to do.
func adviceOnOpening(err error) (cause, cure string) {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "28P01", "28000":
			return "the server refuses user or password", "correct them in the DSN, or pg_hba.conf on the server"
		case "3D000":
			return "the server has no such database", "make it (CREATE DATABASE), or correct its name in the DSN"
		case "42501":
			return "the user may not make tables there", "GRANT CREATE ON DATABASE to the user, once"
		case "53300":
			return "the server takes no more connections", "raise max_connections, or use fewer elsewhere"
		}
	}
	text := err.Error()
	for _, known := range []struct{ says, cause, cure string }{
		{"newer release", "a newer ticketd has used it", "use that release, or restore a backup from before"},
		{"not a database", "the file is something else", "name another file with -db"},
		{"unable to open", "the folder is missing, or this user may not write in it", "make the folder, and let this user write in it"},
		{"is a directory", "-db names a folder", "name a file in it"},
		{"readonly", "this user may not write to it", "let this user write to the file and its folder"},
		{"full", "there is no room on the disk", "make room"},
		{"connection refused", "nothing listens there", "start PostgreSQL, or correct host and port in the DSN"},
		{"hostname resolving", "the host's name is not known", "correct the host in the DSN"},
		{"not like postgres://", "the DSN cannot be read", "write it as postgres://user:password@host:port/database, special characters percent-encoded"},
	} {
		if strings.Contains(text, known.says) {
			return known.cause, known.cure
		}
	}
	return "it cannot be opened", "the message says what the database answers"
}
