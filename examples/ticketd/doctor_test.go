package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
)

// TestDoctorFindsNothing: where all is well it says so, takes no mail and ends
// with status 0.
func TestDoctorFindsNothing(t *testing.T) { onBoth(t, testDoctorFindsNothing) }

func testDoctorFindsNothing(t *testing.T, s *site) {
	_, addr := listen(t)
	s.put(newMail("1@x.example", "a@x.example", "Keep me", "text"))
	o := s.doctor("-directory", writePeople(t, people), "-smtp", addr, "-smtp-security", "none", "-from", "support@corp.example").wantCode(t, 0)
	for _, want := range []string{"ok       database: can be opened", "ok       store: is durable", "ok       raw mails", "ok       directory: answers", `ok       mailbox "ticketd": lets us in`, "ok       mail exit: lets us in"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("it does not say %q:\n%s", want, o.stdout)
		}
	}
	if strings.Contains(o.stdout, "failure") || o.stderr != "" {
		t.Errorf("it says\n%s%s", o.stdout, o.stderr)
	}
	if len(s.holds("INBOX")) != 1 || len(s.journal()) != 0 {
		t.Error("a mail was taken")
	}
}

// doctor runs ticketd doctor with the flags of the service.
func (s *site) doctor(more ...string) outcome {
	s.t.Helper()
	return s.start(append([]string{"doctor"}, s.args(more...)...)...)
}

// TestDoctorFinds: what is wrong is named with its cause and cure, and what is
// well in spite of it too.
func TestDoctorFinds(t *testing.T) {
	wrong := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(wrong, []byte("wr0ng-canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("This is no database. ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	first := newSite(t, nil)
	database := newDatabase(t)
	dsn := func(old, changed string) []string {
		return []string{"-db", "", "-dsn", strings.Replace(database.Reveal(), old, changed, 1)}
	}
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"password":       {[]string{"-password-file", wrong}, []string{`failure  mailbox "ticketd": step sign-in`, "cause:", "cure:", "ok       store"}},
		"noServer":       {[]string{"-addr", "127.0.0.1:1"}, []string{`failure  mailbox "ticketd": step dial`, "refused", "cause:", "cure:", "ok       directory"}},
		"folder":         {[]string{"-folder", "Supprot"}, []string{`failure  mailbox "ticketd": step folder (Supprot)`, "cure:"}},
		"garbage":        {[]string{"-db", garbage}, []string{"failure  store", "not a database", "something else", "name another file", `ok       mailbox "ticketd"`}},
		"nowhere":        {[]string{"-db", "/does/not/exist/t.db"}, []string{"failure  store", "/does/not/exist/t.db", "make the folder"}},
		"noPostgres":     {[]string{"-db", "", "-dsn", "postgres://u:" + dsnPassword + "@127.0.0.1:1/x"}, []string{"failure  store", "start PostgreSQL", `ok       mailbox "ticketd"`}},
		"noDatabase":     {dsn("dbname=", "dbname=no_such_db ignored_by="), []string{"failure  store"}},
		"dsn":            {[]string{"-db", "", "-dsn", dsnPassword}, []string{"failure  store", "percent-encoded"}},
		"people":         {[]string{"-directory", writePeople(t, "{\n\"persons\": [\n}")}, []string{"failure  people", "line 3", "ok       store", `ok       mailbox "ticketd"`}},
		"noExit":         {nil, []string{"warning  mail exit", "wait in the outbox"}},
		"smtp":           {[]string{"-smtp", "127.0.0.1:1", "-from", "s@corp.example"}, []string{"failure  mail exit", "refused", "cure:"}},
		"smtpWrongFlags": {[]string{"-smtp", "127.0.0.1:25", "-smtp-security", "ssl", "-from", "s@corp.example"}, []string{"failure  mail exit", "-smtp", `ok       mailbox "ticketd"`}},
		"nobody":         {nil, []string{"warning  task \"inbox\""}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, first.server)
			o := s.doctor(tt.args...)
			failed := strings.Contains(o.stdout, "failure  ")
			if want := map[bool]int{true: exitFailed}[failed]; o.code != want {
				t.Errorf("exit status %d, want %d", o.code, want)
			}
			if failed != strings.Contains(o.stderr, "failures") {
				t.Errorf("at the end it says %q", o.stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(o.stdout, want) {
					t.Errorf("it does not say %q:\n%s", want, o.stdout)
				}
			}
			if strings.Contains(o.stdout+o.stderr, "wr0ng-canary") {
				t.Error("the password is in the output")
			}
		})
	}
}

// TestDoctorUsage: what the service would not take, the doctor does not either.
func TestDoctorUsage(t *testing.T) {
	s := newSite(t, nil)
	s.dsn = mailbox.Secret{}
	s.start("doctor", "-db", s.db).wantCode(t, exitUsage)
}
