package crash_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox"
)

func stringReader(s string) io.Reader { return strings.NewReader(s) }

// A literal is a mail to be appended.
type literal struct {
	io.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

// A watched session tells its account before mails leave a folder, and does
// not know what the server does not announce.
type watched struct {
	imapserver.SessionIMAP4rev2
	account  *account
	caps     imap.CapSet
	folder   string
	validity uint32
}

var errUnannounced = &imap.Error{Type: imap.StatusResponseTypeBad, Text: "this server has no such command"}

// Select implements [imapserver.Session].
func (w *watched) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	data, err := w.SessionIMAP4rev2.Select(name, options)
	if err == nil {
		w.folder, w.validity = name, data.UIDValidity
	}
	return data, err
}

// Store implements [imapserver.Session].
func (w *watched) Store(out *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, options *imap.StoreOptions) error {
	if flags.Op == imap.StoreFlagsAdd {
		for _, f := range flags.Flags {
			if f == imap.FlagDeleted {
				w.tell(set, false)
			}
		}
	}
	return w.SessionIMAP4rev2.Store(out, set, flags, options)
}

// Expunge implements [imapserver.Session].
func (w *watched) Expunge(out *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	if uids == nil {
		w.tell(nil, true)
		return w.SessionIMAP4rev2.Expunge(out, nil)
	}
	if !w.caps.Has(imap.CapUIDPlus) {
		return errUnannounced
	}
	w.tell(*uids, true)
	return w.SessionIMAP4rev2.Expunge(out, uids)
}

// Move implements [imapserver.SessionMove].
func (w *watched) Move(out *imapserver.MoveWriter, set imap.NumSet, to string) error {
	if !w.caps.Has(imap.CapMove) {
		return errUnannounced
	}
	if w.tell(set, false) == 0 {
		return nil // the server in memory answers with a set of nothing, which is no syntax
	}
	return w.SessionIMAP4rev2.Move(out, set, to)
}

// Copy implements [imapserver.Session]; see Move.
func (w *watched) Copy(set imap.NumSet, to string) (*imap.CopyData, error) {
	data, err := w.SessionIMAP4rev2.Copy(set, to)
	if err == nil && len(data.SourceUIDs) == 0 {
		return nil, nil
	}
	return data, err
}

// tell names the mails of a set (nil: all) that there are, or those among them
// that are marked \Deleted. It returns how many.
func (w *watched) tell(set imap.NumSet, marked bool) int {
	var criteria imap.SearchCriteria
	switch set := set.(type) {
	case imap.UIDSet:
		criteria.UID = []imap.UIDSet{set}
	case imap.SeqSet:
		criteria.SeqNum = []imap.SeqSet{set}
	}
	if marked {
		criteria.Flag = []imap.Flag{imap.FlagDeleted}
	}
	found, err := w.Search(imapserver.NumKindUID, &criteria, &imap.SearchOptions{})
	if err != nil {
		return 0
	}
	var removals []removal
	for _, uid := range found.AllUIDs() {
		g := w.account.find(slot{w.folder, fmt.Sprint(uid)})
		if g.foreign && !marked {
			continue // its mark is set again
		}
		removals = append(removals, removal{mailbox.Key{Mailbox: boxID, Folder: w.folder, Validity: w.validity, UID: fmt.Sprint(uid)}, g})
	}
	if len(removals) > 0 {
		w.account.deleting(removals...)
	}
	return len(removals)
}

// imapRaws reads a folder as another client.
func (a *account) imapRaws(folder string) ([]string, error) {
	c, err := imapclient.DialInsecure(a.address, nil)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.Login(pop3test.User, pop3test.Password).Wait(); err != nil {
		return nil, err
	}
	data, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil || data.NumMessages == 0 {
		return nil, err
	}
	var set imap.SeqSet
	set.AddRange(1, 0)
	whole := &imap.FetchItemBodySection{Peek: true}
	mails, err := c.Fetch(set, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{whole}}).Collect()
	if err != nil {
		return nil, err
	}
	raws := make([]string, len(mails))
	for i, m := range mails {
		raws[i] = string(m.FindBodySection(whole))
	}
	return raws, nil
}
