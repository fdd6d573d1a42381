package otelobserver

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"example.com/ticketmail/ticketmail"
)

// Attributes. The first is of the semantic conventions.
const (
	keyError      attribute.Key = "error.type"
	keyMailbox    attribute.Key = "ticketmail.mailbox"
	keyOutcome    attribute.Key = "ticketmail.mail.outcome"
	keyReason     attribute.Key = "ticketmail.mail.reason"
	keySize       attribute.Key = "ticketmail.mail.size"
	keyCommitKind attribute.Key = "ticketmail.commit.kind"
	keyEvent      attribute.Key = "ticketmail.event"
	keyInternal   attribute.Key = "ticketmail.internal"
	keyAttempt    attribute.Key = "ticketmail.attempt"
	keyQuestion   attribute.Key = "ticketmail.directory.question"
	keyFound      attribute.Key = "ticketmail.directory.found"
	keyLeaseKind  attribute.Key = "ticketmail.lease.kind"
	keyChange     attribute.Key = "ticketmail.lease.change"
	keyFence      attribute.Key = "ticketmail.lease.fence"
	keyQueue      attribute.Key = "ticketmail.queue"
	keyWork       attribute.Key = "ticketmail.housekeeping"

	keyReceived attribute.Key = "ticketmail.received"
	keyRemoved  attribute.Key = "ticketmail.removed"
	keyLeft     attribute.Key = "ticketmail.left"
	keyNotified attribute.Key = "ticketmail.notified"
	keySent     attribute.Key = "ticketmail.sent"
	keyRetried  attribute.Key = "ticketmail.retried"
	keyGivenUp  attribute.Key = "ticketmail.given_up"

	keyRecords   attribute.Key = "ticketmail.records"
	keyDiscarded attribute.Key = "ticketmail.discarded"
)

// end ends a span of ours.
func end(span trace.Span, r ticketmail.Result, attributes ...attribute.KeyValue) {
	if r.Failure != "" {
		attributes = append(attributes, keyError.String(string(r.Failure)))
		if !harmless(r.Failure) {
			span.SetStatus(codes.Error, string(r.Failure))
		}
	}
	span.SetAttributes(attributes...)
	span.End()
}

// harmless reports whether nobody need look at a failure.
func harmless(f ticketmail.Failure) bool {
	return slices.Contains([]ticketmail.Failure{ticketmail.FailureElsewhere, ticketmail.FailureCanceled, ticketmail.FailureRefused, ticketmail.FailureChanged}, f)
}
