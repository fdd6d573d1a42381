package imapbox_test

import (
	"bufio"
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"
)

// packets are what a client sends, each with the commands in it, without tags.
type packets struct {
	net.Conn
	mu   sync.Mutex
	sent []string
}

func (p *packets) Write(b []byte) (int, error) {
	var commands []string
	for line := range strings.Lines(string(b)) {
		_, command, _ := strings.Cut(strings.TrimSuffix(line, "\r\n"), " ")
		commands = append(commands, command)
	}
	p.mu.Lock()
	p.sent = append(p.sent, strings.Join(commands, " | "))
	p.mu.Unlock()
	return p.Conn.Write(b)
}

// removing serves a mailbox with the mails 7 and 9 and removes them. marked
// are the answers to the searches for marked mails, one after the other; a
// server that is picky refuses to name mails that it does not have, and one to
// mark the mail gone. It returns the packets from the first mark on.
func removing(t *testing.T, picky bool, gone string, marked ...string) ([]string, error) {
	t.Helper()
	client, server := net.Pipe()
	p := &packets{Conn: client}
	var done sync.WaitGroup
	done.Go(func() {
		defer server.Close()
		w := bufio.NewWriter(server)
		_, _ = w.WriteString(ready)
		_ = w.Flush()
		for line := range wiretest.Lines(server) {
			tag, command, _ := strings.Cut(line, " ")
			answer := "TAG OK done\r\n"
			switch {
			case strings.HasPrefix(command, "CAPABILITY"):
				answer = "* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"
			case strings.HasPrefix(command, "LOGIN"): // without that the library asks by itself, at some time
				answer = "TAG OK [CAPABILITY IMAP4rev1] done\r\n"
			case strings.HasPrefix(command, "SELECT"):
				answer = selected
			case strings.HasPrefix(command, "UID FETCH"):
				answer = listed
			case strings.HasPrefix(command, "UID SEARCH"):
				answer = "* SEARCH" + marked[0] + "\r\nTAG OK done\r\n"
				marked = marked[1:]
			case picky && strings.Contains(command, "4294967295"):
				answer = "TAG NO there is no such mail\r\n"
			case gone != "" && strings.HasPrefix(command, "UID STORE") && strings.Contains(command, "+FLAGS") && slices.Contains(strings.Split(strings.Fields(command)[2], ","), gone):
				answer = "TAG NO there is no such mail\r\n"
			case command == "EXPUNGE":
				answer = "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\nTAG OK done\r\n"
			}
			_, _ = w.WriteString(strings.ReplaceAll(answer, "TAG", tag))
			_ = w.Flush()
		}
	})
	defer done.Wait()
	c := imapbox.New(&imapbox.Options{Dial: func(context.Context, string, string) (net.Conn, error) { return p, nil }})
	session, err := c.Connect(t.Context(), scriptMailbox(mailbox.None))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	if _, err := session.Select(t.Context(), "INBOX", false); err != nil {
		t.Fatal(err)
	}
	items, err := session.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = session.Remove(t.Context(), items)
	p.mu.Lock()
	defer p.mu.Unlock()
	first := slices.IndexFunc(p.sent, func(s string) bool { return strings.Contains(s, "+FLAGS") })
	return slices.Clone(p.sent[max(first, 0):]), err
}

// Where everything marked is expunged, the marks of others are taken off by
// the packet that expunges, whatever they are, and set again.
func TestNoTimeBeforeAPlainExpunge(t *testing.T) {
	const (
		noop   = "NOOP"
		look   = `UID SEARCH DELETED | UID STORE 1:6,8,10:4294967295 -FLAGS.SILENT (\Deleted)`
		strike = look + " | EXPUNGE"
		mark   = `UID STORE 7,9 +FLAGS.SILENT (\Deleted)`
	)
	for name, tt := range map[string]struct {
		picky  bool
		marked []string
		want   []string
		fails  bool
	}{
		"nobody else":        {false, []string{" 7 9", " 7 9"}, []string{mark, noop, look, strike}, false},
		"a foreign mark":     {false, []string{" 5 7 9", " 7 9", " 7 9"}, []string{mark, noop, look, noop, look, strike, `UID STORE 5 +FLAGS.SILENT (\Deleted)`}, false},
		"in the last moment": {false, []string{" 7 9", " 7 9 11"}, []string{mark, noop, look, strike, `UID STORE 11 +FLAGS.SILENT (\Deleted)`}, false},
		"picky, nobody else": {true, []string{" 7 9", " 7 9"}, []string{mark, noop, look, "UID SEARCH DELETED | EXPUNGE"}, false},
		"picky, a foreign one": {true, []string{" 5 7 9", " 7 9", " 7 9"}, []string{
			mark, noop, look, `UID STORE 5 -FLAGS.SILENT (\Deleted)`, noop, "UID SEARCH DELETED", "UID SEARCH DELETED | EXPUNGE", `UID STORE 5 +FLAGS.SILENT (\Deleted)`,
		}, false},
		"again and again": {false, []string{" 5", " 5", " 5", " 5", " 5"}, []string{mark, noop, look, noop, look, noop, look, noop, look, noop, look, `UID STORE 5 +FLAGS.SILENT (\Deleted)`}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := removing(t, tt.picky, "", tt.marked...)
			if diff := cmp.Diff(tt.want, got); diff != "" || (err != nil) != tt.fails {
				t.Errorf("Remove = %v; packets (-want +got):\n%s", err, diff)
			}
		})
	}
}

// A mail of somebody else that is gone when its mark is to be set again does not
// spoil the removal, and takes no other mark along.
func TestAForeignMailThatVanishes(t *testing.T) {
	got, err := removing(t, false, "5", " 5 7 9 11", " 7 9", " 7 9")
	if err != nil {
		t.Errorf("Remove = %v", err)
	}
	want := []string{
		`UID STORE 5,11 +FLAGS.SILENT (\Deleted)`, `UID STORE 5 +FLAGS.SILENT (\Deleted)`, `UID STORE 11 +FLAGS.SILENT (\Deleted)`,
	}
	if diff := cmp.Diff(want, got[max(len(got)-len(want), 0):]); diff != "" {
		t.Errorf("the last packets (-want +got):\n%s", diff)
	}
}

// All mails but ours are named, and never by "*": that is the last mail there
// is, which may be ours.
func TestOthers(t *testing.T) {
	for name, tt := range map[string]struct {
		ours imap.UIDSet
		want string
	}{
		"one":          {imap.UIDSetNum(5), "1:4,6:4294967295"},
		"the first":    {imap.UIDSetNum(1, 2), "3:4294967295"},
		"the last":     {imap.UIDSetNum(4294967295), "1:4294967294"},
		"neighbours":   {imap.UIDSetNum(3, 5), "1:2,4,6:4294967295"},
		"not in order": {imap.UIDSet{{Start: 9, Stop: 9}, {Start: 2, Stop: 4}}, "1,5:8,10:4294967295"},
		"overlapping":  {imap.UIDSet{{Start: 2, Stop: 8}, {Start: 3, Stop: 4}}, "1,9:4294967295"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := imapbox.Others(tt.ours).String(); got != tt.want {
				t.Errorf("others of %s = %s, want %s", tt.ours, got, tt.want)
			}
		})
	}
}
