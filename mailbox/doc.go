// Package mailbox empties mailboxes without losing a mail or finding one twice.
//
// [Drain] is its heart: it takes a [Session] on one folder, a [Journal] that
// remembers, and a [Receiver] that makes something of each mail, and removes
// from the server exactly the mails whose outcome the receiver made durable.
// Sessions come from adapters: package imapbox for IMAP, pop3box for POP3,
// mailboxtest for tests; a host can write its own and prove it with mailboxtest.Run.
//
// What is remembered is the ledger: one [Entry] for every mail ever seen,
// under a [Key] that the server never gives out twice (folder, UIDVALIDITY,
// UID). The entry holds the outcome and the reasons, so it is the journal
// that explains every decision, too. A [Ledger] belongs into the same
// transaction as whatever mails become.
//
// [Routes] say which mailbox serves which task, and through which one answers
// about a ticket come back ([Routes.ReplyTo]).
//
// Package message reads a mail, package thread ties it to a ticket. Both are
// of use alone.
package mailbox
