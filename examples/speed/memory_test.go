//go:build linux

package speed_test

import (
	"path/filepath"
	"testing"
)

// TestSpeedMemory: memory is bounded by configuration, not by the mail.
func TestSpeedMemory(t *testing.T) {
	size, allowed := int64(30_000_000), int64(32<<20)
	if long() {
		size = 100_000_000
	}
	b := newBench(t, 100, size)
	huge := len(b.files) - 1
	without, with := make([]cost, 3), make([]cost, 3)
	for i := range with {
		dir := t.TempDir()
		b.refill(b.files[:huge])
		without[i] = b.drain(filepath.Join(dir, "without.db"))
		b.wantEmpty("ticketd")
		b.refill(b.files)
		with[i] = b.drain(filepath.Join(dir, "with.db"), "-max-message-bytes", "268435456")
		b.wantEmpty("ticketd")
	}
	before, after := median(without), median(with)
	t.Logf("peak of memory %d MiB, with a mail of %d MB %d MiB", before.rss>>20, size/1e6, after.rss>>20)
	if more := after.rss - before.rss; more > allowed {
		t.Errorf("a mail of %d MB takes %d MiB more, want %d at most", size/1e6, more>>20, allowed>>20)
	}
}
