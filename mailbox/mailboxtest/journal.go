package mailboxtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
)

// A Journal is a [mailbox.Journal] in memory: what a drain remembers while the
// process lives. It is safe for concurrent use; the zero value is empty.
type Journal struct {
	mu      sync.Mutex
	entries map[mailbox.Key]mailbox.Entry
	opened  map[mailbox.FolderKey][]string
	fail    func(op string) error
}

var _ mailbox.Journal = (*Journal)(nil)

// OnCall makes the journal ask fn before each call, named "lookup", "put",
// "emptied", "opened" or "open"; an error from fn is that of the call, which
// then does nothing. nil ends it.
func (j *Journal) OnCall(fn func(op string) error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fail = fn
}

// Entries returns all entries, by UID.
func (j *Journal) Entries() []mailbox.Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []mailbox.Entry
	for _, e := range j.entries {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b mailbox.Entry) int {
		if len(a.UID) != len(b.UID) {
			return len(a.UID) - len(b.UID)
		}
		return slices.Compare([]byte(a.UID), []byte(b.UID))
	})
	return all
}

func (j *Journal) begin(op string) error {
	j.mu.Lock()
	fail := j.fail
	j.mu.Unlock()
	if fail == nil {
		return nil
	}
	return fail(op)
}

// Lookup implements [mailbox.Journal].
func (j *Journal) Lookup(_ context.Context, keys []mailbox.Key) ([]mailbox.Entry, error) {
	if err := j.begin("lookup"); err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []mailbox.Entry
	for _, k := range keys {
		if e, ok := j.entries[k]; ok {
			found = append(found, e)
		}
	}
	return found, nil
}

// Put implements [mailbox.Journal].
func (j *Journal) Put(_ context.Context, entries ...*mailbox.Entry) error {
	if err := j.begin("put"); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range entries {
		switch stored, ok := j.entries[e.Key]; {
		case ok && e.Version == 0:
			return mailbox.ErrExists
		case stored.Version != e.Version:
			return mailbox.ErrConflict
		}
	}
	if j.entries == nil {
		j.entries = map[mailbox.Key]mailbox.Entry{}
	}
	for _, e := range entries {
		e.Version++
		j.entries[e.Key] = *e
	}
	return nil
}

// Emptied implements [mailbox.Journal].
func (j *Journal) Emptied(_ context.Context, keys []mailbox.Key, at time.Time) error {
	if err := j.begin("emptied"); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, k := range keys {
		if e, ok := j.entries[k]; ok {
			e.EmptiedAt = at
			e.Version++
			j.entries[k] = e
		}
	}
	return nil
}

// Opened implements [mailbox.Journal].
func (j *Journal) Opened(_ context.Context, f mailbox.FolderKey) ([]string, error) {
	if err := j.begin("opened"); err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.opened[f]), nil
}

// Open implements [mailbox.Journal].
func (j *Journal) Open(_ context.Context, f mailbox.FolderKey, uids []string) error {
	if err := j.begin("open"); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.opened == nil {
		j.opened = map[mailbox.FolderKey][]string{}
	}
	j.opened[f] = slices.Clone(uids)
	return nil
}
