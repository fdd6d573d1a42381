// Package ticketmail at the root of the module exports nothing: the library starts at [example.com/ticketmail/ticketmail].
//
// ticketmail turns mailboxes into tickets and what happens to tickets into
// mails, inside a Go program that has its own people, projects and tables. An
// embedder takes the whole engine or one part of it alone; every part below is
// useful without those above it.
//
// Comments call "the seed" the description of the ticket system whose behaviour
// this library takes up (its German words stand in brackets): categories,
// notifications and their escalation, mail templates, mailboxes. "DESIGN" and
// "THREATS" are the project's internal map and list of promises.
//
// # Packages
//
// From the bottom up. A package imports only packages that stand above it in
// this list; a test at the root guards that. [M] marks a module of its own, so
// that its requirements stay out of an embedder's module graph.
//
//	escalation                 people and the host's ids, groups, Directory, and the chain walked when somebody cannot be mailed
//	escalation/memdirectory    a Directory in memory: reference and fake
//	escalation/directorytest   conformance suite for a Directory
//	catalog                    categories with labels per language, and the one language chain
//	mailbox/message            a mail read in one tolerant pass, attachments streamed away while reading
//	mailbox/message/safehtml   the HTML of a mail, made fit to stand in a page
//	mailbox/message/bench      the reader's speed beside that of two others (tests only) [M]
//	mailbox/thread             the reference that ties a reply to its ticket: subject token and signed Message-ID
//	mailbox                    Mailbox, Session, Ledger, and the drain that empties a folder without losing a mail
//	mailbox/seal               secrets at rest: sealed for one mailbox and field, keys of the host that can be rotated
//	mailbox/oauth              OAuth 2.0: tokens for Microsoft 365, Google and others, the sign-in, and what will end it
//	mailbox/oauth/oauthtest    a provider that behaves and fails as theirs do
//	mailbox/imapbox            IMAP
//	mailbox/pop3box            POP3
//	mailbox/mailboxtest        a scripted mailbox in memory, and the conformance suite for a Connector
//	notify                     events, rules, templates, plans of who is told and why, outbox, Sender
//	notify/smtpsender          SMTP
//	notify/memsender           a Sender that keeps its mails: reference and fake
//	notify/notifytest          conformance suite for a Sender
//	storage                    tickets, comments and the rest of the records; Store and Blobs
//	storage/memstore           a Store in memory: reference and fake, not durable
//	storage/dirblobs           raw mails and files in a directory
//	storage/cloudblobs         the same in S3, GCS, Azure or what else gocloud.dev knows (own module)
//	storage/storetest          conformance suite for a Store and its Blobs
//	storage/storetest/fault    breaks a store, a mailbox, a mail exit or a connection at a chosen place
//	storage/sqlitestore        SQLite [M]
//	storage/pgstore            PostgreSQL [M]
//	ticketmail                 Engine: actions, inbound decisions, Run; the only package that knows all the others
//	ticketmail/console         administration pages as an http.Handler
//	ticketmail/otelobserver    metrics and traces for OpenTelemetry [M]
//	examples/console           the administration pages alone, over sample mail in memory [M]
//	examples/helpdesk          a small ERP that embeds it all: go run it, open the browser [M]
//	examples/helpdesk/web      its pages [M]
//	examples/helpdesk/demo     its mail server, its company and the week they have had [M]
//	examples/quickstart        everything in one process, nothing to install [M]
//	examples/ticketd           the engine as a headless service, with a command line [M]
//	examples/inspect           what ticketmail makes of a mail file [M]
//	examples/sqldirectory      a Directory over tables as an ERP has them, as a guide [M]
//	examples/customstore       a team's own Store over its existing tables, as a guide [M]
//	examples/crash             kills, faults and cut connections, and what became of the mails (tests only) [M]
//	examples/speed             how fast ticketd drains, held against what is possible (tests only) [M]
//
// # Where to start
//
// To see it work: go run ./examples/quickstart. To embed it: the Config of
// package ticketmail. To plug in your own tables, people or mail exit: the
// Store of package storage, the Directory of package escalation, the Sender of
// package notify, each with a suite that says whether your implementation
// keeps its obligations.
package ticketmail
