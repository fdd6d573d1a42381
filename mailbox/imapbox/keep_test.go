package imapbox_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"github.com/google/go-cmp/cmp"
)

const moved = "* 2 EXPUNGE\r\nTAG OK done\r\n"

// keeper returns a session on INBOX that can keep mails.
func keeper(t *testing.T, s *script, m mailbox.Mailbox, opts *imapbox.Options) (mailbox.Keeper, []mailbox.Item) {
	opts.Dial = s.Dial
	session, items := boxtest.Opened(t, imapbox.New(opts), m)
	return session.(mailbox.Keeper), items
}

func TestMove(t *testing.T) {
	const caps, withMove = "* CAPABILITY IMAP4rev1 UIDPLUS NAMESPACE\r\nTAG OK done\r\n", "* CAPABILITY IMAP4rev1 MOVE NAMESPACE\r\nTAG OK done\r\n"
	const courier = "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\nTAG OK done\r\n"
	const slashes = "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\nTAG OK done\r\n"
	const tryCreate = "TAG NO [TRYCREATE] no such folder\r\n"
	for name, tt := range map[string]struct {
		typed   string
		answers map[string]string
		sent    []string // from the first MOVE or COPY on
		want    string   // part of the error; empty: none
	}{
		"MOVE": {"Done", map[string]string{"CAPABILITY": withMove}, []string{"UID MOVE 7,9 Done"}, ""},
		"COPY": {"Done", map[string]string{"CAPABILITY": caps}, []string{"UID COPY 7,9 Done", `UID STORE 7,9 +FLAGS.SILENT (\Deleted)`, "UID EXPUNGE 7,9"}, ""},
		"COPY refused": {"Done", map[string]string{"CAPABILITY": caps, "COPY": "TAG NO [OVERQUOTA] full\r\n", "NAMESPACE": slashes, "LIST": "* LIST () \"/\" Done\r\nTAG OK done\r\n", " SEARCH": "* SEARCH 7 9\r\nTAG OK done\r\n"},
			[]string{"UID COPY 7,9 Done", "NAMESPACE", `LIST "" "*"`, "UID COPY 7,9 Done", "UID SEARCH UID 7,9", "UID COPY 7,9 Done"}, "full"},
		"copied, not expunged": {"Done", map[string]string{"CAPABILITY": caps, "UID EXPUNGE": "TAG NO no right\r\n"},
			[]string{"UID COPY 7,9 Done", `UID STORE 7,9 +FLAGS.SILENT (\Deleted)`, "UID EXPUNGE 7,9"}, "cannot be taken out"},
		"made": {"Done", map[string]string{"CAPABILITY": withMove, "MOVE": tryCreate, "NAMESPACE": slashes, "LIST": "* LIST () \"/\" INBOX\r\nTAG OK done\r\n", " SEARCH": "* SEARCH 7 9\r\nTAG OK done\r\n"},
			[]string{"UID MOVE 7,9 Done", "NAMESPACE", `LIST "" "*"`, "NAMESPACE", "CREATE Done", "SUBSCRIBE Done", "UID MOVE 7,9 Done", "UID SEARCH UID 7,9", "UID MOVE 7,9 Done"}, "no such folder"},
		"made under a prefix": {"Done", map[string]string{"CAPABILITY": withMove, "MOVE": tryCreate, "NAMESPACE": courier, "LIST": "* LIST () \".\" INBOX\r\nTAG OK done\r\n", `MOVE 7,9 "INBOX.Done"`: moved},
			[]string{"UID MOVE 7,9 Done", "NAMESPACE", `LIST "" "*"`, "NAMESPACE", "CREATE INBOX.Done", "SUBSCRIBE INBOX.Done", "UID MOVE 7,9 INBOX.Done"}, ""},
		"made as an administrator writes it": {"INBOX.Done.2026", map[string]string{"CAPABILITY": withMove, "MOVE": tryCreate, "NAMESPACE": slashes, "LIST": "* LIST () \"/\" INBOX\r\nTAG OK done\r\n", `MOVE 7,9 "Done/2026"`: moved},
			[]string{"UID MOVE 7,9 INBOX.Done.2026", "NAMESPACE", `LIST "" "*"`, "NAMESPACE", "CREATE Done/2026", "SUBSCRIBE Done/2026", "UID MOVE 7,9 Done/2026"}, ""},
		"a dot of its own": {"Done.2026", map[string]string{"CAPABILITY": withMove, "MOVE": tryCreate, "NAMESPACE": slashes, "LIST": "* LIST () \"/\" INBOX\r\nTAG OK done\r\n", "CREATE": "TAG NO no right\r\n"},
			[]string{"UID MOVE 7,9 Done.2026", "NAMESPACE", `LIST "" "*"`, "NAMESPACE", "CREATE Done.2026"}, "no right"},
		"found by another name": {"INBOX.Done", map[string]string{"CAPABILITY": withMove, "MOVE": "TAG NO no such folder\r\n", "NAMESPACE": slashes, "LIST": "* LIST () \"/\" done\r\nTAG OK done\r\n", `MOVE 7,9 "done"`: moved},
			[]string{"UID MOVE 7,9 INBOX.Done", "NAMESPACE", `LIST "" "*"`, "UID MOVE 7,9 done"}, ""},
		"ambiguous": {"INBOX.Done", map[string]string{"CAPABILITY": withMove, "MOVE": "TAG NO no such folder\r\n", "NAMESPACE": slashes, "LIST": "* LIST () \"/\" done\r\n* LIST () \"/\" DONE\r\nTAG OK done\r\n"},
			[]string{"UID MOVE 7,9 INBOX.Done", "NAMESPACE", `LIST "" "*"`}, "several folders"},
		"gone meanwhile": {"Done", map[string]string{"CAPABILITY": withMove, "MOVE": "TAG NO [EXPUNGEISSUED] some are gone\r\n", "NAMESPACE": slashes, "LIST": "* LIST () \"/\" Done\r\nTAG OK done\r\n", " SEARCH": "* SEARCH 9\r\nTAG OK done\r\n", "MOVE 9 ": moved},
			[]string{"UID MOVE 7,9 Done", "NAMESPACE", `LIST "" "*"`, "UID MOVE 7,9 Done", "UID SEARCH UID 7,9", "UID MOVE 9 Done"}, ""},
		"where they are": {"INBOX", map[string]string{"CAPABILITY": withMove}, nil, "folder that is polled"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := scriptMailbox(mailbox.None)
				m.After, m.MoveTo = mailbox.AfterMove, tt.typed
				s := scripted(tt.answers)
				s.Answers["LOGIN"] = "TAG OK done\r\n"
				session, items := keeper(t, s, m, &imapbox.Options{})
				from := strings.Count(s.Heard(), "\n") + 1
				err := session.Move(t.Context(), items, tt.typed)
				if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
					t.Errorf("Move = %v, want an error with %q", err, tt.want)
				}
				if diff := cmp.Diff(tt.sent, commands(s, from)); diff != "" {
					t.Errorf("commands (-want +got):\n%s", diff)
				}
				if err := session.Close(); err != nil { // also after an error it is of use
					t.Error(err)
				}
			})
		})
	}
}

