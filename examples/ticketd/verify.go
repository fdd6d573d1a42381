package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"example.com/ticketmail/storage"
)

// verify reads all raw mails and files, and says which are damaged or missing.
func verify(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("ticketd verify", flag.ContinueOnError)
	fs.SetOutput(stderr)
	var where place
	where.flags(fs)
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return &exitError{0, nil}
		}
		return &exitError{exitUsage, nil} // flag has printed it
	}
	if fs.NArg() > 0 {
		return &exitError{exitUsage, errors.New("usage: ticketd verify -db FILE|-dsn DSN")}
	}
	if err := where.check(); err != nil {
		return &exitError{exitUsage, err}
	}
	store, closeStore, err := where.openExisting(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	return verifyStore(ctx, store, store, stdout)
}

func verifyStore(ctx context.Context, store storage.Store, blobs storage.Blobs, stdout io.Writer) error {
	v, err := storage.Verify(ctx, store, blobs, func(d storage.Damage) error {
		what := "missing"
		if !errors.Is(d.Err, storage.ErrNotFound) {
			what = "damaged"
		}
		_, err := fmt.Fprintf(stdout, "%s: %s, sha256 %x, %d bytes (%v)\n", what, referrer(d.Reference), d.Blob.SHA256, d.Blob.Size, d.Err)
		return err
	})
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	_, err = fmt.Fprintf(stdout, "%d references to %d pieces of content, %d bytes read: %d damaged\n", v.References, v.Blobs, v.Bytes, v.Damaged)
	if err == nil && v.Damaged > 0 {
		return &exitError{exitFailed, fmt.Errorf("%d references to content that is damaged or missing", v.Damaged)}
	}
	return err
}

// referrer says for people what refers to content.
func referrer(r storage.Reference) string {
	switch {
	case r.Entry != nil:
		return fmt.Sprintf("raw mail %s of folder %q, mailbox %s", r.Entry.UID, r.Entry.Folder, r.Entry.Mailbox)
	case r.File != "":
		return fmt.Sprintf("file %q of ticket %s", r.File, r.Ticket)
	case r.Comment != "":
		return fmt.Sprintf("raw mail of ticket %s", r.Ticket)
	}
	return "content that nothing refers to"
}
