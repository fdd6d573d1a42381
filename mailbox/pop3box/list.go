package pop3box

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/ticketmail/mailbox"
)

// listMost is how many mails a mailbox may have.
const listMost = 1_000_000

// A mail is one of a listing.
type mail struct {
	mailbox.Item
	number int // in this session
}

// List implements mailbox.Session: the mails in the order of their numbers,
// without those given to Remove.
func (s *session) List(ctx context.Context) (items []mailbox.Item, err error) {
	err = s.do(ctx, "list", func() error {
		if !s.selected {
			return errSelected
		}
		mails, err := s.list(ctx)
		if err != nil {
			return err
		}
		for _, m := range mails {
			items = append(items, m.Item)
		}
		return nil
	})
	return items, err
}

// list asks for sizes and unique-ids, and notes the numbers of the mails.
func (s *session) list(ctx context.Context) ([]mail, error) {
	sizes, ids := map[int]int64{}, map[int]string{}
	unnamed := false
	commands := []string{"LIST", "UIDL"}
	err := s.conn.pipeline(len(commands), func(i int) string { return commands[i] }, func(i int) (err error) {
		if i == 0 {
			return s.conn.listing(commands[i], func(number int, rest string) error {
				sizes[number], err = size(rest)
				return err
			})
		}
		err = s.conn.listing(commands[i], func(number int, rest string) error {
			ids[number] = rest
			return nil
		})
		if refused(err) != nil {
			unnamed, err = true, nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	mails := make([]mail, 0, len(sizes))
	for number, size := range sizes {
		mails = append(mails, mail{mailbox.Item{UID: ids[number], Size: size}, number})
	}
	slices.SortFunc(mails, func(a, b mail) int { return cmp.Compare(a.number, b.number) })
	if err := s.name(ctx, mails, unnamed); err != nil {
		return nil, err
	}
	s.numbers = make(map[string]int, len(mails))
	for _, m := range mails {
		s.numbers[m.UID] = m.number
	}
	return mails, nil
}

// listing reads the answer to LIST or UIDL: a line for each mail, with its
// number first.
func (c *conn) listing(command string, each func(number int, rest string) error) error {
	if _, err := c.status(); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	seen := map[int]bool{}
	err := c.lines(listMost, func(line []byte) error {
		first, rest, _ := strings.Cut(string(line), " ")
		number, err := strconv.Atoi(first)
		if err != nil || number < 1 || seen[number] || len(rest) > maxListed {
			return errProtocol(command, line)
		}
		seen[number] = true
		return each(number, rest)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}

// maxListed is how long what a line tells of a mail may be: answers have 512
// bytes at most (RFC 2449 section 4).
const maxListed = 512

// size reads a size, which something else may follow (RFC 1939 section 5).
func size(text string) (int64, error) {
	first, _, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("the server announces a size of %.50q", first)
	}
	return n, nil
}
