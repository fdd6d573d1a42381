package imapbox_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
)

// An idler is a server with IDLE. Times count from the connection on; 0: never.
type idler struct {
	news    time.Duration // "* 3 EXISTS" is sent
	silent  time.Duration // from then on it says nothing, and the connection stays
	closed  time.Duration // the connection is closed
	refuses bool          // it announces IDLE and does not know it
	early   bool          // it tells of new mail with the answer to STORE
	next    int           // UIDNEXT of the folder Other, less than that of the second time it is selected

	began   time.Time
	idles   []time.Duration // when IDLE was sent
	examine int
}

func (s *idler) serve(conn net.Conn) {
	s.began = time.Now()
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(conn, format+"\r\n", args...) }
	after := func(d time.Duration) <-chan time.Time {
		if d == 0 {
			return nil
		}
		return time.After(d)
	}
	news, silent, closed := after(s.news), after(s.silent), after(s.closed)
	lines := wiretest.Lines(conn)
	say("* OK [CAPABILITY IMAP4rev1 IDLE] ready")
	tag := ""
	for {
		select {
		case <-news:
			say("* 3 EXISTS")
		case <-silent:
			say = func(string, ...any) {}
		case <-closed:
			return
		case line, ok := <-lines:
			if !ok {
				return
			}
			if line != "DONE" {
				tag, _, _ = strings.Cut(line, " ")
			}
			s.command(say, tag, line)
		}
	}
}

func (s *idler) command(say func(string, ...any), tag, line string) {
	switch {
	case strings.Contains(line, " IDLE") && s.refuses:
		say("%s BAD what?", tag)
		return
	case strings.Contains(line, " IDLE"):
		s.idles = append(s.idles, time.Since(s.began))
		say("+ idling")
		return
	case strings.Contains(line, "LOGIN"): // with them: the library would ask, and wait for the end of an IDLE
		say("%s OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS] done", tag)
		return
	case strings.Contains(line, "CAPABILITY"):
		say("* CAPABILITY IMAP4rev1 IDLE UIDPLUS")
	case strings.Contains(line, "EXAMINE"):
		s.examine++
		say("* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT %d] ok", 10+s.next)
	case strings.Contains(line, "SELECT"):
		say("* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 10] ok\r\n* OK [PERMANENTFLAGS (\\Deleted)] ok")
	case strings.Contains(line, "RFC822.SIZE"):
		say("* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n* 2 FETCH (UID 9 RFC822.SIZE 4)")
	case strings.Contains(line, "STORE") && s.early:
		say("* 3 EXISTS")
	}
	say("%s OK done", tag)
}

