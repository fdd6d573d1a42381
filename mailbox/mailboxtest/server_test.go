package mailboxtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"github.com/google/go-cmp/cmp"
)

func Example() {
	server := mailboxtest.NewServer()
	server.Add("INBOX", "Subject: printer\r\n\r\nIt is on fire.\r\n")
	server.Add("INBOX", "Subject: thanks\r\n\r\nIt is out.\r\n")

	ctx := context.Background()
	session, err := server.Connect(ctx, mailbox.Mailbox{User: "support"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()
	folder, err := session.Select(ctx, "INBOX", true)
	if err != nil {
		fmt.Println(err)
		return
	}
	items, err := session.List(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(folder.Name, folder.Messages)
	for _, it := range items {
		fmt.Println(it.UID, it.Size)
	}
	// Output:
	// INBOX 2
	// 1 36
	// 2 31
}

// opened returns a session on INBOX and its listing.
func opened(t *testing.T, s *mailboxtest.Server) (mailbox.Session, []mailbox.Item) {
	t.Helper()
	session, err := s.Connect(t.Context(), mailbox.Mailbox{MaxMessageBytes: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	if _, err := session.Select(t.Context(), "INBOX", false); err != nil {
		t.Fatal(err)
	}
	items, err := session.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return session, items
}

func discard(_ mailbox.Item, body io.Reader) error {
	_, err := io.Copy(io.Discard, body)
	return err
}

func TestServerFetchFaults(t *testing.T) {
	boom := errors.New("boom")
	for name, tt := range map[string]struct {
		fault func(*mailboxtest.Server)
		want  error
	}{
		"none":            {func(*mailboxtest.Server) {}, nil},
		"second body":     {func(s *mailboxtest.Server) { s.FailCall(mailboxtest.OpBody, 2, boom) }, boom},
		"first fetch":     {func(s *mailboxtest.Server) { s.FailCall(mailboxtest.OpFetch, 1, boom) }, boom},
		"hook":            {func(s *mailboxtest.Server) { s.OnCall(failing(mailboxtest.OpBody, boom)) }, boom},
		"cut body":        {func(s *mailboxtest.Server) { s.CutBody("INBOX", "2", 4) }, io.ErrUnexpectedEOF},
		"announced small": {func(s *mailboxtest.Server) { s.Announce("INBOX", "2", 10) }, mailbox.ErrTooBig},
	} {
		t.Run(name, func(t *testing.T) {
			s := mailboxtest.NewServer()
			s.Add("INBOX", "one")
			s.Add("INBOX", strings.Repeat("x", 200_000))
			tt.fault(s)
			session, items := opened(t, s)
			if err := session.Fetch(t.Context(), items, discard); !errors.Is(err, tt.want) {
				t.Errorf("Fetch = %v, want %v", err, tt.want)
			}
			if _, err := session.List(t.Context()); (err != nil) != (tt.want != nil) {
				t.Errorf("List after it = %v; a fault must kill the session, nothing else may", err)
			}
		})
	}
}

func failing(op mailboxtest.Op, err error) func(mailboxtest.Call) error {
	return func(c mailboxtest.Call) error {
		if c.Op == op {
			return err
		}
		return nil
	}
}

func TestServerRemoveFaults(t *testing.T) {
	lost := errors.New("lost")
	for name, tt := range map[string]struct {
		fault func(*mailboxtest.Server)
		want  error
		left  []string
	}{
		"none":              {func(*mailboxtest.Server) {}, nil, []string{"2"}},
		"before":            {func(s *mailboxtest.Server) { s.FailCall(mailboxtest.OpRemove, 1, lost) }, lost, []string{"1", "2"}},
		"confirmation lost": {func(s *mailboxtest.Server) { s.FailAfterRemove(1, lost) }, lost, []string{"2"}},
		"read-only":         {func(s *mailboxtest.Server) { s.SetReadOnly("INBOX", true) }, mailbox.ErrReadOnly, []string{"1", "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := mailboxtest.NewServer()
			s.Add("INBOX", "one")
			s.Add("INBOX", "two")
			tt.fault(s)
			session, items := opened(t, s)
			if err := session.Remove(t.Context(), items[:1]); !errors.Is(err, tt.want) {
				t.Errorf("Remove = %v, want %v", err, tt.want)
			}
			if diff := cmp.Diff(tt.left, s.UIDs("INBOX")); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServerRecordsCalls(t *testing.T) {
	s := mailboxtest.NewServer()
	s.Add("INBOX", "one")
	session, items := opened(t, s)
	if err := session.Fetch(t.Context(), items, discard); err != nil {
		t.Fatal(err)
	}
	if err := session.Remove(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
	want := []mailboxtest.Call{
		{Op: mailboxtest.OpConnect},
		{Op: mailboxtest.OpSelect, Folder: "INBOX"},
		{Op: mailboxtest.OpList, Folder: "INBOX"},
		{Op: mailboxtest.OpFetch, Folder: "INBOX", UIDs: []string{"1"}},
		{Op: mailboxtest.OpBody, Folder: "INBOX", UIDs: []string{"1"}},
		{Op: mailboxtest.OpRemove, Folder: "INBOX", UIDs: []string{"1"}},
		{Op: mailboxtest.OpClose, Folder: "INBOX"},
	}
	if diff := cmp.Diff(want, s.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if s.Open() != 0 {
		t.Errorf("open sessions = %d, want 0", s.Open())
	}
}

func TestServerValidity(t *testing.T) {
	s := mailboxtest.NewServer()
	s.Add("INBOX", "one")
	s.Add("INBOX", "two")
	s.Vanish("INBOX", "1")
	s.SetValidity("INBOX", 7)
	session, items := opened(t, s)
	if diff := cmp.Diff([]mailbox.Item{{UID: "1", Size: 3}}, items); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	f, err := session.Select(t.Context(), "INBOX", false)
	if err != nil || f.Validity != 7 {
		t.Errorf("Select = %+v, %v, want validity 7", f, err)
	}
}

func TestSessionRefusesUseInsideFetch(t *testing.T) {
	s := mailboxtest.NewServer()
	s.Add("INBOX", "one")
	session, items := opened(t, s)
	err := session.Fetch(t.Context(), items, func(mailbox.Item, io.Reader) error {
		return session.Remove(t.Context(), items)
	})
	if err == nil || len(s.UIDs("INBOX")) != 1 {
		t.Errorf("Remove inside of Fetch = %v, want an error", err)
	}
}
