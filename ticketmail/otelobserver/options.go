package otelobserver

import (
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Options say where metrics and traces go. The zero value is nowhere.
type Options struct {
	Meters  metric.MeterProvider // nil: no metrics
	Tracers trace.TracerProvider // nil: no traces

	// MaxMailboxes is how many mailboxes metrics tell apart: the first ones
	// that are seen, all others together are called "other". It bounds what a
	// backend has to keep. Spans always name the mailbox. 0: 100; negative:
	// metrics name none.
	MaxMailboxes int
}

// scope names what the metrics and spans come from.
const scope = "example.com/ticketmail/ticketmail/otelobserver"

// defaultMailboxes is [Options.MaxMailboxes] where that is 0.
const defaultMailboxes = 100

// other stands for what is not told apart.
const other = "other"
