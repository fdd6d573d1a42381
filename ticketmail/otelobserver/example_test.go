package otelobserver_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"example.com/ticketmail/ticketmail"
	"example.com/ticketmail/ticketmail/otelobserver"
)

// Example shows an engine's metrics. A program gives its meter provider an
// exporter where this one has a reader.
func Example() {
	ctx := context.Background()
	reader := metric.NewManualReader()
	observer, err := otelobserver.New(otelobserver.Options{Meters: metric.NewMeterProvider(metric.WithReader(reader))})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = ticketmail.Config{Observer: observer} // and all else that the engine needs; here its part is played
	observer.Observe(ctx, ticketmail.MailEvent{Mailbox: "support", Outcome: "ticket", Reason: "new", Bytes: 2048})
	observer.Observe(ctx, ticketmail.MailEvent{Mailbox: "support", Outcome: "ticket", Reason: "new", Bytes: 1024})

	var all metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &all); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok {
			fmt.Println(m.Name, sum.DataPoints[0].Value, m.Unit)
		}
	}
	// Output:
	// ticketmail.mails 2 {mail}
}