// commands returns those sent after the first ones, without tags and quotes.
func commands(s *script, from int) []string {
	var sent []string
	for _, line := range strings.Split(s.Heard(), "\n")[from:] {
		_, command, _ := strings.Cut(line, " ")
		if command == "CAPABILITY" { // the library asks when it likes
			continue
		}
		if !strings.HasPrefix(command, "LIST") {
			command = strings.ReplaceAll(command, `"`, "")
		}
		sent = append(sent, command)
	}
	return sent
}

// A server without safe means is refused before a folder is opened.
func TestUnsafeMoveIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n", "LOGIN": "TAG OK done\r\n"})
		m := scriptMailbox(mailbox.None)
		m.After, m.MoveTo = mailbox.AfterMove, "Done"
		if _, err := s.connector().Connect(t.Context(), m); !errors.Is(err, mailbox.ErrCannotKeep) {
			t.Errorf("Connect = %v, want ErrCannotKeep", err)
		}
		if log := s.Heard(); strings.Contains(log, "SELECT") {
			t.Errorf("a folder was opened:\n%s", log)
		}
	})
}

func TestFlag(t *testing.T) {
	flags := func(permanent string) string {
		return "* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [PERMANENTFLAGS (" + permanent + ")] ok\r\nTAG OK done\r\n"
	}
	const store = `UID STORE 7,9 +FLAGS.SILENT ($Ticketmail)`
	for name, tt := range map[string]struct {
		permanent string
		answer    string
		sent      []string
		warned    bool
	}{
		"any keyword": {`\Deleted \*`, "", []string{store}, false},
		"ours":        {`\Deleted $ticketmail`, "", []string{store}, false},
		"none":        {`\Deleted \Seen`, "", nil, false},
		"nothing":     {``, "", nil, false},
		"refused":     {`\*`, "TAG NO too many keywords\r\n", []string{store}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(map[string]string{"SELECT": flags(tt.permanent)})
				if tt.answer != "" {
					s.Answers["STORE"] = tt.answer
				}
				m := scriptMailbox(mailbox.None)
				m.After = mailbox.AfterFlag
				var log recorder
				session, items := keeper(t, s, m, &imapbox.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
				from := strings.Count(s.Heard(), "\n") + 1
				if err := session.Flag(t.Context(), items); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(tt.sent, commands(s, from)); diff != "" {
					t.Errorf("commands (-want +got):\n%s", diff)
				}
				if warned := strings.Contains(log.String(), "cannot be marked"); warned != tt.warned {
					t.Errorf("warned: %t, want %t", warned, tt.warned)
				}
				if err := session.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
