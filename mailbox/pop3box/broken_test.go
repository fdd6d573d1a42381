package pop3box_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"example.com/ticketmail/mailbox/pop3box"
	"github.com/google/go-cmp/cmp"
)

// cycle does what a poll does, and returns the bodies it got.
func cycle(ctx context.Context, session mailbox.Session) (map[string]string, error) {
	if _, err := session.Select(ctx, "INBOX", false); err != nil {
		return nil, err
	}
	items, err := session.List(ctx)
	if err != nil {
		return nil, err
	}
	got, err := bodies(ctx, session, items)
	if err != nil {
		return nil, err
	}
	if err := session.Remove(ctx, items); err != nil {
		return nil, err
	}
	return got, session.Close()
}

// errAny stands for an error of no particular kind.
var errAny = errors.New("any error")

// Whatever a server says, a cycle ends in time, with an error that begins with
// what failed or with the mails as they are.
func TestBrokenServers(t *testing.T) {
	long := strings.Repeat("x", 300_000)
	sound := map[string]string{"a": "seven\r\n", "b": "nine\r\n"}
	for name, tt := range map[string]struct {
		answers map[string]string
		want    map[string]string
		begin   string // of the error
		err     error
	}{
		"sound":                     {want: sound},
		"no mail":                   {answers: map[string]string{"STAT": "+OK 0 0\r\n", "LIST": "+OK\r\n.\r\n", "UIDL": "+OK\r\n.\r\n"}, want: map[string]string{}},
		"LF only in answers":        {answers: map[string]string{"LIST": "+OK\n1 5\n2 4\n.\n", "UIDL": "+OK\n1 a\n2 b\n.\n"}, want: sound},
		"more in LIST":              {answers: map[string]string{"LIST": "+OK\r\n1 5 x y\r\n2 4 z\r\n.\r\n"}, want: sound},
		"sizes too small":           {answers: map[string]string{"LIST": "+OK\r\n1 1\r\n2 0\r\n.\r\n"}, want: sound},
		"unordered":                 {answers: map[string]string{"LIST": "+OK\r\n2 4\r\n1 5\r\n.\r\n", "UIDL": "+OK\r\n2 b\r\n1 a\r\n.\r\n"}, want: sound},
		"more in UIDL":              {answers: map[string]string{"UIDL": "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n"}, want: sound},
		"one mail gone":             {answers: map[string]string{"RETR 1": "-ERR gone\r\n"}, want: map[string]string{"b": "nine\r\n"}},
		"one mail kept":             {answers: map[string]string{"DELE 1": "-ERR not this one\r\n", "LIST 1": "+OK 1 5\r\n"}, begin: "remove: ", err: errAny},
		"one mail gone before DELE": {answers: map[string]string{"DELE 1": "-ERR gone\r\n", "LIST 1": "-ERR gone\r\n"}, want: sound},
		"STAT refused":              {answers: map[string]string{"STAT": "-ERR no\r\n"}, begin: "select folder: ", err: errAny},
		"STAT of words":             {answers: map[string]string{"STAT": "+OK two mails\r\n"}, begin: "select folder: ", err: errAny},
		"STAT below zero":           {answers: map[string]string{"STAT": "+OK -1 5\r\n"}, begin: "select folder: ", err: errAny},
		"STAT of too many":          {answers: map[string]string{"STAT": "+OK 999999999 5\r\n"}, begin: "select folder: ", err: wire.ErrLimit},
		"another protocol":          {answers: map[string]string{"STAT": "HTTP/1.1 400 Bad Request\r\n"}, begin: "select folder: ", err: errAny},
		"LIST refused":              {answers: map[string]string{"LIST": "-ERR no\r\n"}, begin: "list: ", err: errAny},
		"LIST of words":             {answers: map[string]string{"LIST": "+OK\r\none five\r\n.\r\n"}, begin: "list: ", err: errAny},
		"LIST of mail 0":            {answers: map[string]string{"LIST": "+OK\r\n0 5\r\n.\r\n"}, begin: "list: ", err: errAny},
		"LIST below zero":           {answers: map[string]string{"LIST": "+OK\r\n1 -5\r\n.\r\n"}, begin: "list: ", err: errAny},
		"LIST of huge sizes":        {answers: map[string]string{"LIST": "+OK\r\n1 99999999999999999999\r\n.\r\n"}, begin: "list: ", err: errAny},
		"LIST names a mail twice":   {answers: map[string]string{"LIST": "+OK\r\n1 5\r\n1 5\r\n.\r\n"}, begin: "list: ", err: errAny},
		"LIST of long lines":        {answers: map[string]string{"LIST": "+OK\r\n1 " + long + "\r\n.\r\n"}, begin: "list: ", err: wire.ErrLimit},
		"LIST without an end":       {answers: map[string]string{"LIST": "+OK\r\n1 5\r\nCUT"}, begin: "list: ", err: io.ErrUnexpectedEOF},
		"LIST falls silent":         {answers: map[string]string{"LIST": "+OK\r\n1 5\r\nSILENCE"}, begin: "list: ", err: wire.ErrIdle},
		"neither UIDL nor TOP":      {answers: map[string]string{"UIDL": "-ERR no\r\n", "TOP": "-ERR no\r\n"}, begin: "list: TOP: ", err: errAny},
		"TOP without an end":        {answers: map[string]string{"UIDL": "-ERR no\r\n", "TOP": "+OK\r\nSubject: x\r\nCUT"}, begin: "list: TOP: ", err: io.ErrUnexpectedEOF},
		"TOP too long":              {answers: map[string]string{"UIDL": "-ERR no\r\n", "TOP": "+OK\r\n" + strings.Repeat(long, 5) + "\r\n.\r\n"}, begin: "list: TOP: ", err: wire.ErrLimit},
		"cut mail":                  {answers: map[string]string{"RETR 2": "+OK\r\nniCUT"}, begin: "fetch: ", err: io.ErrUnexpectedEOF},
		"cut before the final dot":  {answers: map[string]string{"RETR 2": "+OK\r\nnine\r\nCUT"}, begin: "fetch: ", err: io.ErrUnexpectedEOF},
		"cut within the final dot":  {answers: map[string]string{"RETR 2": "+OK\r\nnine\r\n.CUT"}, begin: "fetch: ", err: io.ErrUnexpectedEOF},
		"cut before the mail":       {answers: map[string]string{"RETR 2": "CUT"}, begin: "fetch: ", err: io.ErrUnexpectedEOF},
		"silence":                   {answers: map[string]string{"RETR 2": "+OK\r\nniSILENCE"}, begin: "fetch: ", err: wire.ErrIdle},
		"too big":                   {answers: map[string]string{"RETR 2": "+OK\r\n" + long + "\r\n.\r\n"}, begin: "fetch: ", err: mailbox.ErrTooBig},
		"no answer to DELE":         {answers: map[string]string{"DELE 2": "SILENCE"}, begin: "remove: ", err: wire.ErrIdle},
		"cut at DELE":               {answers: map[string]string{"DELE 2": "CUT"}, begin: "remove: ", err: io.ErrUnexpectedEOF},
		"cut at QUIT":               {answers: map[string]string{"QUIT": "CUT"}, begin: "sign off: ", err: io.ErrUnexpectedEOF},
		"QUIT refused":              {answers: map[string]string{"QUIT": "-ERR some messages were not removed\r\n"}, begin: "sign off: ", err: errAny},
		"no answer to QUIT":         {answers: map[string]string{"QUIT": "SILENCE"}, begin: "sign off: ", err: wire.ErrIdle},
		"a challenge answers QUIT":  {answers: map[string]string{"QUIT": "+ \r\n"}, begin: "sign off: ", err: errAny},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(tt.answers)
				session, err := s.connector().Connect(t.Context(), scriptMailbox(mailbox.None))
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				got, err := cycle(t.Context(), session)
				if diff := cmp.Diff(tt.want, got); diff != "" && err == nil {
					t.Errorf("mails (-want +got):\n%s", diff)
				}
				if errors.Is(tt.err, errAny) && err != nil {
					tt.err = err
				}
				if !errors.Is(err, tt.err) || err != nil && (!strings.HasPrefix(err.Error(), tt.begin) || len(err.Error()) > 1000 || errors.Is(err, io.EOF)) {
					t.Errorf("error %v, want %v that begins with %q", err, tt.err, tt.begin)
				}
				if took := time.Since(start); took > 3*time.Minute {
					t.Errorf("it took %s", took)
				}
				_ = session.Close()
				synctest.Wait()
				if !s.Closed() {
					t.Error("the connection is still open")
				}
			})
		})
	}
}

