package ticketmail

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"sort"

	"example.com/ticketmail/mailbox"
)

// marks are the POP3 mails that stay, ascending: six bytes of the SHA-256 of
// each unique-id, and four of what is known of the mail. A byte that tells the
// form stands before them; marks of an earlier form have no sizes, and an even
// length.
//
// That a new mail has the mark of an old one is, with 100,000 of these, a
// matter of one in 10^9; it would stay on the server, or with another size
// make people be asked.
type marks []byte

const (
	marksForm = 1
	nameLen   = 6
	markLen   = nameLen + 4
)

// A mark is what is remembered of one mail.
type mark struct {
	name string
	size uint32 // the lower 31 bits; sizeUnknown
	weak bool   // the server told no unique-id of it, or several mails have it
}

const (
	sizeUnknown = math.MaxInt32
	weakBit     = 1 << 31
)

func nameOf(uid string) string {
	sum := sha256.Sum256([]byte(uid))
	return string(sum[:nameLen])
}

func sizeOf(it mailbox.Item) uint32 {
	if it.Size < 0 {
		return sizeUnknown
	}
	return uint32(it.Size & math.MaxInt32)
}

func marksOf(items []mailbox.Item) marks {
	list := make([]string, len(items))
	for i, it := range items {
		what := sizeOf(it)
		if it.Weak {
			what |= weakBit
		}
		list[i] = string(binary.BigEndian.AppendUint32([]byte(nameOf(it.UID)), what))
	}
	slices.Sort(list)
	all := make(marks, 1, 1+len(list)*markLen)
	all[0] = marksForm
	for _, m := range list {
		all = append(all, m...)
	}
	return all
}

// sized reports whether the marks are of the present form.
func (m marks) sized() bool { return len(m)%markLen == 1 && m[0] == marksForm }

func (m marks) len() int {
	if !m.sized() {
		return 0
	}
	return len(m) / markLen
}

func (m marks) at(i int) mark {
	b := m[1+i*markLen:][:markLen]
	what := binary.BigEndian.Uint32(b[nameLen:])
	return mark{string(b[:nameLen]), what &^ weakBit, what&weakBit != 0}
}

func (m marks) find(uid string) (mark, bool) {
	name := nameOf(uid)
	i := sort.Search(m.len(), func(i int) bool { return m.at(i).name >= name })
	if i == m.len() || m.at(i).name != name {
		return mark{}, false
	}
	return m.at(i), true
}

// strange reports whether some of the mails that are not marked may be marked
// ones that the server names otherwise now:
//   - none of the marked ones is there: it has renamed all;
//   - one has another size: it gives the names anew, as servers do that number
//     mails and were restored from a backup;
//   - one is named after its headers, because the server told no unique-id of
//     it, and it had told some of marked mails;
//   - one has a unique-id, and of the mails marked without one not all are there.
func (m marks) strange(items, unmarked []mailbox.Item) bool {
	if !m.sized() {
		return len(m) > 0
	}
	weak := 0 // and not there
	for i := range m.len() {
		if m.at(i).weak {
			weak++
		}
	}
	named := m.len() > weak
	for _, it := range items {
		old, has := m.find(it.UID)
		switch size := sizeOf(it); {
		case !has:
		case old.size != size && old.size != sizeUnknown && size != sizeUnknown:
			return true
		case old.weak:
			weak--
		}
	}
	return m.len() > 0 && len(unmarked) == len(items) ||
		slices.ContainsFunc(unmarked, func(it mailbox.Item) bool { return it.Weak && named || !it.Weak && weak > 0 })
}
