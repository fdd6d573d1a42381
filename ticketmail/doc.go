// Package ticketmail turns mailboxes into tickets and what happens to tickets
// into the right mails.
//
// An [Engine] joins the parts that the other packages are: it empties
// mailboxes ([Engine.Poll], [Engine.Run]), decides what becomes of each mail,
// keeps tickets in the host's [storage.Store], tells people by the host's
// [escalation.Directory] and the rules of package notify, and hands mails to
// the host's [notify.Sender]. Tickets are changed by its actions:
// [Engine.CreateTicket], [Engine.AddComment], [Engine.EditComment],
// [Engine.Assign], [Engine.SetStatus], [Engine.Move], [Engine.Merge],
// [Engine.Forward], [Engine.Raise] for events of the host's own, and
// [Engine.Edit] for several of these in one step. They also run inside a
// transaction of the host ([Engine.Within]). [Engine.Changes] and
// [Engine.Follow] tell what has happened to tickets.
//
// What the Directory does not answer does not stop an action, but for those
// that need a task's project: CreateTicket and Move fail with a
// [DirectoryError].
//
// An Engine has few getters: what stands in the store is read from there, with
// [Engine.View] and the readers it gives, by any code of the host. What it was
// made with says [Engine.Setup]. Package console shows all of it to people.
//
// # The way in
//
// Poll leases the mailbox, so that one node works on it at a time, and drains
// its folders. A folder that holds mail when it is first seen is not touched
// before [Engine.Consent]. Every mail is read in one streaming pass, its raw
// bytes and attachments going to [storage.Blobs]; then it becomes one of
//
//	ticket      a new ticket in the mailbox's task, or where Hooks.Route says
//	comment     on the ticket whose mark it bears, wherever that is now
//	record      a report about our mail unless a complaint, our own mail come back, a duplicate
//	quarantine  what cannot be read, loops, or proves two different tickets
//	left        too big: it stays on the server
//
// What hosts may decide otherwise, for strangers, closed tickets, forwards,
// copies and marks of foreign systems, says [Threading]. A mail that waits is
// decided again by [Engine.Replay], with a [Verdict] if somebody gives one.
//
// Nothing is dropped. Outcome, reasons, ticket, history and the mails that
// tell people are one transaction; only after it is durable the mail leaves
// the server. A kill between any two steps repeats the step and changes
// nothing. The reasons stay in the ledger ([mailbox.Entry]).
//
// A mark is our own signed Message-ID in In-Reply-To or References, or the
// complete token in the subject ([thread.Referencer]). Weaker hints, such as
// the id of a mail we once received, count only if the sender takes part in
// the ticket. Two marks that prove different tickets end in quarantine.
//
// Mailboxes stand in the configuration, or in the store ([Engine.PutMailbox],
// [Engine.AssignMailbox], [Engine.PutOAuth]), and may change while Run works.
// [Polling] says how many are polled side by side, [Engine.Status] how they
// fare. [Engine.ProbeMailbox], [Engine.ProbeDraft] and [Engine.ProbeSender] test
// them and the mail exit step by step, and change nothing.
//
// # Who is who
//
// A new ticket's Creator is the sender if that is an employee, its
// CustomerContact the sender if that is a contact; otherwise the
// [mailbox.Assignment]'s presets stand. The sender's address is kept on the
// ticket. An answer to a mail about something internal becomes an internal
// comment: only employees get such mails, and an answer quotes them.
//
// # A ticket's life
//
//	New        -> InProcess
//	InProcess  -> Done
//	Done       -> Accepted, Rejected, InProcess (reopened)
//	Rejected   -> InProcess
//	Accepted   -> InProcess (reopened)
//
// Rejected may only be set by creator or customer contact, Accepted by these,
// administrators and managers of the project; a host may replace the table
// ([Lifecycle]). Taking a new ticket without assignee into process makes the
// actor its assignee. Every change is a line of the ticket's history.
//
// # The way out
//
// Each action and each mail raises an event; the event's rule says who is
// told, the escalation chain who is told instead of somebody who cannot be
// mailed. The mails are put into the outbox in the same transaction and
// delivered by Run or [Engine.Deliver]. Each keeps its reasons; [Engine.Explain]
// tells beforehand. What goes to outsiders by itself, and what automatic mail
// causes, is bounded by [Caps]; a mail over one is kept as [notify.Held]
// ([Engine.Outbox], [Engine.Release]). Texts may be changed in the store
// ([Engine.PutTemplate]) and seen before ([Engine.Preview]).
//
// A mail that the exit refuses for good, or that comes back later, marks the
// address and starts the escalation chain for that notification, once. While
// the Directory fails, what people do to tickets stands, and those to be told
// are told when it answers again.
//
// # Keeping and forgetting
//
// [Retention] says how long raw mails, reasons and sent mails are kept
// ([Engine.Prune]); what keeps a mail from being taken in twice stays.
// [Engine.ExportTicket] and [Engine.WriteMbox] give a ticket as mails,
// [Engine.ExportPerson] everything about one person, and [Engine.Erase] replaces
// him. Several companies have a store ([storage.Tenants]) and an engine each,
// and share a [Limit].
//
// # Errors
//
// One bad mail, mailbox or recipient never stops the others. Configuration is
// refused by [New] with a [mailbox.FieldError]. Polls fail with the typed
// errors of package mailbox, [ConsentError], or [storage.HeldError].
package ticketmail
