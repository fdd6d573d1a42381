package imapbox_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
)

// standIn is what Courier says in place of a mail that is gone.
const standIn = "From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\nThis message is no longer available on the server.\r\n"

// A mail that has the text of the stand-in and the size that was announced is
// a mail.
func TestStandInThatIsAMail(t *testing.T) {
	s := scripted(map[string]string{
		"RFC822.SIZE": "* 1 FETCH (UID 7 RFC822.SIZE 129)\r\nTAG OK done\r\n",
		"BODY.PEEK":   "* 1 FETCH (UID 7 BODY[] {129}\r\n" + standIn + ")\r\nTAG OK done\r\n",
	})
	session, items := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
	if got, err := handed(t, session, items); got != "7="+standIn+" " || err != nil {
		t.Errorf("fetched %q, %v", got, err)
	}
}

func TestFetchFromBrokenServers(t *testing.T) {
	for name, tt := range map[string]struct {
		fetch string            // the answer to UID FETCH
		more  map[string]string // to other commands
		got   string
		want  error
	}{
		"sound":            {fetched, nil, "7=seven 9=nine ", nil},
		"EXPUNGE amid":     {"* 1 FETCH (UID 7 BODY[] {5}\r\nseven)\r\n* 1 EXPUNGE\r\n* 1 FETCH (UID 9 BODY[] {4}\r\nnine)\r\nTAG OK done\r\n", nil, "7=seven 9=nine ", nil},
		"not asked":        {"* 3 FETCH (UID 8 BODY[] {5}\r\neight)\r\n" + fetched, nil, "7=seven 9=nine ", nil},
		"twice":            {"* 1 FETCH (UID 7 BODY[] {5}\r\nseven)\r\n" + fetched, nil, "7=seven 9=nine ", nil},
		"vanished":         {"* 1 FETCH (UID 7 BODY[] NIL)\r\n* 2 FETCH (UID 9 BODY[] {4}\r\nnine)\r\nTAG OK done\r\n", nil, "9=nine ", nil},
		"stood in for":     {"* 1 FETCH (UID 7 BODY[] {5}\r\nseven)\r\n* 2 FETCH (UID 9 BODY[] {129}\r\n" + standIn + ")\r\nTAG OK done\r\n", nil, "7=seven ", nil},
		"as long as that":  {"* 1 FETCH (UID 7 BODY[] {5}\r\nseven)\r\n* 2 FETCH (UID 9 BODY[] {129}\r\n" + strings.Repeat("x", 129) + ")\r\nTAG OK done\r\n", nil, "7=seven 9=" + strings.Repeat("x", 129) + " ", nil},
		"as long, and cut": {"* 1 FETCH (UID 7 BODY[] {5}\r\nseven)\r\n* 2 FETCH (UID 9 BODY[] {129}\r\nxCUT", nil, "7=seven ", io.ErrUnexpectedEOF},
		"cut body":         {"* 1 FETCH (UID 7 BODY[] {5}\r\nsevCUT", nil, "", io.ErrUnexpectedEOF},
		"silence":          {"* 1 FETCH (UID 7 BODY[] {5}\r\nsevSILENCE", nil, "", wire.ErrIdle},
		"too big":          {"* 1 FETCH (UID 7 BODY[] {9999999999}\r\nsevSILENCE", nil, "", mailbox.ErrTooBig},
		"big literal":      {"* 1 FETCH (UID 7 ENVELOPE ({9999999999}\r\nsevSILENCE", nil, "", wire.ErrLimit},
		"big text":         {"* OK BODY[] {9999999}\r\nsevSILENCE", nil, "", wire.ErrLimit},
		"UID after the body": {"* 1 FETCH (BODY[] {5}\r\nseven UID 7)\r\n* 2 FETCH (BODY[] {4}\r\nnine UID 9)\r\nTAG OK done\r\n", map[string]string{
			" SEARCH":            "* SEARCH 1 2\r\nTAG OK done\r\n",
			"FETCH 1:2 (UID)":    "* 1 FETCH (UID 7)\r\n* 2 FETCH (UID 9)\r\nTAG OK done\r\n",
			" FETCH 1 (UID BODY": "* 1 FETCH (BODY[] {5}\r\nseven UID 7)\r\nTAG OK done\r\n",
			" FETCH 2 (UID BODY": "* 2 FETCH (BODY[] {4}\r\nnine UID 9)\r\nTAG OK done\r\n",
		}, "7=seven 9=nine ", nil},
		"another mail than asked for": {"TAG OK done\r\n", map[string]string{
			" SEARCH":            "* SEARCH 1\r\nTAG OK done\r\n",
			"FETCH 1 (UID)":      "* 1 FETCH (UID 7)\r\nTAG OK done\r\n",
			" FETCH 1 (UID BODY": "* 1 FETCH (UID 9 BODY[] {4}\r\nnine)\r\nTAG OK done\r\n",
		}, "", errAny},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(tt.more)
				s.Answers["BODY.PEEK"] = tt.fetch
				session, items := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
				got, err := handed(t, session, items)
				if errors.Is(tt.want, errAny) && err != nil {
					err = errAny
				}
				if !errors.Is(err, tt.want) || got != tt.got {
					t.Errorf("Fetch = %v, handed over %q, want %v, %q", err, got, tt.want, tt.got)
				}
			})
		})
	}
}

var errAny = errors.New("any error")

// The consumer may take its time, to store a mail or between two calls, and
// the server is not held to be silent meanwhile.
func TestSlowConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(map[string]string{"BODY.PEEK": strings.ReplaceAll(fetched, "* 2", "WAIT* 2")})
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
			got += string(two[:]) + string(rest) + " "
			time.Sleep(time.Hour)
			return err
		})
		if err != nil || got != "seven nine " {
			t.Fatalf("Fetch = %v, handed over %q", err, got)
		}
		time.Sleep(24 * time.Hour)
		if err := session.Remove(t.Context(), items); err != nil {
			t.Errorf("Remove after a day: %v", err)
		}
	})
}

// A slow server that keeps sending is not cut off, a silent one is.
func TestSlowServer(t *testing.T) {
	for name, tt := range map[string]struct {
		pause time.Duration
		want  error
	}{
		"slow":   {59 * time.Second, nil},
		"silent": {61 * time.Second, wire.ErrIdle},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(nil)
				s.Pause = tt.pause
				session, items := boxtest.Opened(t, s.connector(), scriptMailbox(mailbox.None))
				got, err := handed(t, session, items)
				if !errors.Is(err, tt.want) || (err == nil) != (got == "7=seven 9=nine ") {
					t.Errorf("Fetch = %v, handed over %q, want %v", err, got, tt.want)
				}
				time.Sleep(2 * tt.pause) // until the server notices
			})
		})
	}
}