// A session that broke after DELE says at Close that nothing was removed.
func TestCloseAfterABrokenRemoval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(map[string]string{"DELE 2": "CUT"})
		session, items := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
		if err := session.Remove(t.Context(), items); err == nil {
			t.Error("Remove = nil")
		}
		if err := session.Close(); err == nil {
			t.Error("Close = nil, though a mail was marked")
		}
		if err := session.Close(); err != nil {
			t.Errorf("a second Close = %v", err)
		}
	})
}

// Endless answers end (THREATS H66).
func TestEndlessListing(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	go func() {
		buffered := bufio.NewWriterSize(w, 64<<10)
		_, err := buffered.WriteString("+OK\r\n")
		for n := 1; err == nil; n++ {
			_, err = fmt.Fprintf(buffered, "%d 5\r\n", n)
		}
	}()
	n := 0
	err := pop3box.NewAnswers(said{Reader: r}).Listing(func(int, string) error { n++; return nil })
	if !errors.Is(err, wire.ErrLimit) || n > 2_000_000 {
		t.Errorf("after %d mails: %v, want %v", n, err, wire.ErrLimit)
	}
}

// The consumer may take its time, to store a mail or between two calls, and
// the server is not held to be silent meanwhile.
func TestSlowConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(map[string]string{"RETR 2": "WAIT+OK\r\nnine\r\n.\r\n"})
		session, items := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
		var got string
		err := session.Fetch(t.Context(), items, func(_ mailbox.Item, body io.Reader) error {
			time.Sleep(time.Hour)
			var two [2]byte
			if _, err := io.ReadFull(body, two[:]); err != nil {
				return err
			}
			time.Sleep(time.Hour)
			rest, err := io.ReadAll(body)
			got += string(two[:]) + string(rest)
			time.Sleep(time.Hour)
			return err
		})
		if err != nil || got != "seven\r\nnine\r\n" {
			t.Fatalf("Fetch = %v, handed over %q", err, got)
		}
		time.Sleep(24 * time.Hour)
		if err := session.Remove(t.Context(), items); err != nil {
			t.Errorf("Remove after a day: %v", err)
		}
	})
}

