package otelobserver

import (
	"cmp"
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"example.com/ticketmail/ticketmail"
)

// An Observer is a ticketmail.Observer. It is safe for concurrent use, also by
// several engines. [New] makes one.
type Observer struct {
	metrics   *metrics // nil: none
	tracer    trace.Tracer
	mailboxes names
}

var _ ticketmail.Observer = (*Observer)(nil)

// New makes the instruments. The error is that of Options.Meters.
func New(opts Options) (*Observer, error) {
	o := &Observer{tracer: tracenoop.Tracer{}, mailboxes: names{most: cmp.Or(opts.MaxMailboxes, defaultMailboxes)}}
	if opts.Tracers != nil {
		o.tracer = opts.Tracers.Tracer(scope)
	}
	if opts.Meters == nil {
		return o, nil
	}
	var err error
	if o.metrics, err = newMetrics(opts.Meters.Meter(scope)); err != nil {
		return nil, fmt.Errorf("make instruments: %w", err)
	}
	return o, nil
}

// spanKey is the key of our own span in a context: the current one may be a
// host's, which is not ours to end.
type spanKey struct{}

// Begin implements ticketmail.Observer: it starts a span.
func (o *Observer) Begin(ctx context.Context, e ticketmail.Event) context.Context {
	kind := trace.SpanKindInternal
	switch e.(type) {
	case ticketmail.SendEvent, ticketmail.TokenEvent:
		kind = trace.SpanKindClient
	}
	ctx, span := o.tracer.Start(ctx, "ticketmail."+e.Name(), trace.WithSpanKind(kind), trace.WithAttributes(startOf(e)...))
	return context.WithValue(ctx, spanKey{}, span)
}

// startOf returns what is known of something that begins.
func startOf(e ticketmail.Event) []attribute.KeyValue {
	switch e := e.(type) {
	case ticketmail.PollEvent:
		return []attribute.KeyValue{keyMailbox.String(string(e.Mailbox))}
	case ticketmail.CommitEvent:
		return []attribute.KeyValue{keyCommitKind.String(commitKind(e))}
	case ticketmail.SendEvent:
		return []attribute.KeyValue{keyEvent.String(string(e.Event)), keyAttempt.Int(e.Attempt), keyInternal.Bool(e.Internal)}
	case ticketmail.TokenEvent:
		return []attribute.KeyValue{keyMailbox.String(string(e.Mailbox))}
	case ticketmail.DirectoryEvent:
		return []attribute.KeyValue{keyQuestion.String(e.Question)}
	case ticketmail.HousekeepingEvent:
		return []attribute.KeyValue{keyWork.String(string(e.Work))}
	}
	return nil
}

// Observe implements ticketmail.Observer: it records metrics, and ends the span
// that Begin started.
func (o *Observer) Observe(ctx context.Context, e ticketmail.Event) {
	if o.metrics != nil {
		o.metrics.record(ctx, e, &o.mailboxes)
	}
	span, ok := ctx.Value(spanKey{}).(trace.Span)
	if !ok {
		return
	}
	switch e := e.(type) {
	case ticketmail.PollEvent:
		r := e.Report
		end(span, e.Result, keyReceived.Int(r.Received), keyRemoved.Int(r.Deleted+r.Moved), keyLeft.Int(r.Left))
	case ticketmail.CommitEvent:
		end(span, e.Result, keyReceived.Int(e.Mails), keyNotified.Int(e.Notified), keyAttempt.Int(e.Attempts))
	case ticketmail.DeliveryEvent:
		r := e.Report
		end(span, e.Result, keySent.Int(r.Sent), keyRetried.Int(r.Retried), keyGivenUp.Int(r.Failed))
	case ticketmail.SendEvent:
		end(span, e.Result)
	case ticketmail.TokenEvent:
		end(span, e.Result)
	case ticketmail.DirectoryEvent:
		end(span, e.Result, keyFound.Bool(!e.NotFound))
	case ticketmail.HousekeepingEvent:
		end(span, e.Result, keyRecords.Int(e.Records), keyDiscarded.Int(e.Discarded))
	case ticketmail.MailEvent:
		span.AddEvent("ticketmail.mail", trace.WithAttributes(keyOutcome.String(string(e.Outcome)), keyReason.String(e.Reason), keySize.Int64(e.Bytes)))
	case ticketmail.LeaseEvent:
		span.AddEvent("ticketmail.lease", trace.WithAttributes(keyLeaseKind.String(leaseKind(e)), keyChange.String(string(e.Change)), keyFence.Int64(e.Fence)))
	}
}
