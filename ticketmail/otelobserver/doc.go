// Package otelobserver shows what a ticketmail Engine does as OpenTelemetry
// metrics and traces.
//
//	observer, err := otelobserver.New(otelobserver.Options{Meters: meters, Tracers: tracers})
//	…
//	engine, err := ticketmail.New(ctx, ticketmail.Config{Observer: observer, …})
//
// It uses the providers that it is given and nothing global, and imports the
// OpenTelemetry API only: SDK and exporters are the program's choice.
//
// # Metrics
//
//	ticketmail.poll.duration          s         polls of mailboxes
//	ticketmail.mails                  {mail}    mails that got an outcome
//	ticketmail.mail.size              By        of these
//	ticketmail.commit.duration        s         transactions
//	ticketmail.notifications          {mail}    outgoing mails that were planned
//	ticketmail.delivery.duration      s         rounds over the outbox
//	ticketmail.send.duration          s         mails handed to the mail exit
//	ticketmail.token.duration         s         access tokens asked for
//	ticketmail.directory.duration     s         questions to the host's directory
//	ticketmail.housekeeping.duration  s         retention by age, erasure of persons
//	ticketmail.leases                 {change}  leases won, given back and lost
//	ticketmail.queue.depth            {mail}    what waits, see ticketmail.QueueEvent
//	ticketmail.queue.overdue          s         since when the longest waiting mail is due
//
// Durations are histograms, depth and overdue gauges, the rest but for the
// size counters. What went wrong has the attribute error.type of the semantic
// conventions, whose values are those of ticketmail.Failure. The conventions
// about messaging are for brokers and not stable, so all other names are our
// own:
//
//	ticketmail.mailbox             see Options.MaxMailboxes
//	ticketmail.mail.outcome        ticket, comment, record, quarantine, left
//	ticketmail.mail.reason         code of the first reason: thread, bounce, …
//	ticketmail.commit.kind         mails, or other
//	ticketmail.event               that a mail tells of: comment_added, …
//	ticketmail.directory.question  person, address, group, task
//	ticketmail.directory.found     false: the directory knows nobody of that kind
//	ticketmail.housekeeping        prune, erase
//	ticketmail.lease.kind          mailbox, feed, oauth, prune, or other
//	ticketmail.lease.change        won, taken-over, released, lost
//	ticketmail.queue               mailbox, waiting, held, failed, quarantine
//
// # Traces
//
// A poll is a span with its commits, tokens and questions to the directory
// within; a round over the outbox has its sends within. Housekeeping is a span.
// An action is in the span of the context that it was called with. Mails and
// leases are events of their spans. Send and token are spans of the kind client.
// What failed has the status Error with a word of ticketmail.Failure; that a
// mailbox is another node's, that a caller was refused or that the engine was
// ended is no error.
//
// # What is not in it
//
// No attribute, event or status has an address, a name, a subject, text or a
// secret in it, nor the text of an error.
package otelobserver
