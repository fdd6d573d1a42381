package ticketmail

import "example.com/ticketmail/mailbox"

// A Report counts what became of mails.
type Report struct {
	Received    int   // mails that got an outcome now: Tickets + Comments + Records + Quarantined
	Tickets     int   // opened one
	Comments    int   // were added to one
	Records     int   // kept for the record: bounces, own mail, duplicates
	Quarantined int   // wait for somebody to look at them
	Left        int   // stay on the server
	Deleted     int   // the server confirmed their removal
	Moved       int   // the same, moved to another folder (mailbox.AfterMove)
	Kept        int   // stay although they were taken in, now or earlier (mailbox.AfterFlag)
	Untouched   int   // stay by the terms of a consent, see Engine.Consent
	Notified    int   // outgoing mails put into the outbox
	Bytes       int64 // of the mails received
}

func (r *Report) count(e mailbox.Entry) {
	r.Received++
	r.Bytes += e.Size
	switch e.Outcome {
	case mailbox.Ticket:
		r.Tickets++
	case mailbox.Comment:
		r.Comments++
	case mailbox.Record:
		r.Records++
	case mailbox.Quarantine:
		r.Quarantined++
	}
}

// Add adds the counts of another report.
func (r *Report) Add(o Report) {
	r.Received += o.Received
	r.Tickets += o.Tickets
	r.Comments += o.Comments
	r.Records += o.Records
	r.Quarantined += o.Quarantined
	r.Left += o.Left
	r.Deleted += o.Deleted
	r.Moved += o.Moved
	r.Kept += o.Kept
	r.Untouched += o.Untouched
	r.Notified += o.Notified
	r.Bytes += o.Bytes
}
