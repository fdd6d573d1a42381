// Package notify decides who is mailed when something happens to a ticket,
// writes those mails, and keeps them in an outbox until they are sent.
//
// An [Event] meets a [Rule]. The [Planner] turns the rule's roles into people,
// takes away those the exceptions name, walks the escalation chain for those
// who cannot be mailed, finds the language and the [Template], and returns a
// [Plan]: finished mails, and everybody who gets none with the reason. Planning
// sends and stores nothing, so the same call explains what would happen.
//
// One action is often several events: [Planner.PlanAll] tells each person once,
// in one mail that says all of it. Rules with a Delay collect what happens in
// a while, and [Merge] joins it. A [RuleBook] lays the changes of the company
// and of single projects over the seed's rules, field by field.
//
// The mails are put into an [Outbox] in the transaction of the change that
// caused them. A [Deliverer] claims those that are due and hands them to a
// [Sender]: notify/smtpsender for a mail server, notify/memsender for tests.
// [Encode] writes a mail as an RFC 5322 message.
//
// Files of a comment go along as far as a rule's Attach lets them. The outbox
// keeps references; an [Opener], storage.Blobs for example, opens the content
// while the mail is sent, and nothing ever holds a file in memory.
//
// Each piece works alone: a host with its own outbox takes the Planner and
// Encode, one with its own mail exit implements Sender and checks it with
// notify/notifytest.
//
// # What never happens
//
// What is internal reaches nobody but employees: not as a recipient (rules
// about internal comments skip everybody else), not as a value (an internal
// comment has no text in a mail to a customer), not as a file, and not as a
// template (one for customers cannot be saved if it asks for it). No automatic
// mail is answered to anybody outside, nobody is mailed because of a mail sent
// from his own address, and no mailbox that is polled is mailed at all. No
// field of a mail, and no file's name, can make a second header or a second
// mail.
package notify
