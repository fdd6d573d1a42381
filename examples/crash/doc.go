// Package crash kills the engine, cuts its connections and breaks its store,
// and counts what became of the mails. It has tests only:
//
//	go test -run Crash ./examples/crash
//
// takes about a minute, and five where TICKETMAIL_REQUIRE is set. With
// TICKETMAIL_LONG=1 every step of every scenario is taken, and the outcome is
// added to the table in docs/crashes.md, run by run: a run that is stopped is
// taken up where it ended.
//
// A mail server (IMAP with and without UIDPLUS, POP3) and a mail exit (SMTP)
// run in the test. The engine runs in a child process, the test binary once
// more, on SQLite or PostgreSQL. Package fault numbers the calls that the
// engine makes, and the child ends by kill -9 at the one it is told. The test
// then goes on in its place until all is quiet, and compares what it finds in
// the store with what the server was given.
package crash
