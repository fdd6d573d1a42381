// Package speed measures what ticketd costs, as ratios in one run: absolute
// numbers say more about the machine than about the program.
//
// Three programs empty the same mailbox on the same private Dovecot in turn,
// each as a process of its own, so that its processor time and memory are
// its own:
//
//	limit    fetches with a plain IMAP client, throws the bytes away, deletes
//	ceiling  the same, but keeps the raw bytes as rows in SQLite, synchronous=FULL,
//	         100 per transaction, and nothing else
//	ticketd  the service, without -smtp and -directory
//
// The short form runs with all other tests and only shows that it works:
//
//	go test -run Speed -v ./examples/speed
//
// With TICKETMAIL_LONG=1 the mailbox holds 2,000 mails (150 MB), and the
// targets are checked: ticketd at 0.6 of the ceiling or more, at most 0.8 s of
// processor time per 1,000 mails and 96 MiB of memory; a mail of 100 MB costs
// at most 32 MiB more; a mail costs at most 1.3 times as much with 100,000
// tickets in the store as with 1,000.
//
// It needs Dovecot 2.3 and Linux, and is skipped without.
package speed
