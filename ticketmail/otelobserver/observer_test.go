package otelobserver_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/memsender"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/otelobserver"
)

// A bench is an engine in memory, observed into memory.
type bench struct {
	*ticketmail.Engine
	t       *testing.T
	server  *mailboxtest.Server
	sender  *memsender.Sender
	reader  *metric.ManualReader
	spans   *tracetest.InMemoryExporter
	tracers *trace.TracerProvider
}

// canary stands in everything that must not be observed.
const canary = "Zcanary"

func newBench(t *testing.T, opts otelobserver.Options) *bench {
	t.Helper()
	b := &bench{t: t, server: mailboxtest.NewServer(), sender: &memsender.Sender{}, reader: metric.NewManualReader(), spans: tracetest.NewInMemoryExporter()}
	b.tracers = trace.NewTracerProvider(trace.WithSyncer(b.spans))
	opts.Meters, opts.Tracers = metric.NewMeterProvider(metric.WithReader(b.reader)), b.tracers
	observer, err := otelobserver.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	people, err := memdirectory.New(memdirectory.Data{
		Persons: []memdirectory.Person{
			{ID: "bea", Name: canary, Address: canary + "bea@erp.example", Kind: escalation.Employee},
			{ID: "carl", Name: canary, Address: canary + "carl@erp.example", Kind: escalation.Employee},
		},
		Tasks: []memdirectory.Task{{ID: "helpdesk", Members: []escalation.PersonID{"bea", "carl"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.server.SetCredentials(canary, canary)
	b.Engine, err = ticketmail.New(t.Context(), ticketmail.Config{
		Store: memstore.New(nil), Directory: people, Sender: b.sender, Observer: observer,
		Connectors:         map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: b.server},
		From:               message.Address{Address: canary + "support@erp.example"},
		AllowVolatileStore: true,
		Routes: mailbox.Routes{
			Mailboxes: []mailbox.Mailbox{
				{ID: "support", Host: canary + ".example", User: canary, Password: mailbox.NewSecret(canary)},
				{ID: "sales", Host: canary + ".example", User: "somebody else", Password: mailbox.NewSecret(canary)},
			},
			Assignments: []mailbox.Assignment{{Mailbox: "support", Task: "helpdesk"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Consent(t.Context(), ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	return b
}

// work lets things happen, some of which go wrong.
func (b *bench) work() {
	b.t.Helper()
	ctx := b.t.Context()
	from := canary + " <" + canary + "@customer.example>"
	b.server.Add("INBOX", "From: "+from+"\r\nMessage-ID: <"+canary+"@x>\r\nSubject: "+canary+"\r\n\r\n"+canary+"\r\n")
	b.server.Add("INBOX", "")
	if _, err := b.Poll(ctx, "support"); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.Poll(ctx, "sales"); !errors.Is(err, ticketmail.ErrUnassigned) {
		b.t.Fatal(err)
	}
	b.sender.Fail(canary+"carl@erp.example", -1, &notify.RecipientError{Address: canary + "carl@erp.example", Err: errors.New(canary)})
	if _, err := b.Deliver(ctx); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.AddComment(ctx, ticketmail.Actor{Person: "bea"}, canary, ticketmail.NewComment{Text: canary}); err == nil {
		b.t.Fatal("a ticket that does not exist has got a comment")
	}
	if _, err := b.Erase(ctx, ticketmail.Subject{Addresses: []string{canary + "@customer.example"}}, ""); err != nil {
		b.t.Fatal(err)
	}
}

// points returns "name{attributes} value" of each point; of a histogram the
// value is the number of measurements.
func (b *bench) points() []string {
	b.t.Helper()
	var all metricdata.ResourceMetrics
	if err := b.reader.Collect(context.Background(), &all); err != nil {
		b.t.Fatal(err)
	}
	var got []string
	add := func(name string, set attribute.Set, value any) {
		got = append(got, fmt.Sprintf("%s{%s} %v", strings.TrimPrefix(name, "ticketmail."), short(set.ToSlice()), value))
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		switch d := m.Data.(type) {
		case metricdata.Histogram[float64]:
			for _, p := range d.DataPoints {
				add(m.Name, p.Attributes, p.Count)
			}
		case metricdata.Histogram[int64]:
			for _, p := range d.DataPoints {
				add(m.Name, p.Attributes, p.Count)
			}
		case metricdata.Sum[int64]:
			for _, p := range d.DataPoints {
				add(m.Name, p.Attributes, p.Value)
			}
		case metricdata.Gauge[int64]:
			for _, p := range d.DataPoints {
				add(m.Name, p.Attributes, p.Value)
			}
		default:
			b.t.Errorf("%s is a %T", m.Name, d)
		}
	}
	slices.Sort(got)
	return got
}

// short writes attributes without our prefix.
func short(list []attribute.KeyValue) string {
	var words []string
	for _, kv := range list {
		words = append(words, strings.TrimPrefix(string(kv.Key), "ticketmail.")+"="+kv.Value.String())
	}
	return strings.Join(words, " ")
}

func TestMetrics(t *testing.T) {
	b := newBench(t, otelobserver.Options{})
	b.work()
	var got []string
	for _, p := range b.points() {
		if !strings.HasPrefix(p, "directory.duration{") && !strings.HasPrefix(p, "commit.duration{commit.kind=other}") {
			got = append(got, p)
		}
	}
	want := []string{
		"commit.duration{commit.kind=mails} 1",
		"commit.duration{error.type=refused commit.kind=other} 1",
		"delivery.duration{} 1",
		"housekeeping.duration{housekeeping=erase} 1",
		"leases{lease.change=released lease.kind=mailbox} 1",
		"leases{lease.change=released lease.kind=prune} 1",
		"leases{lease.change=won lease.kind=mailbox} 1",
		"leases{lease.change=won lease.kind=prune} 1",
		"mail.size{mail.outcome=quarantine} 1",
		"mail.size{mail.outcome=ticket} 1",
		"mails{mail.outcome=quarantine mail.reason=empty mailbox=support} 1",
		"mails{mail.outcome=ticket mail.reason=new mailbox=support} 1",
		"notifications{} 2",
		"poll.duration{error.type=settings mailbox=sales} 1",
		"poll.duration{mailbox=support} 1",
		"queue.depth{mailbox=support queue=mailbox} 0",
		"send.duration{error.type=recipient event=ticket_created} 1",
		"send.duration{event=ticket_created} 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

// TestUnits: each instrument says what it measures and in what.
func TestUnits(t *testing.T) {
	b := newBench(t, otelobserver.Options{})
	b.work()
	var all metricdata.ResourceMetrics
	if err := b.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if m.Unit == "" || m.Description == "" || !strings.HasPrefix(m.Name, "ticketmail.") {
			t.Errorf("%s: unit %q, description %q", m.Name, m.Unit, m.Description)
		}
		if seconds := strings.HasSuffix(m.Name, ".duration") || strings.HasSuffix(m.Name, ".overdue"); seconds != (m.Unit == "s") {
			t.Errorf("%s has the unit %q", m.Name, m.Unit)
		}
	}
}

// TestSpans: what is done for a host's request is in its trace, and that span
// is not ours to end.
func TestSpans(t *testing.T) {
	b := newBench(t, otelobserver.Options{})
	b.server.Add("INBOX", "From: x@y.example\r\nSubject: Help\r\n\r\ntext\r\n")
	ctx, host := b.tracers.Tracer("host").Start(t.Context(), "request")
	if _, err := b.Poll(ctx, "support"); err != nil {
		t.Fatal(err)
	}
	b.sender.Fail(canary+"carl@erp.example", -1, &notify.RecipientError{Address: canary + "carl@erp.example", Err: errors.New(canary)})
	if _, err := b.Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	host.AddEvent("still mine")
	host.End()
	names := map[string]string{}
	for _, s := range b.spans.GetSpans() {
		names[s.SpanContext.SpanID().String()] = s.Name
	}
	var got []string
	for _, s := range b.spans.GetSpans() {
		if s.Name == "ticketmail.directory" {
			continue
		}
		line := fmt.Sprintf("%s < %s %s", s.Name, names[s.Parent.SpanID().String()], s.SpanKind)
		if s.Status.Code != codes.Unset {
			line += fmt.Sprintf(" %s: %s", s.Status.Code, s.Status.Description)
		}
		for _, e := range s.Events {
			line += ", " + e.Name
		}
		got = append(got, line)
	}
	slices.Sort(got)
	want := []string{
		"request <  internal, still mine",
		"ticketmail.commit < ticketmail.delivery internal", // whom to tell instead
		"ticketmail.commit < ticketmail.poll internal",
		"ticketmail.delivery < request internal",
		"ticketmail.poll < request internal, ticketmail.lease, ticketmail.mail, ticketmail.lease",
		"ticketmail.send < ticketmail.delivery client",
		"ticketmail.send < ticketmail.delivery client Error: recipient",
	}
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

// TestNothingPersonal: no address, subject, text, host or secret is in any
// metric or span.
func TestNothingPersonal(t *testing.T) {
	b := newBench(t, otelobserver.Options{})
	b.work()
	points := b.points()
	spans := b.spans.GetSpans()
	if len(points) == 0 || len(spans) == 0 {
		t.Fatal("nothing was observed")
	}
	for _, p := range points {
		if strings.Contains(p, canary) || strings.Contains(p, "@") {
			t.Error(p)
		}
	}
	for _, s := range spans {
		text := fmt.Sprint(s.Name, short(s.Attributes), s.Status.Description)
		for _, e := range s.Events {
			text += fmt.Sprint(e.Name, short(e.Attributes))
		}
		if strings.Contains(text, canary) || strings.Contains(text, "@") {
			t.Error(text)
		}
	}
}

// TestCardinality: however many mailboxes there are, metrics name so many.
func TestCardinality(t *testing.T) {
	for most, want := range map[int]int{0: 101, 5: 6, -1: 1} {
		b := newBench(t, otelobserver.Options{MaxMailboxes: most})
		for i := range 300 {
			_, _ = b.Poll(t.Context(), mailbox.ID(fmt.Sprint("box", i)))
		}
		n := 0
		for _, p := range b.points() {
			if strings.HasPrefix(p, "poll.duration{") {
				n++
			}
		}
		if n != want {
			t.Errorf("MaxMailboxes %d: 300 mailboxes make %d series, want %d", most, n, want)
		}
	}
}

// TestNowhere: without providers an Observer does nothing, and leaves a host's
// span alone.
func TestNowhere(t *testing.T) {
	o, err := otelobserver.New(otelobserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	spans := tracetest.NewInMemoryExporter()
	ctx, host := trace.NewTracerProvider(trace.WithSyncer(spans)).Tracer("host").Start(t.Context(), "request")
	o.Observe(o.Begin(ctx, ticketmail.PollEvent{}), ticketmail.PollEvent{Result: ticketmail.Result{Took: time.Second, Failure: ticketmail.FailureOther}})
	if n := len(spans.GetSpans()); n != 0 {
		t.Errorf("%d spans have ended", n)
	}
	host.End()
	if got := spans.GetSpans()[0]; got.Status.Code != codes.Unset || len(got.Attributes) != 0 {
		t.Errorf("the host's span has %v and the status %v", got.Attributes, got.Status)
	}
}
