package memstore

import (
	"cmp"
	"iter"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A state is everything stored at one moment. Copying one is cheap and takes a
// snapshot; what its trees point to is never changed.
type state struct {
	tickets  table[text, storage.Ticket]
	comments table[text, storage.Comment]
	entries  table[mailKey, mailbox.Entry]
	mails    table[text, notify.Mail]

	commentsOf *tree[entry, *row[storage.Comment]] // by ticket
	changes    *tree[number, *storage.Change]
	changesOf  *tree[entry, *storage.Change]     // by ticket
	byMessage  *tree[entry, *row[mailbox.Entry]] // by Message-ID, without empty ones
	open       *tree[due, *row[notify.Mail]]     // waiting and sending mails
	settings   *tree[settingKey, []byte]
	leases     *tree[text, lease]

	lastChange number
}

// A row is a record and its place in the order of creation.
type row[T any] struct {
	seq   number
	value T
}

// A table keeps records by key and in the order in which they were first put.
type table[K ordered[K], T any] struct {
	byKey *tree[K, *row[T]]
	bySeq *tree[number, *row[T]]
	last  number
}

// put writes a record and returns its row, and the row it replaces or nil.
func (t *table[K, T]) put(key K, value T) (now, was *row[T]) {
	now = &row[T]{value: value}
	if was, _ = t.byKey.get(key); was != nil {
		now.seq = was.seq
	} else {
		t.last++
		now.seq = t.last
	}
	t.byKey = t.byKey.put(key, now)
	t.bySeq = t.bySeq.put(now.seq, now)
	return now, was
}

// rows yields the records behind the one called after, or all if that is nil:
// in the order of creation, or newest first.
func (t *table[K, T]) rows(after *K, newest bool) (iter.Seq2[number, *row[T]], error) {
	var from number
	if newest {
		from = t.last + 1
	}
	if after != nil {
		r, ok := t.byKey.get(*after)
		if !ok {
			return nil, storage.ErrNotFound
		}
		from = r.seq
	}
	if newest {
		return t.bySeq.before(from), nil
	}
	return t.bySeq.behind(from), nil
}

// version returns the version that a record put gets: 1 for a new one, for
// which exists must be false, or one more than that stored.
func version(put, stored int64, exists bool) (int64, error) {
	switch {
	case put == 0 && exists:
		return 0, storage.ErrExists
	case put != 0 && (!exists || put != stored):
		return 0, storage.ErrConflict
	}
	return put + 1, nil
}

type text string

func (k text) compare(o text) int { return strings.Compare(string(k), string(o)) }

type number int64

func (k number) compare(o number) int { return cmp.Compare(k, o) }

// An entry is a line under a heading of an index.
type entry struct {
	under string
	seq   number
}

func (k entry) compare(o entry) int {
	return cmp.Or(strings.Compare(k.under, o.under), cmp.Compare(k.seq, o.seq))
}

// A due says when a mail's turn is.
type due struct {
	at  int64 // microseconds since 1970
	seq number
}

func (k due) compare(o due) int { return cmp.Or(cmp.Compare(k.at, o.at), cmp.Compare(k.seq, o.seq)) }

type settingKey struct{ kind, key string }

func (k settingKey) compare(o settingKey) int {
	return cmp.Or(strings.Compare(k.kind, o.kind), strings.Compare(k.key, o.key))
}

type mailKey mailbox.Key

func (k mailKey) compare(o mailKey) int {
	return cmp.Or(
		strings.Compare(string(k.Mailbox), string(o.Mailbox)),
		strings.Compare(k.Folder, o.Folder),
		cmp.Compare(k.Validity, o.Validity),
		strings.Compare(k.UID, o.UID),
	)
}
