package otelobserver

import (
	"context"
	"errors"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/ticketmail"
)

// metrics are the instruments of an Observer.
type metrics struct {
	poll, commit, delivery, send, token, directory, housekeeping metric.Float64Histogram

	mails, notifications, leases metric.Int64Counter
	size                         metric.Int64Histogram
	depth                        metric.Int64Gauge
	overdue                      metric.Float64Gauge
}

func newMetrics(m metric.Meter) (*metrics, error) {
	var all metrics
	var errs []error
	duration := func(h *metric.Float64Histogram, name, about string) {
		var err error
		*h, err = m.Float64Histogram("ticketmail."+name+".duration", metric.WithUnit("s"), metric.WithDescription(about),
			metric.WithExplicitBucketBoundaries(.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 600))
		errs = append(errs, err)
	}
	counter := func(c *metric.Int64Counter, name, unit, about string) {
		var err error
		*c, err = m.Int64Counter("ticketmail."+name, metric.WithUnit(unit), metric.WithDescription(about))
		errs = append(errs, err)
	}
	duration(&all.poll, "poll", "Polls of mailboxes.")
	duration(&all.commit, "commit", "Transactions, with all attempts at them.")
	duration(&all.delivery, "delivery", "Rounds over the outbox.")
	duration(&all.send, "send", "Outgoing mails handed to the mail exit.")
	duration(&all.token, "token", "Access tokens asked for.")
	duration(&all.directory, "directory", "Questions to the host's directory.")
	duration(&all.housekeeping, "housekeeping", "Retention by age, and erasure of persons.")
	counter(&all.mails, "mails", "{mail}", "Mails that got an outcome.")
	counter(&all.notifications, "notifications", "{mail}", "Outgoing mails put into the outbox.")
	counter(&all.leases, "leases", "{change}", "Leases won, given back and lost by this process.")
	var err error
	all.size, err = m.Int64Histogram("ticketmail.mail.size", metric.WithUnit("By"), metric.WithDescription("Raw size of mails that got an outcome."),
		metric.WithExplicitBucketBoundaries(1<<10, 4<<10, 16<<10, 64<<10, 256<<10, 1<<20, 4<<20, 16<<20, 64<<20))
	errs = append(errs, err)
	all.depth, err = m.Int64Gauge("ticketmail.queue.depth", metric.WithUnit("{mail}"), metric.WithDescription("What waits, counted up to 10,000."))
	errs = append(errs, err)
	all.overdue, err = m.Float64Gauge("ticketmail.queue.overdue", metric.WithUnit("s"), metric.WithDescription("Since when the longest waiting mail is due."))
	return &all, errors.Join(append(errs, err)...)
}

// record counts an event. What is not known is passed over.
func (m *metrics) record(ctx context.Context, e ticketmail.Event, mailboxes *names) {
	box := func(id mailbox.ID) attribute.KeyValue { return keyMailbox.String(mailboxes.of(string(id))) }
	switch e := e.(type) {
	case ticketmail.PollEvent:
		took(ctx, m.poll, e.Result, box(e.Mailbox))
	case ticketmail.MailEvent:
		outcome := keyOutcome.String(string(e.Outcome))
		m.mails.Add(ctx, 1, metric.WithAttributes(box(e.Mailbox), outcome, keyReason.String(e.Reason)))
		m.size.Record(ctx, e.Bytes, metric.WithAttributes(outcome))
	case ticketmail.CommitEvent:
		took(ctx, m.commit, e.Result, keyCommitKind.String(commitKind(e)))
		m.notifications.Add(ctx, int64(e.Notified))
	case ticketmail.DeliveryEvent:
		took(ctx, m.delivery, e.Result)
	case ticketmail.SendEvent:
		took(ctx, m.send, e.Result, keyEvent.String(string(e.Event)))
	case ticketmail.TokenEvent:
		took(ctx, m.token, e.Result, box(e.Mailbox))
	case ticketmail.DirectoryEvent:
		took(ctx, m.directory, e.Result, keyQuestion.String(e.Question), keyFound.Bool(!e.NotFound))
	case ticketmail.HousekeepingEvent:
		took(ctx, m.housekeeping, e.Result, keyWork.String(string(e.Work)))
	case ticketmail.LeaseEvent:
		m.leases.Add(ctx, 1, metric.WithAttributes(keyLeaseKind.String(leaseKind(e)), keyChange.String(string(e.Change))))
	case ticketmail.QueueEvent:
		queue := []attribute.KeyValue{keyQueue.String(string(e.Queue))}
		if e.Mailbox != "" {
			name := mailboxes.of(string(e.Mailbox))
			if name == other { // one gauge for several would show the last of them
				return
			}
			queue = append(queue, keyMailbox.String(name))
		}
		m.depth.Record(ctx, int64(e.Depth), metric.WithAttributes(queue...))
		if e.Queue == ticketmail.QueueWaiting {
			m.overdue.Record(ctx, e.Overdue.Seconds(), metric.WithAttributes(queue...))
		}
	}
}

func took(ctx context.Context, h metric.Float64Histogram, r ticketmail.Result, attributes ...attribute.KeyValue) {
	if r.Failure != "" {
		attributes = append(attributes, keyError.String(string(r.Failure)))
	}
	h.Record(ctx, r.Took.Seconds(), metric.WithAttributes(attributes...))
}

func commitKind(e ticketmail.CommitEvent) string {
	if e.Mailbox != "" {
		return "mails"
	}
	return other
}

// leaseKind returns the part of a lease's name that says what it is for. A
// host's own leases are not told apart.
func leaseKind(e ticketmail.LeaseEvent) string {
	switch kind, _, _ := strings.Cut(e.Lease, "/"); kind {
	case "mailbox", "feed", "oauth", "prune":
		return kind
	}
	return other
}

// names are the values that an attribute has had, no more than most.
type names struct {
	most int

	mu    sync.Mutex
	known map[string]bool
}

// of returns a name, or "other" once there are too many.
func (n *names) of(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.known[name]:
		return name
	case len(n.known) >= n.most:
		return other
	}
	if n.known == nil {
		n.known = map[string]bool{}
	}
	n.known[name] = true
	return name
}
