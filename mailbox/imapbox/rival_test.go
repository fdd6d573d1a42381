package imapbox_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// shelf is a folder where the rival keeps mails that are nobody else's.
const shelf = "Archive"

// A rival is another client that works in the same account at random. It
// knows mails by their subjects.
type rival struct {
	c      *imapclient.Client
	random *rand.Rand
	serial int

	added   map[string]bool // to INBOX
	shelved map[string]bool // to the shelf
	marked  map[string]bool // \Deleted in INBOX, at some time
	removed map[string]bool // expunged by itself, or about to be
}

func newRival(m mailbox.Mailbox, seed uint64) (*rival, error) {
	c, err := imapclient.DialInsecure(net.JoinHostPort(m.Host, strconv.Itoa(m.Port)), nil)
	if err != nil {
		return nil, err
	}
	r := &rival{
		c: c, random: rand.New(rand.NewPCG(seed, 0)),
		added: map[string]bool{}, shelved: map[string]bool{}, marked: map[string]bool{}, removed: map[string]bool{},
	}
	if err := c.Login(m.User, m.Password.Reveal()).Wait(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if err := c.Create(shelf, nil).Wait(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return r, nil
}

// work does so many things.
func (r *rival) work(n int) error {
	for range n {
		var err error
		switch x := r.random.IntN(100); {
		case x < 30:
			err = r.add("INBOX", r.added)
		case x < 35:
			err = r.add(shelf, r.shelved)
		case x < 60:
			err = r.mark(imap.StoreFlagsAdd)
		case x < 70:
			err = r.mark(imap.StoreFlagsDel)
		case x < 92:
			err = r.flag()
		default:
			err = r.expunge()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *rival) add(folder string, ids map[string]bool) error {
	r.serial++
	id := fmt.Sprintf("mail-%d", r.serial)
	ids[id] = true
	raw := "Subject: " + id + "\r\n\r\n" + strings.Repeat("text\r\n", r.random.IntN(50))
	var flags []imap.Flag
	if folder == shelf && r.random.IntN(2) == 0 {
		flags = []imap.Flag{imap.FlagDeleted}
	}
	cmd := r.c.Append(folder, int64(len(raw)), &imap.AppendOptions{Flags: flags})
	_, err := io.WriteString(cmd, raw)
	if err := errors.Join(err, cmd.Close()); err != nil {
		return err
	}
	_, err = cmd.Wait()
	return err
}

// some picks a mail of INBOX, marked or not; 0: there is none.
func (r *rival) some(marked bool) (imap.UID, error) {
	criteria := &imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}
	if marked {
		criteria = &imap.SearchCriteria{Flag: []imap.Flag{imap.FlagDeleted}}
	}
	found, err := r.c.UIDSearch(criteria, nil).Wait()
	if err != nil || len(found.AllUIDs()) == 0 {
		return 0, err
	}
	uids := found.AllUIDs()
	return uids[r.random.IntN(len(uids))], nil
}

// mark sets or clears \Deleted on a mail.
func (r *rival) mark(op imap.StoreFlagsOp) error {
	uid, err := r.some(op == imap.StoreFlagsDel)
	if err != nil || uid == 0 {
		return err
	}
	ids, err := subjects(r.c, imap.UIDSetNum(uid))
	if err != nil {
		return err
	}
	for _, id := range ids {
		r.marked[id] = r.marked[id] || op == imap.StoreFlagsAdd
	}
	return r.c.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: op, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close()
}

// flag gives a mail some other flag.
func (r *rival) flag() error {
	uid, err := r.some(r.random.IntN(2) == 0)
	if err != nil || uid == 0 {
		return err
	}
	flag := []imap.Flag{imap.FlagSeen, imap.FlagFlagged, imap.FlagAnswered}[r.random.IntN(3)]
	return r.c.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
}

// expunge removes a mail that is marked. It does so by its UID also where the
// server does not announce that: with a plain EXPUNGE nobody could tell who
// removed what.
func (r *rival) expunge() error {
	uid, err := r.some(true)
	if err != nil || uid == 0 {
		return err
	}
	ids, err := subjects(r.c, imap.UIDSetNum(uid))
	if err != nil {
		return err
	}
	for _, id := range ids {
		r.removed[id] = true
	}
	return r.c.UIDExpunge(imap.UIDSetNum(uid)).Close()
}

// holds returns the mails of a folder.
func (r *rival) holds(folder string) (map[string]bool, error) {
	data, err := r.c.Select(folder, nil).Wait()
	if err != nil || data.NumMessages == 0 {
		return nil, err
	}
	ids, err := subjects(r.c, imap.UIDSet{{Start: 1}})
	return maps.Collect(func(yield func(string, bool) bool) {
		for _, id := range ids {
			if !yield(id, true) {
				return
			}
		}
	}), err
}

func subjects(c *imapclient.Client, set imap.UIDSet) (ids []string, err error) {
	header := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, Peek: true}
	list, err := c.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{header}}).Collect()
	for _, m := range list {
		if id := subjectOf(string(m.FindBodySection(header))); id != "" {
			ids = append(ids, id)
		}
	}
	return ids, err
}

func subjectOf(raw string) string {
	_, id, _ := strings.Cut(raw, "Subject: ")
	id, _, _ = strings.Cut(id, "\r\n")
	return id
}

func sortedKeys(m map[string]bool) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for k, v := range m {
			if v && !yield(k) {
				return
			}
		}
	})
}
