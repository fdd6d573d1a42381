//go:build linux

package speed_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// Targets of the full form.
const (
	wantOfCeiling = 0.6
	wantCPU       = 0.8      // seconds per 1,000 mails, where the ceiling takes usualCPU
	usualCPU      = 0.33     // of a quiet machine; one that is slow or shared is allowed more
	wantRSS       = 96 << 20 // bytes
)

// TestSpeed measures the three programs in turn, and prints the medians.
func TestSpeed(t *testing.T) {
	n, rounds := 200, 1
	if long() {
		n, rounds = 2000, 5
	}
	b := newBench(t, n)
	runs := make(map[string][]cost)
	for round := range rounds {
		dir := t.TempDir()
		for _, program := range []string{"limit", "ceiling", "ticketd"} {
			b.refill(b.files)
			var c cost
			switch program {
			case "limit":
				c = b.role(program, b.server.Address)
			case "ceiling":
				c = b.role(program, b.server.Address, filepath.Join(dir, "ceiling.db"))
			case "ticketd":
				c = b.drain(filepath.Join(dir, "tickets.db"))
			}
			b.wantEmpty(program)
			runs[program] = append(runs[program], c)
			t.Logf("round %d: %s %v, %v of the processor, %d MiB", round+1, program, c.wall.Round(time.Millisecond), c.cpu.Round(time.Millisecond), c.rss>>20)
		}
	}
	limit, ceiling, ticketd := median(runs["limit"]), median(runs["ceiling"]), median(runs["ticketd"])
	t.Logf("%d mails, %d MB, medians of %d rounds:\n%s", n, b.bytes/1e6, rounds, table(n, limit, ceiling, ticketd))

	if ticketd.rss > wantRSS {
		t.Errorf("ticketd takes %d MiB, want %d at most", ticketd.rss>>20, wantRSS>>20)
	}
	if !long() {
		return // too short for what depends on the machine's mood
	}
	if got := ratio(ceiling, ticketd); got < wantOfCeiling {
		t.Errorf("ticketd reaches %.2f of the ceiling, want %.2f", got, wantOfCeiling)
	}
	allowed := wantCPU * max(1, perThousand(ceiling, n)/usualCPU)
	if got := perThousand(ticketd, n); got > allowed {
		t.Errorf("ticketd takes %.2f s of processor time per 1,000 mails, want %.2f at most here", got, allowed)
	}
}

// ratio is how fast a program is, compared with another.
func ratio(other, program cost) float64 { return other.wall.Seconds() / program.wall.Seconds() }

func perThousand(c cost, mails int) float64 { return c.cpu.Seconds() * 1000 / float64(mails) }

func table(n int, limit, ceiling, ticketd cost) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "program\tmails/s\tof limit\tof ceiling\tCPU s/1000\tpeak MiB")
	for _, p := range []struct {
		name string
		cost
	}{{"limit", limit}, {"ceiling", ceiling}, {"ticketd", ticketd}} {
		_, _ = fmt.Fprintf(w, "%s\t%.0f\t%.2f\t%.2f\t%.2f\t%d\n", p.name, float64(n)/p.wall.Seconds(), ratio(limit, p.cost),
			ratio(ceiling, p.cost), perThousand(p.cost, n), p.rss>>20)
	}
	_ = w.Flush()
	return out.String()
}

// median returns the median of each cost.
func median(runs []cost) cost {
	return cost{
		wall: middle(runs, func(c cost) time.Duration { return c.wall }),
		cpu:  middle(runs, func(c cost) time.Duration { return c.cpu }),
		rss:  middle(runs, func(c cost) int64 { return c.rss }),
	}
}

func middle[T cmp.Ordered](runs []cost, of func(cost) T) T {
	all := make([]T, len(runs))
	for i, c := range runs {
		all[i] = of(c)
	}
	slices.Sort(all)
	return all[len(all)/2]
}
