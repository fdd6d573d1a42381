//go:build linux

package speed_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	_ "modernc.org/sqlite" // the driver ticketd has, too

	"example.com/ticketmail/examples/internal/plainimap"
	"example.com/ticketmail/internal/dovecot"
)

// limit fetches all mails and throws them away: ADDR.
func limit(args []string) error {
	return empty(args[0], func(r io.Reader, size int64) error {
		n, err := io.Copy(io.Discard, r)
		if err == nil && n != size {
			err = io.ErrUnexpectedEOF
		}
		return err
	})
}

// perCommit is how many mails the ceiling has in a transaction.
const perCommit = 100

// ceiling keeps the raw bytes and nothing else: ADDR FILE.
func ceiling(args []string) error {
	ctx := context.Background()
	db, err := sql.Open("sqlite", "file:"+args[1]+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, "CREATE TABLE mails (id INTEGER PRIMARY KEY, raw BLOB NOT NULL)"); err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	insert, err := conn.PrepareContext(ctx, "INSERT INTO mails (raw) VALUES (?)")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	exec := func(statement string) error {
		_, err := conn.ExecContext(ctx, statement)
		return err
	}
	open := 0
	var buf []byte
	err = empty(args[0], func(r io.Reader, size int64) error {
		if int64(cap(buf)) < size {
			buf = make([]byte, size)
		}
		buf = buf[:size]
		if _, err := io.ReadFull(r, buf); err != nil {
			return err
		}
		if open == 0 {
			if err := exec("BEGIN IMMEDIATE"); err != nil {
				return err
			}
		}
		if _, err := insert.ExecContext(ctx, buf); err != nil {
			return err
		}
		if open++; open < perCommit {
			return nil
		}
		open = 0
		return exec("COMMIT")
	}, func() error {
		if open == 0 {
			return nil
		}
		return exec("COMMIT")
	})
	return err
}

// empty hands all mails of the INBOX to each, in one pipelined FETCH, calls
// done, and deletes them, all in UID ranges.
func empty(addr string, each func(r io.Reader, size int64) error, done ...func() error) error {
	c, err := plainimap.Account{Addr: addr, User: account, Password: dovecot.Password}.Dial()
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return err
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return err
	}
	uids := imap.UIDSetNum(found.AllUIDs()...)
	if len(uids) == 0 {
		return errors.New("nothing to do")
	}
	cmd := c.Fetch(uids, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			body, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok {
				continue
			}
			if err := each(body.Literal, body.Literal.Size()); err != nil {
				return fmt.Errorf("mail %d: %w", m.SeqNum, err)
			}
		}
	}
	if err := cmd.Close(); err != nil {
		return err
	}
	for _, f := range done {
		if err := f(); err != nil {
			return err
		}
	}
	flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := c.Store(uids, flags, nil).Close(); err != nil {
		return err
	}
	return c.UIDExpunge(uids).Close()
}
