package pop3box

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"example.com/ticketmail/internal/wire"
)

// name gives each mail its UID: the unique-id that the server told, if it is
// one. unnamed: the server knows no UIDL.
//
// Two mails never share a UID. Copies may have the same unique-id (RFC 1939
// section 7), and mails with the same headers look alike without one: of those
// all but the first get a number, behind a blank, which no unique-id has. It
// depends on what else is there, so all of them are marked Weak.
func (s *session) name(ctx context.Context, mails []mail, unnamed bool) error {
	if unnamed && len(mails) > 0 {
		s.log.LogAttrs(ctx, slog.LevelWarn, noUIDL)
	}
	var nameless []int
	for i := range mails {
		switch id := mails[i].UID; {
		case id == "":
			nameless = append(nameless, i)
		case !validID(id):
			mails[i].UID = "id " + digest([]byte(id))
		}
	}
	if err := s.digest(mails, nameless); err != nil {
		return err
	}
	number(mails)
	return nil
}

// noUIDL is for administrators.
const noUIDL = "the server has no UIDL: mails are told apart by their headers, and one whose removal was not confirmed is read again"

// maxID is the length of a unique-id, which is of printable ASCII (RFC 1939
// section 7).
const maxID = 70

func validID(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return len(id) <= maxID
}

// number tells mails with the same UID apart.
func number(mails []mail) {
	first := make(map[string]int, len(mails)) // UID -> index
	copies := map[string]int{}
	for i := range mails {
		uid := mails[i].UID
		j, twice := first[uid]
		if !twice {
			first[uid] = i
			continue
		}
		copies[uid]++
		mails[i].UID = uid + " " + strconv.Itoa(copies[uid]+1)
		mails[i].Weak, mails[j].Weak = true, true
	}
}

// digest names mails after their headers.
func (s *session) digest(mails []mail, nameless []int) error {
	command := func(i int) string { return fmt.Sprintf("TOP %d 0", mails[nameless[i]].number) }
	return s.conn.pipeline(len(nameless), command, func(i int) error {
		m := &mails[nameless[i]]
		if _, err := s.conn.status(); refused(err) != nil {
			return fmt.Errorf("TOP: %w; the server tells no unique-id of mail %d, so nothing tells it from others", err, m.number)
		} else if err != nil {
			return fmt.Errorf("TOP: %w", err)
		}
		header, err := s.header(m)
		m.UID, m.Weak = "top "+digest(header), true
		return err
	})
}

// maxHeader is how much of the headers counts.
const maxHeader = 1 << 20

// header returns what TOP says of a mail, without what a server adds once a
// mail was looked at.
func (s *session) header(m *mail) ([]byte, error) {
	body := &dotReader{r: s.conn.r}
	head, err := io.ReadAll(io.LimitReader(body, maxHeader))
	if err != nil {
		return nil, fmt.Errorf("TOP: %w", err)
	}
	limit := s.longest(m.Item)
	rest, err := io.Copy(io.Discard, io.LimitReader(body, limit))
	if err == nil && rest == limit {
		err = fmt.Errorf("%w: over %d bytes", wire.ErrLimit, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("TOP: %w", err)
	}
	kept := head[:0]
	for line := range bytes.Lines(head) {
		if name, _, _ := bytes.Cut(line, []byte(":")); !changing(string(name)) {
			kept = append(kept, line...)
		}
	}
	return kept, nil
}

// changing reports whether a header field is one that mbox servers change.
func changing(name string) bool {
	switch strings.ToLower(name) {
	case "status", "x-status", "x-keywords", "x-uidl", "x-uid", "x-imap", "x-imapbase":
		return true
	}
	return false
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
