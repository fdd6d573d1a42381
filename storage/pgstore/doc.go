// Package pgstore keeps tickets, ledger, outbox, settings and leases in a
// PostgreSQL database, and raw mails and files with them. It is the store for
// many nodes: whatever one of them commits, all of them see.
//
//	pool, err := pgxpool.New(ctx, "postgres://…")
//	…
//	store, err := pgstore.New(ctx, pool, nil)
//
// It needs PostgreSQL 14 or newer with the encoding UTF8. All tables stand in
// a schema of their own (see [Options]), which New brings to this release,
// also where several nodes start at once. A schema of a newer release is
// refused.
//
// # Transactions
//
// A View is a READ ONLY transaction on one snapshot. An Update takes the lock
// of the table tm_writer when it first does anything but lease something, and
// keeps it until its end: Updates of all nodes run one after the other, in the
// order of their commits. So none of them is ever repeated because of another
// one's mails, and the numbers of changes grow without one that comes late. An
// Update that puts a record whose key is taken is run a second time: the first
// time keys are taken to be free, and content to be there, and inserts are held
// back to go to the server together. Many of them go while fn is still running:
// then an error in them is the next call's, or Update's.
// What only takes, renews or gives back a lease waits for nobody but those
// who want the same lease. A node that stops in the middle of an Update loses
// it after [Options.IdleTimeout].
//
// Each Update that has something to write takes one connection of the pool, a
// View takes one, and content is written and read with others. At most half of
// the pool is in Updates at once, so that what they call finds a connection; a
// View in which another View begins or content is opened needs a second one.
//
// # Content
//
// Raw mails and files are rows of up to 256 KiB, so that they are backed up,
// replicated and restored with all else, at one moment. They are committed
// before the Update that refers to them, without a flush of their own: the
// flush of a later commit includes them. Small content goes to the server with
// more of it, 2 MiB at most, when Sync asks for it. Content that nothing refers
// to is removed one or two days after it was last staged, by New and
// [Store.Sweep]; what records have ceased to refer to, by [Store.Discard].
//
// # Compression
//
// Updates write long texts compressed by LZ4 where the server was built with it
// (default_toast_compression, set for the transaction; it comes before what a
// host has set for the database or the role, and behind what it has set for a
// column). It takes a good part off the time for which other writers wait.
// A physical replica of such a database, and a server that it is upgraded to by
// pg_upgrade, must be built with LZ4 too; a dump need not be. What runs in a
// host's transaction ([Store.Within]) is compressed as the host has it.
//
// # Text and times
//
// PostgreSQL cannot hold NUL, nor anything that is not UTF-8. Such bytes stand
// in the tables as the characters U+10FE00 (for 00) to U+10FEFF (for FF), which
// are for private use, and come back as they were put. In lists of reasons and
// attachments and in the small fields of an outgoing mail each invalid byte
// comes back as U+FFFD. Times are kept in microseconds. Leases run by the clock
// of the database.
package pgstore
