// Package console shows an administrator what a [ticketmail.Engine] does, and
// lets him change what it works with: pages for categories, notifications,
// mail templates and mailboxes (seed: Administration>Stammdaten>Ticketsystem),
// the journal of mails and the quarantine, the outbox, and an overview.
//
// A [Console] is an [http.Handler] that a host mounts under any prefix:
//
//	c, err := console.New(engine, access, &console.Options{Prefix: "/admin/tickets"})
//	mux.Handle("/admin/tickets/", c)
//
// # Who may do what
//
// The console knows no passwords and no sessions: the host says by an [Access]
// who sends a request, in which language he reads and whether he may read or
// administer. It is asked for every request but those for style sheet and
// script, which are the same for everybody.
//
// # Safety
//
// Nothing is changed by a GET. Any other request must come from the console's
// own pages: [http.CrossOriginProtection] refuses what a browser says is from
// another origin, sibling domains included. There is no token beside it: each
// browser of the last years sends Sec-Fetch-Site or Origin with every form,
// and a token would need a secret or a session that all nodes share. The host's
// session cookie should be SameSite=Lax nevertheless.
//
// Pages load nothing but the console's own style sheet and script, run no
// inline script, cannot be framed and send no referrer
// (Content-Security-Policy, X-Content-Type-Options, Referrer-Policy). What came
// by mail is shown by package safehtml, and what a mail brings along only as a
// download.
//
// Nothing is kept in memory between requests, so any node may answer any of
// them. What only one process knows (how its polls fare, pauses) says so.
//
// # Two at once
//
// A form that changes something stored brings back a stamp of what it was filled
// in over. Where somebody else has changed that meanwhile it is refused once,
// with all that was typed; saved again it holds. Two forms sent in the very same
// moment are not told apart by it: the second holds.
//
// # Languages
//
// German, English and French: that of the visitor, else that of his browser,
// else the company's, else English. So is what the engine gives in English:
// reasons of decisions, what connection tests find with causes and cures, findings
// of Lint, defects of mails, what forms got wrong. The errors themselves and the
// words of servers and hosts are shown as they are, and marked as English for
// screen readers.
//
// # Pages that take their time
//
// Connection tests and the sign-in on another device write their page while
// they run: up to half an hour, with something sent every 20 seconds. The
// console lifts the server's WriteTimeout for them; what stands before it must
// pass on what comes (they ask proxies to by X-Accel-Buffering). A server's
// Shutdown waits for them; Close ends them.
//
// # Without scripts
//
// All pages work without JavaScript. The script shows tabs in place of long
// forms, previews while one types, copies addresses, and sends a form that is
// clicked twice once.
package console
