package imapbox_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/mailbox"
)

// cycle does what a poll does. Its error begins with what failed.
func cycle(t *testing.T, session mailbox.Session) error {
	if _, err := session.Select(t.Context(), "INBOX", false); err != nil {
		return err
	}
	items, err := session.List(t.Context())
	if err != nil {
		return err
	}
	got, err := handed(t, session, items)
	if err != nil {
		return err
	}
	if got != "7=seven 9=nine " {
		return errors.New("fetched " + got)
	}
	return session.Remove(t.Context(), items)
}

// phases are the commands of a cycle and what the error of each begins with.
var phases = map[string]string{
	"SELECT":      "select folder: ",
	"RFC822.SIZE": "list: ",
	"BODY.PEEK":   "fetch: ",
	"UID STORE":   "remove: ",
	"UID EXPUNGE": "remove: ",
}

// Whatever the library cannot read ends the session with an error, at once
// and before anything more is removed.
func TestUnreadableAnswers(t *testing.T) {
	deep := strings.Repeat("(", 1500)
	for name, line := range map[string]string{
		"unknown FETCH item":      "* 1 FETCH (UID 7 X-GM-LABELS (a))\r\n",
		"unknown answer":          "* X-FOO 1\r\n",
		"VANISHED":                "* VANISHED 7\r\n",
		"empty line":              "\r\n",
		"continuation":            "+ go on\r\n",
		"CAPABILITY with a blank": "* OK [CAPABILITY IMAP4rev1 ] hello\r\n",
		"malformed ENVELOPE":      "* 1 FETCH (UID 7 ENVELOPE (\"x\" NIL))\r\n",
		"malformed date":          "* 1 FETCH (UID 7 INTERNALDATE \"yesterday\")\r\n",
		"malformed structure":     "* 1 FETCH (UID 7 BODYSTRUCTURE ((\"text\"))\r\n",
		"deep structure":          "* 1 FETCH (UID 7 BODYSTRUCTURE " + deep + "\r\n",
		"deep list":               "* FLAGS " + deep + "\r\n",
		"long literal":            "* 1 FETCH (UID 7 ENVELOPE ({9999999999}\r\n",
		"long name":               "* LIST () \"/\" {9999999999}\r\n",
		"unknown tag":             "T999 OK done\r\n",
		"no number":               "* 99999999999999999999 EXISTS\r\n",
		"another protocol":        "HTTP/1.1 400 Bad Request\r\n",
	} {
		for phase, begin := range phases {
			t.Run(name+"/"+phase, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { breaksAt(t, line, phase, begin) })
			})
		}
	}
}

func breaksAt(t *testing.T, line, phase, begin string) {
	s := scripted(nil)
	sound, own := s.Answers[phase]
	if !own {
		sound = "TAG OK done\r\n"
	}
	s.Answers[phase] = line + sound
	session, err := s.connector().Connect(t.Context(), scriptMailbox(mailbox.None))
	if err != nil {
		t.Fatal(err)
	}
	err = cycle(t, session)
	if err == nil || !strings.HasPrefix(err.Error(), begin) || len(err.Error()) < len(begin)+10 || len(err.Error()) > 1100 || errors.Is(err, io.EOF) {
		t.Errorf("error %q, want one that begins with %q and tells more, in short", err, begin)
	}
	if _, err := session.List(t.Context()); err == nil || !strings.Contains(err.Error(), "the connection is closed") {
		t.Errorf("List on the dead session = %v", err)
	}
	synctest.Wait()
	if !s.Closed() {
		t.Error("the connection is still open")
	}
	log := s.Heard()
	if last := log[strings.LastIndexByte(log, '\n')+1:]; !strings.Contains(last, phase) {
		t.Errorf("%q was sent after the broken answer to %s", last, phase)
	}
}

// Answers that nobody asked for do not matter.
func TestHarmlessAnswers(t *testing.T) {
	for name, line := range map[string]string{
		"NO":              "* NO quota nearly full\r\n",
		"BAD":             "* BAD what?\r\n",
		"BYE":             "* BYE in a minute\r\n",
		"OK without text": "* OK\r\n",
		"STATUS":          "* STATUS INBOX (MESSAGES 2)\r\n",
		"SEARCH":          "* SEARCH 1 2 3\r\n",
		"FETCH of flags":  "* 2 FETCH (FLAGS (\\Seen))\r\n",
		"new mail":        "* 3 EXISTS\r\n* 1 RECENT\r\n",
		"line feed alone": "* OK one\n* OK two\n",
	} {
		for phase := range phases {
			t.Run(name+"/"+phase, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := scripted(nil)
					sound, own := s.Answers[phase]
					if !own {
						sound = "TAG OK done\r\n"
					}
					s.Answers[phase] = line + sound
					session, err := s.connector().Connect(t.Context(), scriptMailbox(mailbox.None))
					if err != nil {
						t.Fatal(err)
					}
					if err := errors.Join(cycle(t, session), session.Close()); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}
