// Package mailboxtest is for tests of code around package mailbox: a mail
// server in memory whose faults are scripted, and a conformance suite for
// [mailbox.Session] adapters.
//
// [Server] is a [mailbox.Connector]. It keeps what was asked of it in order,
// so that a test can say that a mail was removed only after it was committed.
// [Run] checks an adapter against the obligations of [mailbox.Session] over an
// account that the adapter's test provides; the server of this package passes.
package mailboxtest
