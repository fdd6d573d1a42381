// Customstore is an ERP that keeps tickets in tables it has had for years. All
// but main.go is its adapter: copy it, and replace the SQL by yours.
//
//	go run ./examples/customstore
//
// # What you write
//
// A [storage.Store] is three methods and hands out five parts of 22 more; three
// make it a [storage.Blobs]. Go in this order, and run the suite after each step
// (see below):
//
//  1. View, Update, Durable: transactions (schema.go, store.go, tx.go).
//  2. Settings (Get, List, Put, Delete): the smallest part, and most checks of
//     transactions need nothing else (settings.go).
//  3. Tickets (Get, List, Comments, Changes, Put, PutComment, AddChange): your
//     tables. Map what they have, keep the rest in a document beside it
//     (columns.go, list.go, tickets.go).
//  4. Ledger (Lookup, ByMessageID, List, Put, Emptied), Outbox (List, Put,
//     Claim) and Leases (Acquire, Renew, Release): new tables, ours to say
//     (ledger.go, outbox.go, leases.go).
//  5. Blobs (Create, Sync, Open), or give the engine those of another store
//     (blobs.go).
//
// # What bites
//
//   - Updates are serializable, not only atomic. Two that each read what the
//     other writes must not both commit. Here the write lock is taken before
//     the first read (BEGIN IMMEDIATE); in PostgreSQL it is SERIALIZABLE, and
//     fn is run again after SQLSTATE 40001. So fn may run more than once.
//   - A Version moves with every change of a row, also with yours: an UPDATE of
//     the ERP that leaves it alone is overwritten by the next Put. Here a
//     trigger moves it.
//   - Version 0 means new: a taken key is ErrExists and never an update. The
//     key of the ledger (mailbox, folder, validity, uid) is a UNIQUE constraint
//     and compared byte by byte: no collation that ignores case or blanks.
//   - A number that was given out is not given out again, not even if its
//     transaction was rolled back: somebody may have seen it. A sequence of your
//     database does this; a counter in a table does not, see nextNumber.
//   - A Writer reads what it wrote, also in ByMessageID and List. Whatever you
//     hold back to write at once must be written before the next read.
//   - Iterators live inside fn, and fn writes while it ranges over them: read a
//     page, close the rows, then yield. Report a cancelled context as an
//     error; a list that merely ends looks complete.
//   - An error means not written. Let a context cancel between statements and
//     never the COMMIT: its outcome must be known. After an error of the
//     database use the transaction for nothing but a rollback.
//   - Durable means on disk. Read back what your connections are set to.
//   - Text is hostile: NUL, invalid UTF-8, quotes. PostgreSQL's text takes
//     neither of the first two; replace them by U+FFFD, and say so.
//
// # How to prove it
//
// See store_test.go: three calls, of storetest.Run, RunDurable and RunBlobs.
// A failed check says which rule is broken and what would be lost. While you are
// on your way, name the checks of parts to come in storetest.Options.Skip, each
// with the reason; both are logged. Lease checks may wait if one process polls,
// and the paging ones if you list little. Never leave out a race, rollback or
// version check of Ledger and Outbox: each is a mail lost or sent twice. This
// adapter skips nothing.
//
// The suite cannot know what your own code does to your tables. The other tests
// there are of that: rows changed and added by the ERP, two processes at once,
// the ERP's transaction rolled back.
//
// # What this one is like
//
// It is simple before it is fast. Every record is one statement, and every blob
// one file with its own fsync: measured at 1,400 mails/s, where appending to a
// common file with one fsync per 100 mails made 3,430, and rows in SQLite
// 1,790. At 5 ms per fsync it is 200 mails/s. If that matters, take
// sqlitestore's Blobs.
//
// Lists of tickets use the indexes that the ERP has, and read the whole table
// without. Columns keep text byte for byte; in what stands in a document only,
// invalid UTF-8 comes back as U+FFFD. The documents carry the contract's field
// names, so a field renamed by an upgrade needs a migration of yours; a new
// field needs none. Leases go by the machine's clock. It needs a file system in
// which an open file can be replaced, so not Windows.
package main
