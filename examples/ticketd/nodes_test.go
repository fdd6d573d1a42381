package main

import (
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/storage"
)

// TestNodes looks at a ticketd that has the mailbox, because its mail server
// is silent, and looks again when that process was killed.
func TestNodes(t *testing.T) { onBoth(t, testNodes) }

func testNodes(t *testing.T, s *site) {
	s.once() // makes the store
	if got := lines[nodeLine](s, "nodes"); len(got) > 0 {
		t.Fatalf("between polls somebody has %+v", got)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	cmd := s.command(s.args("-addr", silent.Addr().String())...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	held := s.waitForNode()
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if held.Expires <= 0 || held.Expires > 15 || held.Fence < 2 || !strings.Contains(held.Holder, strconv.Itoa(cmd.Process.Pid)) {
		t.Errorf("held by %+v", held)
	}
	want := nodeLine{Lease: "mailbox/ticketd", Mailbox: "ticketd", Host: host, Process: cmd.Process.Pid, Holder: held.Holder, Fence: held.Fence, Expires: held.Expires}
	if diff := cmp.Diff(want, held); diff != "" {
		t.Errorf("who has the mailbox (-want +got):\n%s", diff)
	}
	s.extend(held)
	want.Ended = runtime.GOOS == "linux"
	left := s.waitForNode()
	want.Expires = left.Expires
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("who has the mailbox of a process that was killed (-want +got):\n%s", diff)
	}
	if table := s.start(append([]string{"nodes"}, s.where()...)...).stdout; want.Ended && !strings.Contains(table, strconv.Itoa(want.Process)+" (ended)") {
		t.Errorf("the table does not say that it ended:\n%s", table)
	}
}

// extend makes the lease of a process that was killed last for an hour: whoever
// looks at it may need longer than it is good for, on a machine that is busy.
func (s *site) extend(n nodeLine) {
	s.t.Helper()
	ctx := s.t.Context()
	db, done, err := (&place{file: s.db, dsn: s.dsn}).openExisting(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	defer done()
	err = db.Update(ctx, func(w storage.Writer) error {
		return w.Leases().Renew(ctx, storage.Lease{Name: n.Lease, Holder: n.Holder, Fence: n.Fence}, time.Hour)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// waitForNode waits until somebody has the mailbox.
func (s *site) waitForNode() nodeLine {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		if got := lines[nodeLine](s, "nodes"); len(got) == 1 {
			return got[0]
		}
	}
	s.t.Fatal("nobody takes the mailbox")
	return nodeLine{}
}