func TestWait(t *testing.T) {
	for name, tt := range map[string]struct {
		server idler
		most   time.Duration
		folder string // that is selected before; empty: INBOX, which is waited for
		want   error
		took   time.Duration // that Wait takes
		idles  int
		relist bool // the folder is listed again before
	}{
		"nothing comes":           {idler{}, time.Minute, "", nil, time.Minute, 1, false},
		"news":                    {idler{news: 5 * time.Minute}, time.Hour, "", nil, 5 * time.Minute, 1, false},
		"news after renewals":     {idler{news: 50 * time.Minute}, time.Hour, "", nil, 50 * time.Minute, 6, false},
		"nothing, for long":       {idler{}, time.Hour, "", nil, time.Hour, 7, false},
		"silent death":            {idler{silent: 20 * time.Minute}, 2 * time.Hour, "", wire.ErrIdle, 28 * time.Minute, 3, false},
		"closed":                  {idler{closed: 5 * time.Minute}, time.Hour, "", errAny, 5 * time.Minute, 1, false},
		"refused":                 {idler{refuses: true}, time.Hour, "", errors.ErrUnsupported, 0, 0, false},
		"told before":             {idler{early: true}, time.Hour, "", nil, 0, 1, false},
		"another folder":          {idler{}, time.Hour, "Other", nil, time.Hour, 7, false},
		"another folder, news":    {idler{next: 1}, time.Hour, "Other", nil, 0, 0, false},
		"the time has come":       {idler{}, 0, "", nil, 0, 1, false},
		"another folder, in time": {idler{news: time.Minute}, time.Hour, "Other", nil, time.Minute, 1, false},
		"told before the list":    {idler{early: true}, time.Hour, "", nil, time.Hour, 7, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serving(tt.server.serve)
				session, items := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
				if tt.folder != "" {
					if _, err := session.Select(t.Context(), tt.folder, false); err != nil {
						t.Fatal(err)
					}
					if _, err := session.List(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if err := session.Remove(t.Context(), items[:1]); err != nil {
					t.Fatal(err)
				}
				if tt.relist {
					if _, err := session.List(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				start := time.Now()
				err := session.(mailbox.Waiter).Wait(t.Context(), "INBOX", tt.most)
				took := time.Since(start)
				if errors.Is(tt.want, errAny) && err != nil && !errors.Is(err, errors.ErrUnsupported) {
					err = errAny
				}
				if !errors.Is(err, tt.want) || took != tt.took {
					t.Errorf("Wait = %v after %s, want %v after %s", err, took, tt.want, tt.took)
				}
				if len(tt.server.idles) != tt.idles {
					t.Errorf("IDLE was sent %d times (%v), want %d", len(tt.server.idles), tt.server.idles, tt.idles)
				}
				if usable := tt.want == nil || errors.Is(tt.want, errors.ErrUnsupported); usable {
					if _, err := session.List(t.Context()); err != nil && tt.folder == "" {
						t.Errorf("List after Wait = %v", err)
					}
				}
				_ = session.Close()
			})
		})
	}
}

func TestWaitWithoutIDLE(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session, _ := boxtest.Opened(t, scripted(nil).connector(), scriptMailbox(mailbox.None))
		if err := session.(mailbox.Waiter).Wait(t.Context(), "INBOX", time.Hour); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Wait = %v, want ErrUnsupported", err)
		}
		if _, err := session.List(t.Context()); err != nil {
			t.Errorf("List after it = %v", err)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &idler{}
		s := serving(server.serve)
		session, _ := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
		gone := errors.New("the caller has gone")
		ctx, cancel := cancelAfter(t, time.Minute, gone)
		defer cancel()
		start := time.Now()
		if err := session.(mailbox.Waiter).Wait(ctx, "INBOX", time.Hour); !errors.Is(err, gone) || time.Since(start) != time.Minute {
			t.Errorf("Wait = %v after %s, want the cause of its context after a minute", err, time.Since(start))
		}
	})
}

// Dovecot tells of a mail within two seconds, where the machine has time for it,
// again and again, and after a drain on the same connection.
func TestWaitOnDovecot(t *testing.T) {
	s := dovecot.Start(t, nil)
	m := mailboxAt(t, s.Address)
	if err := s.Put(user, "Subject: 0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	session, items := boxtest.Opened(t, imapbox.New(nil), m)
	fastest := time.Hour
	for n := range 3 {
		if err := session.Remove(t.Context(), items); err != nil {
			t.Fatal(err)
		}
		var put time.Time
		failed := make(chan error, 1)
		timer := time.AfterFunc(200*time.Millisecond, func() {
			put = time.Now()
			failed <- s.Put(user, fmt.Sprintf("Subject: %d\r\n\r\n", n+1))
		})
		defer timer.Stop()
		if err := session.(mailbox.Waiter).Wait(t.Context(), "INBOX", 5*time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		fastest = min(fastest, time.Since(put))
		var err error
		if items, err = session.List(t.Context()); err != nil || len(items) != 1 {
			t.Fatalf("List = %d mails, %v, want the new one", len(items), err)
		}
	}
	if fastest > time.Minute { // it was told by the end of the wait
		t.Errorf("told after %s at best", fastest)
	}
	t.Logf("told after %s at best", fastest.Round(time.Millisecond))
}
