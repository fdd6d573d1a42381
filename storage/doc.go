// Package storage says what ticketmail keeps and how it is kept: tickets,
// their comments and history, the ledger of mails, the outbox, settings and
// leases in a [Store], raw mails and files in [Blobs].
//
// # Stores
//
// All work is a function called in a transaction: [Store.View] reads one
// snapshot, [Store.Update] writes all or nothing. The ledger entry of a mail,
// the ticket it opens and the mails that this causes are written in one Update;
// that is why no mail is lost and none is found twice.
//
// Ready stores are memstore (in memory, the reference, not durable),
// sqlitestore (one machine) and pgstore (many nodes). A team with tables of its own writes one store of
// about 25 small methods; the package storetest says whether it keeps the
// rules, and each failed check says which rule and why it matters:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storage.Store { return open(t) }, nil)
//	}
//
// # Versions
//
// Tickets, comments, ledger entries and outgoing mails have a Version. A
// record read in one transaction and put in a later one is refused with
// [ErrConflict] if it was changed in between: read it again and decide again.
// Within one Update this cannot happen.
//
// # Content
//
// Content is written first ([Blobs] Create, then Sync) and referred to
// afterwards. A reference to content that a store does not have is refused
// with [ErrNotFound] by stores that keep content too.
package storage
