package imapbox

import (
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

// A chunk is what one command names.
type chunk struct {
	items []mailbox.Item
	uids  imap.UIDSet // never empty: an empty set makes the library give up
}

const (
	chunkMails  = 512
	chunkBytes  = 32 << 20
	chunkRanges = 340 // of at most 22 characters each: below 8 KB of text
)

// chunks parts items, each chunk with at most mails of them and not much more
// than bytes. Items whose UID is no number are left out: no server has them.
func chunks(items []mailbox.Item, mails int, bytes int64) []chunk {
	var all []chunk
	var c chunk
	var size int64
	for _, it := range items {
		uid := number(it)
		if uid == 0 {
			continue
		}
		if len(c.items) >= mails || len(c.uids) >= chunkRanges || len(c.items) > 0 && size+it.Size > bytes {
			all = append(all, c)
			c, size = chunk{}, 0
		}
		c.items = append(c.items, it)
		c.uids.AddNum(uid)
		size += max(it.Size, 0)
	}
	if len(c.items) > 0 {
		all = append(all, c)
	}
	return all
}