// A slow server that keeps sending a mail is not cut off, a silent one is, and
// so is one that trickles what should be a short line.
func TestSlowServer(t *testing.T) {
	for name, tt := range map[string]struct {
		pause time.Duration
		text  string // answer to RETR
		want  error
	}{
		"slow mail":   {time.Second, "+OK\r\n" + strings.Repeat("slow ", 100) + "\r\n.\r\n", nil},
		"silent":      {61 * time.Second, "+OK\r\nseven\r\n.\r\n", wire.ErrIdle},
		"slow status": {10 * time.Second, "+OK it takes a while\r\nseven\r\n.\r\n", wire.ErrIdle},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(map[string]string{"RETR": tt.text, "RETR 1": tt.text, "RETR 2": tt.text})
				s.Pause = tt.pause
				session, items := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
				start := time.Now()
				_, err := bodies(t.Context(), session, items)
				if !errors.Is(err, tt.want) {
					t.Errorf("Fetch = %v after %s, want %v", err, time.Since(start), tt.want)
				}
				time.Sleep(2 * tt.pause) // until the server notices
			})
		})
	}
}

// Once the caller is gone, what remains to be said takes five seconds at most
// (THREATS R14).
func TestCloseIsShortOnceTheCallerIsGone(t *testing.T) {
	for name, before := range map[string]bool{"before Close": true, "amid Close": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(map[string]string{"QUIT": "SILENCE"})
				session, items := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
				ctx, cancel := context.WithCancel(t.Context())
				if err := session.Remove(ctx, items); err != nil {
					t.Fatal(err)
				}
				gone := time.Now().Add(30 * time.Second)
				if before {
					time.Sleep(30 * time.Second)
					cancel()
				} else {
					time.AfterFunc(30*time.Second, cancel)
				}
				err := session.Close()
				if took := time.Since(gone); err == nil || took > 5*time.Second || took < 0 {
					t.Errorf("Close = %v, %s after the end of the context", err, took)
				}
				cancel()
			})
		})
	}
}
